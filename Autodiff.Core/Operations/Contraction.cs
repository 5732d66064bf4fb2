namespace Autodiff.Operations;

/// <summary>
/// Sums of products of tensors whose dimensions bear labels: dimensions of one label run together, those not kept are
/// summed.
/// </summary>
internal static class Contraction
{
    /// <summary>A tensor and the label of each of its dimensions, all different.</summary>
    public readonly record struct Operand(Tensor Value, int[] Labels)
    {
        public int Size(int label) => Array.IndexOf(Labels, label) is >= 0 and int d ? Value.Layout.Dims[d] : 1;

        /// <summary>
        /// The operand with its labels in the order of <paramref name="output"/>, others summed away.
        /// </summary>
        public Operand Arrange(int[] output)
        {
            Operand rest = SumExcept(output);
            int[] labels = Array.FindAll(output, label => rest.Labels.Contains(label));
            int[] order = Array.ConvertAll(labels, label => Array.IndexOf(rest.Labels, label));
            return new(rest.Value.Permute(order), labels);
        }

        public Operand SumExcept(int[] kept)
        {
            int[] all = Labels, labels = Array.FindAll(all, label => kept.Contains(label));
            return labels.Length == all.Length
                ? this
                : new(Value.Sum([.. Enumerable.Range(0, all.Length).Where(d => !kept.Contains(all[d]))]), labels);
        }

        /// <summary>
        /// The operand without dimensions of size 1 that <paramref name="partner"/> has longer: products repeat them.
        /// </summary>
        public Operand DropBroadcast(Operand partner)
        {
            Operand result = this;
            foreach (int label in Labels)
            {
                if (result.Size(label) == 1 && partner.Size(label) != 1)
                {
                    int d = Array.IndexOf(result.Labels, label);
                    result = new(result.Value.Squeeze(d), [.. result.Labels[..d], .. result.Labels[(d + 1)..]]);
                }
            }

            return result;
        }
    }

    /// <summary>The product of all operands, two at a time, arranged as <paramref name="output"/>.</summary>
    /// <remarks>
    /// The next pair is the one whose product adds least to the elements in play: the greedy path of opt_einsum (Smith
    /// and Gray 2018).
    /// </remarks>
    public static Tensor All(List<Operand> operands, int[] output)
    {
        while (operands.Count > 1)
        {
            (int i, int j) = operands.Count == 2 ? (0, 1) : Cheapest(operands, output);
            Operand a = operands[i], b = operands[j];
            operands.RemoveAt(j);
            operands.RemoveAt(i);
            operands.Add(Pair(a, b, [.. output.Union(operands.SelectMany(other => other.Labels))]));
        }

        return operands[0].Arrange(output).Value;
    }

    /// <summary>
    /// The product of two operands through one batched matrix product (or elementwise, where nothing is summed),
    /// arranged as <paramref name="kept"/>.
    /// </summary>
    public static Operand Pair(Operand a, Operand b, int[] kept)
    {
        (a, b) = (a.DropBroadcast(b), b.DropBroadcast(a));
        a = a.SumExcept([.. kept, .. b.Labels]);
        b = b.SumExcept([.. kept, .. a.Labels]);
        int[] freeA = Array.FindAll(a.Labels, label => !b.Labels.Contains(label));
        int[] freeB = Array.FindAll(b.Labels, label => !a.Labels.Contains(label));
        int[] batch = Array.FindAll(a.Labels, label => b.Labels.Contains(label) && kept.Contains(label));
        int[] summed = Array.FindAll(a.Labels, label => b.Labels.Contains(label) && !kept.Contains(label));
        int[] labels = [.. batch, .. freeA, .. freeB];
        Tensor x = a.Arrange([.. batch, .. freeA, .. summed]).Value,
            y = b.Arrange([.. batch, .. summed, .. freeB]).Value;
        int[] dims = Array.ConvertAll(labels, label => a.Labels.Contains(label) ? a.Size(label) : b.Size(label));
        Tensor product;
        if (summed.Length == 0)
        {
            int lead = batch.Length;
            int[] shape = [.. x.Layout.Dims, .. Enumerable.Repeat(1, freeB.Length)];
            int[] other = [.. y.Layout.Dims[..lead], .. Enumerable.Repeat(1, freeA.Length), .. y.Layout.Dims[lead..]];
            product = x.Reshape(shape) * y.Reshape(other);
        }
        else
        {
            int m = Count(a, freeA), n = Count(b, freeB), k = Count(a, summed);
            if (batch.Length == 0)
            {
                product = x.Reshape(m, k).MatMul(y.Reshape(k, n));
            }
            else
            {
                int count = Count(a, batch);
                product = x.Reshape(count, m, k).MatMul(y.Reshape(count, k, n));
            }

            product = product.Reshape(dims);
        }

        return new Operand(product, labels).Arrange(kept);
    }

    private static (int First, int Second) Cheapest(List<Operand> operands, int[] output)
    {
        (int, int) best = (0, 1);
        double least = double.PositiveInfinity;
        for (int i = 0; i < operands.Count; i++)
        {
            for (int j = i + 1; j < operands.Count; j++)
            {
                double growth = Size(i, j) - operands[i].Value.ElementCount - operands[j].Value.ElementCount;
                if (growth < least)
                {
                    (least, best) = (growth, (i, j));
                }
            }
        }

        return best;

        double Size(int i, int j)
        {
            double size = 1;
            foreach (int label in operands[i].Labels.Union(operands[j].Labels))
            {
                bool needed = output.Contains(label);
                for (int k = 0; k < operands.Count && !needed; k++)
                {
                    needed = k != i && k != j && operands[k].Labels.Contains(label);
                }

                size *= needed ? Math.Max(operands[i].Size(label), operands[j].Size(label)) : 1;
            }

            return size;
        }
    }

    private static int Count(Operand operand, int[] labels)
    {
        long count = 1;
        foreach (int label in labels)
        {
            count = Sizes.Entries("Einsum", count * operand.Size(label), operand.Value.DType);
        }

        return (int)count;
    }
}
