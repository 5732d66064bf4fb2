using System.Numerics;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// The place of each row's extreme: elements become keys that compare as integers, and of two candidates the one with
/// the larger key stays, of equals the one that stands first. Long rows are cut into segments whose winners meet in a
/// second launch.
/// </summary>
internal static class ArgReduceKernel
{
    public const string Name = "arg_reduce";

    private const int Unroll = 4;

    /// <summary>
    /// Writes the kernel: (elements, or winners' keys; winners' places; results, or keys; places; rows, length of a
    /// row, length of a segment, segments, step along a row, kept dimensions).
    /// </summary>
    public static void Write(KernelWriter k, ulong variant)
    {
        RowVariant v = new(variant);
        k.Bounds(Fold.Block);
        Value x = k.Parameter(PtxType.U64), xPlaces = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64),
            yPlaces = k.Parameter(PtxType.U64);
        Value rows = k.Parameter(PtxType.U32), length = k.Parameter(PtxType.U32), segment = k.Parameter(PtxType.U32),
            segments = k.Parameter(PtxType.U32);
        Value step = k.Parameter(PtxType.U64);
        IndexSpace kept = new(k, v.KeptRank, 1, v.Wide);
        PtxType keyType = OrderKey.TypeOf(v.From);
        int lanes = v.Lanes;
        PtxRowPart part = new(k, lanes, rows, length, segment, segments);

        Value start = kept.At(part.Row, x);
        Variable key = k.Variable(Value.Constant(keyType, 0L)),
            place = k.Variable(Value.Constant(PtxType.U32, uint.MaxValue));
        Variable at = k.Variable(part.Begin + part.Lane);
        k.While(() => at.Value < part.End, () =>
        {
            Value now = at.Value;
            (Value Key, Value Place)[] candidates = new (Value, Value)[Unroll];
            for (int u = 0; u < Unroll; u++)
            {
                Value i = now + u * lanes, inside = i < part.End, address = IndexSpace.Step(start, i, step, wide: true);
                Value found = v.Continues
                    ? k.LoadIf(inside, Space.Global, keyType, 1, address)[0]
                    : OrderKey.Of(v.From, k.LoadIf(inside, Space.Global, PtxTypes.Of(v.From), 1, address)[0],
                        reverse: !v.Largest, nanLast: true);
                Value where = v.Continues
                    ? k.LoadIf(inside, Space.Global, PtxType.U32, 1, k.At(xPlaces, part.Row * length + i, 4))[0]
                    : i;
                candidates[u] = (inside.Select(found, Value.Constant(keyType, 0L)),
                    inside.Select(where, Value.Constant(PtxType.U32, uint.MaxValue)));
            }

            foreach ((Value Key, Value Place) candidate in candidates)
            {
                Take(candidate.Key, candidate.Place);
            }

            at.Set(now + Unroll * lanes);
        });

        for (int distance = Math.Min(lanes, Fold.Warp) / 2; distance > 0; distance /= 2)
        {
            Take(k.ShuffleXor(key.Value, distance), k.ShuffleXor(place.Value, distance));
        }

        if (lanes == Fold.Block)
        {
            Value keys = k.Shared(Fold.Block / Fold.Warp * keyType.SizeOf()),
                places = k.Shared(Fold.Block / Fold.Warp * 4);
            k.If((k.ThreadX & (Fold.Warp - 1)).EqualTo(0), () =>
            {
                k.Store(Space.Shared, keyType, k.At(keys, k.ThreadX >> 5, keyType.SizeOf()), key.Value);
                k.Store(Space.Shared, PtxType.U32, k.At(places, k.ThreadX >> 5, 4), place.Value);
            });
            k.Barrier();
            for (int w = 0; w < Fold.Block / Fold.Warp; w++)
            {
                Take(k.Load(Space.Shared, keyType, keys, w * keyType.SizeOf()),
                    k.Load(Space.Shared, PtxType.U32, places, 4 * w));
            }
        }

        k.If(part.Writes, () =>
        {
            if (v.Continued)
            {
                k.Store(Space.Global, keyType, k.At(y, part.Result, keyType.SizeOf()), key.Value);
                k.Store(Space.Global, PtxType.U32, k.At(yPlaces, part.Result, 4), place.Value);
            }
            else
            {
                k.Store(Space.Global, PtxType.S64, k.At(y, part.Result, 8), place.Value.To(PtxType.S64));
            }
        });

        void Take(Value otherKey, Value otherPlace)
        {
            Value mine = key.Value, here = place.Value;
            Value better = (otherKey > mine) | (otherKey.EqualTo(mine) & (otherPlace < here));
            key.Set(better.Select(otherKey, mine));
            place.Set(better.Select(otherPlace, here));
        }
    }
}
