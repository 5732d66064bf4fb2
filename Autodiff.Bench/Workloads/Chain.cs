using System.Diagnostics;

namespace Autodiff.Bench.Workloads;

/// <summary>y = x + 1 + 1 + ...: as many nodes, of one number each.</summary>
internal static class Chain
{
    /// <summary>The end of a chain of <paramref name="length"/> nodes.</summary>
    public static Tensor Build(Tensor x, int length)
    {
        Tensor y = x;
        for (int i = 0; i < length; i++)
        {
            y = y + 1;
        }

        return y;
    }

    /// <summary>Seconds that Backward alone took.</summary>
    public static double Backward(int length, int iterations)
    {
        Tensor x = Tensor.Scalar(1f).RequireGrad();
        TimeSpan time = default;
        for (int i = 0; i < iterations; i++)
        {
            x.Grad = null;
            Tensor y = Build(x, length);
            long start = Stopwatch.GetTimestamp();
            y.Backward();
            time += Stopwatch.GetElapsedTime(start);
        }

        return time.TotalSeconds;
    }
}
