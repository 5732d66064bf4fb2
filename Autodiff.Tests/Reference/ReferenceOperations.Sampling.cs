using System.Text.Json;
using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Reference;

/// <summary>Pools and interpolation.</summary>
public static partial class ReferenceOperations
{
    static partial void Sampling(Registry add)
    {
        const string N = "nn.functional.";
        add.Many(N + "max_pool1d", a =>
        {
            var settings = (
                One(a, "kernel_size"), One(a, "stride"), One(a, "padding"), One(a, "dilation"),
                a.Bool(-1, "ceil_mode"));
            (int kernel, int stride, int padding, int dilation, bool ceil) = settings;
            (Tensor values, Tensor indices) = F.MaxPool1dWithIndices(a.T(0), kernel, stride, padding, dilation, ceil);
            return a.Bool(-1, "return_indices") ? [values, indices]
                : [F.MaxPool1d(a.T(0), kernel, stride, padding, dilation, ceil)];
        });
        add.Many(N + "max_pool2d", a =>
        {
            Size2D kernel = Two(a, -1, "kernel_size"), stride = Two(a, -1, "stride"), padding = Two(a, -1, "padding");
            Size2D dilation = Two(a, -1, "dilation");
            bool ceil = a.Bool(-1, "ceil_mode");
            (Tensor values, Tensor indices) = F.MaxPool2dWithIndices(a.T(0), kernel, stride, padding, dilation, ceil);
            return a.Bool(-1, "return_indices") ? [values, indices]
                : [F.MaxPool2d(a.T(0), kernel, stride, padding, dilation, ceil)];
        });
        add.Add(N + "avg_pool1d", a => F.AvgPool1d(
            a.T(0), a.Ints(1)[0], a.Has(-1, "stride") ? One(a, "stride") : null, a.Has(-1, "padding")
                ? One(a, "padding") : null,
            a.Bool(-1, "ceil_mode"), a.Bool(-1, "count_include_pad", true)));
        add.Add(N + "avg_pool2d", a => F.AvgPool2d(
            a.T(0), Two(a, 1), Two(a, 2), a.Has(3) ? Two(a, 3) : null, a.Bool(4), a.Bool(5, null, true), a.Has(6)
                ? a.Int(6) : null));
        add.Add(N + "adaptive_avg_pool2d", a =>
        {
            if (!a.IsList(1))
            {
                return F.AdaptiveAvgPool2d(a.T(0), a.Int(1), a.Int(1));
            }

            JsonElement[] sizes = [.. ReferenceArguments.Items(a.Find(1)!.Value)];
            int?[] wanted = Array.ConvertAll(
                sizes, size => size.ValueKind == JsonValueKind.Null ? (int?)null : size.GetInt32());
            return F.AdaptiveAvgPool2d(a.T(0), wanted[0], wanted[1]);
        });
        foreach (string mode in new[] { "nearest", "linear", "bilinear", "bicubic", "trilinear", "area" })
        {
            add.Add($"{N}interpolate/{mode}", a => F.Interpolate(
                a.T(0), a.Has(1) ? a.Ints(1) : null, a.Has(2) ? [a.Double(2)]
                    : null, Enum.Parse<InterpolationMode>(a.String(3), ignoreCase: true),
                a.Has(4) ? a.Bool(4) : null));
        }
    }

    private static int One(ReferenceArguments a, string name) => a.Ints(-1, name)[0];

    private static Size2D Two(ReferenceArguments a, int position, string? name = null)
    {
        int[] sizes = a.Ints(position, name);
        return (sizes[0], sizes[^1]);
    }
}
