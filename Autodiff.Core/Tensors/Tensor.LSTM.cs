using Autodiff.Cpu;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// All steps of an LSTM in one direction as one loop, and its gradients as another; null where the device has no
    /// such loop: the caller then makes the steps one by one.
    /// </summary>
    /// <param name="products">The input's products with both biases, [rows, 4 hidden].</param>
    /// <param name="weight">W_hh, [4 hidden, hidden].</param>
    /// <param name="h">h to begin with, [batch, hidden].</param>
    /// <param name="c">c to begin with, [batch, hidden].</param>
    /// <param name="steps">Which rows belong to each step.</param>
    /// <param name="reverse">From the last step to the first.</param>
    /// <param name="composed">The same of the four tensors step by step, for gradients of gradients.</param>
    /// <returns>[rows + 2 batch, hidden]: h of each row, then h and c of each sequence after its last step.</returns>
    internal static Tensor? LSTMSteps(
        Tensor products, Tensor weight, Tensor h, Tensor c, SequenceSteps steps, bool reverse,
        Func<Tensor[], Tensor> composed)
    {
        DType type = products.DType;
        if (!ReferenceEquals(products.Device, Device.Cpu) || products.ElementCount == 0 || weight.DType != type
            || h.DType != type || c.DType != type || !type.IsFloatingPoint())
        {
            return null;
        }

        int hidden = h.Size(1);
        LstmLoop loop = new(steps, reverse, hidden);
        Tensor gates, cells, rows;
        using (Unrecorded())
        {
            gates = Empty(products.Shape, type, products.Device);
            cells = Empty([steps.Rows, hidden], type, products.Device);
            rows = Empty([steps.Rows + (2 * steps.Batch), hidden], type, products.Device);
            Tensor panels = Empty([PackedWeight.Room(hidden, 4 * hidden)], type, products.Device);
            if (!products.Backend.TryFuse(
                loop, 4, products.Contiguous().View, weight.Contiguous().View, h.Contiguous().View,
                c.Contiguous().View, gates.View, cells.View, rows.View, panels.View))
            {
                return null;
            }
        }

        Tensor[] inputs = [products, weight, h, c];
        if (!Recording.Needed(inputs))
        {
            return rows;
        }

        SavedTensor[] saved =
        [
            products.Save("products"), weight.Save("weight"), h.Save("h"), c.Save("c"), gates.Save("gates"),
            cells.Save("cells"), rows.Save("output"),
        ];
        LSTMGradients gradients = new(loop, saved, composed);
        return rows.RecordTogether(
            "LSTM", "step by step backwards: c̄ += h̄ σ(o) (1 - tanh(c)^2), ī = c̄ tanh(g) σ(i) (1 - σ(i)), "
                + "f̄ = c̄ c₋ σ(f) (1 - σ(f)), ḡ = c̄ σ(i) (1 - tanh(g)^2), ō = h̄ tanh(c) σ(o) (1 - σ(o)), c̄₋ = c̄ "
                + "σ(f), "
                + "h̄₋ = (ī, f̄, ḡ, ō) @ w, w̄ = Σ (ī, f̄, ḡ, ō)ᵀ @ h₋",
            inputs, gradients.Of, saved);
    }

    /// <summary>The gradients of <see cref="LSTMSteps"/>.</summary>
    private sealed class LSTMGradients(LstmLoop loop, SavedTensor[] saved, Func<Tensor[], Tensor> composed)
    {
        /// <summary>Of the products, the weight, h and c.</summary>
        public Tensor?[] Of(Tensor g)
        {
            Tensor[] inputs = [.. saved[..4].Select(tensor => tensor.Value)];
            return Recording.Needed([g, .. inputs]) ? Composed(g, inputs) : Fused(g, inputs);
        }

        private Tensor?[] Fused(Tensor g, Tensor[] inputs)
        {
            using GradMode.EngineScope _ = Unrecorded();
            Tensor weight = inputs[1], gates = saved[4].Value, rows = saved[6].Value;
            Tensor slopes = Empty(gates.Shape, g.DType, g.Device);
            Tensor h = Empty(inputs[2].Shape, g.DType, g.Device), c = Empty(inputs[3].Shape, g.DType, g.Device);
            int hidden = loop.Hidden;
            Tensor panels = Empty([PackedWeight.Room(4 * hidden, hidden)], g.DType, g.Device);
            g.Backend.TryFuse(
                new LstmGradientLoop(loop), 4, g.Contiguous().View, weight.Contiguous().View,
                inputs[3].Contiguous().View, gates.View, saved[5].Value.View, rows.View, slopes.View, h.View, c.View,
                panels.View);
            return [slopes, weight.RequiresGrad ? slopes.T.MatMul(Before(rows, inputs[2])) : null, h, c];
        }

        /// <summary>h before each row, [rows, hidden].</summary>
        private Tensor Before(Tensor rows, Tensor first)
        {
            SequenceSteps steps = loop.Steps;
            int count = steps.Rows, batch = steps.Batch;
            if (count == (long)batch * steps.Count)
            {
                return loop.Reverse
                    ? Cat([rows.Narrow(0, batch, count - batch), first])
                    : Cat([first, rows.Narrow(0, 0, count - batch)]);
            }

            List<Tensor> parts = [];
            for (int t = 0; t < steps.Count; t++)
            {
                int size = steps.BatchSizes[t], from = loop.Reverse ? t + 1 : t - 1;
                int had = from < 0 || from >= steps.Count ? 0 : Math.Min(size, steps.BatchSizes[from]);
                if (had > 0)
                {
                    parts.Add(rows.Narrow(0, steps.Starts[from], had));
                }

                if (had < size)
                {
                    parts.Add(first.Narrow(0, had, size - had));
                }
            }

            return Cat([.. parts]);
        }

        /// <summary>The same in operations that are recorded, for gradients of gradients.</summary>
        private Tensor?[] Composed(Tensor g, Tensor[] inputs)
        {
            // Nodes of their own, which no other Backward is walking.
            Tensor[] own = Array.ConvertAll(inputs, static x => x.RequiresGrad ? x * 1 : x);
            Tensor[] wanted = [.. own.Where(x => x.RequiresGrad)];
            Queue<Tensor?> found =
                new(Autograd.Grad([composed(own)], wanted, [g], createGraph: true, allowUnused: true));
            return Array.ConvertAll(own, x => x.RequiresGrad ? found.Dequeue() : null);
        }
    }
}
