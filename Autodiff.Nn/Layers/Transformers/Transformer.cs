namespace Autodiff.Nn;

/// <summary>
/// An encoder and a decoder that attends to what the encoder made (Vaswani et al., "Attention is all you need", 2017),
/// without embeddings and without the last linear map.
/// </summary>
/// <remarks>Initial values are PyTorch's: of the layers, and then Glorot's for every matrix.</remarks>
public class Transformer : Module
{
    /// <summary>Makes the model with random weights.</summary>
    /// <inheritdoc cref="TransformerEncoderLayer(int, int, int, double, Func{Tensor, Tensor}, double, bool, bool,
    /// bool, DType, Device, Generator)"
    /// path="//param[@name != 'nHead' and @name != 'dimFeedforward' and @name != 'activation']|//exception"/>
    /// <param name="nHead">The heads of each attention.</param>
    /// <param name="numEncoderLayers">How many layers the encoder has.</param>
    /// <param name="numDecoderLayers">How many layers the decoder has.</param>
    /// <param name="dimFeedforward">The features between the two linear maps of a layer.</param>
    /// <param name="activation">What stands between the linear maps; relu if null.</param>
    /// <param name="customEncoder">An encoder to use instead, or null.</param>
    /// <param name="customDecoder">A decoder to use instead, or null.</param>
    public Transformer(
        int dModel = 512, int nHead = 8, int numEncoderLayers = 6, int numDecoderLayers = 6, int dimFeedforward = 2048,
        double dropout = 0.1, Func<Tensor, Tensor>? activation = null, TransformerEncoder? customEncoder = null,
        TransformerDecoder? customDecoder = null, double layerNormEps = 1e-5, bool batchFirst = false,
        bool normFirst = false, bool bias = true, DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
    {
        TransformerOptions options = new(
            dModel, nHead, dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, type, device,
            generator);
        (DModel, NHead, BatchFirst) = (dModel, nHead, batchFirst);
        Encoder = RegisterModule("encoder", customEncoder ?? new TransformerEncoder(
            new TransformerEncoderLayer(options, generator), numEncoderLayers, options.NewNorm()));
        Decoder = RegisterModule("decoder", customDecoder ?? new TransformerDecoder(
            new TransformerDecoderLayer(options, generator), numDecoderLayers, options.NewNorm()));
        ResetParameters(generator);
    }

    /// <summary>E, the features of a token.</summary>
    public int DModel { get; }

    /// <summary>The heads of each attention.</summary>
    public int NHead { get; }

    /// <summary>Whether tensors are [N, L, E] and not [L, N, E].</summary>
    public bool BatchFirst { get; }

    /// <summary>What makes the memory.</summary>
    public TransformerEncoder Encoder { get; }

    /// <summary>What attends to the memory.</summary>
    public TransformerDecoder Decoder { get; }

    /// <summary>
    /// The causal mask of a sequence: 0 where token i sees token j ≤ i, -∞ elsewhere, to be added to scores.
    /// </summary>
    /// <param name="size">How many tokens.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the mask is.</param>
    /// <returns>[size, size].</returns>
    public static Tensor GenerateSquareSubsequentMask(int size, DType type = DType.Float32, Device? device = null) =>
        Tensor.Full([size, size], double.NegativeInfinity, type, device).Triu(1);

    /// <summary>Draws new initial values for every matrix.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null)
    {
        foreach (Tensor parameter in Parameters())
        {
            if (parameter.Rank > 1)
            {
                Init.XavierUniform(parameter, generator: generator);
            }
        }
    }

    /// <summary>Encodes the source and decodes the target from it.</summary>
    /// <param name="src">[S, N, E], or [N, S, E] with batchFirst, or [S, E] without a batch.</param>
    /// <param name="tgt">[T, N, E], and so on.</param>
    /// <param name="srcMask">[S, S] or [N · heads, S, S]: bool, true where a token does not see another; or numbers
    /// that are added to the scores.</param>
    /// <param name="tgtMask">The same for the target, [T, T] or [N · heads, T, T].</param>
    /// <param name="memoryMask">The same for what the target sees of the source, [T, S] or [N · heads, T, S].</param>
    /// <param name="srcKeyPaddingMask">[N, S], true at padding.</param>
    /// <param name="tgtKeyPaddingMask">[N, T], true at padding.</param>
    /// <param name="memoryKeyPaddingMask">[N, S], true at padding.</param>
    /// <param name="srcIsCausal">Says that <paramref name="srcMask"/> is the causal mask, or is it if there is
    /// none.</param>
    /// <param name="tgtIsCausal">The same for <paramref name="tgtMask"/>.</param>
    /// <param name="memoryIsCausal">The same for <paramref name="memoryMask"/>.</param>
    /// <returns>As <paramref name="tgt"/>.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public virtual Tensor Forward(
        Tensor src, Tensor tgt, Tensor? srcMask = null, Tensor? tgtMask = null, Tensor? memoryMask = null,
        Tensor? srcKeyPaddingMask = null, Tensor? tgtKeyPaddingMask = null, Tensor? memoryKeyPaddingMask = null,
        bool srcIsCausal = false, bool tgtIsCausal = false, bool memoryIsCausal = false)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(tgt);
        int batch = BatchFirst ? 0 : 1;
        if (src.Rank != tgt.Rank || (src.Rank == 3 && src.Size(batch) != tgt.Size(batch))
            || src.Size(-1) != DModel || tgt.Size(-1) != DModel)
        {
            throw new ArgumentException(
                $"Transformer: src {src.Shape} and tgt {tgt.Shape} must have one batch (in dimension {batch}) or none, "
                    + $"and {DModel} features in the last dimension.", nameof(tgt));
        }

        Tensor memory = Encoder.Forward(src, srcMask, srcKeyPaddingMask, srcIsCausal);
        return Decoder.Forward(
            tgt, memory, tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal);
    }
}
