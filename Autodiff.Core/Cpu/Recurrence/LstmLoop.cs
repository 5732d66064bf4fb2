using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// An LSTM's steps in one direction. Operands: the input's products with both biases [rows, 4 hidden], W_hh, h and c to
/// begin with [batch, hidden]; written are the gates before their functions [rows, 4 hidden], c of each row, h of each
/// row with h and c after the last step behind them [rows + 2 batch, hidden], and W_hh, packed.
/// </summary>
/// <param name="Steps">Which rows belong to each step.</param>
/// <param name="Reverse">From the last step to the first.</param>
/// <param name="Hidden">The size of a state.</param>
/// <remarks>
/// Sequences don't meet, so threads share them, each with all steps of its own. At each step the gates' functions are
/// run row by row on what the product has just left in the cache, by the loops of the operations themselves.
/// </remarks>
internal readonly unsafe record struct LstmLoop(SequenceSteps Steps, bool Reverse, int Hidden) : IFusedLoop
{
    // Sequences that make a part worth a thread.
    private const int LeastSequences = 8;

    public static string Name => "LSTM";

    /// <summary>How many sequences a part has, at the present number of threads.</summary>
    public static int PerPart(int batch) =>
        Math.Max(LeastSequences, (batch + CpuThreads.Count - 1) / CpuThreads.Count);

    public void Run(ReadOnlySpan<TensorView> views) =>
        ((delegate*<in LstmLoop, ReadOnlySpan<TensorView>, void>)Lanes.FloatLoop<Choice>(views[0].DType))(this, views);

    private readonly struct Choice : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<in LstmLoop, ReadOnlySpan<TensorView>, void>)&LstmRunner<T, V>.Run;
    }
}

/// <summary>The loop of <see cref="LstmLoop"/>.</summary>
internal static unsafe class LstmRunner<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    public static void Run(in LstmLoop loop, ReadOnlySpan<TensorView> views)
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* products = &views[0].Memory(use), w = &views[1].Memory(use), h0 = &views[2].Memory(use),
            c0 = &views[3].Memory(use), gates = &views[4].Memory(use), cells = &views[5].Memory(use),
            hidden = &views[6].Memory(use), panels = &views[7].Memory(use))
        {
            int size = loop.Hidden, batch = loop.Steps.Batch, perPart = LstmLoop.PerPart(batch);
            Part body = new()
            {
                Loop = loop, PerPart = perPart, Weight = new(size, 4 * size, (T*)panels + views[7].Offset),
                Products = (T*)products + views[0].Offset, H0 = (T*)h0 + views[2].Offset,
                C0 = (T*)c0 + views[3].Offset, Gates = (T*)gates + views[4].Offset,
                Cells = (T*)cells + views[5].Offset, Rows = (T*)hidden + views[6].Offset,
                Let = new(views[0].DType), Keep = new(views[0].DType),
            };
            body.Weight.Pack((T*)w + views[1].Offset, 1, size);
            CpuWork.For(Sizes.Parts(batch, perPart), (long)loop.Steps.Rows * 4 * size * size / 64, body);
        }
    }

    private struct Part : IParallelBody
    {
        public LstmLoop Loop;
        public int PerPart;
        public PackedWeight<T, V> Weight;
        public T* Products, H0, C0, Gates, Cells, Rows;
        public RowLoop<Of2<GatedTanh>> Let;
        public RowLoop<Of3<KeptState>> Keep;

        public readonly void Run(int part)
        {
            SequenceSteps steps = Loop.Steps;
            int first = part * PerPart, end = Math.Min(steps.Batch, first + PerPart), began = Loop.Reverse ? 0 : end;
            for (int i = 0; i < steps.Count; i++)
            {
                int t = Loop.Reverse ? steps.Count - 1 - i : i, size = Math.Min(end, steps.BatchSizes[t]);
                if (size <= first)
                {
                    continue;
                }

                // Rows up to here have a step before; the others begin now.
                int from = i == 0 ? first : Math.Max(first, Math.Min(size, began));
                int before = i == 0 ? 0 : steps.Starts[Loop.Reverse ? t + 1 : t - 1];
                Step(steps.Starts[t], before, first, from, size);
                began = Loop.Reverse ? size : end;
                int next = Loop.Reverse ? t == 0 ? first : end
                    : t + 1 == steps.Count ? first : Math.Max(first, Math.Min(end, steps.BatchSizes[t + 1]));
                for (int b = next; b < size; b++)
                {
                    int h = Loop.Hidden;
                    Copy(Rows + ((long)(steps.Starts[t] + b) * h), Rows + ((long)(steps.Rows + b) * h), h);
                    Copy(Cells + ((long)(steps.Starts[t] + b) * h),
                        Rows + ((long)(steps.Rows + steps.Batch + b) * h), h);
                }
            }
        }

        /// <summary>A step of sequences [first, size), of which those from <paramref name="from"/> on begin.</summary>
        private readonly void Step(int start, int before, int first, int from, int size)
        {
            nint h = Loop.Hidden;
            T* gates = Gates + ((start + first) * 4 * h);
            Copy(Products + ((start + first) * 4 * h), gates, (size - first) * 4 * h);
            Weight.Multiply(from - first, Rows + ((before + first) * h), h, gates, 4 * h, add: true);
            Weight.Multiply(size - from, H0 + (from * h), h, Gates + ((start + from) * 4 * h), 4 * h, add: true);
            for (int b = first; b < size; b++)
            {
                T* gate = Gates + ((start + b) * 4 * h), c = Cells + ((start + b) * h), y = Rows + ((start + b) * h);
                Let.Run(h, c, gate, gate + (2 * h));
                Keep.Run(h, c, c, gate + h, b < from ? Cells + ((before + b) * h) : C0 + (b * h));
                Let.Run(h, y, gate + (3 * h), c);
            }
        }

        private static void Copy(T* from, T* to, nint count) =>
            Buffer.MemoryCopy(from, to, count * sizeof(T), count * sizeof(T));
    }
}
