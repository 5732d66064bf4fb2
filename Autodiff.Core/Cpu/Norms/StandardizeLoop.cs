using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// y = (x - mean) / √(variance + ε) · w + b, with the moments of each set of elements. Operands: x, then w and b where
/// they are; y and the figures of the sets, [4, Sets]: the mean, what rounding left of it, 1 / √(variance + ε), and the
/// variance.
/// </summary>
/// <param name="Sets">What is normalised together.</param>
/// <param name="Centre">Whether the mean is subtracted; else it is 0, and the variance the mean square.</param>
/// <param name="Eps">ε.</param>
/// <param name="HasWeight">Whether w is there.</param>
/// <param name="HasBias">Whether b is there.</param>
/// <remarks>
/// A mean is kept as two numbers: in float32, half of its last digit at 10,000 is a twentieth of a deviation of 0.01.
/// </remarks>
internal readonly unsafe record struct StandardizeLoop(
    NormSets Sets, bool Centre, double Eps, bool HasWeight, bool HasBias)
    : IFusedLoop
{
    /// <summary>Elements that make a part worth a thread.</summary>
    public const int PerPart = 32 * 1024;

    public static string Name => "Standardize";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => Standardizer<T, W>.Run(this, views);
}

/// <summary>The loop of <see cref="StandardizeLoop"/>.</summary>
internal static unsafe class Standardizer<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    public static void Run(in StandardizeLoop loop, ReadOnlySpan<TensorView> views)
    {
        int perPart = (int)Math.Clamp(StandardizeLoop.PerPart / loop.Sets.Count, 1, int.MaxValue);
        TensorView weight = views[loop.HasWeight ? 1 : 0], bias = views[loop.HasBias ? loop.HasWeight ? 2 : 1 : 0];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* x = &views[0].Memory(use), w = &weight.Memory(use), b = &bias.Memory(use),
            y = &views[^2].Memory(use), figures = &views[^1].Memory(use))
        {
            Part body = new()
            {
                Loop = loop, PerPart = perPart, X = (T*)x + views[0].Offset,
                W = loop.HasWeight ? (T*)w + weight.Offset : null, B = loop.HasBias ? (T*)b + bias.Offset : null,
                Y = (T*)y + views[^2].Offset, Figures = (T*)figures + views[^1].Offset,
            };
            CpuWork.For(Sizes.Parts(loop.Sets.Sets, perPart), loop.Sets.Total, body);
        }
    }

    private struct Part : IParallelBody
    {
        public StandardizeLoop Loop;
        public T* X, W, B, Y, Figures;
        public int PerPart;

        public readonly void Run(int part)
        {
            int first = part * PerPart, end = Math.Min(Loop.Sets.Sets, first + PerPart);
            for (int s = first; s < end; s++)
            {
                One(s);
            }
        }

        private readonly void One(int s)
        {
            NormSets sets = Loop.Sets;
            T* x = X + s * sets.SetStride;
            SetMoments<T, V> moments = SetMoments<T, V>.Of(x, sets, Loop.Centre);
            double mean = moments.Mean, variance = moments.Squares / sets.Count;
            double inverse = 1 / Math.Sqrt(variance + Loop.Eps);

            // Squares below this may have lost digits to the end of the range, or all of them.
            double lowest = sizeof(T) == sizeof(float) ? 1e-30 : 1e-280;
            if (!(variance >= lowest && double.IsFinite(variance)))
            {
                (mean, variance, inverse) = SetMoments<T, V>.Slowly(x, sets, Loop.Centre, Loop.Eps);
            }

            T* figures = Figures + s;
            T rounded = T.CreateTruncating(mean), scale = T.CreateTruncating(inverse);
            double rest = T.IsFinite(rounded) ? mean - double.CreateTruncating(rounded) : 0;
            figures[0] = rounded;
            figures[sets.Sets] = T.CreateTruncating(rest);
            figures[2L * sets.Sets] = scale;
            figures[3L * sets.Sets] = T.CreateTruncating(variance);
            T* y = Y + s * sets.SetStride;
            if (sets.ByEntry)
            {
                Row(x, y, sets.Length, rounded, scale, T.CreateTruncating(-rest * inverse));
                return;
            }

            for (int q = 0; q < sets.Groups; q++)
            {
                int number = (int)(((long)s * sets.Groups + q) % sets.Weights);
                double w = W == null ? 1 : double.CreateTruncating(W[number]);
                double b = B == null ? 0 : double.CreateTruncating(B[number]);
                T factor = W == null ? scale : T.CreateTruncating(inverse * w);
                T shift = T.CreateTruncating(b - rest * inverse * w);
                for (int r = 0; r < sets.Runs; r++)
                {
                    long at = q * sets.GroupStride + r * sets.RunStride;
                    Scaled(x + at, y + at, sets.Length, rounded, factor, shift);
                }
            }
        }

        /// <summary>y = (x - mean) scale + shift.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Scaled(T* x, T* y, nint n, T mean, T scale, T shift)
        {
            V m = V.Broadcast(mean), f = V.Broadcast(scale), b = V.Broadcast(shift);
            nint i = 0;
            for (; i <= n - V.Width; i += V.Width)
            {
                V.FusedMultiplyAdd(V.Load(x + i) - m, f, b).Store(y + i);
            }

            if (i < n)
            {
                V mask = V.First(n - i);
                V.FusedMultiplyAdd(V.Load(x + i, mask) - m, f, b).Store(y + i, mask);
            }
        }

        /// <summary>y = ((x - mean) scale + shift) w + b, with a weight for each entry.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row(T* x, T* y, nint n, T mean, T scale, T shift)
        {
            if (W == null && B == null)
            {
                Scaled(x, y, n, mean, scale, shift);
                return;
            }

            V m = V.Broadcast(mean), f = V.Broadcast(scale), rest = V.Broadcast(shift);
            V one = V.Const(1), zero = V.Const(0);
            for (nint i = 0; i < n; i += V.Width)
            {
                V mask = V.First(n - i), standard = V.FusedMultiplyAdd(V.Load(x + i, mask) - m, f, rest);
                V w = W == null ? one : V.Load(W + i, mask), b = B == null ? zero : V.Load(B + i, mask);
                V.FusedMultiplyAdd(standard, w, b).Store(y + i, mask);
            }
        }
    }
}
