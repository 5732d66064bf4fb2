using System.Numerics;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// The gradients of <see cref="RecurrentLoop{TCell}"/>, step by step backwards. Operands: the gradient [rows + states ·
/// batch, hidden], W_hh, h to begin with, c to begin with (else h again), what each row keeps, c of each row (else what
/// it keeps) and h of each row; written are the gradients of the input's products [rows, gates] and, where it goes
/// another way, of the product with the state, then of h and, where there is one, of c to begin with, and W_hh, packed.
/// </summary>
/// <param name="Forward">The loop whose gradients they are.</param>
internal readonly unsafe record struct RecurrentGradientLoop<TCell>(RecurrentLoop<TCell> Forward) : IFusedLoop
    where TCell : struct, IRecurrentCell<TCell>
{
    public static string Name { get; } = $"{TCell.Name} backward";

    /// <summary>How many views it writes.</summary>
    public static int Written => 3 + (TCell.HasCell ? 1 : 0) + (TCell.ProductsApart ? 1 : 0);

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        int ofFed = TCell.ProductsApart ? 8 : 7, ofC = TCell.HasCell ? views.Length - 2 : 2;
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* g = &views[0].Memory(use), w = &views[1].Memory(use), h0 = &views[2].Memory(use),
            c0 = &views[3].Memory(use), kept = &views[4].Memory(use), cells = &views[5].Memory(use),
            hidden = &views[6].Memory(use), slopes = &views[7].Memory(use), fed = &views[ofFed].Memory(use),
            dh = &views[ofFed + 1].Memory(use), dc = &views[ofC].Memory(use), panels = &views[^1].Memory(use))
        {
            int size = Forward.Hidden, batch = Forward.Steps.Batch, perPart = RecurrentLoop<TCell>.PerPart(batch);
            Part<T, V> body = new()
            {
                Loop = Forward, Cell = TCell.Of(views[0].DType), PerPart = perPart,
                Weight = new(TCell.Gates * size, size, (T*)panels + views[^1].Offset),
                G = (T*)g + views[0].Offset, H0 = (T*)h0 + views[2].Offset, C0 = (T*)c0 + views[3].Offset,
                Kept = (T*)kept + views[4].Offset, Cells = (T*)cells + views[5].Offset,
                Rows = (T*)hidden + views[6].Offset, Slopes = (T*)slopes + views[7].Offset,
                Fed = (T*)fed + views[ofFed].Offset, Dh = (T*)dh + views[ofFed + 1].Offset,
                Dc = (T*)dc + views[ofC].Offset,
            };
            body.Weight.Pack((T*)w + views[1].Offset, size, 1);
            ThreadedLoop.For(Sizes.Parts(batch, perPart), Forward.Work, body);
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
        public T* G, H0, C0, Kept, Cells, Rows, Slopes, Fed, Dh, Dc;

        public readonly void Run(int part)
        {
            SequenceSteps steps = Loop.Steps;
            int first = part * PerPart, end = Math.Min(steps.Batch, first + PerPart);
            nint h = Loop.Hidden, gates = TCell.Gates * h, bytes = (end - first) * h * sizeof(T);

            // What reaches the final states reaches each sequence's last step, where it begins here.
            Buffer.MemoryCopy(G + ((steps.Rows + first) * h), Dh + (first * h), bytes, bytes);
            if (TCell.HasCell)
            {
                Buffer.MemoryCopy(G + ((steps.Rows + steps.Batch + first) * h), Dc + (first * h), bytes, bytes);
            }

            for (int i = 0; i < steps.Count; i++)
            {
                int t = Loop.Reverse ? i : steps.Count - 1 - i, size = Math.Min(end, steps.BatchSizes[t]);
                if (size <= first)
                {
                    continue;
                }

                // The step before this one in the forward pass; rows that it lacks began here.
                int earlier = Loop.Reverse ? t + 1 : t - 1;
                bool isFirst = earlier < 0 || earlier >= steps.Count;
                int from = isFirst ? first : Math.Clamp(steps.BatchSizes[earlier], first, size);
                int start = steps.Starts[t], before = isFirst ? 0 : steps.Starts[earlier];
                for (int b = first; b < size; b++)
                {
                    Row(start + b, b, b < from ? before + b : -1);
                }

                Weight.Multiply(size - first, Fed + ((start + first) * gates), gates, Dh + (first * h), h,
                    add: TCell.ProductsApart);
            }
        }

        /// <summary>A row, of sequence <paramref name="b"/>; the row before it, or below 0.</summary>
        private readonly void Row(nint at, nint b, nint before)
        {
            nint h = Loop.Hidden, gates = TCell.Gates * h;
            RecurrentRow<T> row = new()
            {
                Kept = Kept + (at * TCell.Kept * h), HiddenBefore = before < 0 ? H0 + (b * h) : Rows + (before * h),
                CellBefore = before < 0 ? C0 + (b * h) : Cells + (before * h), Hidden = Rows + (at * h),
                Cell = Cells + (at * h),
            };
            Cell.Backward(h, row, new RecurrentSlopes<T>
            {
                Output = G + (at * h), Hidden = Dh + (b * h), Cell = Dc + (b * h), Products = Slopes + (at * gates),
                Fed = Fed + (at * gates),
            });
        }
    }
}
