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
    /// <see cref="FoldSquare{TSize, TStride, TShort}"/> of windows of two or three, one or two apart, of fewer results
    /// in a line than a vector has lanes or not.
    /// </summary>
    private static delegate*<T*, nint, nint, nint, nint, T*, nint, void> SquareFold(
        int size, int stride, bool isShort) => (size, stride, isShort) switch
        {
            (2, 1, false) => &FoldSquare<Two, One, Zero>,
            (2, 1, true) => &FoldSquare<Two, One, One>,
            (2, _, false) => &FoldSquare<Two, Two, Zero>,
            (2, _, true) => &FoldSquare<Two, Two, One>,
            (_, 1, false) => &FoldSquare<Three, One, Zero>,
            (_, 1, true) => &FoldSquare<Three, One, One>,
            (_, _, false) => &FoldSquare<Three, Two, Zero>,
            _ => &FoldSquare<Three, Two, One>,
        };

    /// <summary>
    /// The same for the commonest pools, of which only values are wanted: windows of two by two or three by three, one
    /// or two apart. The last vector ends with the line, so nothing is masked if there is one; what it has in common
    /// with the one before is the same.
    /// </summary>
    /// <param name="x">Where the first window of the first line begins.</param>
    /// <param name="row">From a row to the next.</param>
    /// <param name="between">From the windows of a line to those of the next.</param>
    /// <param name="lines">How many lines there are.</param>
    /// <param name="n">Results in a line.</param>
    /// <param name="y">The first result.</param>
    /// <param name="width">From a line of results to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FoldSquare<TSize, TStride, TShort>(
        T* x, nint row, nint between, nint lines, nint n, T* y, nint width)
        where TSize : IConstant where TStride : IConstant where TShort : IConstant
    {
        V low = V.First(TStride.Value * n), high = V.First((TStride.Value * n) - V.Width), used = V.First(n);
        for (; lines > 0; lines--, x += between, y += width)
        {
            for (nint i = 0; i < n; i += V.Width)
            {
                nint at = TShort.Value == 1 ? 0 : Math.Min(i, n - V.Width);
                T* from = x + (TStride.Value * at);
                V best = FoldRow<TSize, TStride, TShort>(default, true, from, low, high);
                best = FoldRow<TSize, TStride, TShort>(best, false, from + row, low, high);
                if (TSize.Value > 2)
                {
                    best = FoldRow<TSize, TStride, TShort>(best, false, from + (2 * row), low, high);
                }

                if (TShort.Value == 1)
                {
                    best.Store(y, used);
                }
                else
                {
                    best.Store(y + at);
                }
            }
        }
    }

    /// <summary>
    /// The largest of what was found, if anything was, and a row of each window; nothing behind it is read.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FoldRow<TSize, TStride, TShort>(V best, bool isFirst, T* at, V low, V high)
        where TSize : IConstant where TStride : IConstant where TShort : IConstant
    {
        V a = Load<TShort>(at, low), next;
        if (TStride.Value == 1)
        {
            best = isFirst ? a : Larger(best, a);
            next = Load<TShort>(at + 1, low);
        }
        else
        {
            V b = Load<TShort>(at + V.Width, high), even = V.EvenLanes(a, b);
            best = isFirst ? even : Larger(best, even);
            next = V.OddLanes(a, b);
        }

        best = Larger(best, next);
        if (TSize.Value == 2)
        {
            return best;
        }

        return Larger(best, TStride.Value == 1
            ? Load<TShort>(at + 2, low)
            : V.OddLanes(Load<TShort>(at + 1, low), Load<TShort>(at + 1 + V.Width, high)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<TShort>(T* at, V mask) where TShort : IConstant =>
        TShort.Value == 1 ? V.Load(at, mask) : V.Load(at);

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
