using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Whether every element over <paramref name="dims"/> (or of all) differs from zero; true for no elements. NaN
    /// counts as true.
    /// </summary>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <returns>bool.</returns>
    public Tensor All(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        Reduction plan = new(nameof(All), this, dims, keepDim);
        return IsNonZero().ReduceRaw(Folds.Min, plan, DType.Int32).Test(default(NonZero));
    }

    /// <inheritdoc cref="All(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor All(int dim, bool keepDim = false) => All([dim], keepDim);

    /// <summary>Whether every element differs from zero.</summary>
    public Tensor All() => All([]);

    /// <summary>
    /// Whether some element over <paramref name="dims"/> (or of all) differs from zero; false for no elements. NaN
    /// counts as true.
    /// </summary>
    /// <inheritdoc cref="All(ReadOnlySpan{int}, bool)"/>
    public Tensor Any(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        Reduction plan = new(nameof(Any), this, dims, keepDim);
        Tensor y = IsNonZero().ReduceRaw(Folds.Max, plan, DType.Int32);
        return plan.Folded == 0 ? Zeros(y.Shape, DType.Bool, Device) : y.Test(default(NonZero));
    }

    /// <inheritdoc cref="Any(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Any(int dim, bool keepDim = false) => Any([dim], keepDim);

    /// <summary>Whether some element differs from zero.</summary>
    public Tensor Any() => Any([]);

    /// <summary>How many elements over <paramref name="dims"/> (or of all) differ from zero.</summary>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <returns>int64.</returns>
    public Tensor CountNonZero(params ReadOnlySpan<int> dims) =>
        IsNonZero().ReduceRaw(Folds.Sum, new Reduction(nameof(CountNonZero), this, dims, false), DType.Int64);

    /// <summary>
    /// How many elements fall into each of <paramref name="bins"/> bins of equal width between <paramref name="min"/>
    /// and <paramref name="max"/>. The last bin includes its end; elements outside, and NaN, are not counted.
    /// </summary>
    /// <param name="bins">The number of bins.</param>
    /// <param name="min">Where the first begins.</param>
    /// <param name="max">Where the last ends; if equal to <paramref name="min"/> both are the data's (moved apart by 1
    /// where these are equal, too).</param>
    /// <returns>Counts, in this tensor's type.</returns>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    /// <exception cref="ArgumentException">The range is empty or not finite, or there are no bins.</exception>
    public Tensor Histc(int bins = 100, double min = 0, double max = 0)
    {
        RequireFloating(nameof(Histc), DType);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        using GradMode.EngineScope _ = Unrecorded();
        if (min == max && ElementCount > 0)
        {
            (min, max) = (Min().Item(), Max().Item());
        }

        (min, max) = min == max ? (min - 1, max + 1) : (min, max);
        if (!double.IsFinite(min) || !double.IsFinite(max) || min > max)
        {
            throw new ArgumentException(
                $"Histc: bins can't span {min} to {max}; both must be finite, and min at most max.");
        }

        Tensor flat = Detach().Reshape(-1), inside = flat.Ge(min).LogicalAnd(flat.Le(max));
        Tensor bin = Where(inside, ((flat - min) * bins / (max - min)).ClampMax(bins - 1), 0).To(DType.Int64);
        return Zeros([bins], DType.Int64, Device).ScatterAt("ScatterAdd", 0, bin, inside.To(DType.Int64), add: true)
            .To(DType);
    }

    /// <summary>
    /// How often each of the numbers 0, 1, 2, ... occurs in a vector of non-negative integers, or the sum of the
    /// weights where it does, which is differentiable.
    /// </summary>
    /// <param name="weights">One number for each element; null counts.</param>
    /// <param name="minLength">The least length of the result, which else ends at the largest number.</param>
    /// <returns>int64 counts, or sums in the weights' type (float64 for integers).</returns>
    /// <exception cref="ArgumentException">The tensor is no vector of non-negative integers, or the weights have
    /// another length.</exception>
    public Tensor Bincount(Tensor? weights = null, int minLength = 0)
    {
        if (Rank != 1 || DType.IsFloatingPoint())
        {
            throw new ArgumentException(
                $"Bincount: takes a vector of non-negative integers; {Describe()} is {DType.DisplayName()}.");
        }

        (long least, long most) = (0, -1);
        if (ElementCount > 0)
        {
            Tensor numbers = To(DType.Int64);
            (least, most) = (numbers.ReduceRaw(Folds.Min, DType.Int64).Item<long>(),
                numbers.ReduceRaw(Folds.Max, DType.Int64).Item<long>());
        }

        if (least < 0 || most >= int.MaxValue)
        {
            throw new ArgumentException(
                $"Bincount: takes a vector of non-negative integers below {int.MaxValue}, the longest a dimension can "
                    + $"be; {Describe()} holds {(least < 0 ? least : most)}.");
        }

        if (weights is not null && !weights._layout.SameShape(_layout))
        {
            throw new ArgumentException(
                $"Bincount: weights {weights.Describe()} must have the shape of the numbers, {Shape}.",
                nameof(weights));
        }

        RequireSameDevice(nameof(Bincount), this, weights ?? this);
        ArgumentOutOfRangeException.ThrowIfNegative(minLength);
        int length = Math.Max(minLength, (int)most + 1);
        Tensor counted = weights is null
            ? Ones(Shape, DType.Int64, Device)
            : weights.DType.IsFloatingPoint() ? weights : weights.To(DType.Float64);
        return Zeros([length], counted.DType, Device).ScatterAt("ScatterAdd", 0, To(DType.Int64), counted, add: true);
    }

    private Tensor IsNonZero() => DType == DType.Bool ? Detach() : Test(default(NonZero));
}
