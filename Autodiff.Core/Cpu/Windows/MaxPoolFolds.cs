using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>The steps of <see cref="MaxPoolLoop"/> on lines of windows.</summary>
internal static unsafe partial class MaxPooler<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    /// <summary>
    /// A line of results whose windows have few entries, each read where it lies: y[i] = the largest of
    /// x[rows[k] + i stride + j step], and place[i] = how far behind the window's first entry it was.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold(T* x, nint* rows, int count, in Group group, int step, T* y, T* place, bool tell)
    {
        nint stride = group.Stride, n = group.Count, entries = group.Entries;
        for (nint i = 0; i < n; i += V.Width)
        {
            nint left = group.Span - (i * stride);
            bool isWhole = left >= 2 * V.Width;
            V low = V.First(left), high = V.First(left - V.Width);
            V best = Take(x + (i * stride), stride, isWhole, low, high), which = V.Const(0);
            for (int k = 0; k < count; k++)
            {
                T* at = x + rows[k] + (i * stride);
                LookAhead(at, stride);
                for (nint j = k == 0 ? 1 : 0; j < entries; j++)
                {
                    V next = Take(at + (j * step), stride, isWhole, low, high);
                    if (tell)
                    {
                        V number = V.Const((double)(rows[k] + (j * step)));
                        which = V.SelectEqual(next, next, V.SelectLess(best, next, number, which), number);
                    }

                    best = Larger(best, next);
                }
            }

            if (isWhole)
            {
                best.Store(y + i);
            }
            else
            {
                best.Store(y + i, V.First(n - i));
            }

            if (tell)
            {
                which.Store(place + i);
            }
        }
    }

    /// <summary>
    /// <see cref="FoldSquare{TSize, TStride}(T*, nint, in Group, T*)"/> of windows of two or three, one or two apart.
    /// </summary>
    private static delegate*<T*, nint, in Group, T*, void> SquareFold(int size, int stride) => (size, stride) switch
    {
        (2, 1) => &FoldSquare<Two, One>,
        (2, _) => &FoldSquare<Two, Two>,
        (_, 1) => &FoldSquare<Three, One>,
        _ => &FoldSquare<Three, Two>,
    };

    /// <summary>
    /// The same for the commonest pools, of which only values are wanted: windows of two by two or three by three, one
    /// or two apart. Its loops over rows and entries take longer than memory does.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FoldSquare<TSize, TStride>(T* x, nint row, in Group group, T* y)
        where TSize : IConstant where TStride : IConstant
    {
        nint n = group.Count;
        for (nint i = 0; i < n; i += V.Width)
        {
            nint left = group.Span - (TStride.Value * i);
            bool isWhole = left >= 2 * V.Width;
            V low = V.First(left), high = V.First(left - V.Width);
            T* at = x + (TStride.Value * i);
            V best = FoldOthers<TSize, TStride>(Entry<TStride>(at, isWhole, low, high), at, isWhole, low, high);
            best = Larger(best, Entry<TStride>(at + row, isWhole, low, high));
            best = FoldOthers<TSize, TStride>(best, at + row, isWhole, low, high);
            if (TSize.Value > 2)
            {
                best = Larger(best, Entry<TStride>(at + (2 * row), isWhole, low, high));
                best = FoldOthers<TSize, TStride>(best, at + (2 * row), isWhole, low, high);
            }

            if (isWhole)
            {
                best.Store(y + i);
            }
            else
            {
                best.Store(y + i, V.First(n - i));
            }
        }
    }

    /// <summary>The first entry of a row of windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Entry<TStride>(T* at, bool isWhole, V low, V high) where TStride : IConstant
    {
        LookAhead(at, TStride.Value);
        return Take(at, TStride.Value, isWhole, low, high);
    }

    /// <summary>The larger of what was found and the other one or two entries of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FoldOthers<TSize, TStride>(V best, T* at, bool isWhole, V low, V high)
        where TSize : IConstant where TStride : IConstant
    {
        best = Larger(best, Take(at + 1, TStride.Value, isWhole, low, high));
        return TSize.Value > 2 ? Larger(best, Take(at + 2, TStride.Value, isWhole, low, high)) : best;
    }

    /// <summary>Prefetches what will be read a while after <paramref name="at"/>, a vector for each entry of the
    /// stride.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LookAhead(T* at, nint stride)
    {
        V.Prefetch(at + (BytesAhead / sizeof(T)));
        V.Prefetch(at + (BytesAhead / sizeof(T)) + ((stride - 1) * V.Width));
    }

    /// <summary>
    /// The elements 0, stride, 2 stride, ... from <paramref name="at"/> on, for a stride of 1 or 2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Take(T* at, nint stride, bool isWhole, V low, V high)
    {
        if (stride == 1)
        {
            return isWhole ? V.Load(at) : V.Load(at, low);
        }

        return isWhole
            ? V.EvenLanes(V.Load(at), V.Load(at + V.Width))
            : V.EvenLanes(V.Load(at, low), V.Load(at + V.Width, high));
    }

    /// <summary>y[i] = x[i stride].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pick(T* x, nint stride, T* y, nint count)
    {
        nint i = 0;
        for (; stride == 1 && i < count; i += V.Width)
        {
            V.Load(x + i).Store(y + i, V.First(count - i));
        }

        for (; stride == 2 && i < count; i += V.Width)
        {
            V.EvenLanes(V.Load(x + 2 * i), V.Load(x + 2 * i + V.Width)).Store(y + i, V.First(count - i));
        }

        for (; i < count; i++)
        {
            y[i] = x[i * stride];
        }
    }

    /// <summary>
    /// row = the largest of each column of the window's rows, from = how far behind the first row its row is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FoldRows(T* x, nint* rows, int count, nint n, T* row, T* from, bool tell)
    {
        for (nint i = 0; i < n; i += V.Width)
        {
            V mask = V.First(n - i), best = V.Load(x + i, mask), which = V.Const(0);
            V.Prefetch(x + i + (BytesAhead / sizeof(T)));
            for (int k = 1; k < count; k++)
            {
                V next = V.Load(x + rows[k] + i, mask);
                V.Prefetch(x + rows[k] + i + (BytesAhead / sizeof(T)));
                if (tell)
                {
                    V number = V.Const((double)rows[k]);
                    which = V.SelectEqual(next, next, V.SelectLess(best, next, number, which), number);
                }

                best = Larger(best, next);
            }

            best.Store(row + i);
            if (tell)
            {
                which.Store(from + i);
            }
        }
    }

    /// <summary>
    /// y[i] = the largest of row[i], row[i + step], ..., and place[i] = how far behind row[i] of the first row it
    /// was; of equals the one whose place is first, of several NaN the one whose place is last.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FoldEntries(T* row, T* from, int entries, int step, nint n, T* y, T* place, bool tell)
    {
        for (nint i = 0; i < n; i += V.Width)
        {
            V best = V.Load(row + i), which = tell ? V.Load(from + i) : best;
            for (int j = 1; j < entries; j++)
            {
                V next = V.Load(row + i + j * step);
                if (tell)
                {
                    V number = V.Load(from + i + j * step) + V.Const(j * step);
                    V first = V.SelectLess(number, which, number, which);
                    V last = V.SelectEqual(best, best, number, V.SelectLess(number, which, which, number));
                    V taken = V.SelectLess(best, next, number, V.SelectEqual(next, best, first, which));
                    which = V.SelectEqual(next, next, taken, last);
                }

                best = Larger(best, next);
            }

            best.Store(y + i);
            if (tell)
            {
                which.Store(place + i);
            }
        }
    }

    /// <summary>The larger of two; a NaN that comes is taken, and stays while numbers come.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Larger(V best, V next) => V.SelectEqual(next, next, V.AtLeast(next, best), next);
}
