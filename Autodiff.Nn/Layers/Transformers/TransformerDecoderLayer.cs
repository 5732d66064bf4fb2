namespace Autodiff.Nn;

/// <summary>
/// A layer of a decoder: attention of the sequence to itself, attention of the sequence to what an encoder made (the
/// memory), and two linear maps, each added to what came in and normalised (Vaswani et al., "Attention is all you
/// need", 2017).
/// </summary>
public class TransformerDecoderLayer : TransformerLayer
{
    /// <inheritdoc cref="TransformerEncoderLayer(int, int, int, double, Func{Tensor, Tensor}, double, bool, bool, bool,
    /// DType, Device, Generator)"/>
    public TransformerDecoderLayer(
        int dModel, int nHead, int dimFeedforward = 2048, double dropout = 0.1,
        Func<Tensor, Tensor>? activation = null, double layerNormEps = 1e-5, bool batchFirst = false,
        bool normFirst = false, bool bias = true, DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
        : this(
            new TransformerOptions(
                dModel, nHead, dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias, type,
                device, generator),
            generator)
    {
    }

    internal TransformerDecoderLayer(TransformerOptions options, Generator? initial)
        : base(options, hasMemory: true, initial)
    {
    }

    /// <summary>The attention of the sequence to the memory.</summary>
    public MultiheadAttention MultiheadAttn => MemoryAttention!;

    /// <summary>What the layer makes of a sequence, given the memory.</summary>
    /// <param name="tgt">[T, N, E], or [N, T, E] with batchFirst, or [T, E] without a batch.</param>
    /// <param name="memory">[S, N, E], and so on.</param>
    /// <param name="tgtMask">[T, T] or [N · heads, T, T]: bool, true where a token does not see another; or numbers
    /// that are added to the scores.</param>
    /// <param name="memoryMask">The same for the memory, [T, S] or [N · heads, T, S].</param>
    /// <param name="tgtKeyPaddingMask">[N, T], true at padding.</param>
    /// <param name="memoryKeyPaddingMask">[N, S], true at padding.</param>
    /// <param name="tgtIsCausal">Says that <paramref name="tgtMask"/> is the causal mask, or is it if there is
    /// none.</param>
    /// <param name="memoryIsCausal">The same for <paramref name="memoryMask"/>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public virtual Tensor Forward(
        Tensor tgt, Tensor memory, Tensor? tgtMask = null, Tensor? memoryMask = null,
        Tensor? tgtKeyPaddingMask = null, Tensor? memoryKeyPaddingMask = null, bool tgtIsCausal = false,
        bool memoryIsCausal = false)
    {
        ArgumentNullException.ThrowIfNull(tgt);
        ArgumentNullException.ThrowIfNull(memory);
        tgt = Residual(0, tgt, x => SelfAttn.Forward(
            x, x, x, tgtKeyPaddingMask, needWeights: false, tgtMask, isCausal: tgtIsCausal).Output);
        tgt = Residual(1, tgt, x => MultiheadAttn.Forward(
            x, memory, memory, memoryKeyPaddingMask, needWeights: false, memoryMask, isCausal: memoryIsCausal).Output);
        return Residual(2, tgt, FeedForward);
    }

    /// <inheritdoc cref="TransformerEncoderLayer.Clone"/>
    public virtual TransformerDecoderLayer Clone() =>
        Likewise(new TransformerDecoderLayer(Options, new TorchGenerator(0)));
}
