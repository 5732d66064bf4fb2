using System.IO.Compression;
using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Attention;

/// <summary>What <c>transformers.py</c> wrote, and its modules as they are made here.</summary>
internal static class TransformerFixture
{
    private static readonly Tensor Padding = Tensor.From(new[,]
    {
        { false, false, false, false, true }, { false, false, true, true, true },
    });

    private static readonly Tensor Future = Tensor.Ones([5, 5], DType.Bool).Triu(1);

    private static readonly Tensor Index = Tensor.From(new[,] { { 1L, 3, 0, 3 }, { 2, 2, 5, 4 }, { 0, 0, 0, 0 } });

    private static readonly Tensor Flat = Tensor.From(1L, 3, 0, 3, 2, 2, 5, 0);

    private static readonly Tensor Offsets = Tensor.From(0L, 3, 3, 7), Ends = Tensor.From(0L, 3, 3, 8);

    public static JsonElement Root { get; } = Read();

    /// <summary>A module, its seed, and what is computed with it, in the order of the file.</summary>
    public static IEnumerable<(int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run)> Cases =>
        [.. Attentions(), .. Transformers(), .. Tables()];

    private static JsonElement Read()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "transformers.json.gz");
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        return JsonDocument.Parse(stream).RootElement;
    }

    private static Tensor Draw(params int[] shape) => Tensor.Randn(shape, DType.Float64);

    private static Tensor Causal(int n) => Transformer.GenerateSquareSubsequentMask(n, DType.Float64);

    private static (int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run) Case<T>(
        int seed, Func<T> make, Func<T, Tensor> run) where T : Module => (seed, make, m => [run((T)m)]);

    private static (int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run) Attention(
        int seed, Func<MultiheadAttention> make, Func<MultiheadAttention, (Tensor Output, Tensor? Weights)> run) =>
        (seed, make, m => run((MultiheadAttention)m) is var (y, weights) ? [y, weights] : []);

    private static IEnumerable<(int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run)> Attentions()
    {
        yield return Attention(1, () => new(8, 2), m => Self(m, Draw(5, 2, 8)));
        yield return Attention(
            2, () => new(8, 2, batchFirst: true),
            m => Draw(2, 5, 8) is var x ? m.Forward(x, x, x, averageAttnWeights: false) : default);
        yield return Attention(
            3, () => new(8, 2, batchFirst: true),
            m => Draw(2, 5, 8) is var x ? m.Forward(x, x, x, Padding, needWeights: false, Future) : default);
        yield return Attention(4, () => new(8, 2), m => Self(m, Draw(5, 2, 8), Padding, Causal(5)));
        yield return Attention(5, () => new(8, 2), m => Self(m, Draw(5, 2, 8), null, Future.Repeat(4, 1, 1)));
        yield return Attention(
            6, () => new(8, 2, kdim: 6, vdim: 3),
            m => m.Forward(Draw(4, 2, 8), Draw(5, 2, 6), Draw(5, 2, 3), Padding));
        yield return Attention(
            7, () => new(8, 2, bias: false),
            m => m.Forward(Draw(4, 2, 8), Draw(5, 2, 8), Draw(5, 2, 8), needWeights: false));
        yield return Attention(
            8, () => new(8, 2, addBiasKv: true, addZeroAttn: true),
            m => Self(m, Draw(5, 2, 8), Padding, Causal(5)));
        yield return Attention(9, () => new(8, 2), m => Self(m, Draw(5, 8), null, Future));
    }

    private static (Tensor Output, Tensor? Weights) Self(
        MultiheadAttention m, Tensor x, Tensor? padding = null, Tensor? mask = null) =>
        m.Forward(x, x, x, padding, attnMask: mask);

    private static IEnumerable<(int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run)> Transformers()
    {
        static TransformerEncoderLayer encoder(double dropout = 0, bool normFirst = false) =>
            new(8, 2, 12, dropout, normFirst: normFirst);
        static TransformerDecoderLayer decoder(bool other = false) =>
            new(8, 2, 12, 0, batchFirst: other, normFirst: other);
        yield return Case(11, () => encoder(), m => m.Forward(Draw(5, 2, 8)));
        yield return Case(
            12, () => new TransformerEncoderLayer(8, 2, 12, 0, x => x.Gelu(), 1e-3, batchFirst: true, normFirst: true),
            m => m.Forward(Draw(2, 5, 8), Future, Padding));
        yield return Case(
            13, () => decoder(),
            m => m.Forward(Draw(4, 2, 8), Draw(5, 2, 8), Causal(4), memoryKeyPaddingMask: Padding));
        yield return Case(14, () => decoder(other: true), m => m.Forward(Draw(2, 4, 8), Draw(2, 5, 8)));
        yield return Case(
            15, () => new TransformerEncoder(encoder(), 2, new LayerNorm([8])),
            m => m.Forward(Draw(5, 2, 8), Causal(5)));
        yield return Case(
            16, () => new TransformerDecoder(decoder(), 2), m => m.Forward(Draw(4, 2, 8), Draw(5, 2, 8)));
        yield return Case(
            17, () => new Transformer(8, 2, 2, 2, 12, 0),
            m => m.Forward(
                Draw(5, 2, 8), Draw(4, 2, 8), tgtMask: Causal(4), srcKeyPaddingMask: Padding,
                memoryKeyPaddingMask: Padding));
        yield return Case(18, () => encoder(0.3), m => m.Forward(Draw(5, 2, 8)));
        yield return Case(19, () => encoder(0.3, normFirst: true), m => m.Forward(Draw(5, 2, 8)));
    }

    private static IEnumerable<(int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run)> Tables()
    {
        yield return Case(31, () => new Embedding(6, 3, paddingIndex: 0), m => m.Forward(Index));
        yield return Case(32, () => new Embedding(6, 3, maxNorm: 1), m => m.Forward(Index));
        yield return Case(33, () => new Embedding(6, 3, maxNorm: 1.5, normType: 1), m => m.Forward(Index));
        yield return Case(
            34, () => new Embedding(6, 3, paddingIndex: -6, scaleGradByFreq: true), m => m.Forward(Index));
        foreach ((int number, EmbeddingBagMode mode) in Enum.GetValues<EmbeddingBagMode>().Index())
        {
            yield return Case(40 + number, () => new EmbeddingBag(6, 3, mode: mode), m => m.Forward(Index));
            yield return Case(
                43 + number, () => new EmbeddingBag(6, 3, mode: mode, paddingIndex: 0), m => m.Forward(Index));
            yield return Case(46 + number, () => new EmbeddingBag(6, 3, mode: mode), m => m.Forward(Flat, Offsets));
            yield return Case(
                49 + number, () => new EmbeddingBag(6, 3, mode: mode, paddingIndex: 0), m => m.Forward(Flat, Offsets));
            yield return Case(
                52 + number, () => new EmbeddingBag(6, 3, mode: mode, includeLastOffset: true),
                m => m.Forward(Flat, Ends));
        }

        yield return Case(
            55, () => new EmbeddingBag(6, 3, mode: EmbeddingBagMode.Sum), m => m.Forward(Flat, Offsets, Draw(8)));
        yield return Case(
            56, () => new EmbeddingBag(6, 3, mode: EmbeddingBagMode.Sum, paddingIndex: 3),
            m => m.Forward(Index, null, Draw(3, 4)));
        yield return Case(57, () => new EmbeddingBag(6, 3, maxNorm: 1), m => m.Forward(Index));
    }
}
