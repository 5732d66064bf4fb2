using Autodiff.Operations;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>
    /// Attention: y = softmax(scale · q kᵀ + mask) v, where each query takes the mean of the values, weighted by how
    /// well their keys agree with it (Vaswani et al., "Attention is all you need", 2017).
    /// </summary>
    /// <remarks>
    /// <para>On the processor computed in blocks of queries and keys (Dao et al., "FlashAttention: fast and
    /// memory-efficient exact attention with IO-awareness", 2022, arXiv:2205.14135): beside its result and one or two
    /// numbers a query it needs no memory that grows with L or S, forward and backward; with dropout one bit for each
    /// weight. Gradients of gradients, gradients of the mask and other devices compute all weights, L · S numbers for
    /// each head.</para>
    /// <para>A query that sees no key gives zeros and passes no gradient.</para>
    /// </remarks>
    /// <param name="query">[..., H, L, E]; leading dimensions broadcast.</param>
    /// <param name="key">[..., G, S, E].</param>
    /// <param name="value">[..., G, S, F].</param>
    /// <param name="attnMask">Broadcasts to [..., H, L, S]: bool, true where the query sees the key; or numbers that
    /// are added to the scores; or null.</param>
    /// <param name="dropoutP">The probability to drop a weight, in [0, 1]; the others are scaled by 1 / (1 -
    /// p).</param>
    /// <param name="isCausal">Whether query i sees keys 0 to i alone; there can be no other mask then.</param>
    /// <param name="scale">What the products are multiplied by; 1/√E if null.</param>
    /// <param name="enableGqa">Whether there may be fewer heads of keys and values, G, than of queries, H: H / G heads
    /// in a row share one (grouped-query attention).</param>
    /// <param name="generator">The source of dropout; <see cref="TorchGenerator.Default"/> if null. Weights are drawn
    /// in the order of [..., H, L, S], as PyTorch's CPU build draws them.</param>
    /// <returns>[..., H, L, F].</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit, or there is a mask besides
    /// <paramref name="isCausal"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dropoutP"/> is not in [0, 1].</exception>
    public static Tensor ScaledDotProductAttention(
        Tensor query, Tensor key, Tensor value, Tensor? attnMask = null, double dropoutP = 0, bool isCausal = false,
        double? scale = null, bool enableGqa = false, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        RequireProbability(nameof(ScaledDotProductAttention), dropoutP);
        AttentionShapes shapes = new(query, key, value, attnMask, isCausal, enableGqa);
        double factor = scale ?? (query.Size(-1) == 0 ? 1 : 1 / Math.Sqrt(query.Size(-1)));
        Tensor y = Tensor.Attention(
            shapes.Heads(query), shapes.Heads(key), shapes.Heads(value),
            attnMask is null ? null : shapes.Mask(attnMask),
            new(factor, isCausal, dropoutP, generator ?? TorchGenerator.Default));
        return y.Reshape([.. shapes.Batch, y.Size(-2), y.Size(-1)]);
    }
}
