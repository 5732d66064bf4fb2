using Autodiff.Nn;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

internal static partial class LayerFixture
{
    private static IEnumerable<Row> EmptyBatches() =>
        new[] { EmptyConvolutions(), EmptyPools(), EmptyImages(), EmptySequences() }.SelectMany(
            rows => rows.Select(row => row with { Name = row.Name + " of nothing" }));

    private static IEnumerable<Row> EmptyConvolutions()
    {
        yield return Of("Conv1d", () => new Conv1d(3, 2, 3, 2, 1));
        yield return Of("Conv2d pointwise", () => new Conv2d(3, 2, 1));
        yield return Of("Conv2d depthwise", () => new Conv2d(3, 6, (3, 2), padding: (1, 0), groups: 3));
        yield return Of("Conv2d circular", () => new Conv2d(3, 2, 3, padding: 1, paddingMode: PadMode.Circular));
        yield return Of("Conv3d", () => new Conv3d(4, 2, (2, 1, 3), padding: 1, dilation: 2, groups: 2));
        yield return Of("ConvTranspose1d", () => new ConvTranspose1d(3, 2, 3, 2, 1, outputPadding: 1));
        yield return Of("ConvTranspose2d depthwise", () => new ConvTranspose2d(3, 3, 2, 2, groups: 3, dilation: 2));
        yield return Of("ConvTranspose3d", () => new ConvTranspose3d(2, 3, (2, 2, 1), (1, 2, 1)));
        yield return Of("Unfold", () => new Unfold((2, 3), padding: (1, 0)));
        yield return Of("Fold", () => new Fold((4, 5), (2, 3)));
    }

    private static IEnumerable<Row> EmptyPools()
    {
        yield return Of("MaxPool1d", () => new MaxPool1d(2));
        yield return Of("AvgPool1d", () => new AvgPool1d(2));
        yield return Of("AdaptiveAvgPool1d", () => new AdaptiveAvgPool1d(2));
        yield return Of("AdaptiveMaxPool1d", () => new AdaptiveMaxPool1d(2));
        yield return Of("LPPool1d", () => new LPPool1d(2, 2));
        yield return Of("MaxUnpool1d", x => F.MaxPool1dWithIndices(x, 2) is var (y, at)
            ? F.MaxUnpool1d(y, at, 2, outputSize: 5) : x);
        yield return Of("MaxPool2d", () => new MaxPool2d(2));
        yield return Of("AvgPool2d", () => new AvgPool2d(2));
        yield return Of("AdaptiveAvgPool2d", () => new AdaptiveAvgPool2d(2));
        yield return Of("AdaptiveMaxPool2d", () => new AdaptiveMaxPool2d(2));
        yield return Of("LPPool2d", () => new LPPool2d(2, 2));
        yield return Of("MaxUnpool2d", x => F.MaxPool2dWithIndices(x, 2) is var (y, at)
            ? F.MaxUnpool2d(y, at, 2, outputSize: (5, 4)) : x);
        yield return Of("FractionalMaxPool2d", () => new FractionalMaxPool2d(2, 2));
        yield return Of("MaxPool3d", () => new MaxPool3d(2));
        yield return Of("AvgPool3d", () => new AvgPool3d(2));
        yield return Of("AdaptiveAvgPool3d", () => new AdaptiveAvgPool3d(2));
        yield return Of("AdaptiveMaxPool3d", () => new AdaptiveMaxPool3d(2));
        yield return Of("LPPool3d", () => new LPPool3d(2, 2));
        yield return Of("MaxUnpool3d", x => F.MaxPool3dWithIndices(x, 2) is var (y, at)
            ? F.MaxUnpool3d(y, at, 2, outputSize: (5, 4, 6)) : x);
        yield return Of("FractionalMaxPool3d", () => new FractionalMaxPool3d(2, 2));
    }

    private static IEnumerable<Row> EmptyImages()
    {
        Func<Module>[][] layers =
        [
            [
                () => new ZeroPad1d([1, 2]), () => new ReflectionPad1d([1, 2]), () => new ReplicationPad1d([1, 2]),
                () => new CircularPad1d([1, 2]), () => new Dropout1d(),
            ],
            [
                () => new ZeroPad2d([1, 2, 1, 2]), () => new ReflectionPad2d([1, 2, 1, 2]),
                () => new ReplicationPad2d([1, 2, 1, 2]), () => new CircularPad2d([1, 2, 1, 2]), () => new Dropout2d(),
            ],
            [
                () => new ZeroPad3d([1, 2, 1, 2, 1, 2]), () => new ReflectionPad3d([1, 2, 1, 2, 1, 2]),
                () => new ReplicationPad3d([1, 2, 1, 2, 1, 2]), () => new CircularPad3d([1, 2, 1, 2, 1, 2]),
                () => new Dropout3d(),
            ],
        ];
        foreach (Func<Module> layer in layers.SelectMany(rank => rank))
        {
            yield return Of(layer().GetType().Name, layer);
        }

        yield return Of("AffineGrid", x => F.AffineGrid(x, [0, 1, 3, 4]));
        yield return Of("AffineGrid of volumes", x => F.AffineGrid(x, [0, 1, 2, 3, 4], alignCorners: true));
        yield return new("GridSample of volumes", null, (_, t) => F.GridSample(t[0], t[1]));
        yield return Of("ChannelShuffle", () => new ChannelShuffle(2));
        yield return new("EmbeddingBag", () => new EmbeddingBag(6, 3),
            (bag, _) => ((EmbeddingBag)bag!).Forward(Tensor.Zeros([0], DType.Int64), Tensor.Zeros([0], DType.Int64)));
    }

    private static IEnumerable<Row> EmptySequences()
    {
        (string Name, Func<Module> Layer, Func<Module> Cell)[] recurrent =
        [
            ("RNN", () => new RNN(3, 2), () => new RNNCell(3, 2)),
            ("GRU", () => new GRU(3, 2), () => new GRUCell(3, 2)),
            ("LSTM", () => new LSTM(3, 2), () => new LSTMCell(3, 2)),
        ];
        foreach ((string name, Func<Module> layer, Func<Module> cell) in recurrent)
        {
            yield return new(name, layer, (m, t) => m is LSTM lstm
                ? lstm.Forward(t[0], null).Output : ((OneStateRNN)m!).Forward(t[0], (Tensor?)null).Output);
            yield return new(name + "Cell", cell, (m, t) => m is LSTMCell lstm
                ? lstm.Forward(t[0], null).H : ((OneStateRNNCell)m!).Forward(t[0], null));
        }

        yield return new("MultiheadAttention", () => new MultiheadAttention(8, 2, bias: false, batchFirst: true),
            (m, t) => ((MultiheadAttention)m!).Forward(t[0], t[0], t[0]).Output);
        yield return new("MultiheadAttention over nothing else",
            () => new MultiheadAttention(8, 2, bias: false, batchFirst: true),
            (m, t) => ((MultiheadAttention)m!).Forward(t[0], t[1], t[1], needWeights: false).Output);
        yield return Of("TransformerEncoderLayer", () => new TransformerEncoderLayer(
            8, 2, 12, 0, batchFirst: true, bias: false));
        yield return new("TransformerDecoderLayer",
            () => new TransformerDecoderLayer(8, 2, 12, 0, batchFirst: true, bias: false),
            (m, t) => ((TransformerDecoderLayer)m!).Forward(t[0], t[1]));
    }
}
