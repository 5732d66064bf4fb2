using Autodiff.Cpu;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// (x - mean) / √(variance + ε) · w + b in one loop, and its gradients in another; null where the device has no
    /// such loop, the sets are so short that loops across them are faster, or types differ: the caller then says it in
    /// single operations.
    /// </summary>
    /// <param name="name">What the tape calls it.</param>
    /// <param name="plan">What is normalised together.</param>
    /// <param name="weight">w, or null.</param>
    /// <param name="bias">b, or null.</param>
    /// <param name="eps">ε.</param>
    /// <param name="centre">Whether the mean is subtracted; else the variance is the mean square.</param>
    /// <param name="figures"> [4, sets], not recorded: the mean of each set, what rounding left of it, 1 / √(variance +
    /// ε), and the variance.
    /// </param>
    internal Tensor? Standardized(
        string name, NormPlan plan, Tensor? weight, Tensor? bias, double eps, bool centre, out Tensor? figures)
    {
        figures = null;
        NormSets sets = plan.Sets;
        if (ElementCount == 0 || sets.Count <= ShortRows.Longest || (!sets.ByEntry && sets.Length < plan.ShortestRun)
            || !DType.IsFloatingPoint() || !IsWith(weight) || !IsWith(bias))
        {
            return null;
        }

        Tensor x, y, found;
        using (Unrecorded())
        {
            x = Contiguous();
            y = Empty(_layout.Shape, DType, Device);
            found = Empty([4, sets.Sets], DType, Device);
            StandardizeLoop loop = new(sets, centre, eps, weight is not null, bias is not null);
            if (!Backend.TryFuse(loop, 2, [x.View, .. Views(weight, bias), y.View, found.View]))
            {
                return null;
            }
        }

        figures = found;
        Tensor[] inputs = [this, .. Given(weight, bias)];
        if (!Recording.Needed(inputs))
        {
            return y;
        }

        SavedTensor input = this.Save("input"), moments = found.Save("moments");
        SavedTensor? factors = weight?.Save("weight");
        NormGradients gradients = new(plan, eps, centre, input, moments, factors, bias?.Shape);
        return y.RecordTogether(
            name, "x̄ = (g w - mean g w - s mean g w s) / √(variance + ε), w̄ = Σ g s, b̄ = Σ g with s = (x - mean) / "
                + "√(variance + ε)",
            inputs, gradients.Of, factors is null ? [input, moments] : [input, moments, factors]);
    }

    /// <summary>Whether another operand, if there is one, has this one's type and device.</summary>
    private bool IsWith(Tensor? other) =>
        other is null || (other.DType == DType && ReferenceEquals(other.Device, Device));

    private static TensorView[] Views(params ReadOnlySpan<Tensor?> tensors) =>
        Array.ConvertAll(Given(tensors), static tensor => tensor.Contiguous().View);

    private static Tensor[] Given(params ReadOnlySpan<Tensor?> tensors)
    {
        List<Tensor> given = [];
        foreach (Tensor? tensor in tensors)
        {
            if (tensor is not null)
            {
                given.Add(tensor);
            }
        }

        return [.. given];
    }

    /// <summary>What is normalised together: for the loop, and for tensor operations.</summary>
    /// <param name="Sets">For the loop.</param>
    /// <param name="View">The shape in which sets are whole dimensions.</param>
    /// <param name="Dims">The dimensions of a set there.</param>
    /// <param name="WeightView">The shape of a weight that broadcasts against it.</param>
    internal sealed record NormPlan(NormSets Sets, int[] View, int[] Dims, int[] WeightView)
    {
        /// <summary>Runs of a set below this many neighbours leave too much of a vector empty.</summary>
        public int ShortestRun => Sets.Runs * Sets.Groups == 1 ? 1 : 16;

        /// <summary>Channels of [N, C, ...], each over all samples.</summary>
        public static NormPlan Batch(Tensor x)
        {
            (int n, int c, int s) = Sizes(x);
            return new(NormSets.Batch(n, c, s), [n, c, s], [0, 2], [c, 1]);
        }

        /// <summary>Groups of channels of [N, C, ...], each sample's by itself.</summary>
        public static NormPlan Group(Tensor x, int groups)
        {
            (int n, int c, int s) = Sizes(x);
            int each = c / groups;
            return new(NormSets.Group(n, groups, c, s), [n, groups, each, s], [2, 3], [groups, each, 1]);
        }

        /// <summary>The last dimensions of x, which together have <paramref name="length"/> entries.</summary>
        public static NormPlan Rows(Tensor x, int length)
        {
            int rows = length == 0 ? 0 : checked((int)(x.ElementCount / length));
            return new(NormSets.Rows(rows, length), [rows, length], [1], [length]);
        }

        private static (int N, int C, int S) Sizes(Tensor x)
        {
            (int n, int c) = (x.Size(0), x.Size(1));
            return (n, c, n == 0 || c == 0 ? 0 : checked((int)(x.ElementCount / n / c)));
        }
    }

    /// <summary>The gradients of <see cref="Standardized"/>.</summary>
    private sealed class NormGradients(
        NormPlan plan, double eps, bool centre, SavedTensor input, SavedTensor moments, SavedTensor? weight,
        Shape? bias)
    {
        /// <summary>Of x, then of w and b where they are.</summary>
        public Tensor[] Of(Tensor g)
        {
            Tensor x = input.Value;
            return Recording.Needed([g, x, .. Given(weight?.Value)]) ? Composed(g, x) : Fused(g, x);
        }

        private Tensor[] Fused(Tensor g, Tensor x)
        {
            using GradMode.EngineScope _ = Unrecorded();
            StandardizeGradientLoop loop = new(plan.Sets, centre, weight is not null);
            Tensor result = Empty(x.Shape, x.DType, x.Device);
            Tensor products = Empty([loop.Sums, plan.Sets.Weights], x.DType, x.Device);
            Tensor sums = Empty(products.Shape, x.DType, x.Device);
            TensorView[] read = [g.Contiguous().View, x.Contiguous().View, moments.Value.View, .. Views(weight?.Value)];
            x.Backend.TryFuse(loop, 3, [.. read, result.View, products.View, sums.View]);
            return [result, .. Parameters(() => products.Sum(0), () => sums.Sum(0))];
        }

        /// <summary>The same in operations that are recorded, for gradients of gradients.</summary>
        private Tensor[] Composed(Tensor g, Tensor x)
        {
            Shape shape = x.Shape;
            x = x.Reshape(plan.View);
            g = g.Reshape(plan.View);
            Tensor centred = centre ? x - x.Mean(plan.Dims, true) : x;
            Tensor inverse = centred.InverseDeviation(plan.Dims, eps, out _);
            Tensor standard = centred * inverse, h = weight is null ? g : g * weight.Value.Reshape(plan.WeightView);
            Tensor slope = standard * (h * standard).Mean(plan.Dims, true);
            Tensor result = (centre ? h - h.Mean(plan.Dims, true) - slope : h - slope) * inverse;
            Layout parameter = Layout.Contiguous(plan.WeightView);
            return
            [
                result.Reshape(shape), .. Parameters(() => (g * standard).SumTo(parameter), () => g.SumTo(parameter))
            ];
        }

        private IEnumerable<Tensor> Parameters(Func<Tensor> ofWeight, Func<Tensor> ofBias)
        {
            if (weight is not null)
            {
                yield return ofWeight().Reshape(weight.Value.Shape);
            }

            if (bias is { } shape)
            {
                yield return ofBias().Reshape(shape);
            }
        }
    }
}
