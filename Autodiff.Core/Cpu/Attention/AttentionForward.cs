using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// The loop of <see cref="AttentionLoop"/>: a part is a block of queries of one head, which goes through the blocks of
/// keys with a running maximum and a running sum for each row.
/// </summary>
internal unsafe struct AttentionForward<T, V> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Queries = AttentionOperands<T, V>.QueryBlock, Keys = AttentionOperands<T, V>.KeyBlock;

    private AttentionOperands<T, V> _from;
    private T* _y, _figures;

    public static void Run(in AttentionLoop loop, ReadOnlySpan<TensorView> views)
    {
        TensorView q = views[0], k = views[1], v = views[2], y = views[^2], figures = views[^1];
        TensorView mask = loop.MaskKind == AttentionMask.None ? q : views[3];
        TensorView bits = loop.Kept == 0 ? q : views[^3];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* pq = &q.Memory(use), pk = &k.Memory(use), pv = &v.Memory(use), pm = &mask.Memory(use),
            pb = &bits.Memory(use), py = &y.Memory(use), pf = &figures.Memory(use))
        {
            AttentionForward<T, V> body = new()
            {
                _from = AttentionOperands<T, V>.Of(loop, q, k, v, pq, pk, pv),
                _y = (T*)py + y.Offset, _figures = (T*)pf + figures.Offset,
            };
            body._from.Read(pm, mask, pb, bits);
            ThreadedLoop.For(body._from.B * body._from.H * body._from.QueryBlocks, body._from.Work, body);
        }
    }

    public readonly void Run(int part)
    {
        (int head, int block) = Math.DivRem(part, _from.QueryBlocks);
        (int b, int h) = Math.DivRem(head, _from.H);
        int i = block * Queries, rows = Math.Min(Queries, _from.L - i), width = _from.F, own = h / (_from.H / _from.G);
        nint bytes = (Queries * Keys + Keys + Queries) * sizeof(T) + Queries * sizeof(double);
        double* sums = (double*)Scratch.TakeShared(bytes);
        T* scores = (T*)(sums + Queries), buffer = scores + Queries * Keys, largest = buffer + Keys;
        new Span<double>(sums, rows).Clear();
        new Span<T>(largest, rows).Fill(T.NegativeInfinity);
        T* y = _y + ((nint)head * _from.L + i) * width;
        for (int j = 0; j < _from.S; j += Keys)
        {
            int keys = _from.Keys(j, i + rows);
            if (keys <= 0)
            {
                break;
            }

            AttentionOperands<T, V>.Product(
                rows, keys, _from.E, _from.Q[b, h, i], _from.Q.Row, 1, _from.K[b, own, j], 1, _from.K.Row, scores,
                Keys, accumulate: false);
            for (int r = 0; r < rows; r++)
            {
                Row(
                    b, h, i + r, r == 0, j, keys, scores + r * Keys, buffer, ref largest[r], ref sums[r],
                    y + r * width);
            }

            AttentionOperands<T, V>.Product(
                rows, width, keys, scores, Keys, 1, _from.V_[b, own, j], _from.V_.Row, 1, y, width, accumulate: j > 0);
        }

        Finish(head, i, rows, largest, sums, y);
    }

    /// <summary>Scores of a row become powers; what was summed before is rescaled to the new maximum.</summary>
    private readonly void Row(
        int b, int h, int row, bool isFirst, int j, int keys, T* s, T* buffer, ref T largest, ref double sum, T* y)
    {
        int seen = _from.Seen(row, j, keys);
        T* added = _from.Added(b, h, row, isFirst, j, keys, buffer);
        T found = AttentionRows<T, V>.Scaled(s, added, _from.Scale, seen);
        found = found > largest ? found : largest;
        T shift = T.IsNegativeInfinity(found) ? T.Zero : found;
        if (j > 0 && found != largest)
        {
            T factor = T.Exp(largest - shift);
            sum *= double.CreateTruncating(factor);
            AttentionRows<T, V>.Multiply(y, factor, _from.F);
        }

        largest = found;
        sum += double.CreateTruncating(AttentionRows<T, V>.Powers(s, shift, seen));
        new Span<T>(s + seen, keys - seen).Clear();
        _from.Drop(s, _from.Place(b, h, row, j), seen);
    }

    /// <summary>Sums become means; a row without keys is zeros.</summary>
    private readonly void Finish(int head, int i, int rows, T* largest, double* sums, T* y)
    {
        nint all = (nint)_from.B * _from.H * _from.L, first = (nint)head * _from.L + i;
        for (int r = 0; r < rows; r++)
        {
            bool isDead = sums[r] == 0;
            T factor = isDead ? T.Zero : T.CreateTruncating(1 / sums[r]);
            _figures[first + r] = T.IsNegativeInfinity(largest[r]) ? T.Zero : largest[r];
            _figures[all + first + r] = factor;
            if (isDead)
            {
                new Span<T>(y + r * _from.F, _from.F).Clear();
            }
            else
            {
                AttentionRows<T, V>.Multiply(y + r * _from.F, factor, _from.F);
            }
        }
    }
}
