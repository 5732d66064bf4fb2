using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Mean and sum of squared deviations of a set of elements, each read from memory once.</summary>
/// <remarks>
/// Elements are taken a block at a time: the sums of their deviations from the mean of the block before, which for the
/// first one is its own, and of the squares of these. Blocks are joined in double precision (Chan, Golub and LeVeque,
/// "Updating formulae and a pairwise algorithm for computing sample variances", 1979). So a variance keeps its digits
/// whatever the mean is: where the means of two blocks are far apart, that is most of the variance.
/// </remarks>
internal unsafe ref struct SetMoments<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Block = 1024;

    private double _count;
    private T _middle;

    /// <summary>The mean, or 0 where there is none to be subtracted.</summary>
    public double Mean { get; private set; }

    /// <summary>Σ (x - mean)².</summary>
    public double Squares { get; private set; }

    /// <summary>The moments of one set.</summary>
    /// <param name="x">Its first element.</param>
    /// <param name="sets">Where its other elements are.</param>
    /// <param name="centre">Whether squares are of deviations from the mean; else of the elements themselves.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static SetMoments<T, V> Of(T* x, in NormSets sets, bool centre)
    {
        SetMoments<T, V> moments = default;
        int together = Math.Max(1, Block / sets.Length);
        bool isLong = sets.IsLong(sizeof(T));
        for (int q = 0; q < sets.Groups; q++)
        {
            for (int r = 0; r < sets.Runs; r += together)
            {
                T* runs = x + q * sets.GroupStride + r * sets.RunStride;
                int count = Math.Min(together, sets.Runs - r);
                for (int i = 0; i < sets.Length; i += Block)
                {
                    int length = Math.Min(Block, sets.Length - i);
                    if (centre && moments._count == 0)
                    {
                        moments._middle = MeanOf(runs + i, count, sets.RunStride, length);
                    }

                    moments.Add(
                        runs + i, count, sets.RunStride, length, centre,
                        isLong ? null : x + sets.After(q, r, i, count, Block));
                }
            }
        }

        return moments;
    }

    /// <summary>The mean of a block: some entries of some runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T MeanOf(T* x, int runs, long stride, int length)
    {
        V a = V.Const(0), b = a, c = a, d = a;
        for (int r = 0; r < runs; r++)
        {
            T* run = x + r * stride;
            nint i = 0;
            for (; i <= length - 4 * V.Width; i += 4 * V.Width)
            {
                a += V.Load(run + i);
                b += V.Load(run + i + V.Width);
                c += V.Load(run + i + 2 * V.Width);
                d += V.Load(run + i + 3 * V.Width);
            }

            for (; i < length; i += V.Width)
            {
                a += V.Load(run + i, V.First(length - i));
            }
        }

        return T.CreateTruncating(double.CreateTruncating(V.Sum(a + b + (c + d))) / ((double)runs * length));
    }

    /// <summary>
    /// Joins a block, and meanwhile prefetches the <paramref name="next"/> one, if it's given, line by line:
    /// prefetching all of it at once would stall the loads.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(T* x, int runs, long stride, int length, bool centre, T* next)
    {
        V shift = V.Broadcast(_middle), sum = V.Const(0), sum2 = sum, sum3 = sum, sum4 = sum;
        V squares = sum, squares2 = sum, squares3 = sum, squares4 = sum;
        for (int r = 0; r < runs; r++)
        {
            T* run = x + r * stride, ahead = next + r * stride;
            nint i = 0;
            for (; i <= length - 4 * V.Width; i += 4 * V.Width)
            {
                if (next != null)
                {
                    V.Prefetch(ahead + i);
                    V.Prefetch(ahead + i + V.Width);
                    V.Prefetch(ahead + i + 2 * V.Width);
                    V.Prefetch(ahead + i + 3 * V.Width);
                }

                V a = V.Load(run + i) - shift, b = V.Load(run + i + V.Width) - shift;
                V c = V.Load(run + i + 2 * V.Width) - shift, d = V.Load(run + i + 3 * V.Width) - shift;
                sum += a;
                sum2 += b;
                sum3 += c;
                sum4 += d;
                squares = V.FusedMultiplyAdd(a, a, squares);
                squares2 = V.FusedMultiplyAdd(b, b, squares2);
                squares3 = V.FusedMultiplyAdd(c, c, squares3);
                squares4 = V.FusedMultiplyAdd(d, d, squares4);
            }

            for (; i < length; i += V.Width)
            {
                V.Prefetch(ahead + i);
                V mask = V.First(length - i), a = V.BitsAnd(V.Load(run + i, mask) - shift, mask);
                sum += a;
                squares = V.FusedMultiplyAdd(a, a, squares);
            }
        }

        double count = (double)runs * length;
        double square = double.CreateTruncating(V.Sum(squares + squares2 + (squares3 + squares4)));
        if (!centre)
        {
            Squares += square;
            return;
        }

        double rest = double.CreateTruncating(V.Sum(sum + sum2 + (sum3 + sum4))) / count;
        double mean = double.CreateTruncating(_middle) + rest;
        square -= rest * rest * count;
        _middle = T.CreateTruncating(mean);
        if (_count == 0)
        {
            (_count, Mean, Squares) = (count, mean, square);
            return;
        }

        double all = _count + count, distance = mean - Mean;
        Mean += distance * (count / all);
        Squares += square + distance * distance * (_count / all * count);
        _count = all;
    }

    /// <summary>
    /// The mean, the variance and 1 / √(variance + ε) from one number after the other, multiplied by powers of two that
    /// keep squares within the range: for sets whose squares left it, or that are constant.
    /// </summary>
    public static (double Mean, double Variance, double Inverse) Slowly(T* x, in NormSets sets, bool centre, double eps)
    {
        int lift = Exponent(x, sets, 0, 0);
        double count = sets.Count, mean = centre ? Fold(x, sets, lift, 0, 1) / count : 0;
        int fine = centre ? Exponent(x, sets, lift, mean) : 0;
        double variance = Fold(x, sets, lift + fine, Math.ScaleB(mean, -fine), 2) / count;
        double deviation = Math.ScaleB(Math.Sqrt(variance), lift + fine);
        return (Math.ScaleB(mean, lift), deviation * deviation, 1 / double.Hypot(deviation, Math.Sqrt(eps)));
    }

    /// <summary>Σ (2^-lift x - mean)^power, in double precision.</summary>
    private static double Fold(T* x, in NormSets sets, int lift, double mean, int power)
    {
        double sum = 0;
        for (long k = 0; k < sets.Count; k++)
        {
            double d = Math.ScaleB(At(x, sets, k), -lift) - mean;
            sum += power == 1 ? d : d * d;
        }

        return sum;
    }

    /// <summary>The exponent of the largest |2^-lift x - mean|; 0 if all are 0, or one is no number.</summary>
    private static int Exponent(T* x, in NormSets sets, int lift, double mean)
    {
        double largest = 0;
        for (long k = 0; k < sets.Count; k++)
        {
            largest = Math.Max(largest, Math.Abs(Math.ScaleB(At(x, sets, k), -lift) - mean));
        }

        return largest > 0 && double.IsFinite(largest) ? Math.ILogB(largest) : 0;
    }

    private static double At(T* x, in NormSets sets, long k)
    {
        (long run, long i) = Math.DivRem(k, sets.Length);
        (long q, long r) = Math.DivRem(run, sets.Runs);
        return double.CreateTruncating(x[q * sets.GroupStride + r * sets.RunStride + i]);
    }
}
