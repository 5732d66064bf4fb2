using Autodiff.Operations;

namespace Autodiff;

/// <summary>
/// Attention in single operations, which every backend has and the tape records: memory L · S for each head.
/// </summary>
/// <param name="mask">bool or numbers to be added, broadcasting to [B, H, L, S]; or null.</param>
/// <param name="factors">The factors of dropout, [B, H, L, S], or null.</param>
/// <param name="how">The settings.</param>
internal sealed class ComposedAttention(Tensor? mask, Tensor? factors, in AttentionSettings how)
{
    private readonly AttentionSettings _how = how;

    /// <summary>y, [B, H, L, F], and the weights after dropout, [B, H, L, S].</summary>
    public (Tensor Y, Tensor Weights) WithWeights(Tensor q, Tensor k, Tensor v)
    {
        int each = Each(q, k);
        Tensor weights = Dropped(Weights(q, Repeated(k, each), out _));
        return (weights.MatMul(Repeated(v, each)), weights);
    }

    /// <summary>The gradients of q, k and v, recorded.</summary>
    public Tensor[] Gradients(Tensor g, Tensor q, Tensor k, Tensor v)
    {
        int each = Each(q, k);
        Tensor keys = Repeated(k, each), values = Repeated(v, each), p = Weights(q, keys, out Tensor? isDead);
        Tensor slopes = Dropped(g.MatMul(values.SwapLast()));
        Tensor d = p * (slopes - (slopes * p).Sum(-1, keepDim: true)) * _how.Scale;
        d = isDead is null ? d : Tensor.Where(isDead, 0, d);
        return
        [
            d.MatMul(keys), Collected(d.SwapLast().MatMul(q), each),
            Collected(Dropped(p).SwapLast().MatMul(g), each),
        ];
    }

    private static int Each(Tensor q, Tensor k) => k.Size(1) == 0 ? 1 : q.Size(1) / k.Size(1);

    /// <summary>Heads of keys, each as often as there are heads of queries for it.</summary>
    private static Tensor Repeated(Tensor x, int each) => each == 1 ? x : x.RepeatInterleave(each, 1);

    /// <summary>The sum over the heads of queries that share a head of keys.</summary>
    private static Tensor Collected(Tensor x, int each) => each == 1 ? x : x.Unflatten(1, -1, each).Sum(2);

    private Tensor Dropped(Tensor weights) =>
        factors is null ? weights : Tensor.Map(default(Weigh), weights, factors);

    /// <summary>The softmax of each row, and 0 where the row has no key.</summary>
    private Tensor Weights(Tensor q, Tensor keys, out Tensor? isDead)
    {
        Tensor s = q.MatMul(keys.SwapLast()) * _how.Scale;
        isDead = null;
        if (s.ElementCount == 0)
        {
            return s;
        }

        if (mask is not null)
        {
            s = mask.DType == DType.Bool ? Tensor.Where(mask, s, double.NegativeInfinity) : s + mask;
        }

        if (_how.IsCausal)
        {
            // counted on the device, where a compiled step can count again
            Tensor rows = Tensor.Ones([s.Size(2), 1], DType.Float32, s.Device).CumSum(0);
            Tensor columns = Tensor.Ones([s.Size(3)], DType.Float32, s.Device).CumSum(0);
            s = Tensor.Where(columns.Le(rows), s, double.NegativeInfinity);
        }

        if (mask is null)
        {
            return s.Softmax(-1);
        }

        using (Tensor.Unrecorded())
        {
            isDead = s.Amax(-1, keepDim: true).Eq(double.NegativeInfinity);
        }

        return Tensor.Where(isDead, 0, Tensor.Where(isDead, 0, s).Softmax(-1));
    }
}
