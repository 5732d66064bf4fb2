using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// Makes of the sums of a reduction what is wanted of them; rows whose sum left the range are folded again, scaled.
/// </summary>
internal static unsafe class FinishDriver<TOp, T, V>
    where TOp : unmanaged, IScaledReduction
    where T : unmanaged, IFloatingPointIeee754<T>
    where V : struct, ILanes<V, T>
{
    private const int PerPart = 16 * 1024;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced)
    {
        long count = y.Count;
        if (count == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* from = &sums.Memory(use), source = &x.Memory(use), target = &y.Memory(use))
        {
            Part body = new()
            {
                Op = op, X = x, Memory = source, Kept = x.Layout.Rank - reduced, Count = count,
                Sums = (T*)from + sums.Offset, Y = (T*)target + y.Offset,
            };
            if (count == 1)
            {
                body.OneByOne(0, 1);
                return;
            }

            ThreadedLoop.For(Sizes.Parts(count, PerPart), count, body);
        }
    }

    /// <summary>The loop of a compiled step: one sum (operand 0) of the n neighbours that are operand 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(void* op, void** x, void* y, nint n)
    {
        // one number: a division of 512 bits takes twice as long
        V128<T, Fused> sum = V128<T, Fused>.Broadcast(*(T*)x[0]);
        *(T*)y = FinishDriver<TOp, T, V128<T, Fused>>.IsUsual(*(TOp*)op, sum)
            ? ((TOp*)op)->Finish(sum)[0]
            : Again(*(TOp*)op, V.Broadcast(*(T*)x[0]), new() { Direct = (T*)x[1], Length = n });
    }

    /// <summary>Whether every sum is within the range, with all its digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsual(TOp op, V sums)
    {
        V size = V.Abs(sums);
        return V.AllLessEqual(op.Lowest<V>(), size)
            && V.AllLessEqual(size, V.Const(sizeof(T) == sizeof(double) ? double.MaxValue : float.MaxValue));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Again(TOp op, V sum, Row row)
    {
        T size = op.BySmallest ? row.Fold(Folds.MinMagnitude) : row.Fold(Folds.MaxMagnitude);
        if (!(size > T.Zero && T.IsFinite(size)))
        {
            return op.Finish(sum)[0];
        }

        T exponent = V.Exponent(V.Broadcast(size))[0];
        T again = row.Fold(new ShiftedReduction<TOp>(op, -double.CreateChecked(exponent)));
        return op.Finish(V.Broadcast(again), V.Broadcast(exponent))[0];
    }

    private struct Part : IParallelBody
    {
        public TOp Op;
        public TensorView X;
        public byte* Memory;
        public T* Sums, Y;
        public long Count;
        public int Kept;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int part)
        {
            TOp op = Op;
            long first = (long)part * PerPart, end = Math.Min(Count, first + PerPart), i = first;
            for (; i <= end - V.Width; i += V.Width)
            {
                V sums = V.Load(Sums + i);
                if (IsUsual(op, sums))
                {
                    op.Finish(sums).Store(Y + i);
                }
                else
                {
                    OneByOne(i, i + V.Width);
                }
            }

            OneByOne(i, end);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void OneByOne(long from, long end)
        {
            for (long i = from; i < end; i++)
            {
                V128<T, Fused> sum = V128<T, Fused>.Broadcast(Sums[i]);
                Y[i] = FinishDriver<TOp, T, V128<T, Fused>>.IsUsual(Op, sum)
                    ? Op.Finish(sum)[0]
                    : Again(Op, V.Broadcast(Sums[i]), RowOf(i));
            }
        }

        private readonly Row RowOf(long i)
        {
            Layout layout = X.Layout;
            Layout row = new(layout.Dims[Kept..], layout.Strides[Kept..]);
            TensorView view = new(X.Storage, X.Offset + layout.Place(0, Kept, i), row, X.DType);
            return new() { View = view, Memory = Memory, Length = row.Count };
        }
    }

    /// <summary>The elements of one sum: neighbours at an address, or those of a view.</summary>
    private struct Row
    {
        public T* Direct;
        public TensorView View;
        public byte* Memory;
        public long Length;

        /// <summary>Folded as <see cref="ReductionRows{TOp, T, V}"/> would: in blocks, and these in a tree.</summary>
        [SkipLocalsInit]
        public readonly T Fold<TFold>(TFold op) where TFold : unmanaged, IReduction
        {
            const int block = ReductionRows<TFold, T, V>.Block;
            if (Length == 0)
            {
                return op.Identity<V>()[0];
            }

            T* buffer = stackalloc T[block], levels = stackalloc T[PairwiseFold<TFold, T, V>.Levels];
            PairwiseFold<TFold, T, V> fold = new(op, levels);
            ElementCursor<T> cursor = default;
            if (Direct == null)
            {
                cursor.Start(View, Memory, 0);
            }

            for (long done = 0; done < Length; done += block)
            {
                int n = (int)Math.Min(block, Length - done);
                T value;
                ReductionLoops.Run<TFold, T, V>(&op, Direct == null ? cursor.Read(n, buffer) : Direct + done, n,
                    &value);
                fold.Add(value);
            }

            return fold.Total();
        }
    }
}

/// <summary>Chooses the loop that finishes one sum.</summary>
internal static unsafe class FinishKernels
{
    public static delegate*<void*, void**, void*, nint, void> One<TOp>(DType type)
        where TOp : unmanaged, IScaledReduction =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.FloatLoop<OneLoop<TOp>>(type);

    private readonly struct OneLoop<TOp> : IFloatLoop where TOp : unmanaged, IScaledReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<void*, void**, void*, nint, void>)&FinishDriver<TOp, T, W>.One;
    }
}
