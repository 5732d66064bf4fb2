using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// The gradients of <see cref="StandardizeLoop"/> in one sweep over a set. With s the standardised x, h = g w and means
/// over the set: x̄ = (h - mean h - s · mean h s) / √(variance + ε), w̄ = Σ g s, b̄ = Σ g. Operands: g, x, the figures,
/// w where it is; x̄, and of w̄ and b̄ sums that are still to be added up, [Sums, Weights].
/// </summary>
/// <param name="Sets">What was normalised together.</param>
/// <param name="Centre">Whether the mean was subtracted; else no mean of h is.</param>
/// <param name="HasWeight">Whether w is there.</param>
internal readonly unsafe record struct StandardizeGradientLoop(NormSets Sets, bool Centre, bool HasWeight) : IFusedLoop
{
    /// <summary>Rows whose sums for the weights of their entries are added up one after the other.</summary>
    private const int RowsPerSum = 64;

    public static string Name => "StandardizeGradient";

    /// <summary>How many sums there are for each weight.</summary>
    public int Sums =>
        Sets.ByEntry ? Autodiff.Sizes.Parts(Sets.Sets, RowsPerSum) : Sets.Sets * Sets.Groups / Sets.Weights;

    /// <summary>Sets of a part, which has a row of sums to itself where weights belong to entries.</summary>
    public int PerPart =>
        Sets.ByEntry ? RowsPerSum : (int)Math.Clamp(StandardizeLoop.PerPart / Sets.Count, 1, int.MaxValue);

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => StandardizerGradient<T, W>.Run(this, views);
}

/// <summary>The loop of <see cref="StandardizeGradientLoop"/>.</summary>
internal static unsafe class StandardizerGradient<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Block = 1024;

    public static void Run(in StandardizeGradientLoop loop, ReadOnlySpan<TensorView> views)
    {
        TensorView weight = views[loop.HasWeight ? 3 : 0];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* g = &views[0].Memory(use), x = &views[1].Memory(use), figures = &views[2].Memory(use),
            w = &weight.Memory(use), result = &views[^3].Memory(use), products = &views[^2].Memory(use),
            sums = &views[^1].Memory(use))
        {
            Part body = new()
            {
                Loop = loop, G = (T*)g + views[0].Offset, X = (T*)x + views[1].Offset,
                Figures = (T*)figures + views[2].Offset,
                W = loop.HasWeight ? (T*)w + weight.Offset : null, Result = (T*)result + views[^3].Offset,
                OfWeight = (T*)products + views[^2].Offset, OfBias = (T*)sums + views[^1].Offset,
                IsNonTemporal = NonTemporal.IsFasterFor(loop.Sets.Total * sizeof(T)),
            };
            ThreadedLoop.For(Sizes.Parts(loop.Sets.Sets, loop.PerPart), 2 * loop.Sets.Total, body);
        }
    }

    private struct Part : IParallelBody
    {
        public StandardizeGradientLoop Loop;
        public T* G, X, Figures, W, Result, OfWeight, OfBias;
        public bool IsNonTemporal;

        public readonly void Run(int part)
        {
            int first = part * Loop.PerPart, end = Math.Min(Loop.Sets.Sets, first + Loop.PerPart);
            long row = (long)part * Loop.Sets.Weights;
            if (Loop.Sets.ByEntry)
            {
                new Span<T>(OfWeight + row, Loop.Sets.Weights).Clear();
                new Span<T>(OfBias + row, Loop.Sets.Weights).Clear();
            }

            for (int s = first; s < end; s++)
            {
                if (Loop.Sets.ByEntry)
                {
                    Row(s, OfWeight + row, OfBias + row);
                }
                else
                {
                    One(s);
                }
            }

            if (IsNonTemporal)
            {
                NonTemporal.Fence();
            }
        }

        private readonly Standard StandardOf(int s)
        {
            long sets = Loop.Sets.Sets;
            T mean = Figures[s], rest = Figures[sets + s], inverse = Figures[2 * sets + s];
            return new(V.Broadcast(mean), V.Broadcast(inverse), V.Broadcast(-rest * inverse));
        }

        private readonly void One(int s)
        {
            NormSets sets = Loop.Sets;
            Standard standard = StandardOf(s);
            T* g = G + s * sets.SetStride, x = X + s * sets.SetStride, result = Result + s * sets.SetStride;
            double all = 0, along = 0;
            for (int q = 0; q < sets.Groups; q++)
            {
                long number = (long)s * sets.Groups + q;
                (double sum, double product) = Sums(g, x, q, sets, standard);
                OfWeight[number] = T.CreateTruncating(product);
                OfBias[number] = T.CreateTruncating(sum);
                double w = W == null ? 1 : double.CreateTruncating(W[number % sets.Weights]);
                all += w * sum;
                along += w * product;
            }

            T mean = Loop.Centre ? T.CreateTruncating(all / sets.Count) : T.Zero;
            T slope = T.CreateTruncating(along / sets.Count);
            long next = sets.StrideAhead(s, sizeof(T));
            for (int q = 0; q < sets.Groups; q++)
            {
                T w = W == null ? T.One : W[((long)s * sets.Groups + q) % sets.Weights];
                for (int r = sets.Runs - 1; r >= 0; r--) // the last ones are in the cache if any are
                {
                    long at = q * sets.GroupStride + r * sets.RunStride;
                    RowFormulas<T, V>.Run(
                        new Gradient(g + at, x + at, standard, w, mean, slope), result + at, sets.Length,
                        IsNonTemporal, next == 0 ? null : g + at + next, x + at + next);
                }
            }
        }

        /// <summary>Σ g and Σ g s of a group: in blocks, which are added in double precision.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static (double Sum, double Product) Sums(T* g, T* x, int q, in NormSets sets, Standard standard)
        {
            double sum = 0, product = 0;
            int together = Math.Max(1, Block / sets.Length);
            bool isLong = sets.IsLong(sizeof(T));
            for (int r = 0; r < sets.Runs; r += together)
            {
                int runs = Math.Min(together, sets.Runs - r);
                for (int i = 0; i < sets.Length; i += Block)
                {
                    int length = Math.Min(Block, sets.Length - i);
                    long at = q * sets.GroupStride + r * sets.RunStride + i;
                    nint ahead = isLong ? 0 : (nint)(sets.After(q, r, i, runs, Block) - at);
                    V a = V.Const(0), b = a, c = a, d = a;
                    for (int k = 0; k < runs; k++)
                    {
                        T* gs = g + at + k * sets.RunStride, xs = x + at + k * sets.RunStride;
                        nint j = 0;
                        for (; j <= length - 2 * V.Width; j += 2 * V.Width)
                        {
                            if (ahead != 0)
                            {
                                V.Prefetch(gs + ahead + j);
                                V.Prefetch(gs + ahead + j + V.Width);
                                V.Prefetch(xs + ahead + j);
                                V.Prefetch(xs + ahead + j + V.Width);
                            }

                            V first = V.Load(gs + j), second = V.Load(gs + j + V.Width);
                            a += first;
                            b += second;
                            c = V.FusedMultiplyAdd(first, standard.Of(V.Load(xs + j)), c);
                            d = V.FusedMultiplyAdd(second, standard.Of(V.Load(xs + j + V.Width)), d);
                        }

                        for (; j < length; j += V.Width)
                        {
                            V.Prefetch(gs + ahead + j);
                            V.Prefetch(xs + ahead + j);
                            V mask = V.First(length - j), last = V.Load(gs + j, mask);
                            a += last;
                            c = V.FusedMultiplyAdd(last, V.BitsAnd(standard.Of(V.Load(xs + j, mask)), mask), c);
                        }
                    }

                    sum += double.CreateTruncating(V.Sum(a + b));
                    product += double.CreateTruncating(V.Sum(c + d));
                }
            }

            return (sum, product);
        }

        /// <summary>A row whose entries have a weight each, with its part of the sums for these.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row(int s, T* ofWeight, T* ofBias)
        {
            int n = Loop.Sets.Length;
            Standard standard = StandardOf(s);
            long at = s * Loop.Sets.SetStride;
            T* g = G + at, x = X + at;
            double sum = 0, product = 0;
            for (int from = 0; from < n; from += Block)
            {
                int end = Math.Min(n, from + Block);
                V a = V.Const(0), b = a;
                for (nint i = from; i < end; i += V.Width)
                {
                    V.Prefetch(g + i + Block);
                    V.Prefetch(x + i + Block);
                    V mask = V.First(end - i), y = V.Load(g + i, mask);
                    V z = V.BitsAnd(standard.Of(V.Load(x + i, mask)), mask);
                    V h = W == null ? y : y * V.Load(W + i, mask);
                    a += h;
                    b = V.FusedMultiplyAdd(h, z, b);
                    V.FusedMultiplyAdd(y, z, V.Load(ofWeight + i, mask)).Store(ofWeight + i, mask);
                    (V.Load(ofBias + i, mask) + y).Store(ofBias + i, mask);
                }

                sum += double.CreateTruncating(V.Sum(a));
                product += double.CreateTruncating(V.Sum(b));
            }

            T mean = Loop.Centre ? T.CreateTruncating(sum / n) : T.NegativeZero;
            T slope = T.CreateTruncating(product / n);
            if (W == null)
            {
                RowFormulas<T, V>.Run(new Gradient(g, x, standard, T.One, mean, slope), Result + at, n, IsNonTemporal);
            }
            else
            {
                RowFormulas<T, V>.Run(new RowGradient(g, x, W, standard, mean, slope), Result + at, n, IsNonTemporal);
            }
        }
    }

    /// <summary>(x - mean) / √(variance + ε) of one set.</summary>
    private readonly struct Standard(V mean, V inverse, V rest)
    {
        public readonly V Inverse = inverse;
        private readonly V _mean = mean, _rest = rest;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V x) => V.FusedMultiplyAdd(x - _mean, Inverse, _rest);
    }

    /// <summary>x̄ = (h - mean - s slope) / √(variance + ε).</summary>
    private readonly struct Slope(Standard standard, T mean, T slope)
    {
        private readonly V _mean = V.Broadcast(-mean), _slope = V.Broadcast(-slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Of(V g, V w, V x) =>
            V.FusedMultiplyAdd(standard.Of(x), _slope, V.FusedMultiplyAdd(g, w, _mean)) * standard.Inverse;
    }

    /// <summary>x̄ where all entries of the row have one weight.</summary>
    private readonly struct Gradient(T* g, T* x, Standard standard, T weight, T mean, T slope) : IRowFormula<V>
    {
        private readonly V _weight = V.Broadcast(weight);
        private readonly Slope _slope = new(standard, mean, slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i) => _slope.Of(V.Load(g + i), _weight, V.Load(x + i));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i, V mask) => _slope.Of(V.Load(g + i, mask), _weight, V.Load(x + i, mask));
    }

    /// <summary>x̄ where each entry has its own.</summary>
    private readonly struct RowGradient(T* g, T* x, T* w, Standard standard, T mean, T slope) : IRowFormula<V>
    {
        private readonly Slope _slope = new(standard, mean, slope);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i) => _slope.Of(V.Load(g + i), V.Load(w + i), V.Load(x + i));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V At(nint i, V mask) => _slope.Of(V.Load(g + i, mask), V.Load(w + i, mask), V.Load(x + i, mask));
    }
}
