using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>Folding a run of elements into one, and a row of elements into a row of accumulators.</summary>
internal static unsafe class ReductionLoops
{
    /// <summary>Combines n elements into one value, in a fixed order: four vectors of partial results, then a tree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TOp, T, V>(void* op, T* x, nint n, T* result)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        V a = f.Identity<V>(), b = a, c = a, d = a;
        nint i = 0;
        for (; i <= n - 4 * V.Width; i += 4 * V.Width)
        {
            a = f.Combine(a, f.Map(V.Load(x + i)));
            b = f.Combine(b, f.Map(V.Load(x + i + V.Width)));
            c = f.Combine(c, f.Map(V.Load(x + i + 2 * V.Width)));
            d = f.Combine(d, f.Map(V.Load(x + i + 3 * V.Width)));
        }

        for (; i <= n - V.Width; i += V.Width)
        {
            a = f.Combine(a, f.Map(V.Load(x + i)));
        }

        a = f.Combine(f.Combine(a, b), f.Combine(c, d));
        T* lanes = stackalloc T[2 * V.Width];
        a.Store(lanes);
        int width = V.Width;
        if (i < n)
        {
            // Only real elements are mapped into the fold: padding would need a preimage of the identity.
            V rest = Rest<TOp, T, V>(f, x + i, (int)(n - i), lanes + width);
            a = f.Combine(a, rest);
            a.Store(lanes);
        }

        for (; width > 1; width /= 2)
        {
            T* upper = lanes + V.Width;
            f.Identity<V>().Store(upper);
            for (int k = 0; k < width / 2; k++)
            {
                upper[k] = lanes[width / 2 + k];
            }

            f.Combine(V.Load(lanes), V.Load(upper)).Store(lanes);
        }

        *result = lanes[0];
    }

    private static V Rest<TOp, T, V>(TOp f, T* x, int n, T* lanes)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        V.Const(0).Store(lanes);
        Unsafe.CopyBlockUnaligned(lanes, x, (uint)(n * sizeof(T)));
        T* mapped = stackalloc T[V.Width];
        f.Map(V.Load(lanes)).Store(mapped);
        f.Identity<V>().Store(lanes);
        Unsafe.CopyBlockUnaligned(lanes, mapped, (uint)(n * sizeof(T)));
        return V.Load(lanes);
    }

    /// <summary>accumulators[i] = accumulators[i] ∘ map(x[i]), or without the map where x holds partial results.</summary>
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
            T* lanes = stackalloc T[2 * V.Width];
            int rest = (int)(n - i);
            V.Const(1).Store(lanes);
            V.Const(1).Store(lanes + V.Width);
            Unsafe.CopyBlockUnaligned(lanes, accumulators + i, (uint)(rest * sizeof(T)));
            Unsafe.CopyBlockUnaligned(lanes + V.Width, x + i, (uint)(rest * sizeof(T)));
            Row<TOp, T, V>(op, lanes, lanes + V.Width, V.Width, map);
            Unsafe.CopyBlockUnaligned(accumulators + i, lanes, (uint)(rest * sizeof(T)));
        }
    }

    public static void Fill<TOp, T, V>(void* op, T* accumulators, nint n)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T>
    {
        T* lanes = stackalloc T[V.Width];
        (*(TOp*)op).Identity<V>().Store(lanes);
        new Span<T>(accumulators, (int)n).Fill(lanes[0]);
    }
}
