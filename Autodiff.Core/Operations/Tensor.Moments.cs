using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The variance Σ (x - mean)² / (n - correction) over <paramref name="axes"/>, or over all.</summary>
    /// <param name="axes">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDims">Keep reduced dimensions with size 1.</param>
    /// <param name="correction">1 (Bessel) estimates a population's variance without bias from a sample; 0 is the mean square deviation.</param>
    /// <remarks>In two passes, the mean first, so that a large mean costs no accuracy. NaN where n ≤ correction.</remarks>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor Var(ReadOnlySpan<int> axes, bool keepDims = false, double correction = 1) =>
        VarBy(new(nameof(Var), this, axes, keepDims), nameof(Var), correction);

    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Var(int axis, bool keepDims = false, double correction = 1) => Var([axis], keepDims, correction);

    /// <summary>The variance of all elements.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Var(double correction = 1) => Var([], false, correction);

    /// <summary>The standard deviation: the root of <see cref="Var(ReadOnlySpan{int}, bool, double)"/>. Where it is 0, so is its gradient.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Std(ReadOnlySpan<int> axes, bool keepDims = false, double correction = 1) =>
        StdBy(new(nameof(Std), this, axes, keepDims), correction);

    /// <inheritdoc cref="Std(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Std(int axis, bool keepDims = false, double correction = 1) => Std([axis], keepDims, correction);

    /// <summary>The standard deviation of all elements.</summary>
    /// <inheritdoc cref="Std(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Std(double correction = 1) => Std([], false, correction);

    /// <summary>Variance and mean over the same axes.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Var, Tensor Mean) VarMean(ReadOnlySpan<int> axes, bool keepDims = false, double correction = 1) =>
        (Var(axes, keepDims, correction), Mean(axes, keepDims));

    /// <inheritdoc cref="VarMean(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Var, Tensor Mean) VarMean(int axis, bool keepDims = false, double correction = 1) => VarMean([axis], keepDims, correction);

    /// <summary>Standard deviation and mean over the same axes.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Std, Tensor Mean) StdMean(ReadOnlySpan<int> axes, bool keepDims = false, double correction = 1) =>
        (Std(axes, keepDims, correction), Mean(axes, keepDims));

    /// <inheritdoc cref="StdMean(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Std, Tensor Mean) StdMean(int axis, bool keepDims = false, double correction = 1) => StdMean([axis], keepDims, correction);

    /// <summary>Σ over what is not NaN; the gradient of a NaN is 0. bool and integers sum to int64.</summary>
    /// <param name="axes">Dimensions to sum away; none for all.</param>
    /// <param name="keepDims">Keep summed dimensions with size 1.</param>
    public Tensor NanSum(ReadOnlySpan<int> axes, bool keepDims = false)
    {
        Reduction plan = new(nameof(NanSum), this, axes, keepDims);
        Tensor y = ReduceRaw(default(NanSumReduction), plan, Exact(DType));
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input");
        return y.Record("NanSum", this, g => plan.Spread(g) * saved.Value.IsNumeric(), saved);
    }

    /// <inheritdoc cref="NanSum(ReadOnlySpan{int}, bool)"/>
    public Tensor NanSum(int axis, bool keepDims = false) => NanSum([axis], keepDims);

    /// <summary>Σ over all elements that are not NaN.</summary>
    public Tensor NanSum() => NanSum([]);

    /// <summary>The mean of what is not NaN; NaN where there is nothing else.</summary>
    /// <param name="axes">Dimensions to average away; none for all.</param>
    /// <param name="keepDims">Keep averaged dimensions with size 1.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor NanMean(ReadOnlySpan<int> axes, bool keepDims = false)
    {
        RequireFloating(nameof(NanMean), DType);
        Reduction plan = new(nameof(NanMean), this, axes, keepDims);
        Tensor y, count;
        using (Unrecorded())
        {
            count = IsNumeric().Sum(axes, keepDims).To(DType);
            Tensor sum = ReduceRaw(default(NanSumReduction), plan, DType);
            y = sum / count;

            // A sum beyond the range is taken again as a part of itself that a power of two says, so that no digit changes.
            double part = Math.ScaleB(1, (int)Math.Ceiling(Math.Log2(Math.Max(1, plan.Folded))));
            Tensor zeroed = Where(IsNumeric(), this, 0), parts = Empty(plan.Result, DType, Device);
            Backend.Finish(new MeanReduction(part), new(sum._storage, 0, plan.Kept, DType), new(zeroed._storage, 0, plan.Permute(zeroed._layout), DType), new(parts._storage, 0, plan.Kept, DType), plan.Count, DType);
            y = Where(sum.IsInf(), parts / (count / part), y);
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input"), numbers = count.Save("count");
        return y.Record("NanMean", this, g => plan.Spread(g / numbers.Value) * saved.Value.IsNumeric(), saved, numbers);
    }

    /// <inheritdoc cref="NanMean(ReadOnlySpan{int}, bool)"/>
    public Tensor NanMean(int axis, bool keepDims = false) => NanMean([axis], keepDims);

    /// <summary>The mean of all elements that are not NaN.</summary>
    public Tensor NanMean() => NanMean([]);

    private Tensor IsNumeric() => Test(default(Equal), this, this);

    private Tensor VarBy(Reduction plan, string name, double correction)
    {
        RequireFloating(name, DType);
        double freedom = Math.Max(0, plan.Folded - correction);
        Tensor y;
        using (Unrecorded())
        {
            using Tensor deviation = Deviation(plan);
            y = deviation.ReduceScaled(default(SumOfSquaresReduction), new VarianceReduction(freedom), plan, DType);
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input");
        return y.Record("Var", this, g => plan.Spread(g) * (saved.Value.Deviation(plan) * (2 / freedom)), saved);
    }

    private Tensor Deviation(Reduction plan) => this - plan.Spread(MeanBy(plan, DType));

    private Tensor StdBy(Reduction plan, double correction)
    {
        RequireFloating(nameof(Std), DType);
        double freedom = Math.Max(0, plan.Folded - correction);
        Tensor y;
        using (Unrecorded())
        {
            using Tensor deviation = Deviation(plan);
            y = deviation.ReduceScaled(default(SumOfSquaresReduction), new DeviationReduction(freedom), plan, DType);
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        // Deviations are divided by their size before anything else, so that none of the factors leaves the range.
        SavedTensor saved = this.Save("input"), output = y.Save("output");
        return y.Record("Std", this, g => plan.Spread(g / freedom) * Map(default(DivOrZero), saved.Value.Deviation(plan), plan.Spread(output.Value)), saved, output);
    }
}
