using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Reference;

/// <summary>Convolutions.</summary>
public static partial class ReferenceOperations
{
    static partial void Convolutions(Registry add)
    {
        add.Add("nn.functional.conv1d", a => F.Conv1d(
            a.T(0), a.T(1), a.OptionalTensor(2), One(a, "stride", 1), Padding(a), One(a, "dilation", 1),
            a.Int(-1, "groups", 1)));
        add.Add("nn.functional.conv2d", a => F.Conv2d(
            a.T(0), a.T(1), a.OptionalTensor(2), Two(a, "stride", 1), Padding(a), Two(a, "dilation", 1),
            a.Int(-1, "groups", 1)));
        add.Add("nn.functional.conv_transpose2d", a => F.ConvTranspose2d(
            a.T(0), a.T(1), a.OptionalTensor(2), Two(a, "stride", 1), Two(a, "padding", 0), Two(a, "output_padding", 0),
            a.Int(-1, "groups", 1), Two(a, "dilation", 1)));
    }

    private static int One(ReferenceArguments a, string name, int otherwise) =>
        a.Has(-1, name) ? a.Ints(-1, name)[0] : otherwise;

    private static Size2D Two(ReferenceArguments a, string name, int otherwise) => a.Has(-1, name)
        ? a.Ints(-1, name) is [int one] ? one : new Size2D(a.Ints(-1, name)[0], a.Ints(-1, name)[1])
        : otherwise;

    private static ConvPadding Padding(ReferenceArguments a) => a.Find(-1, "padding") switch
    {
        null => 0,
        { ValueKind: System.Text.Json.JsonValueKind.String } text =>
            text.GetString() == "same" ? ConvPadding.Same : ConvPadding.Valid,
        _ => a.Ints(-1, "padding") is [int height, int width] ? (height, width) : a.Ints(-1, "padding")[0],
    };
}
