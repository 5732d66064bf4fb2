using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Scatters that add floating-point numbers. The first additions to a place are made as they come; those of duplicate
/// indices beyond go to a <see cref="CompensatedSum{S}"/>, which is added at the end.
/// </summary>
/// <remarks>
/// To find out that few indices collide costs a byte's increment for each row: the bytes are few enough to stay in the
/// cache, several places share one, and as long as none is full no place had more than the first additions. Only then
/// are places counted.
/// </remarks>
internal static unsafe class RepeatedSums
{
    /// <summary>
    /// The distance of the golden ratio's multiples spreads places over the bytes evenly (Knuth, TAOCP 3, 6.4).
    /// </summary>
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private const int RowsPerByte = 8, LeastBits = 8, MostBits = 22;

    /// <summary>y[..., index[..., i, ...], ...] += source[..., i, ...] in the order of the source.</summary>
    public static void Scatter<T>(in TensorView source, int dim, in TensorView index, in TensorView y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        IndexLoops.Places places = new(index.Layout, y.Layout, dim, source.Layout);
        long along = y.Layout.Strides[dim], block = places.Block, rows = index.Count / Math.Max(block, 1), done = 0;
        int bits = Math.Clamp(BitOperations.Log2((ulong)rows / RowsPerByte + 1) + 1, LeastBits, MostBits);
        byte* full = Scratch.Take(1 << bits);
        new Span<byte>(full, 1 << bits).Clear();
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* ps = &source.Memory(use), pi = &index.Memory(use), py = &y.Memory(use))
        {
            T* first = (T*)ps + source.Offset, target = (T*)py + y.Offset;
            long* positions = (long*)pi + index.Offset;
            while (places.MoveNext())
            {
                T* from = first + places.Other, to = target + places.Indexed;
                long* which = positions + places.Index;
                long added = block == 1
                    ? AddRows<T, Element>(from, to, which, places, along, full, bits)
                    : AddRows<T, Row>(from, to, which, places, along, full, bits);
                done += added;
                if (added < places.Run)
                {
                    Counted<T> counted = new(target, block, y.Layout, rows);
                    counted.Run(new(index.Layout, y.Layout, dim, source.Layout), first, positions, along, done);
                    return;
                }
            }
        }
    }

    /// <summary>Adds the rows that the current place begins until a byte is full.</summary>
    /// <returns>How many were added.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long AddRows<T, TRow>(
        T* from, T* to, long* which, in IndexLoops.Places places, long along, byte* full, int bits)
        where T : unmanaged, IAdditionOperators<T, T, T>
        where TRow : struct, IConstant
    {
        int shift = 64 - bits;
        long fromStep = places.OtherStep, toStep = places.IndexedStep, whichStep = places.IndexStep;
        long count = places.Run, block = places.Block;
        for (long i = 0; i < count; i++)
        {
            T* target = to + *which * along;
            if (++full[(ulong)target * Golden >> shift] > CompensatedSum<Scalar>.From)
            {
                return i;
            }

            if (TRow.Value == Element.Value)
            {
                *target += *from;
            }
            else
            {
                Add(from, target, block);
            }

            from += fromStep;
            to += toStep;
            which += whichStep;
        }

        return count;
    }

    /// <summary>A row of one element.</summary>
    private readonly struct Element : IConstant { public static int Value => 1; }

    /// <summary>A row of several elements.</summary>
    private readonly struct Row : IConstant { public static int Value => 0; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<T>(T* from, T* target, long block) where T : unmanaged, IAdditionOperators<T, T, T>
    {
        long k = 0;
        for (; k <= block - Vector<T>.Count; k += Vector<T>.Count)
        {
            (Vector.Load(target + k) + Vector.Load(from + k)).Store(target + k);
        }

        for (; k < block; k++)
        {
            target[k] += from[k];
        }
    }

    /// <summary>The sums once a place might have been met often: every place's additions are counted.</summary>
    private ref struct Counted<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private const int From = CompensatedSum<Scalar>.From;

        private readonly T* _y;
        private readonly long _block;

        // How many additions a place has had, by its distance from y; beyond the first ones, the number of its sum.
        private readonly int[]? _near;
        private readonly Dictionary<long, int>? _far;
        private readonly List<long> _places = [];

        // For each sum of a block, first the rounded sums, then what they lost.
        private double[] _sums = [];

        public Counted(T* y, long block, Layout layout, long rows)
        {
            _y = y;
            _block = block;
            if (layout.Low == 0 && layout.High < Math.Min(4 * rows + LeastReach, Array.MaxLength - 1))
            {
                _near = new int[layout.High + 1];
            }
            else
            {
                _far = [];
            }
        }

        private const long LeastReach = 1 << 12;

        private const int Piece = 64;

        /// <param name="places">Where rows come from and go to, from the first one on.</param>
        /// <param name="source">The rows.</param>
        /// <param name="index">The positions.</param>
        /// <param name="along">The distance between positions in y.</param>
        /// <param name="done">How many rows were added already, at most <see cref="From"/> to a place.</param>
        public void Run(IndexLoops.Places places, T* source, long* index, long along, long done)
        {
            long row = 0;
            while (places.MoveNext())
            {
                T* from = source + places.Other, to = _y + places.Indexed;
                long* which = index + places.Index;
                for (long i = 0; i < places.Run; i++, row++, from += places.OtherStep, to += places.IndexedStep,
                    which += places.IndexStep)
                {
                    T* target = to + *which * along;
                    ref int count = ref At(target - _y);
                    if (count < From)
                    {
                        count++;
                        if (row >= done)
                        {
                            RepeatedSums.Add(from, target, _block);
                        }

                        continue;
                    }

                    if (count == From)
                    {
                        count = NewSum(target - _y);
                    }

                    long slot = count - From - 1;
                    if (_block == 1)
                    {
                        ref double sum = ref _sums[2 * slot], lost = ref _sums[2 * slot + 1];
                        CompensatedSum<Scalar> now = new CompensatedSum<Scalar>(sum, lost)
                            .Add(double.CreateTruncating(*from));
                        (sum, lost) = (now.Sum.Value, now.Lost.Value);
                    }
                    else
                    {
                        Add(from, slot);
                    }
                }
            }

            Finish();
        }

        private readonly ref int At(long place)
        {
            if (_near is not null)
            {
                return ref _near[place];
            }

            return ref CollectionsMarshal.GetValueRefOrAddDefault(_far!, place, out _);
        }

        private int NewSum(long place)
        {
            _places.Add(place);
            long needed = 2 * _places.Count * _block;
            if (needed > _sums.Length)
            {
                Array.Resize(ref _sums,
                    checked((int)Math.Min(Math.Max(needed, 2L * _sums.Length), Math.Max(needed, Array.MaxLength))));
            }

            return From + _places.Count;
        }

        private readonly void Add(T* from, long slot)
        {
            fixed (double* sums = &_sums[2 * slot * _block])
            {
                double* lost = sums + _block, wide = stackalloc double[Piece];
                for (long start = 0; start < _block; start += Piece)
                {
                    int count = (int)Math.Min(_block - start, Piece);
                    ElementConversion.RoundAll(from + start, wide, count);
                    Add(wide, sums + start, lost + start, count);
                }
            }
        }

        private static void Add(double* values, double* sums, double* lost, int count)
        {
            int k = 0;
            for (; k <= count - V256<double>.Width; k += V256<double>.Width)
            {
                CompensatedSum<V256<double>> sum = new CompensatedSum<V256<double>>(V256<double>.Load(sums + k),
                    V256<double>.Load(lost + k)).Add(V256<double>.Load(values + k));
                sum.Sum.Store(sums + k);
                sum.Lost.Store(lost + k);
            }

            for (; k < count; k++)
            {
                CompensatedSum<Scalar> sum = new CompensatedSum<Scalar>(sums[k], lost[k]).Add(values[k]);
                (sums[k], lost[k]) = (sum.Sum.Value, sum.Lost.Value);
            }
        }

        private readonly void Finish()
        {
            for (int slot = 0; slot < _places.Count; slot++)
            {
                T* target = _y + _places[slot];
                for (long k = 0; k < _block; k++)
                {
                    long at = (2 * slot * _block) + k;
                    CompensatedSum<Scalar> sum = new(_sums[at], _sums[at + _block]);
                    target[k] = T.CreateTruncating(sum.Add(double.CreateTruncating(target[k])).Total.Value);
                }
            }
        }
    }
}
