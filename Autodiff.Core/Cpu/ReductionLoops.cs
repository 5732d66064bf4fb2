using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>Folding a run of elements into one, and rows of elements into a row of accumulators.</summary>
internal static unsafe class ReductionLoops
{
    /// <summary>
    /// Combines the n elements of each of some rows, which lie one behind the other, into one value, in a fixed order:
    /// four vectors of partial results in turn, then a tree.
    /// </summary>
    /// <remarks>
    /// Two of the four take their turn, then they change places with the others: written out, a long formula would be
    /// compiled twice as often.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Run<TOp, T, V>(void* op, T* x, nint n, T* results, int rows = 1)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        T* lanes = stackalloc T[V.Width];
        for (int row = 0; row < rows; row++, x += n)
        {
            V a = f.Identity<V>(), b = a, c = a, d = a;
            nint i = 0;
            for (; i <= n - 2 * V.Width; i += 2 * V.Width)
            {
                a = f.Combine(a, f.Map(V.Load(x + i)));
                b = f.Combine(b, f.Map(V.Load(x + i + V.Width)));
                (a, b, c, d) = (c, d, a, b);
            }

            if (i <= n - V.Width)
            {
                a = f.Combine(a, f.Map(V.Load(x + i)));
                (a, b, c, d) = (b, c, d, a);
                i += V.Width;
            }

            a = f.Combine(f.Combine(a, b), f.Combine(c, d));
            if (i < n)
            {
                a = f.Combine(a, Rest<TOp, T, V>(f, x, n, (int)(n - i), lanes));
            }

            for (int group = V.Width; group > 1; group /= 2)
            {
                a = f.Combine(a, V.SwapHalves(a, group));
            }

            results[row] = a[0];
        }
    }

    /// <summary>
    /// The last elements, mapped, behind lanes of the neutral element: padding could not be mapped to that.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Rest<TOp, T, V>(TOp f, T* x, nint n, int rest, T* lanes)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        T* last = x + n - V.Width;
        if (n < V.Width)
        {
            V.Const(0).Store(lanes);
            Unsafe.CopyBlockUnaligned(lanes + V.Width - rest, x, (uint)(rest * sizeof(T)));
            last = lanes;
        }

        return V.SelectLess(V.Lanes, V.Const(V.Width - rest), f.Identity<V>(), f.Map(V.Load(last)));
    }

    /// <summary>
    /// accumulators[i] = accumulators[i] ∘ map(x[i]), or without the map where x holds partial results.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row<TOp, T, V>(void* op, T* accumulators, T* x, nint n, bool map)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        nint i = 0;
        if (map)
        {
            for (; i <= n - V.Width; i += V.Width)
            {
                f.Combine(V.Load(accumulators + i), f.Map(V.Load(x + i))).Store(accumulators + i);
            }
        }
        else
        {
            for (; i <= n - V.Width; i += V.Width)
            {
                f.Combine(V.Load(accumulators + i), V.Load(x + i)).Store(accumulators + i);
            }
        }

        if (i < n)
        {
            int rest = (int)(n - i);
            T* lanes = stackalloc T[2 * V.Width];
            V.Const(1).Store(lanes);
            V.Const(1).Store(lanes + V.Width);
            Unsafe.CopyBlockUnaligned(lanes, accumulators + i, (uint)(rest * sizeof(T)));
            Unsafe.CopyBlockUnaligned(lanes + V.Width, x + i, (uint)(rest * sizeof(T)));
            V value = V.Load(lanes + V.Width);
            f.Combine(V.Load(lanes), map ? f.Map(value) : value).Store(lanes);
            Unsafe.CopyBlockUnaligned(accumulators + i, lanes, (uint)(rest * sizeof(T)));
        }
    }

    /// <summary>
    /// Several rows, mapped, into the accumulators at once: these are then read and written that much less often.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows<TOp, T, V>(void* op, T* accumulators, T** rows, int count, nint n)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            V sum = V.Load(accumulators + i);
            for (int r = 0; r < count; r++)
            {
                sum = f.Combine(sum, f.Map(V.Load(rows[r] + i)));
            }

            sum.Store(accumulators + i);
        }

        for (int r = 0; i < n && r < count; r++)
        {
            Row<TOp, T, V>(op, accumulators + i, rows[r] + i, n - i, map: true);
        }
    }

    /// <summary>
    /// y[r] = the fold of row r, for a vector's width of rows or fewer that stand as columns of that width.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Across<TOp, T, V>(void* op, T* columns, int n, T* y)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        V a = f.Map(V.Load(columns));
        for (int j = 1; j < n; j++)
        {
            a = f.Combine(a, f.Map(V.Load(columns + j * V.Width)));
        }

        a.Store(y);
    }

    public static void Fill<TOp, T, V>(void* op, T* accumulators, nint n)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T> =>
        new Span<T>(accumulators, (int)n).Fill((*(TOp*)op).Identity<V>()[0]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Combine<TOp, T, V>(TOp op, T a, T b)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T> =>
        op.Combine(V.Broadcast(a), V.Broadcast(b))[0];
}
