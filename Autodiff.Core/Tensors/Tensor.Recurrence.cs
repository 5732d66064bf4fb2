using Autodiff.Cpu;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// All steps of a recurrent layer in one direction as one loop, and its gradients as another; null where the device
    /// has no such loop: the caller then makes the steps one by one.
    /// </summary>
    /// <param name="products">The input's products with their bias, [rows, gates].</param>
    /// <param name="weight">W_hh, [gates, hidden].</param>
    /// <param name="h">h to begin with, [batch, hidden].</param>
    /// <param name="extra">c to begin with, [batch, hidden], of a cell that has one; the bias of the product with the
    /// state, [gates], of one whose products are apart; else null.</param>
    /// <param name="steps">Which rows belong to each step.</param>
    /// <param name="reverse">From the last step to the first.</param>
    /// <param name="composed">The same of these tensors step by step, for gradients of gradients.</param>
    /// <returns>[rows + states · batch, hidden]: h of each row, then h (and c) of each sequence after its last
    /// step.</returns>
    internal static Tensor? RecurrentSteps<TCell>(
        Tensor products, Tensor weight, Tensor h, Tensor? extra, SequenceSteps steps, bool reverse,
        Func<Tensor[], Tensor> composed)
        where TCell : struct, IRecurrentCell<TCell>
    {
        DType type = products.DType;
        if (!ReferenceEquals(products.Device, Device.Cpu) || products.ElementCount == 0
            || !products.IsWith(weight) || !products.IsWith(h) || !products.IsWith(extra) || !type.IsFloatingPoint())
        {
            return null;
        }

        int hidden = h.Size(1), gates = TCell.Gates * hidden, states = TCell.HasCell ? 2 : 1;
        RecurrentLoop<TCell> loop = new(steps, reverse, hidden);
        Tensor kept, cells, rows;
        using (Unrecorded())
        {
            kept = Empty([steps.Rows, TCell.Kept * hidden], type, products.Device);
            cells = TCell.HasCell ? Empty([steps.Rows, hidden], type, products.Device) : kept;
            rows = Empty([steps.Rows + (states * steps.Batch), hidden], type, products.Device);
            Tensor panels = Empty([PackedWeight.Capacity(hidden, gates)], type, products.Device);
            Tensor fourth = extra ?? (TCell.ProductsApart ? Zeros([gates], type, products.Device) : h);
            if (!products.Backend.TryFuse(
                loop, RecurrentLoop<TCell>.Written,
                [products.Contiguous().View, weight.Contiguous().View, h.Contiguous().View, fourth.Contiguous().View,
                    .. TCell.HasCell ? [cells.View] : ReadOnlySpan<TensorView>.Empty, kept.View, rows.View,
                    panels.View]))
            {
                return null;
            }
        }

        Tensor[] inputs = extra is null ? [products, weight, h] : [products, weight, h, extra];
        if (!Recording.Needed(inputs))
        {
            return rows;
        }

        SavedTensor[] saved =
        [
            .. inputs.Select((input, i) => input.Save(((string[])["products", "weight", "h", "extra"])[i])),
            kept.Save("kept"), cells.Save("cells"), rows.Save("output"),
        ];
        RecurrentGradients<TCell> gradients = new(loop, saved, composed);
        return rows.RecordTogether(TCell.Name, TCell.Rule, inputs, gradients.Of, saved);
    }

    /// <summary>The gradients of <see cref="RecurrentSteps"/>.</summary>
    private sealed class RecurrentGradients<TCell>(
        RecurrentLoop<TCell> loop, SavedTensor[] saved, Func<Tensor[], Tensor> composed)
        where TCell : struct, IRecurrentCell<TCell>
    {
        /// <summary>Of the products, the weight, h and the fourth operand.</summary>
        public Tensor?[] Of(Tensor g)
        {
            Tensor[] inputs = [.. saved[..^3].Select(tensor => tensor.Value)];
            return Recording.Needed([g, .. inputs]) ? Composed(g, inputs) : Fused(g, inputs);
        }

        private Tensor?[] Fused(Tensor g, Tensor[] inputs)
        {
            using GradMode.EngineScope _ = Unrecorded();
            Tensor weight = inputs[1], first = inputs[2], rows = saved[^1].Value;
            Tensor Empty(params int[] shape) => Tensor.Empty(shape, g.DType, g.Device);
            int gates = TCell.Gates * loop.Hidden, batch = loop.Steps.Batch;
            Tensor slopes = Empty(loop.Steps.Rows, gates), h = Empty(batch, loop.Hidden);
            Tensor fed = TCell.ProductsApart ? Empty(loop.Steps.Rows, gates) : slopes;
            Tensor? c = TCell.HasCell ? Empty(batch, loop.Hidden) : null;
            List<TensorView> views =
            [
                g.Contiguous().View, weight.Contiguous().View, first.Contiguous().View,
                (TCell.HasCell ? inputs[3] : first).Contiguous().View, saved[^3].Value.View, saved[^2].Value.View,
                rows.View, slopes.View, .. TCell.ProductsApart ? [fed.View] : ReadOnlySpan<TensorView>.Empty, h.View,
                .. c is null ? ReadOnlySpan<TensorView>.Empty : [c.View],
            ];
            views.Add(Empty(PackedWeight.Capacity(gates, loop.Hidden)).View);
            g.Backend.TryFuse(
                new RecurrentGradientLoop<TCell>(loop), RecurrentGradientLoop<TCell>.Written, views.ToArray());
            Tensor? ofWeight = weight.RequiresGrad ? fed.T.MatMul(Before(rows, first)) : null;
            return inputs.Length == 3 ? [slopes, ofWeight, h] : [slopes, ofWeight, h, c ?? fed.Sum(0)];
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
