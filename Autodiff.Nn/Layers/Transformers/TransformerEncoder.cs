namespace Autodiff.Nn;

/// <summary>
/// Encoder layers one after the other, which all begin with the values of one, and a norm at the end.
/// </summary>
/// <param name="encoderLayer">The layer that each layer of the stack is a copy of; it is not part of the
/// stack.</param>
/// <param name="numLayers">How many copies.</param>
/// <param name="norm">What the last result goes through, or null.</param>
public class TransformerEncoder(TransformerEncoderLayer encoderLayer, int numLayers, Module? norm = null)
    : TransformerStack<TransformerEncoderLayer>(encoderLayer, static layer => layer.Clone(), numLayers, norm)
{
    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <summary>What the layers make of a sequence, one after the other.</summary>
    /// <param name="src">[L, N, E], or [N, L, E] with batchFirst, or [L, E] without a batch.</param>
    /// <param name="mask">[L, L] or [N · heads, L, L]: bool, true where a token does not see another; or numbers that
    /// are added to the scores.</param>
    /// <param name="srcKeyPaddingMask">[N, L], true at padding, which no token sees.</param>
    /// <param name="isCausal">Says that <paramref name="mask"/> is the causal mask, or is it if there is none.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public virtual Tensor Forward(
        Tensor src, Tensor? mask, Tensor? srcKeyPaddingMask = null, bool isCausal = false)
    {
        foreach (TransformerEncoderLayer layer in Layers)
        {
            src = layer.Forward(src, mask, srcKeyPaddingMask, isCausal);
        }

        return Norm?.Forward(src) ?? src;
    }
}
