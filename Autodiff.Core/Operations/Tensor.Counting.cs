using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Whether every element over <paramref name="axes"/> (or of all) differs from zero; true for no elements. NaN counts as true.</summary>
    /// <param name="axes">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDims">Keep reduced dimensions with size 1.</param>
    /// <returns>bool.</returns>
    public Tensor All(ReadOnlySpan<int> axes, bool keepDims = false)
    {
        Reduction plan = new(nameof(All), this, axes, keepDims);
        return IsNonZero().ReduceRaw(default(MinReduction), plan, DType.Int32).Test(default(NonZero));
    }

    /// <inheritdoc cref="All(ReadOnlySpan{int}, bool)"/>
    public Tensor All(int axis, bool keepDims = false) => All([axis], keepDims);

    /// <summary>Whether every element differs from zero.</summary>
    public Tensor All() => All([]);

    /// <summary>Whether some element over <paramref name="axes"/> (or of all) differs from zero; false for no elements. NaN counts as true.</summary>
    /// <inheritdoc cref="All(ReadOnlySpan{int}, bool)"/>
    public Tensor Any(ReadOnlySpan<int> axes, bool keepDims = false)
    {
        Reduction plan = new(nameof(Any), this, axes, keepDims);
        Tensor y = IsNonZero().ReduceRaw(default(MaxReduction), plan, DType.Int32);
        return plan.Folded == 0 ? Zeros(y.Shape, DType.Bool, Device) : y.Test(default(NonZero));
    }

    /// <inheritdoc cref="Any(ReadOnlySpan{int}, bool)"/>
    public Tensor Any(int axis, bool keepDims = false) => Any([axis], keepDims);

    /// <summary>Whether some element differs from zero.</summary>
    public Tensor Any() => Any([]);

    /// <summary>How many elements over <paramref name="axes"/> (or of all) differ from zero.</summary>
    /// <param name="axes">Dimensions to reduce; negative count from the last.</param>
    /// <returns>int64.</returns>
    public Tensor CountNonZero(params ReadOnlySpan<int> axes) =>
        IsNonZero().ReduceRaw(default(SumReduction), new Reduction(nameof(CountNonZero), this, axes, false), DType.Int64);

    private Tensor IsNonZero() => DType == DType.Bool ? Detach() : Test(default(NonZero));
}
