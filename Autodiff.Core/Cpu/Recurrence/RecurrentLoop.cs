using System.Numerics;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// A recurrent layer's steps in one direction. Operands: the input's products with their bias [rows, gates], W_hh, h to
/// begin with [batch, hidden], and c to begin with or the bias of the product with the state, where they are (else h
/// again); written are c of each row where there is one, what each row keeps [rows, kept], h of each row with h and c
/// after the last step behind them [rows + states · batch, hidden], and W_hh, packed.
/// </summary>
/// <param name="Steps">Which rows belong to each step.</param>
/// <param name="Reverse">From the last step to the first.</param>
/// <param name="Hidden">The size of a state.</param>
/// <remarks>
/// Sequences are independent, so threads share them, each with all steps of its own. At each step the gates' functions
/// run row by row on what the product has just left in the cache.
/// </remarks>
internal readonly unsafe record struct RecurrentLoop<TCell>(SequenceSteps Steps, bool Reverse, int Hidden) : IFusedLoop
    where TCell : struct, IRecurrentCell<TCell>
{
    // Sequences that make a part worth a thread.
    private const int LeastSequences = 8;

    public static string Name => TCell.Name;

    /// <summary>How many views it writes.</summary>
    public static int Written => TCell.HasCell ? 4 : 3;

    /// <summary>How many sequences a part has, at the present number of threads.</summary>
    public static int PerPart(int batch) =>
        Math.Max(LeastSequences, (batch + CpuThreads.Count - 1) / CpuThreads.Count);

    /// <summary>A measure of its work, for the threads.</summary>
    public long Work => (long)Steps.Rows * TCell.Gates * Hidden * Hidden / 64;

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* products = &views[0].Memory(use), w = &views[1].Memory(use), h0 = &views[2].Memory(use),
            extra = &views[3].Memory(use), cells = &views[^4].Memory(use), kept = &views[^3].Memory(use),
            hidden = &views[^2].Memory(use), panels = &views[^1].Memory(use))
        {
            int batch = Steps.Batch, perPart = PerPart(batch);
            Part<T, V> body = new()
            {
                Loop = this, Cell = TCell.Of(views[0].DType), PerPart = perPart,
                Weight = new(Hidden, TCell.Gates * Hidden, (T*)panels + views[^1].Offset),
                Products = (T*)products + views[0].Offset, H0 = (T*)h0 + views[2].Offset,
                Extra = (T*)extra + views[3].Offset, Cells = (T*)cells + views[^4].Offset,
                Kept = (T*)kept + views[^3].Offset, Rows = (T*)hidden + views[^2].Offset,
            };
            body.Weight.Pack((T*)w + views[1].Offset, 1, Hidden);
            ThreadedLoop.For(Sizes.Parts(batch, perPart), Work, body);
        }
    }

    private struct Part<T, V> : IParallelBody
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
    {
        public RecurrentLoop<TCell> Loop;
        public TCell Cell;
        public int PerPart;
        public PackedWeight<T, V> Weight;
        public T* Products, H0, Extra, Kept, Cells, Rows;

        public readonly void Run(int part)
        {
            SequenceSteps steps = Loop.Steps;
            nint h = Loop.Hidden;
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
                    nint at = (steps.Starts[t] + b) * h;
                    Copy(Rows + at, Rows + ((steps.Rows + b) * h), h);
                    if (TCell.HasCell)
                    {
                        Copy(Cells + at, Rows + ((steps.Rows + steps.Batch + b) * h), h);
                    }
                }
            }
        }

        /// <summary>A step of sequences [first, size), of which those from <paramref name="from"/> on begin.</summary>
        private readonly void Step(int start, int before, int first, int from, int size)
        {
            nint h = Loop.Hidden, gates = TCell.Gates * h, width = TCell.Kept * h;
            for (int b = first; b < size; b++)
            {
                T* source = TCell.ProductsApart ? Extra : Products + ((start + b) * gates);
                Copy(source, Kept + ((start + b) * width), gates);
            }

            Weight.Multiply(
                from - first, Rows + ((before + first) * h), h, Kept + ((start + first) * width), width, add: true);
            Weight.Multiply(size - from, H0 + (from * h), h, Kept + ((start + from) * width), width, add: true);
            for (int b = first; b < size; b++)
            {
                nint at = (start + b) * h, own = b * h, earlier = (before + b) * h;
                Cell.Forward(h, new RecurrentRow<T>
                {
                    Products = Products + ((start + b) * gates), Kept = Kept + ((start + b) * width),
                    HiddenBefore = b < from ? Rows + earlier : H0 + own,
                    CellBefore = b < from ? Cells + earlier : Extra + own, Hidden = Rows + at, Cell = Cells + at,
                });
            }
        }

        private static void Copy(T* from, T* to, nint count) =>
            Buffer.MemoryCopy(from, to, count * sizeof(T), count * sizeof(T));
    }
}
