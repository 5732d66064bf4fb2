using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// The gradients of <see cref="LstmLoop"/>, step by step backwards. Operands: the gradient [rows + 2 batch, hidden],
/// W_hh, c to begin with, the gates before their functions, c and h of each row; written are the gradients of the gates
/// [rows, 4 hidden], which are those of the products, of h and of c to begin with, and W_hh, packed.
/// </summary>
/// <param name="Forward">The loop whose gradients they are.</param>
internal readonly unsafe record struct LstmGradientLoop(LstmLoop Forward) : IFusedLoop
{
    public static string Name => "LSTM backward";

    public void Run(ReadOnlySpan<TensorView> views) =>
        ((delegate*<in LstmGradientLoop, ReadOnlySpan<TensorView>, void>)
            Lanes.FloatLoop<Choice>(views[0].DType))(this, views);

    private readonly struct Choice : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<in LstmGradientLoop, ReadOnlySpan<TensorView>, void>)&LstmGradientRunner<T, V>.Run;
    }
}

/// <summary>The loop of <see cref="LstmGradientLoop"/>.</summary>
internal static unsafe class LstmGradientRunner<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    public static void Run(in LstmGradientLoop gradient, ReadOnlySpan<TensorView> views)
    {
        LstmLoop loop = gradient.Forward;
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* g = &views[0].Memory(use), w = &views[1].Memory(use), c0 = &views[2].Memory(use),
            gates = &views[3].Memory(use), cells = &views[4].Memory(use), hidden = &views[5].Memory(use),
            gateSlopes = &views[6].Memory(use), dh = &views[7].Memory(use), dc = &views[8].Memory(use),
            panels = &views[9].Memory(use))
        {
            int size = loop.Hidden, batch = loop.Steps.Batch, perPart = LstmLoop.PerPart(batch);
            DType type = views[0].DType;
            Part body = new()
            {
                Loop = loop, PerPart = perPart, Weight = new(4 * size, size, (T*)panels + views[9].Offset),
                G = (T*)g + views[0].Offset, C0 = (T*)c0 + views[2].Offset, Gates = (T*)gates + views[3].Offset,
                Cells = (T*)cells + views[4].Offset, Rows = (T*)hidden + views[5].Offset,
                GateSlopes = (T*)gateSlopes + views[6].Offset, Dh = (T*)dh + views[7].Offset,
                Dc = (T*)dc + views[8].Offset, Plus = new(type), Let = new(type), LetGate = new(type),
                LetValue = new(type), KeepGate = new(type), KeepState = new(type),
            };
            body.Weight.Pack((T*)w + views[1].Offset, size, 1);
            CpuWork.For(Sizes.Parts(batch, perPart), (long)loop.Steps.Rows * 4 * size * size / 64, body);
        }
    }

    private struct Part : IParallelBody
    {
        public LstmLoop Loop;
        public int PerPart;
        public PackedWeight<T, V> Weight;
        public T* G, C0, Gates, Cells, Rows, GateSlopes, Dh, Dc;
        public RowLoop<Of2<Add>> Plus;
        public RowLoop<Of2<GatedTanh>> Let;
        public RowLoop<Rule<Op2<GatedTanh>, First>> LetGate;
        public RowLoop<Rule<Op2<GatedTanh>, Second>> LetValue;
        public RowLoop<Rule<Op3<KeptState>, Second>> KeepGate;
        public RowLoop<Rule<Op3<KeptState>, Third>> KeepState;

        public readonly void Run(int part)
        {
            SequenceSteps steps = Loop.Steps;
            int first = part * PerPart, end = Math.Min(steps.Batch, first + PerPart);
            nint h = Loop.Hidden, bytes = (end - first) * h * sizeof(T);

            // What reaches the final states reaches each sequence's last step, where it begins here.
            Buffer.MemoryCopy(G + ((steps.Rows + first) * h), Dh + (first * h), bytes, bytes);
            Buffer.MemoryCopy(G + ((steps.Rows + steps.Batch + first) * h), Dc + (first * h), bytes, bytes);
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
                    Row((start + b) * h, b * h, b < from ? Cells + ((before + b) * h) : C0 + (b * h));
                }

                Weight.Multiply(
                    size - first, GateSlopes + ((start + first) * 4 * h), 4 * h, Dh + (first * h), h, add: false);
            }
        }

        /// <summary>
        /// One row of a step. What is needed on the way stands where a gate's gradient comes later.
        /// </summary>
        private readonly void Row(nint at, nint b, T* before)
        {
            nint h = Loop.Hidden;
            T* i = Gates + (4 * at), f = i + h, g = f + h, o = g + h;
            T* di = GateSlopes + (4 * at), df = di + h, dg = df + h, dO = dg + h;
            T* dh = Dh + b, dc = Dc + b, c = Cells + at;
            Plus.Run(h, dh, dh, G + at);
            LetGate.Run(h, dO, dh, o, c, Rows + at);
            LetValue.Run(h, df, dh, o, c, Rows + at);
            Plus.Run(h, dc, dc, df);
            Let.Run(h, dg, i, g);
            LetGate.Run(h, di, dc, i, g, dg);
            LetValue.Run(h, dg, dc, i, g, dg);
            KeepGate.Run(h, df, dc, di, f, before);
            KeepState.Run(h, dc, dc, di, f, before);
        }
    }
}
