using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>A <see cref="Band"/> along the middle dimension of x [outer, inputs, inner], giving y [outer, outputs,
/// inner].</summary>
/// <param name="Band">The map.</param>
/// <param name="Inner">Neighbours that share a weight.</param>
internal readonly unsafe record struct BandLoop(Band Band, int Inner) : IFusedLoop
{
    public static string Name => "Resample";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => Resampler<T, V>.Run(this, views[0], views[1]);
}

/// <summary>The loop of <see cref="BandLoop"/>.</summary>
internal static unsafe class Resampler<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int ElementsPerPart = 16 * 1024;

    public static void Run(in BandLoop loop, in TensorView x, in TensorView y)
    {
        Band band = loop.Band;
        long plane = (long)Math.Max(band.Inputs, band.Outputs) * loop.Inner;
        long outer = y.Count / Math.Max((long)band.Outputs * loop.Inner, 1);
        (T[] weights, T[]? divisors) = band.As<T>();
        int perPart = (int)Math.Clamp(ElementsPerPart / Math.Max(plane, 1), 1, int.MaxValue);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        fixed (T* w = weights, d = divisors)
        fixed (int* starts = band.Starts, places = band.Places)
        {
            Part body = new()
            {
                X = (T*)source + x.Offset, Y = (T*)target + y.Offset, Weights = w, Divisors = d, Starts = starts,
                Places = places, Alike = new(band.Alike), Inputs = band.Inputs, Outputs = band.Outputs,
                Inner = loop.Inner, Outer = outer, PerPart = perPart,
            };
            ThreadedLoop.For(Sizes.Parts(outer, perPart), outer * plane, body);
        }
    }

    private struct Part : IParallelBody
    {
        public T* X, Y, Weights, Divisors;
        public int* Starts, Places;
        public int Inputs, Outputs, Inner, PerPart;
        public long Outer;
        public SlidingSums Alike;

        public readonly void Run(int part)
        {
            long first = (long)part * PerPart, end = Math.Min(Outer, first + PerPart);
            for (long k = first; k < end; k++)
            {
                T* x = X + k * Inputs * Inner, y = Y + k * Outputs * Inner;
                if (Inner == 1)
                {
                    Line(x, y, 0, Alike.First);
                    Alike.Run(x, y);
                    Line(x, y, Alike.End, Outputs);
                    continue;
                }

                for (int o = 0; o < Outputs; o++)
                {
                    int at = Places[o];
                    Rows(
                        x + (long)Starts[o] * Inner, Weights + at, Places[o + 1] - at, y + (long)o * Inner,
                        Divisors == null ? T.One : Divisors[o]);
                }
            }
        }

        /// <summary>Neighbours of the last dimension, summed in double precision.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Line(T* x, T* y, int first, int end)
        {
            for (int o = first; o < end; o++)
            {
                T* from = x + Starts[o], w = Weights + Places[o];
                int count = Places[o + 1] - Places[o];
                double sum = 0;
                for (int j = 0; j < count; j++)
                {
                    sum += double.CreateTruncating(w[j]) * double.CreateTruncating(from[j]);
                }

                y[o] = T.CreateTruncating(Divisors == null ? sum : sum / double.CreateTruncating(Divisors[o]));
            }
        }

        /// <summary>y = Σ w[j] x[j] / divisor, of whole rows x[j].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Rows(T* x, T* w, int count, T* y, T divisor)
        {
            V by = V.Broadcast(divisor);
            for (nint i = 0; i < Inner; i += V.Width)
            {
                V mask = V.First(Inner - i), total = V.Const(0);
                for (int from = 0; from < count; from += Band.Block)
                {
                    V sum = V.Const(0);
                    int end = Math.Min(count, from + Band.Block);
                    for (int j = from; j < end; j++)
                    {
                        sum = V.FusedMultiplyAdd(V.Broadcast(w[j]), V.Load(x + (nint)j * Inner + i, mask), sum);
                    }

                    total += sum;
                }

                (divisor == T.One ? total : total / by).Store(y + i, mask);
            }
        }
    }
}
