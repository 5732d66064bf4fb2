using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// eˣ / Σ eˣ along a dimension: positive numbers that sum to one. Computed as e^(x - max), so it never overflows.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <param name="type">Convert to this floating type first; by default the tensor's own.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool, and no type is given.</exception>
    public Tensor Softmax(int dim, DType? type = null) =>
        Normalized(nameof(Softmax), NormalizerKind.Softmax, dim, type, "x̄ = y * (g - Σ g * y)", static (g, p, along) =>
            ZeroSum(Map(default(SoftmaxRule), g, p, (g * p).Sum(along, keepDim: true)), p, SoftmaxRule.Dominant,
                along));

    /// <summary>
    /// x - ln Σ eˣ along a dimension: the logarithm of <see cref="Softmax"/>, exact where that would round to 0 or 1.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <param name="type">Convert to this floating type first; by default the tensor's own.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool, and no type is given.</exception>
    public Tensor LogSoftmax(int dim, DType? type = null) =>
        Normalized(nameof(LogSoftmax), NormalizerKind.LogSoftmax, dim, type, "x̄ = g - exp(y) * Σ g",
            static (g, log, along) =>
            ZeroSum(Map(default(LogSoftmaxRule), g, log, g.Sum(along, keepDim: true)), log, LogSoftmaxRule.Dominant,
                along));

    /// <summary>
    /// Softmax or its logarithm, recorded with the rule for its gradient, its result and the dimension.
    /// </summary>
    private Tensor Normalized(string name, NormalizerKind kind, int dim, DType? type, string rule,
        Func<Tensor, Tensor, int, Tensor> vjp)
    {
        Tensor x = Normalizable(name, type);
        int along = WrapDim(name, dim);
        Tensor y = x.Normalized(kind, along);
        if (!Recording.Needed(x))
        {
            return y;
        }

        SavedTensor saved = y.Save("output");
        return y.Record(name, rule, x, g => vjp(g, saved.Value, along), saved);
    }

    /// <summary>The gradients of a softmax, of which that of a dominant element is missing yet.</summary>
    private static Tensor ZeroSum(Tensor others, Tensor y, double bound, int dim) =>
        others.MapInPlace(new ZeroSum(bound), y, others.Sum(dim, keepDim: true));

    /// <summary>e⁻ˣ / Σ e⁻ˣ along a dimension: <see cref="Softmax"/> of -x.</summary>
    /// <inheritdoc cref="Softmax"/>
    public Tensor Softmin(int dim, DType? type = null) => Normalizable(nameof(Softmin), type).Neg().Softmax(dim);

    /// <summary>
    /// ln Σ eˣ over <paramref name="dims"/>, or over all; -∞ for no elements. Computed around the maximum, so it never
    /// overflows.
    /// </summary>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <remarks>
    /// As in PyTorch, what the smaller terms add is lost where it is below the last digit of the maximum: (0, -50)
    /// gives 0. The gradient of an infinite element is 1 and that of finite ones beside it 0; it is 0 where all
    /// elements are -∞.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor LogSumExp(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        Tensor x = Normalizable(nameof(LogSumExp), null);
        Reduction plan = new(nameof(LogSumExp), this, dims, keepDim);
        Tensor y;
        using (Unrecorded())
        {
            if (plan.Count == 1 && plan.Folded > 0 && plan.Order[^1] == Rank - 1)
            {
                y = Empty(plan.Result, DType, Device);
                Backend.Normalize(NormalizerKind.LogSumExp, Contiguous().View, y.View);
            }
            else
            {
                Tensor max = ReduceRaw(Folds.Max, plan, DType);
                max = Map(default(Where), max.Test(default(IsFinite)), max, 0);
                Tensor sum = (x - plan.Spread(max)).Map(default(Exp), DType).ReduceRaw(Folds.Sum, plan, DType);
                y = sum.Map(default(Log), DType) + max;
            }
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor input = this.Save("input"), output = y.Save("output");
        return y.Record("LogSumExp", "x̄ = g * exp(x - y)", this,
            g => Map(default(LogSumExpRule), plan.Spread(g), input.Value, plan.Spread(output.Value)), input, output);
    }

    /// <inheritdoc cref="LogSumExp(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor LogSumExp(int dim, bool keepDim = false) => LogSumExp([dim], keepDim);

    private Tensor Normalizable(string operation, DType? type)
    {
        RequireFloating(operation, type ?? DType);
        return type is { } to ? To(to) : this;
    }

    /// <summary>
    /// Softmax or its logarithm, not recorded: the backend's rows where the dimension is the last, else whole tensors
    /// at a time.
    /// </summary>
    private Tensor Normalized(NormalizerKind kind, int dim)
    {
        using GradMode.EngineScope _ = Unrecorded();
        if (ElementCount == 0)
        {
            return Empty(_layout, DType, Device);
        }

        if (dim >= Rank - 1)
        {
            Tensor y = Empty(_layout, DType, Device);
            Backend.Normalize(kind, Contiguous().View, y.View);
            return y;
        }

        Tensor shifted = this - Amax(dim, keepDim: true);
        Tensor powers = shifted.Map(default(Exp), DType), sum = powers.Sum(dim, keepDim: true);
        return kind == NormalizerKind.Softmax
            ? powers.DivInPlace(sum)
            : shifted.SubInPlace(sum.Map(default(Log), DType));
    }
}
