using System.IO.Compression;
using System.Text.Json;
using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>What Autodiff.Tests.TorchSharp wrote, and its layers as they are made here.</summary>
internal static partial class LayerFixture
{
    /// <summary>A layer whose parameters are the last operands, or a function of operands alone.</summary>
    public sealed record Row(string Name, Func<Module>? Make, Func<Module?, Tensor[], Tensor> Run);

    public static JsonElement Cases { get; } = Read();

    public static IEnumerable<Row> Rows =>
    [
        .. Pools(), .. Norms(), .. Rearrangements(), .. Paddings(), .. Convolutions(), .. Attentions(),
        .. EmptyBatches(),
    ];

    private static JsonElement Read()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "layers.json.gz");
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement.GetProperty("cases");
    }

    private static Row Of(string name, Func<Module> make) => new(name, make, (layer, t) => layer!.Forward(t[0]));

    private static Row Of(string name, Func<Tensor, Tensor> call) => new(name, null, (_, t) => call(t[0]));

    private static IEnumerable<Row> Pools()
    {
        yield return Of("MaxPool3d", () => new MaxPool3d((2, 3, 2), (1, 2, 2), (1, 1, 0), ceilMode: true));
        yield return Of("MaxPool3d dilated", () => new MaxPool3d(2, (2, 1, 2), (0, 1, 1), (1, 2, 1)));
        yield return Of("AvgPool3d",
            () => new AvgPool3d((2, 3, 2), (1, 2, 2), (1, 1, 0), ceilMode: true, countIncludePad: false));
        yield return Of("AvgPool3d divisor",
            () => new AvgPool3d((2, 2, 3), (2, 1, 2), (1, 0, 1), ceilMode: true, divisorOverride: 5));
        yield return Of("AdaptiveAvgPool1d", () => new AdaptiveAvgPool1d(3));
        yield return Of("AdaptiveAvgPool1d wider", () => new AdaptiveAvgPool1d(5));
        yield return Of("AdaptiveAvgPool3d", () => new AdaptiveAvgPool3d(3, 2, 7));
        yield return Of("AdaptiveMaxPool1d", () => new AdaptiveMaxPool1d(3));
        yield return Of("AdaptiveMaxPool2d", () => new AdaptiveMaxPool2d(3, 4));
        yield return Of("AdaptiveMaxPool3d", () => new AdaptiveMaxPool3d(3, 2, 7));
        yield return Of("LPPool1d", () => new LPPool1d(2, 3, 2));
        yield return Of("LPPool1d ceil", x => new LPPool1d(3, 2, 2, ceilMode: true).Forward(x.Exp()));
        yield return Of("LPPool2d", () => new LPPool2d(4, (3, 2), (1, 2)));
        yield return Of("LPPool2d ceil", x => new LPPool2d(1.5, (2, 3), 2, ceilMode: true).Forward(x.Exp()));
        yield return Of("LPPool3d", () => new LPPool3d(2, (2, 3, 2), (1, 2, 2)));
        yield return Of("MaxUnpool1d", x => F.MaxPool1dWithIndices(x, 2) is var (y, at)
            ? new MaxUnpool1d(2).Forward(y.Square(), at, 5) : x);
        yield return Of("MaxUnpool2d", x => F.MaxPool2dWithIndices(x, 2) is var (y, at)
            ? new MaxUnpool2d(2).Forward(y.Square(), at, (5, 7)) : x);
        yield return Of("MaxUnpool3d", x => F.MaxPool3dWithIndices(x, 2) is var (y, at)
            ? new MaxUnpool3d(2).Forward(y.Square(), at, (5, 7, 4)) : x);
    }

    private static IEnumerable<Row> Norms()
    {
        (Func<Module> Instance, Func<Module> TrackedInstance, Func<Module> TrackedBatch)[] norms =
        [
            (() => new InstanceNorm1d(3, affine: true),
                () => new InstanceNorm1d(3, 1e-3, 0.3, affine: true, trackRunningStats: true),
                () => new BatchNorm1d(3, 1e-3, 0.3)),
            (() => new InstanceNorm2d(3, affine: true),
                () => new InstanceNorm2d(3, 1e-3, 0.3, affine: true, trackRunningStats: true),
                () => new BatchNorm2d(3, 1e-3, 0.3)),
            (() => new InstanceNorm3d(3, affine: true),
                () => new InstanceNorm3d(3, 1e-3, 0.3, affine: true, trackRunningStats: true),
                () => new BatchNorm3d(3, 1e-3, 0.3)),
        ];
        foreach ((int i, (Func<Module> instance, Func<Module> trackedInstance, Func<Module> batch)) in norms.Index())
        {
            yield return Of($"InstanceNorm{i + 1}d", instance);
            yield return new($"InstanceNorm{i + 1}d tracked", trackedInstance, Twice);
            yield return new($"BatchNorm{i + 1}d tracked", batch, Twice);
        }

        // The running figures of one call in training are what the second call, in evaluation, uses.
        static Tensor Twice(Module? norm, Tensor[] t)
        {
            Tensor first = norm!.Forward(t[0]);
            return first + 2 * norm.Eval().Forward(t[0]);
        }

        yield return Of("LocalResponseNorm", () => new LocalResponseNorm(3, 0.5, 0.75, 2));
        yield return Of("LocalResponseNorm even", () => new LocalResponseNorm(4, 0.9, 1.5, 0.5));
        yield return Of("RMSNorm", () => new RMSNorm([5]));
        yield return Of("RMSNorm of two dimensions", () => new RMSNorm([3, 4], 0.01));
        yield return Of("RMSNorm without weight", () => new RMSNorm([5], affine: false));
        yield return Of("LayerNorm without bias", () => new LayerNorm([3, 4], 1e-3, bias: false));
    }

    private static IEnumerable<Row> Rearrangements()
    {
        yield return Of("Fold", () => new Fold((5, 6), (2, 3), (1, 2), (1, 0), (2, 1)));
        yield return Of("Unfold", () => new Unfold((2, 3), (1, 2), (1, 0), (2, 1)));
        yield return Of("PixelShuffle", () => new PixelShuffle(3));
        yield return Of("PixelUnshuffle", () => new PixelUnshuffle(3));
        yield return Of("ChannelShuffle", () => new ChannelShuffle(3));
    }

    private static IEnumerable<Row> Paddings()
    {
        (string Name, Func<int[], Module>[] Make)[] kinds =
        [
            ("ZeroPad", [p => new ZeroPad1d(p), p => new ZeroPad2d(p), p => new ZeroPad3d(p)]),
            ("ConstantPad",
                [p => new ConstantPad1d(p, -1.5), p => new ConstantPad2d(p, -1.5), p => new ConstantPad3d(p, -1.5)]),
            ("ReflectionPad", [p => new ReflectionPad1d(p), p => new ReflectionPad2d(p), p => new ReflectionPad3d(p)]),
            ("ReplicationPad",
                [p => new ReplicationPad1d(p), p => new ReplicationPad2d(p), p => new ReplicationPad3d(p)]),
            ("CircularPad", [p => new CircularPad1d(p), p => new CircularPad2d(p), p => new CircularPad3d(p)]),
        ];
        int[][] pads = [[1, 1], [2, 0], [-2, 2], [1, 1, 1, 1], [0, 3, 2, 1], [2, -1, -2, 1], [1, 1, 1, 1, 1, 1],
            [0, 2, 1, 0, 2, 1], [-1, 1, 2, -2, 1, 1]];
        foreach ((string name, Func<int[], Module>[] make) in kinds)
        {
            foreach (int[] pad in pads)
            {
                int rank = pad.Length / 2;
                yield return Of($"{name}{rank}d [{string.Join(", ", pad)}]", () => make[rank - 1](pad));
            }
        }
    }

    private static IEnumerable<Row> Convolutions()
    {
        yield return Of("Conv3d", () => new Conv3d(4, 6, (2, 2, 3), (2, 1, 1), (1, 0, 2), (1, 2, 1), groups: 2));
        yield return Of("Conv3d same",
            () => new Conv3d(2, 3, (2, 3, 2), padding: ConvPadding.Same, dilation: (1, 1, 2)));
        yield return Of("Conv3d circular", () => new Conv3d(
            2, 2, (3, 1, 2), padding: (2, 0, 1), bias: false, paddingMode: PadMode.Circular));
        yield return Of("Conv2d replicate",
            () => new Conv2d(2, 3, (3, 2), (2, 1), (2, 1), paddingMode: PadMode.Replicate));
        yield return Of("Conv1d reflect", () => new Conv1d(3, 2, 4, padding: 2, paddingMode: PadMode.Reflect));
        yield return Of("ConvTranspose1d",
            () => new ConvTranspose1d(4, 6, 4, 3, 1, outputPadding: 2, groups: 2, dilation: 2));
        yield return Of("ConvTranspose2d", () => new ConvTranspose2d(
            3, 3, (2, 3), (2, 3), (0, 2), (1, 0), groups: 3, bias: false, dilation: (3, 1)));
        yield return Of("ConvTranspose3d", () => new ConvTranspose3d(
            2, 3, (2, 2, 3), (2, 1, 3), (1, 0, 1), (1, 0, 2), dilation: (1, 2, 1)));
    }

    private static IEnumerable<Row> Attentions()
    {
        yield return new("fewer key heads, causal", null, (_, t) =>
            F.ScaledDotProductAttention(t[0], t[1], t[2], isCausal: true, enableGqa: true));
        yield return new("fewer key heads, masked", null, (_, t) =>
            F.ScaledDotProductAttention(t[0], t[1], t[2], t[3], scale: 0.3, enableGqa: true));
        yield return Of("TransformerEncoderLayer without bias", () => new TransformerEncoderLayer(
            8, 2, 12, 0, batchFirst: true, bias: false));
        yield return Of("TransformerEncoderLayer without bias, norm first", () => new TransformerEncoderLayer(
            8, 2, 12, 0, x => x.Gelu(), batchFirst: true, normFirst: true, bias: false));
        yield return new("TransformerDecoderLayer without bias",
            () => new TransformerDecoderLayer(8, 2, 12, 0, batchFirst: true, bias: false),
            (layer, t) => ((TransformerDecoderLayer)layer!).Forward(t[0], t[1]));
    }
}
