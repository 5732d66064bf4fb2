using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// Softmax, its logarithm and log-sum-exp of contiguous rows, each row finished while the cache holds it.
/// </summary>
/// <remarks>
/// A long row lies along the vector; short rows are transposed, one row a lane, so that ten classes do not leave six
/// lanes idle and no horizontal sum is needed.
/// </remarks>
internal static unsafe class RowNormalizer<T, V, W>
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : struct, ILanes<V, T>
    where W : struct, ILanes<W, T>
{
    private const int ElementsPerPart = 8192;

    /// <summary>Elements of a long row that are worked on at a time.</summary>
    private const int Block = 1024;

    /// <summary>How many sums an exponential costs, for the choice to share.</summary>
    private const int ExpCost = 8;

    public static void Run(NormalizerKind kind, in TensorView x, in TensorView y)
    {
        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        long rows = x.Count / length;
        int perPart = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, ElementsPerPart / length));
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        {
            Rows body = new()
            {
                Kind = kind,
                X = (T*)source + x.Offset,
                Y = (T*)target + y.Offset,
                Length = length,
                Count = rows,
                PerPart = perPart,
            };
            ThreadedLoop.For(Sizes.Parts(rows, perPart), ExpCost * x.Count, body);
        }
    }

    private struct Rows : IParallelBody
    {
        public NormalizerKind Kind;
        public T* X, Y;
        public int Length, PerPart;
        public long Count;

        public readonly void Run(int part)
        {
            long first = (long)part * PerPart;
            int rows = (int)Math.Min(PerPart, Count - first), step = Kind == NormalizerKind.LogSumExp ? 1 : Length;
            T* x = X + first * Length, y = Y + first * step;
            if (Length <= ShortRows.Longest)
            {
                T* columns = stackalloc T[ShortRows.Longest * V.Width];
                for (int r = 0; r < rows; r += V.Width)
                {
                    Across(Kind, x + (nint)r * Length, y + (nint)r * step, Math.Min(V.Width, rows - r), Length,
                        columns);
                }

                return;
            }

            for (int r = 0; r < rows; r++)
            {
                Along(Kind, x + (nint)r * Length, y + (nint)r * step, Length);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Along(NormalizerKind kind, T* x, T* y, nint n)
    {
        T max, sum;
        Fold<Identity, Maximum> largest = Folds.Max;
        ReductionLoops.Run<Fold<Identity, Maximum>, T, W>(&largest, x, n, &max);
        if (kind == NormalizerKind.LogSumExp && !T.IsFinite(max))
        {
            max = T.IsNaN(max) ? max : T.Zero;
        }

        double shift = double.CreateChecked(max);
        if (kind == NormalizerKind.Softmax)
        {
            ShiftedExp power = new(shift);
            Fold<Identity, Add> add = Folds.Sum;
            double total = 0;
            for (nint i = 0; i < n; i += Block)
            {
                // Summed while the first-level cache holds it.
                nint length = nint.Min(Block, n - i);
                T* from = x + i;
                ElementLoops.Run<Of1<ShiftedExp>, T, V>(&power, (void**)&from, y + i, length);
                ReductionLoops.Run<Fold<Identity, Add>, T, W>(&add, y + i, length, &sum);
                total += double.CreateChecked(sum);
            }

            Held<Op2<Mul>, Second> scale = new(default, 1 / total);
            ElementLoops.Run<Held<Op2<Mul>, Second>, T, V>(&scale, (void**)&y, y, n);
            return;
        }

        Fold<ShiftedExp, Add> powers = new(new(shift), default);
        ReductionLoops.Run<Fold<ShiftedExp, Add>, T, W>(&powers, x, n, &sum);
        V log = V.Log(V.Const(double.CreateChecked(sum)));
        if (kind == NormalizerKind.LogSumExp)
        {
            *y = (log + V.Const(shift))[0];
            return;
        }

        ShiftedTwice difference = new(shift, double.CreateChecked(log[0]));
        ElementLoops.Run<Of1<ShiftedTwice>, T, V>(&difference, (void**)&x, y, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Across(NormalizerKind kind, T* x, T* y, int rows, int n, T* columns)
    {
        ShortRows.Transpose(x, rows, n, columns, V.Width);
        V max = V.Load(columns), zero = V.Const(0), sum = zero;
        for (int j = 1; j < n; j++)
        {
            max = RealMath.Max(max, V.Load(columns + j * V.Width));
        }

        if (kind == NormalizerKind.LogSumExp)
        {
            V excess = max - max; // NaN for an infinity and for NaN
            max = V.SelectEqual(excess, zero, max, V.SelectEqual(max, max, zero, max));
        }

        for (int j = 0; j < n; j++)
        {
            V power = V.Exp(V.Load(columns + j * V.Width) - max);
            sum += power;
            if (kind == NormalizerKind.Softmax)
            {
                power.Store(columns + j * V.Width);
            }
        }

        if (kind == NormalizerKind.LogSumExp)
        {
            (V.Log(sum) + max).Store(columns);
            Unsafe.CopyBlockUnaligned(y, columns, (uint)(rows * sizeof(T)));
            return;
        }

        V log = kind == NormalizerKind.LogSoftmax ? V.Log(sum) : zero, scale = V.Const(1) / sum;
        for (int j = 0; j < n; j++)
        {
            V value = V.Load(columns + j * V.Width);
            value = kind == NormalizerKind.Softmax ? value * scale : (value - max) - log;
            value.Store(columns + j * V.Width);
        }

        ShortRows.TransposeBack(columns, V.Width, y, rows, n);
    }

    private readonly struct ShiftedExp(double shift) : IUnaryFormula
    {
        private readonly Constant _shift = shift;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public S F<S>(S x) where S : IReal<S> => S.Exp(x - S.Const(_shift));
    }

    private readonly struct ShiftedTwice(double shift, double log) : IUnaryFormula
    {
        private readonly Constant _shift = shift, _log = log;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public S F<S>(S x) where S : IReal<S> => (x - S.Const(_shift)) - S.Const(_log);
    }
}
