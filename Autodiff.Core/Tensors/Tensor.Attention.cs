using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// softmax(scale · q kᵀ + mask) v, head by head: in one loop whose memory grows with the length alone where the
    /// device has it, else in single operations.
    /// </summary>
    /// <param name="q">[B, H, L, E].</param>
    /// <param name="k">[B, G, S, E], where G divides H: H / G heads of queries share one of keys.</param>
    /// <param name="v">[B, G, S, F].</param>
    /// <param name="mask">Broadcasts to [B, H, L, S]: bool, true where a query sees a key, or numbers that are added;
    /// or null.</param>
    /// <param name="how">The other settings.</param>
    /// <returns>[B, H, L, F].</returns>
    internal static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask, in AttentionSettings how)
    {
        (int b, int h, int l, int s) = (q.Size(0), q.Size(1), q.Size(2), k.Size(2));
        bool isEmpty = q.ElementCount == 0 || k.ElementCount == 0 || v.ElementCount == 0;
        if (isEmpty || q.Device.Backend is not IFusingBackend || mask is { RequiresGrad: true })
        {
            return AttentionWithWeights(q, k, v, mask, how).Y;
        }

        q = AlongRows(q);
        k = AlongRows(k);
        v = AlongRows(v);
        AttentionMask kind = mask is null ? AttentionMask.None
            : mask.DType == DType.Bool ? AttentionMask.Boolean : AttentionMask.Additive;
        AttentionLoop loop = new(how.Scale, how.IsCausal, kind, how.Dropout == 0 ? 0 : Kept(how.Dropout));
        TensorView? wide = mask?.View.Expand(Layout.Contiguous([b, h, l, s]));
        Tensor? bits = how.Dropout == 0 ? null : Bits((long)b * h * l * s, how.Dropout, how.Generator, q.Device);
        TensorView[] read = [q.View, k.View, v.View, .. wide is { } m ? [m] : Array.Empty<TensorView>(),
            .. bits is null ? Array.Empty<TensorView>() : [bits.View]];
        Tensor y = Empty([b, h, l, v.Size(3)], q.DType, q.Device), figures;
        using (Unrecorded())
        {
            figures = Empty([2, checked(b * h * l)], q.DType, q.Device);
            y.Backend.TryFuse(loop, 2, [.. read, y.View, figures.View]);
        }

        if (!Recording.Needed([q, k, v]))
        {
            return y;
        }

        SavedTensor[] saved =
        [
            q.Save("query"), k.Save("key"), v.Save("value"), y.Save("output"), figures.Save("figures"),
            .. mask is null ? Array.Empty<SavedTensor>() : [mask.Save("mask")],
            .. bits is null ? Array.Empty<SavedTensor>() : [bits.Save("dropout bits")],
        ];
        AttentionGradients gradients = new(loop, how, saved);
        return y.RecordTogether(
            "Attention", "q̄ = scale · d k, k̄ = scale · dᵀ q, v̄ = pᵀ g with p = softmax(scale · q kᵀ + mask) and "
                + "d = p (g vᵀ - Σ g y)",
            [q, k, v], gradients.Of, saved);
    }

    /// <summary>The same in single operations, and the weights [B, H, L, S] after dropout.</summary>
    internal static (Tensor Y, Tensor Weights) AttentionWithWeights(
        Tensor q, Tensor k, Tensor v, Tensor? mask, in AttentionSettings how)
    {
        int[] scores = [q.Size(0), q.Size(1), q.Size(2), k.Size(2)];
        Tensor? factors = how.Dropout > 0 && !scores.Contains(0)
            ? DropoutMask(Empty(scores, q.DType, q.Device), how.Dropout, how.Generator)
            : null;
        return new ComposedAttention(mask, factors, how).WithWeights(q, k, v);
    }

    /// <summary>What each kept weight is multiplied by.</summary>
    private static double Kept(double dropout) => dropout == 1 ? 1 : 1 / (1 - dropout);

    private static Tensor AlongRows(Tensor x) => x._layout.Strides[^1] == 1 ? x : x.Contiguous();

    private static Tensor Bits(long count, double dropout, Generator generator, Device device) =>
        Drawn<int>(
            [checked((int)((count + 31) / 32))], bits => DropoutBits.Draw(generator, dropout, count, bits), device,
            new(nameof(DropoutBits), generator, dropout, count));

    /// <summary>The gradients of <see cref="Attention"/>.</summary>
    /// <param name="loop">What was done forward.</param>
    /// <param name="how">Its settings.</param>
    /// <param name="saved">Query, key, value, output and figures; then the mask and the bits, where they are.</param>
    private sealed class AttentionGradients(AttentionLoop loop, AttentionSettings how, SavedTensor[] saved)
    {
        public Tensor?[] Of(Tensor g)
        {
            (Tensor q, Tensor k, Tensor v) = (saved[0].Value, saved[1].Value, saved[2].Value);
            bool hasMask = loop.MaskKind != AttentionMask.None;
            Tensor? mask = hasMask ? saved[5].Value : null, bits = loop.Kept == 0 ? null : saved[^1].Value;
            Layout scores = Layout.Contiguous([q.Size(0), q.Size(1), q.Size(2), k.Size(2)]);
            return Recording.Needed([g, q, k, v])
                ? new ComposedAttention(mask, bits is null ? null : Factors(bits, scores, q.DType), how)
                    .Gradients(g, q, k, v)
                : Fused(g, q, k, v, mask?.View.Expand(scores), bits);
        }

        private Tensor[] Fused(Tensor g, Tensor q, Tensor k, Tensor v, TensorView? mask, Tensor? bits)
        {
            using GradMode.EngineScope _ = Unrecorded();
            Tensor[] results = Array.ConvertAll([q, k, v], x => Empty(x.Shape, x.DType, x.Device));
            q.Backend.TryFuse(
                new AttentionGradientLoop(loop), 3,
                [
                    q.View, k.View, v.View, .. mask is { } m ? [m] : Array.Empty<TensorView>(),
                    .. bits is null ? Array.Empty<TensorView>() : [bits.View],
                    saved[3].Value.Contiguous().View, saved[4].Value.View, g.Contiguous().View,
                    .. Array.ConvertAll(results, x => x.View),
                ]);
            return results;
        }

        private Tensor Factors(Tensor bits, Layout shape, DType type)
        {
            using GradMode.EngineScope _ = Unrecorded();
            Tensor factors = Empty(shape, type, bits.Device);
            bits.Backend.TryFuse(new DropoutFactorLoop(loop.Kept), 1, [bits.View, factors.View]);
            return factors;
        }
    }
}
