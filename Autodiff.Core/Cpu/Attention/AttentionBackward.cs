using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// The loop of <see cref="AttentionGradientLoop"/>. Where there are heads enough, a part takes all of a head of keys;
/// else one sweep goes over blocks of keys for the gradients of k and v, and another over blocks of queries for that of
/// q. Sums are made in one order either way, so they have the same bits.
/// </summary>
internal unsafe struct AttentionBackward<T, V> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Queries = AttentionOperands<T, V>.QueryBlock, Keys = AttentionOperands<T, V>.KeyBlock;

    private AttentionOperands<T, V> _from;
    private T* _y, _figures, _g, _dq, _dk, _dv;
    private Sweep _sweep;

    private enum Sweep
    {
        Heads,
        KeyBlocks,
        QueryBlocks,
    }

    public static void Run(in AttentionGradientLoop loop, ReadOnlySpan<TensorView> views)
    {
        AttentionLoop attention = loop.Attention;
        TensorView q = views[0], k = views[1], v = views[2], y = views[^6], figures = views[^5], g = views[^4];
        TensorView dq = views[^3], dk = views[^2], dv = views[^1];
        TensorView mask = attention.MaskKind == AttentionMask.None ? q : views[3];
        TensorView bits = attention.Kept == 0 ? q : views[^7];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* pq = &q.Memory(use), pk = &k.Memory(use), pv = &v.Memory(use), pm = &mask.Memory(use),
            pb = &bits.Memory(use), py = &y.Memory(use), pf = &figures.Memory(use), pg = &g.Memory(use),
            pdq = &dq.Memory(use), pdk = &dk.Memory(use), pdv = &dv.Memory(use))
        {
            AttentionBackward<T, V> body = new()
            {
                _from = AttentionOperands<T, V>.Of(attention, q, k, v, pq, pk, pv),
                _y = (T*)py + y.Offset, _figures = (T*)pf + figures.Offset, _g = (T*)pg + g.Offset,
                _dq = (T*)pdq + dq.Offset, _dk = (T*)pdk + dk.Offset, _dv = (T*)pdv + dv.Offset,
            };
            body._from.Read(pm, mask, pb, bits);
            int groups = body._from.B * body._from.G;
            if (groups >= 4 * CpuThreads.Count || CpuThreads.Count == 1 || groups % CpuThreads.Count == 0)
            {
                ThreadedLoop.For(groups, body._from.Work, body);
                return;
            }

            body._sweep = Sweep.KeyBlocks;
            ThreadedLoop.For(groups * body._from.KeyBlocks, body._from.Work, body);
            body._sweep = Sweep.QueryBlocks;
            ThreadedLoop.For(body._from.B * body._from.H * body._from.QueryBlocks, body._from.Work, body);
        }
    }

    public readonly void Run(int part)
    {
        int each = _from.H / _from.G;
        switch (_sweep)
        {
            case Sweep.Heads:
            {
                (int b, int own) = Math.DivRem(part, _from.G);
                ClearKeys(part, 0, _from.S);
                for (int h = own * each; h < (own + 1) * each; h++)
                {
                    ClearQueries((nint)b * _from.H + h, 0, _from.L);
                    for (int i = 0; i < _from.L; i += Queries)
                    {
                        for (int j = 0; j < _from.S; j += Keys)
                        {
                            Pair(b, h, i, j, queries: true, keys: true);
                        }
                    }
                }

                break;
            }

            case Sweep.KeyBlocks:
            {
                (int head, int block) = Math.DivRem(part, _from.KeyBlocks);
                (int b, int own) = Math.DivRem(head, _from.G);
                ClearKeys(head, block * Keys, Math.Min(Keys, _from.S - block * Keys));
                for (int h = own * each; h < (own + 1) * each; h++)
                {
                    for (int i = 0; i < _from.L; i += Queries)
                    {
                        Pair(b, h, i, block * Keys, queries: false, keys: true);
                    }
                }

                break;
            }

            default:
            {
                (int head, int block) = Math.DivRem(part, _from.QueryBlocks);
                (int b, int h) = Math.DivRem(head, _from.H);
                ClearQueries(head, block * Queries, Math.Min(Queries, _from.L - block * Queries));
                for (int j = 0; j < _from.S; j += Keys)
                {
                    Pair(b, h, block * Queries, j, queries: true, keys: false);
                }

                break;
            }
        }
    }

    private readonly void ClearKeys(nint head, int first, int count)
    {
        for (nint row = head * _from.S + first; count > 0; row++, count--)
        {
            new Span<T>(_dk + row * _from.E, _from.E).Clear();
            new Span<T>(_dv + row * _from.F, _from.F).Clear();
        }
    }

    private readonly void ClearQueries(nint head, int first, int count)
    {
        for (nint row = head * _from.L + first; count > 0; row++, count--)
        {
            new Span<T>(_dq + row * _from.E, _from.E).Clear();
        }
    }

    /// <summary>What a block of queries and a block of keys add to the gradients of either.</summary>
    private readonly void Pair(int b, int h, int i, int j, bool queries, bool keys)
    {
        int rows = Math.Min(Queries, _from.L - i), count = _from.Keys(j, i + rows);
        if (count <= 0)
        {
            return;
        }

        (int e, int f, int own) = (_from.E, _from.F, h / (_from.H / _from.G));
        nint head = (nint)b * _from.H + h, group = (nint)b * _from.G + own;
        T* p = (T*)Scratch.TakeShared((2 * Queries * Keys + Keys) * sizeof(T)), d = p + Queries * Keys;
        T* buffer = d + Queries * Keys, q = _from.Q[b, h, i], k = _from.K[b, own, j], v = _from.V_[b, own, j];
        T* g = _g + (head * _from.L + i) * f, y = _y + (head * _from.L + i) * f;
        AttentionOperands<T, V>.Product(rows, count, e, q, _from.Q.Row, 1, k, 1, _from.K.Row, p, Keys, false);
        AttentionOperands<T, V>.Product(rows, count, f, g, f, 1, v, 1, _from.V_.Row, d, Keys, false);
        for (int r = 0; r < rows; r++)
        {
            Row(b, h, i + r, r == 0, j, count, p + r * Keys, d + r * Keys, buffer, g + r * f, y + r * f);
        }

        if (keys)
        {
            T* dk = _dk + (group * _from.S + j) * e, dv = _dv + (group * _from.S + j) * f;
            AttentionOperands<T, V>.Product(count, f, rows, p, 1, Keys, g, f, 1, dv, f, true);
            AttentionOperands<T, V>.Product(count, e, rows, d, 1, Keys, q, _from.Q.Row, 1, dk, e, true);
        }

        if (queries)
        {
            T* dq = _dq + (head * _from.L + i) * e;
            AttentionOperands<T, V>.Product(rows, e, count, d, Keys, 1, k, _from.K.Row, 1, dq, e, true);
        }
    }

    /// <summary>Scores become the weights that v was summed with, and gradients of these the scores' own.</summary>
    private readonly void Row(int b, int h, int row, bool isFirst, int j, int count, T* p, T* d, T* buffer, T* g, T* y)
    {
        int seen = _from.Seen(row, j, count);
        T* added = _from.Added(b, h, row, isFirst, j, count, buffer);
        nint all = (nint)_from.B * _from.H * _from.L, at = ((nint)b * _from.H + h) * _from.L + row;
        T factor = _figures[all + at];
        seen = factor == T.Zero ? 0 : seen;
        AttentionRows<T, V>.Weights(p, added, _from.Scale, _figures[at], factor, seen);
        long place = _from.Place(b, h, row, j);
        _from.Drop(d, place, seen);
        AttentionRows<T, V>.Slopes(d, p, AttentionRows<T, V>.Dot(g, y, _from.F), _from.Scale, seen);
        _from.Drop(p, place, seen);
        new Span<T>(p + seen, count - seen).Clear();
        new Span<T>(d + seen, count - seen).Clear();
    }
}
