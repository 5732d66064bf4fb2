using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>What a row's entries become, a vector at a time.</summary>
internal interface IRowFormula<V>
{
    /// <summary>The results from <paramref name="i"/> on.</summary>
    V At(nint i);

    /// <summary>Those under the mask; touches no memory outside it.</summary>
    V At(nint i, V mask);
}

/// <summary>Rows of results, each written as its formula gives them.</summary>
internal static unsafe class RowFormulas<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    /// <summary>y[i] = what the formula gives for i.</summary>
    /// <param name="formula">The formula.</param>
    /// <param name="y">The row.</param>
    /// <param name="n">Its length.</param>
    /// <param name="isNonTemporal">Whether it bypasses the caches; what shares a line with a neighbour doesn't.</param>
    /// <param name="next">
    /// A row that is read soon, to be prefetched into the second-level cache by stores that bypass it; null for none.
    /// </param>
    /// <param name="second">Another such row, or the same one.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<F>(F formula, T* y, nint n, bool isNonTemporal, T* next = null, T* second = null)
        where F : struct, IRowFormula<V>
    {
        nint i = 0;
        if (isNonTemporal)
        {
            i = nint.Min(n, NonTemporal.BytesToBoundary((byte*)y) / sizeof(T));
            if (i > 0)
            {
                V mask = V.First(i);
                formula.At(0, mask).Store(y, mask);
            }

            for (; i <= n - V.Width; i += V.Width)
            {
                if (Sse.IsSupported && next != null)
                {
                    Sse.Prefetch1(next + i);
                    Sse.Prefetch1(second + i);
                }

                formula.At(i).StoreNonTemporal(y + i);
            }
        }

        for (; i <= n - V.Width; i += V.Width)
        {
            formula.At(i).Store(y + i);
        }

        if (i < n)
        {
            V mask = V.First(n - i);
            formula.At(i, mask).Store(y + i, mask);
        }
    }
}
