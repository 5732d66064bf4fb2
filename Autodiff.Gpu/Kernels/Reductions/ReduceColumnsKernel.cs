using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// y[column] = the fold down a column, where columns and not a column's elements are neighbours in memory: a
/// block's threads are spread across columns and down them, and those of one column fold their results as a tree. A
/// column may be cut into segments whose partial results a second launch folds.
/// </summary>
internal static class ReduceColumnsKernel
{
    public const string Name = "reduce_columns";

    /// <summary>
    /// Writes the kernel: (x, y, columns, steps from column to column in x and in y, tiles of columns, length of a
    /// column, length of a segment, segments in a column, bytes between the results of segments, further kept
    /// dimensions, reduced ones).
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
        Value x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64), columns = k.Parameter(PtxType.U32);
        Value stepX = k.Parameter(PtxType.U64), stepY = k.Parameter(PtxType.U64), tiles = k.Parameter(PtxType.U32);
        Value length = k.Parameter(PtxType.U32), segment = k.Parameter(PtxType.U32),
            segments = k.Parameter(PtxType.U32), stepSegment = k.Parameter(PtxType.U64);
        IndexSpace kept = new(k, v.KeptRank, 2, v.Wide), reduced = new(k, v.ReducedRank, 1, v.Wide);
        ReductionFormula<TOp, S> f = new(op, v.Maps);
        int lanes = v.Lanes, vector = v.Vector, unroll = f.Unroll, heights = Fold.Block / lanes;

        Value outer = k.BlockX / tiles,
            column = ((k.BlockX - outer * tiles) * lanes + (k.ThreadX & (lanes - 1))) * vector;
        Value place = outer / segments, part = outer - place * segments,
            height = k.ThreadX >> BitOperations.Log2((uint)lanes);
        Value begin = part * segment, end = (column < columns).Select(length.Min(begin + segment), begin);
        (Value start, Value target) = kept.At(
            place,
            IndexSpace.Step(x, column, stepX, wide: true),
            IndexSpace.Step(IndexSpace.Step(y, column, stepY, wide: true), part, stepSegment, wide: true));

        Variable[] sums = new Variable[vector];
        for (int c = 0; c < vector; c++)
        {
            sums[c] = k.Variable(k.InRegister(f.Identity.Value));
        }

        Variable at = k.Variable(begin + height);
        k.While(() => at.Value + (unroll - 1) * heights < end, () => Add(at.Value, null));
        k.If(at.Value < end, () => Add(at.Value, end));
        Down();
        k.If(height.EqualTo(0) & (column < columns), () =>
        {
            for (int c = 0; c < vector; c++)
            {
                Elements.Write(v.To,
                    c == 0 ? target : IndexSpace.Step(target, Value.Constant(PtxType.U32, (long)c), stepY, wide: true),
                    S.Of(sums[c].Value));
            }
        });

        void Add(Value now, Value? limit)
        {
            S[][] rows = new S[unroll][];
            for (int u = 0; u < unroll; u++)
            {
                Value row = now + u * heights;
                Value? condition = limit is { } bound ? row < bound : null;
                rows[u] = Elements.Read<S>(v.From, vector, reduced.At(row, start), 0, condition);
                for (int c = 0; c < vector; c++)
                {
                    S value = f.Map(rows[u][c]);
                    rows[u][c] = condition is { } holds ? S.Of(holds.Select(value.Value, f.Identity.Value)) : value;
                }
            }

            for (int c = 0; c < vector; c++)
            {
                S[] parts = Array.ConvertAll(rows, row => row[c]);
                sums[c].Set(f.Combine(S.Of(sums[c].Value), Fold.Tree<S>(parts, f.Combine)).Value);
            }

            at.Set(now + unroll * heights);
        }

        // The threads of a column, as a tree through shared memory.
        void Down()
        {
            int size = S.Type.SizeOf();
            Value places = k.Shared(Fold.Block * vector * size), mine = k.At(places, k.ThreadX, vector * size);
            for (int half = heights / 2; half > 0; half /= 2)
            {
                // Those above leave what they have to those below them.
                k.If((height >= half) & (height < 2 * half), () =>
                {
                    for (int c = 0; c < vector; c++)
                    {
                        k.Store(Space.Shared, S.Type, mine, sums[c].Value, c * size);
                    }
                });
                k.Barrier();
                k.If(height < half, () =>
                {
                    for (int c = 0; c < vector; c++)
                    {
                        S other = S.Of(k.Load(Space.Shared, S.Type, mine, (half * lanes * vector + c) * size));
                        sums[c].Set(f.Combine(S.Of(sums[c].Value), other).Value);
                    }
                });
            }
        }
    }
}
