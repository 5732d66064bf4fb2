using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// Sums of windows of a line, all of one size and one or two entries apart, in double precision: what an average pool
/// is along the last dimension, but for the windows that its ends cut.
/// </summary>
/// <param name="windows">Which windows these are.</param>
internal readonly unsafe struct SlidingSums(SlidingWindows windows)
{
    private const int MostEntries = 1024, Slack = 16;

    private readonly delegate*<double*, double*, SlidingWindows*, nint, void> _loop =
        (delegate*<double*, double*, SlidingWindows*, nint, void>)Lanes.FloatLoop<Loop, double>();

    /// <summary>The first of the windows.</summary>
    public int First => windows.First;

    /// <summary>The one after the last.</summary>
    public int End => windows.End;

    /// <summary>y[o] = Σ x[start + j] / divisor for the windows, as many at a time as a buffer holds.</summary>
    /// <param name="x">The line.</param>
    /// <param name="y">The results of the line.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>(T* x, T* y) where T : unmanaged, INumber<T>
    {
        double* entries = stackalloc double[MostEntries + Slack], sums = stackalloc double[MostEntries + Slack];
        SlidingWindows window = windows;
        int most = (MostEntries - window.Count) / window.Stride + 1;
        for (int o = window.First; o < window.End; o += most)
        {
            int n = Math.Min(most, window.End - o);
            T* from = x + window.Start + (o - window.First) * window.Stride;
            Convert(from, entries, (n - 1) * window.Stride + window.Count);
            _loop(entries, sums, &window, n);
            Convert(sums, y + o, n);
        }
    }

    private static void Convert<TFrom, TTo>(TFrom* from, TTo* to, int count)
        where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        if (typeof(TFrom) == typeof(TTo))
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)(count * sizeof(TFrom)));
            return;
        }

        for (int i = ElementConversion.Round(from, to, count); i < count; i++)
        {
            to[i] = TTo.CreateTruncating(from[i]);
        }
    }

    private readonly struct Loop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<T*, T*, SlidingWindows*, nint, void>)&Sums<T, V>;
    }

    // Reads and writes whole vectors: both buffers have room behind their ends.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sums<T, V>(T* x, T* y, SlidingWindows* window, nint n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint count = window->Count, stride = window->Stride;
        bool isExact = window->Divisor is var divisor && double.IsPow2(divisor);
        V by = V.Const(isExact ? 1 / divisor : divisor);
        for (nint o = 0; o < n; o += V.Width)
        {
            T* at = x + o * stride;
            V sum = V.Const(0);
            for (nint j = 0; j < count; j++)
            {
                sum += stride == 1 ? V.Load(at + j) : V.EvenLanes(V.Load(at + j), V.Load(at + j + V.Width));
            }

            (isExact ? sum * by : sum / by).Store(y + o);
        }
    }
}
