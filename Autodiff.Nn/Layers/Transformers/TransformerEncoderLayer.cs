namespace Autodiff.Nn;

/// <summary>
/// A layer of an encoder: x = norm(x + attention(x)), then x = norm(x + W₂ f(W₁ x + b₁) + b₂); or with
/// <see cref="TransformerLayer.NormFirst"/> x = x + attention(norm(x)) and so on (Vaswani et al., "Attention is all you
/// need", 2017). In training each block's result, the weights and f's are dropped out.
/// </summary>
public class TransformerEncoderLayer : TransformerLayer
{
    /// <summary>Makes the layer with PyTorch's initial values.</summary>
    /// <param name="dModel">E, the features of a token.</param>
    /// <param name="nHead">The heads of the attention.</param>
    /// <param name="dimFeedforward">The features between the two linear maps.</param>
    /// <param name="dropout">The probability to drop in training, in [0, 1].</param>
    /// <param name="activation">f, such as <c>x => x.Gelu()</c>; relu if null.</param>
    /// <param name="layerNormEps">ε of the norms.</param>
    /// <param name="batchFirst">Whether tensors are [N, L, E] and not [L, N, E].</param>
    /// <param name="normFirst">Whether the norms stand before their blocks.</param>
    /// <param name="bias">Whether linear maps and norms have biases.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values and of dropout; <see cref="TorchGenerator.Default"/> if
    /// null.</param>
    /// <exception cref="ArgumentException">The heads do not divide E, or a size or a probability is out of
    /// range.</exception>
    public TransformerEncoderLayer(
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

    internal TransformerEncoderLayer(TransformerOptions options, Generator? initial)
        : base(options, hasMemory: false, initial)
    {
    }

    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <summary>What the layer makes of a sequence.</summary>
    /// <param name="src">[L, N, E], or [N, L, E] with batchFirst, or [L, E] without a batch.</param>
    /// <param name="srcMask">[L, L] or [N · heads, L, L]: bool, true where a token does not see another; or numbers
    /// that are added to the scores.</param>
    /// <param name="srcKeyPaddingMask">[N, L], true at padding, which no token sees.</param>
    /// <param name="isCausal">Says that <paramref name="srcMask"/> is the causal mask, or is it if there is
    /// none.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public virtual Tensor Forward(
        Tensor src, Tensor? srcMask, Tensor? srcKeyPaddingMask = null, bool isCausal = false)
    {
        ArgumentNullException.ThrowIfNull(src);
        src = Residual(0, src, x => SelfAttn.Forward(
            x, x, x, srcKeyPaddingMask, needWeights: false, srcMask, isCausal: isCausal).Output);
        return Residual(1, src, FeedForward);
    }

    /// <summary>
    /// A layer with values of its own that are now equal: what a stack is made of. A derived class returns its own
    /// kind.
    /// </summary>
    public virtual TransformerEncoderLayer Clone() =>
        Likewise(new TransformerEncoderLayer(Options, new TorchGenerator(0)));
}
