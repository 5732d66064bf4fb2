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
                Loop = loop, PerPart = perPart, IsNonTemporal = NonTemporal.IsFasterFor(loop.Sets.Total * sizeof(T)),
                X = (T*)x + views[0].Offset,
                W = loop.HasWeight ? (T*)w + weight.Offset : null, B = loop.HasBias ? (T*)b + bias.Offset : null,
                Y = (T*)y + views[^2].Offset, Figures = (T*)figures + views[^1].Offset,
            };
            ThreadedLoop.For(Sizes.Parts(loop.Sets.Sets, perPart), loop.Sets.Total, body);
        }
    }

    private struct Part : IParallelBody
    {
        public StandardizeLoop Loop;
        public T* X, W, B, Y, Figures;
        public int PerPart;
        public bool IsNonTemporal;

        public readonly void Run(int part)
        {
            int first = part * PerPart, end = Math.Min(Loop.Sets.Sets, first + PerPart);
            for (int s = first; s < end; s++)
            {
                One(s);
            }

            if (IsNonTemporal)
            {
                NonTemporal.Fence();
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
            long ahead = sets.StrideAhead(s, sizeof(T));
            T* y = Y + s * sets.SetStride, next = ahead == 0 ? null : x + ahead;
            if (sets.ByEntry)
            {
                Scaled standard = new(x, rounded, scale, T.CreateTruncating(-rest * inverse));
                if (W == null && B == null)
                {
                    RowFormulas<T, V>.Run(standard, y, sets.Length, IsNonTemporal, next, next);
                }
                else
                {
                    RowFormulas<T, V>.Run(
                        new Weighted(standard, W, B), y, sets.Length, IsNonTemporal, next, next);
                }

                return;
            }

            for (int q = 0; q < sets.Groups; q++)
            {
                int number = (int)(((long)s * sets.Groups + q) % sets.Weights);
                double w = W == null ? 1 : double.CreateTruncating(W[number]);
                double b = B == null ? 0 : double.CreateTruncating(B[number]);
                T factor = W == null ? scale : T.CreateTruncating(inverse * w);
                T shift = T.CreateTruncating(b - rest * inverse * w);
                for (int r = sets.Runs - 1; r >= 0; r--) // the last ones are in the cache if any are
                {
                    long at = q * sets.GroupStride + r * sets.RunStride;
                    RowFormulas<T, V>.Run(
                        new Scaled(x + at, rounded, factor, shift), y + at, sets.Length, IsNonTemporal,
                        ahead == 0 ? null : next + at, next + at);
                }
            }
        }
    }

    /// <summary>(x - mean) scale + shift.</summary>
    private readonly struct Scaled(T* x, T mean, T scale, T shift) : IRowFormula<V>
    {
        private readonly V _mean = V.Broadcast(mean), _scale = V.Broadcast(scale), _shift = V.Broadcast(shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i) => Of(V.Load(x + i));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i, V mask) => Of(V.Load(x + i, mask));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private V Of(V x) => V.FusedMultiplyAdd(x - _mean, _scale, _shift);
    }

    /// <summary>Standardised entries times w, plus b, each of which may be missing.</summary>
    private readonly struct Weighted(Scaled standard, T* w, T* b) : IRowFormula<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i) => V.FusedMultiplyAdd(
            standard.At(i), w == null ? V.Const(1) : V.Load(w + i), b == null ? V.Const(0) : V.Load(b + i));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i, V mask) => V.FusedMultiplyAdd(
            standard.At(i, mask), w == null ? V.Const(1) : V.Load(w + i, mask),
            b == null ? V.Const(0) : V.Load(b + i, mask));
    }
}
