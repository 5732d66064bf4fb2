using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Running combinations along rows: each thread runs over four neighbours, lanes combine their totals by doubling
/// distances, warps through shared memory, and what came before goes from turn to turn. A segment of a long row begins
/// with what the segments before it came to, which earlier launches found.
/// </summary>
/// <remarks>
/// The doubling: W. D. Hillis, G. L. Steele, "Data parallel algorithms", Communications of the ACM 29(12), 1986.
/// </remarks>
internal static class ScanKernel
{
    public const string Name = "scan";

    /// <summary>Elements that a thread takes at a time.</summary>
    public const int Items = 4;

    /// <summary>
    /// Writes the kernel: (x, y, totals of segments, rows, length of a row, length of a segment, segments, steps along
    /// a row in x and y, kept dimensions). <see cref="RowVariant.Continues"/>: elements are mapped already.
    /// </summary>
    public static void Write<TOp>(KernelWriter k, TOp op, ulong variant) where TOp : unmanaged, IReduction
    {
        RowVariant v = new(variant);
        if (v.Compute.IsFloatingPoint())
        {
            Write<TOp, PtxReal<Double64>>(k, op, v);
        }
        else
        {
            Write<TOp, PtxInteger<Integer64>>(k, op, v);
        }
    }

    private static void Write<TOp, S>(KernelWriter k, TOp op, RowVariant v)
        where TOp : unmanaged, IReduction where S : IPtxCarrier<S>
    {
        k.Bounds(Fold.Block);
        Value x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64), totals = k.Parameter(PtxType.U64),
            rows = k.Parameter(PtxType.U32);
        Value length = k.Parameter(PtxType.U32), segment = k.Parameter(PtxType.U32),
            segments = k.Parameter(PtxType.U32);
        Value stepX = k.Parameter(PtxType.U64), stepY = k.Parameter(PtxType.U64);
        IndexSpace kept = new(k, v.KeptRank, 2, v.Wide);
        PtxReductionFormula<TOp, S> f = new(op, !v.Continues);
        int lanes = v.Lanes, size = S.Type.SizeOf();
        bool inBlock = lanes == Fold.Block;
        PtxRowPart part = new(k, lanes, rows, length, segment, segments);
        (Value from, Value to) = kept.At(part.Row, x, y);

        S none = S.Of(k.InRegister(f.Identity.Value));
        Variable before = k.Variable(none.Value);
        if (inBlock)
        {
            k.If(part.Segment > 0,
                () =>
                    before.Set(k.Load(Space.Global, S.Type,
                        k.At(totals, part.Row * (segments - 1) + part.Segment - 1, size))));
        }

        Value places = inBlock ? k.Shared(Fold.Block / Fold.Warp * size) : default;

        // Every lane makes every turn, those without a row too: they shuffle with the others.
        Variable turn = k.Variable(part.Begin);
        Value end = inBlock ? part.End : length;
        k.While(() => turn.Value < end, () =>
        {
            Value now = turn.Value, first = now + part.Lane * Items, isWhole = first + Items <= part.End;
            S[] running = Read(first, isWhole);
            for (int i = 1; i < Items; i++)
            {
                running[i] = f.Combine(running[i - 1], running[i]);
            }

            S total = running[^1];
            for (int distance = 1; distance < Math.Min(lanes, Fold.Warp); distance *= 2)
            {
                S lower = S.Of(k.ShuffleUp(total.Value, distance));
                Value hasLower = (part.Lane & (Math.Min(lanes, Fold.Warp) - 1)) >= distance;
                total = S.Of(hasLower.Select(f.Combine(lower, total).Value, total.Value));
            }

            S prefix = S.Of(before.Value), sum = total;
            if (lanes > 1)
            {
                Value isFirst = (part.Lane & (Math.Min(lanes, Fold.Warp) - 1)).EqualTo(0);
                S lower = S.Of(isFirst.Select(none.Value, k.ShuffleUp(total.Value, 1)));
                if (inBlock)
                {
                    (S warps, sum) = Warps(total);
                    prefix = f.Combine(prefix, warps);
                }
                else
                {
                    sum = S.Of(k.ShuffleFrom(total.Value, k.Lane | (lanes - 1)));
                }

                prefix = f.Combine(prefix, lower);
            }

            Write(first, isWhole, Array.ConvertAll(running, value => f.Combine(prefix, value)));
            before.Set(f.Combine(S.Of(before.Value), sum).Value);
            turn.Set(now + lanes * Items);
        });

        // Four neighbours: in one access or two where they lie so and all are there, else one by one.
        S[] Read(Value first, Value isWhole)
        {
            Variable[] elements = new Variable[Items];
            for (int i = 0; i < Items; i++)
            {
                elements[i] = k.Variable(none.Value);
            }

            void Each()
            {
                for (int i = 0; i < Items; i++)
                {
                    Value place = first + i;
                    elements[i]
                        .Set(f.Read(v.From, 1, IndexSpace.Step(from, place, stepX, wide: true), 0, place < part.End)
                            .Value);
                }
            }

            if (v.Vector == 1)
            {
                Each();
            }
            else
            {
                k.If(isWhole, () =>
                {
                    S[] read = Elements.Read<S>(v.From, Items, k.At(from, first, v.From.SizeOf()));
                    for (int i = 0; i < Items; i++)
                    {
                        elements[i].Set(f.Map(read[i]).Value);
                    }
                }, Each);
            }

            return Array.ConvertAll(elements, static element => S.Of(element.Value));
        }

        void Write(Value first, Value isWhole, S[] results)
        {
            void Each()
            {
                for (int i = 0; i < Items; i++)
                {
                    Value place = first + i;
                    k.If(place < part.End,
                        () => Elements.Write(v.To, IndexSpace.Step(to, place, stepY, wide: true), results[i]));
                }
            }

            if (v.Vector == 1)
            {
                Each();
            }
            else
            {
                Value[] values = Array.ConvertAll(results, static result => result.Value);
                k.If(isWhole, () => ElementAccess.Store(k, v.To, v.Compute, k.At(to, first, v.To.SizeOf()), values),
                    Each);
            }
        }

        // What the warps before this one come to, and what all do.
        (S Before, S All) Warps(S total)
        {
            Value warp = k.ThreadX >> 5;
            k.If((k.ThreadX & (Fold.Warp - 1)).EqualTo(Fold.Warp - 1),
                () => k.Store(Space.Shared, S.Type, k.At(places, warp, size), total.Value));
            k.Barrier();
            S all = none, lower = none;
            for (int w = 0; w < Fold.Block / Fold.Warp; w++)
            {
                lower = S.Of(warp.EqualTo(w).Select(all.Value, lower.Value));
                all = f.Combine(all, S.Of(k.Load(Space.Shared, S.Type, places, w * size)));
            }

            k.Barrier(); // before the next turn writes there
            return (lower, all);
        }
    }
}
