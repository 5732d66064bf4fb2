using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// y[row] = the fold of a row: by a few lanes, a warp or a block each, or by several blocks that take a segment of it
/// each and leave partial results for a second launch. A thread reads several accesses at once, folds them as a tree,
/// and adds that to its own result; threads fold theirs as a tree: errors grow with the logarithm of a row's length.
/// </summary>
/// <remarks>
/// Whatever the order of the blocks, the tree is the same: it depends on shape, strides and the device's size alone.
/// </remarks>
internal static class ReduceRowsKernel
{
    public const string Name = "reduce_rows";

    /// <summary>
    /// Writes the kernel: (x, y, rows, length of a row, length of a segment, segments in a row, kept dimensions,
    /// reduced dimensions).
    /// </summary>
    public static void Write<TOp>(KernelWriter k, TOp op, ulong variant) where TOp : unmanaged, IReduction
    {
        ReduceVariant v = new(variant);
        switch (v.Compute)
        {
            case DType.Float32: Write<TOp, PtxReal<Single32>>(k, op, v); break;
            case DType.Float64: Write<TOp, PtxReal<Double64>>(k, op, v); break;
            case DType.Int64: Write<TOp, PtxInteger<Integer64>>(k, op, v); break;
            default: Write<TOp, PtxInteger<Integer32>>(k, op, v); break;
        }
    }

    private static void Write<TOp, S>(KernelWriter k, TOp op, ReduceVariant v)
        where TOp : unmanaged, IReduction where S : IPtxCarrier<S>
    {
        k.Bounds(Fold.Block);
        Value x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64), rows = k.Parameter(PtxType.U32);
        Value length = k.Parameter(PtxType.U32), segment = k.Parameter(PtxType.U32),
            segments = k.Parameter(PtxType.U32);
        IndexSpace kept = new(k, v.KeptRank, 1, v.Wide), reduced = new(k, v.ReducedRank, 1, v.Wide);
        ReductionFormula<TOp, S> f = new(op, v.Maps);
        int lanes = v.Lanes, vector = v.Vector, unroll = f.Unroll;

        RowPart part = new(k, lanes, rows, length, segment, segments);
        Value start = kept.At(part.Row, x);
        Value first = part.Begin >> BitOperations.Log2((uint)vector),
            last = part.End >> BitOperations.Log2((uint)vector);
        int size = v.From.SizeOf();
        Variable sum = k.Variable(k.InRegister(f.Identity.Value)), at = k.Variable(first + part.Lane);
        k.While(() => at.Value + (unroll - 1) * lanes < last, () => Add(at.Value, null));
        k.If(at.Value < last, () => Add(at.Value, last));
        if (vector > 1)
        {
            // What does not fill an access.
            Value rest = (last << BitOperations.Log2((uint)vector)) + part.Lane;
            k.If(rest < part.End, () => Accumulate(f.Read(v.From, 1, k.At(start, rest, size), 0, null)));
        }

        S total = Fold.Across(S.Of(sum.Value), lanes, f.Combine);
        k.If(part.Writes, () => Elements.Write(v.To, k.At(y, part.Result, v.To.SizeOf()), total));

        void Add(Value now, Value? limit)
        {
            S[] parts = new S[unroll];
            Value near = v.ReducedRank == 0 ? k.At(start, now, vector * size) : start;
            for (int u = 0; u < unroll; u++)
            {
                Value place = now + u * lanes;
                (Value address, int offset) = v.ReducedRank == 0
                    ? (near, u * lanes * vector * size)
                    : (reduced.At(place * vector, start), 0);
                parts[u] = f.Read(v.From, vector, address, offset, limit is { } bound ? place < bound : null);
            }

            Accumulate(Fold.Tree<S>(parts, f.Combine));
            at.Set(now + unroll * lanes);
        }

        void Accumulate(S value) => sum.Set(f.Combine(S.Of(sum.Value), value).Value);
    }
}
