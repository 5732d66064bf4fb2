using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Sorts rows in shared memory, several short ones in a block, by Batcher's bitonic network over (key, place) pairs: as
/// no two pairs are equal, the order is the stable one. Rows too long for a block are sorted in pieces, which
/// <see cref="MergeKernel"/> joins.
/// </summary>
/// <remarks>
/// K. E. Batcher, "Sorting networks and their applications", AFIPS Spring Joint Computer Conference, 1968.
/// </remarks>
internal static class SortKernel
{
    public const string Name = "sort";

    /// <summary>The most pairs that a block sorts.</summary>
    public const int MostPairs = 2048;

    private const int PairsPerThread = 4;

    /// <summary>
    /// Writes the kernel: (x, values or keys, places, rows, length of a row, pieces in a row, wanted elements, steps
    /// along a row in x and in the values, kept dimensions). A piece is 2^<see cref="RowVariant.Power"/> long; a block
    /// sorts as many pairs as <see cref="RowVariant.Lanes"/> says.
    /// </summary>
    public static void Write(KernelWriter k, ulong variant)
    {
        RowVariant v = new(variant);
        int pairs = v.Lanes, threads = Threads(pairs);
        k.Bounds(threads);
        Value x = k.Parameter(PtxType.U64), y = k.Parameter(PtxType.U64), places = k.Parameter(PtxType.U64),
            rows = k.Parameter(PtxType.U32);
        Value length = k.Parameter(PtxType.U32), pieces = k.Parameter(PtxType.U32), wanted = k.Parameter(PtxType.U32);
        Value stepX = k.Parameter(PtxType.U64), stepY = k.Parameter(PtxType.U64);
        IndexSpace kept = new(k, v.KeptRank, 2, v.Wide);
        PtxType keyType = OrderKey.TypeOf(v.From);
        int size = keyType.SizeOf(), piece = 1 << v.Power;
        Value keys = k.Shared(pairs * size), order = k.Shared(pairs * 4);

        k.For(k.ThreadX, pairs, threads, slot => Slot(slot, (row, place, start, _) =>
        {
            Value inside = (row < rows) & (place < length);
            Value element = k.LoadIf(inside, Space.Global, PtxTypes.Of(v.From), 1,
                IndexSpace.Step(start, place, stepX, wide: true))[0];
            Value key = inside.Select(OrderKey.Of(v.From, element, reverse: v.Largest), OrderKey.Last(v.From));
            k.Store(Space.Shared, keyType, k.At(keys, slot, size), key);

            // What is not there comes after all that is.
            k.Store(Space.Shared, PtxType.U32, k.At(order, slot, 4),
                inside.Select(place, Value.Constant(PtxType.U32, uint.MaxValue)));
        }));
        k.Barrier();
        Network(k, keys, order, keyType, piece, pairs);

        k.For(k.ThreadX, pairs, threads, slot => Slot(slot, (row, place, start, target) =>
        {
            Value rank = slot & (piece - 1), there = (row < rows) & (place < length) & (rank < wanted);
            k.If(there, () =>
            {
                Value where = k.Load(Space.Shared, PtxType.U32, k.At(order, slot, 4));
                if (v.Continued)
                {
                    Value at = row.MultiplyWide(length) + place.To(PtxType.U64);
                    k.Store(Space.Global, keyType, k.At(y, at, size),
                        k.Load(Space.Shared, keyType, k.At(keys, slot, size)));
                    k.Store(Space.Global, PtxType.U32, k.At(places, at, 4), where);
                }
                else
                {
                    WriteResult(k, v.From, row, rank, where, start, target, places, wanted, stepX, stepY);
                }
            });
        }));

        // The row and the place in it that belong to a slot, and where the row begins in x and in the values.
        void Slot(Value slot, Action<Value, Value, Value, Value> body)
        {
            Value number = k.BlockX * (pairs / piece) + (slot >> v.Power), row = number / pieces;
            Value place = ((number - row * pieces) << v.Power) + (slot & (piece - 1));
            (Value start, Value target) = kept.At(row, x, y);
            body(row, place, start, target);
        }
    }

    /// <summary>Threads of a block that sorts so many pairs.</summary>
    public static int Threads(int pairs) => pairs / PairsPerThread;

    /// <summary>Writes an element, as it is in x, and its place to where they stand in the order.</summary>
    public static void WriteResult(
        KernelWriter k, DType type, Value row, Value rank, Value where, Value start, Value target, Value places,
        Value wanted, Value stepX, Value stepY)
    {
        PtxType element = PtxTypes.Of(type);
        Value value = k.Load(Space.Global, element, IndexSpace.Step(start, where, stepX, wide: true));
        k.Store(Space.Global, element, IndexSpace.Step(target, rank, stepY, wide: true), value);
        k.Store(Space.Global, PtxType.S64, k.At(places, row.MultiplyWide(wanted) + rank.To(PtxType.U64), 8),
            where.To(PtxType.S64));
    }

    private static void Network(KernelWriter k, Value keys, Value order, PtxType keyType, int piece, int pairs)
    {
        int size = keyType.SizeOf();
        Variable run = k.Variable(Value.Constant(PtxType.U32, 2L));
        k.While(() => run.Value <= piece, () =>
        {
            Value sorted = run.Value;
            Variable distance = k.Variable(sorted >> 1);
            k.While(() => distance.Value > 0, () =>
            {
                Value apart = distance.Value;
                for (int pass = 0; pass < PairsPerThread / 2; pass++)
                {
                    // The pair's lower slot has a 0 in the bit of the distance.
                    Value pair = k.ThreadX + pass * Threads(pairs), below = pair & (apart - 1),
                        low = ((pair - below) << 1) + below, high = low + apart;
                    Value rises = (low & sorted & (piece - 1)).EqualTo(0);
                    Value lowKey = k.At(keys, low, size), highKey = k.At(keys, high, size),
                        lowPlace = k.At(order, low, 4), highPlace = k.At(order, high, 4);
                    Value a = k.Load(Space.Shared, keyType, lowKey), b = k.Load(Space.Shared, keyType, highKey);
                    Value i = k.Load(Space.Shared, PtxType.U32, lowPlace),
                        j = k.Load(Space.Shared, PtxType.U32, highPlace);
                    Value swaps = ((b < a) | (b.EqualTo(a) & (j < i))) ^ ~rises;
                    k.If(swaps, () =>
                    {
                        k.Store(Space.Shared, keyType, lowKey, b);
                        k.Store(Space.Shared, keyType, highKey, a);
                        k.Store(Space.Shared, PtxType.U32, lowPlace, j);
                        k.Store(Space.Shared, PtxType.U32, highPlace, i);
                    });
                }

                k.Barrier();
                distance.Set(apart >> 1);
            });
            run.Set(sorted << 1);
        });
    }
}
