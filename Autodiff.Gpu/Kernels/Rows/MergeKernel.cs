using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Joins neighbouring sorted runs of a row: an element's place is its place in its own run plus the number of elements
/// of the other that come before it, found by halving. What lies beyond the wanted elements is dropped, so that runs
/// stay short where few are wanted.
/// </summary>
internal static class MergeKernel
{
    public const string Name = "merge";

    /// <summary>
    /// Writes the kernel: (keys, places, merged keys or x, merged places or the final ones, values, length of a row,
    /// the binary logarithm of a run's length, wanted elements, tiles of threads in a row, steps along a row in x and
    /// in the values, kept dimensions).
    /// </summary>
    public static void Write(KernelWriter k, ulong variant)
    {
        RowVariant v = new(variant);
        k.Bounds(Fold.Block);
        Value keys = k.Parameter(PtxType.U64), places = k.Parameter(PtxType.U64), keysOut = k.Parameter(PtxType.U64),
            placesOut = k.Parameter(PtxType.U64);
        Value values = k.Parameter(PtxType.U64), length = k.Parameter(PtxType.U32), power = k.Parameter(PtxType.U32),
            wanted = k.Parameter(PtxType.U32);
        Value tiles = k.Parameter(PtxType.U32), stepX = k.Parameter(PtxType.U64), stepY = k.Parameter(PtxType.U64);
        IndexSpace kept = new(k, v.KeptRank, 2, v.Wide);
        PtxType keyType = OrderKey.TypeOf(v.From);
        int size = keyType.SizeOf();

        Value row = k.BlockX / tiles, place = (k.BlockX - row * tiles) * Fold.Block + k.ThreadX;
        Value run = place.ShiftRight(power), begin = run.ShiftLeft(power), rank = place - begin;
        k.ReturnIf(place >= length);
        k.ReturnIf(rank >= wanted);

        Value other = run ^ 1, otherBegin = other.ShiftLeft(power), isLeft = (run & 1).EqualTo(0);
        Value full = Value.Constant(PtxType.U32, 1L).ShiftLeft(power);
        Value count = (otherBegin < length)
            .Select((length - otherBegin).Min(full).Min(wanted), Value.Constant(PtxType.U32, 0L));
        Value rowStart = row.MultiplyWide(length), mine = rowStart + place.To(PtxType.U64);
        Value key = k.Load(Space.Global, keyType, k.At(keys, mine, size)),
            where = k.Load(Space.Global, PtxType.U32, k.At(places, mine, 4));
        Value othersKeys = k.At(keys, rowStart + otherBegin.To(PtxType.U64), size);

        // Of equals, those of the left run come first.
        Variable low = k.Variable(Value.Constant(PtxType.U32, 0L)), high = k.Variable(count);
        k.While(() => low.Value < high.Value, () =>
        {
            Value from = low.Value, to = high.Value, middle = (from + to) >> 1;
            Value theirs = k.Load(Space.Global, keyType, k.At(othersKeys, middle, size));
            Value before = (theirs < key) | (~isLeft & theirs.EqualTo(key));
            low.Set(before.Select(middle + 1, from));
            high.Set(before.Select(to, middle));
        });

        Value merged = rank + low.Value;
        k.ReturnIf(merged >= wanted);
        if (v.Continued)
        {
            Value target = rowStart + (isLeft.Select(begin, otherBegin) + merged).To(PtxType.U64);
            k.Store(Space.Global, keyType, k.At(keysOut, target, size), key);
            k.Store(Space.Global, PtxType.U32, k.At(placesOut, target, 4), where);
        }
        else
        {
            (Value start, Value result) = kept.At(row, keysOut, values);
            SortKernel.WriteResult(k, v.From, row, merged, where, start, result, placesOut, wanted, stepX, stepY);
        }
    }
}
