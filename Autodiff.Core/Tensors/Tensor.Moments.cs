using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The variance Σ (x - mean)² / (n - correction) over <paramref name="dims"/>, or over all.</summary>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <param name="correction">1 (Bessel) estimates a population's variance without bias from a sample; 0 is the mean
    /// square deviation.</param>
    /// <remarks>
    /// In two passes, the mean first, so that a large mean costs no accuracy. NaN where n ≤ correction.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor Var(ReadOnlySpan<int> dims, bool keepDim = false, double correction = 1) =>
        VarBy(new(nameof(Var), this, dims, keepDim), nameof(Var), correction);

    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Var(int dim, bool keepDim = false, double correction = 1) => Var([dim], keepDim, correction);

    /// <summary>The variance of all elements.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Var(double correction = 1) => Var([], false, correction);

    /// <summary>
    /// The standard deviation: the root of <see cref="Var(ReadOnlySpan{int}, bool, double)"/>. Where it is 0, so is its
    /// gradient.
    /// </summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Std(ReadOnlySpan<int> dims, bool keepDim = false, double correction = 1) =>
        StdBy(new(nameof(Std), this, dims, keepDim), correction);

    /// <inheritdoc cref="Std(ReadOnlySpan{int}, bool, double)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Std(int dim, bool keepDim = false, double correction = 1) => Std([dim], keepDim, correction);

    /// <summary>The standard deviation of all elements.</summary>
    /// <inheritdoc cref="Std(ReadOnlySpan{int}, bool, double)"/>
    public Tensor Std(double correction = 1) => Std([], false, correction);

    /// <summary>Variance and mean over the same dimensions.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Var, Tensor Mean) VarMean(ReadOnlySpan<int> dims, bool keepDim = false, double correction = 1) =>
        (Var(dims, keepDim, correction), Mean(dims, keepDim));

    /// <inheritdoc cref="VarMean(ReadOnlySpan{int}, bool, double)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public (Tensor Var, Tensor Mean) VarMean(int dim, bool keepDim = false, double correction = 1) =>
        VarMean([dim], keepDim, correction);

    /// <summary>Standard deviation and mean over the same dimensions.</summary>
    /// <inheritdoc cref="Var(ReadOnlySpan{int}, bool, double)"/>
    public (Tensor Std, Tensor Mean) StdMean(ReadOnlySpan<int> dims, bool keepDim = false, double correction = 1) =>
        (Std(dims, keepDim, correction), Mean(dims, keepDim));

    /// <inheritdoc cref="StdMean(ReadOnlySpan{int}, bool, double)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public (Tensor Std, Tensor Mean) StdMean(int dim, bool keepDim = false, double correction = 1) =>
        StdMean([dim], keepDim, correction);

    /// <summary>Σ over what is not NaN; the gradient of a NaN is 0. bool and integers sum to int64.</summary>
    /// <param name="dims">Dimensions to sum away; none for all.</param>
    /// <param name="keepDim">Keep summed dimensions with size 1.</param>
    public Tensor NanSum(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        Reduction plan = new(nameof(NanSum), this, dims, keepDim);
        Tensor y = ReduceRaw(Folds.NanSum, plan, Exact(DType));
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input");
        return y.Record("NanSum", "x̄ = g where x is a number, 0 elsewhere", this,
            g => NanRule(plan.Spread(g), saved.Value), saved);
    }

    /// <inheritdoc cref="NanSum(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor NanSum(int dim, bool keepDim = false) => NanSum([dim], keepDim);

    /// <summary>Σ over all elements that are not NaN.</summary>
    public Tensor NanSum() => NanSum([]);

    /// <summary>The mean of what is not NaN; NaN where there is nothing else.</summary>
    /// <param name="dims">Dimensions to average away; none for all.</param>
    /// <param name="keepDim">Keep averaged dimensions with size 1.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor NanMean(ReadOnlySpan<int> dims, bool keepDim = false)
    {
        RequireFloating(nameof(NanMean), DType);
        Reduction plan = new(nameof(NanMean), this, dims, keepDim);
        Tensor y, count;
        using (Unrecorded())
        {
            count = IsNumeric().Sum(dims, keepDim).To(DType);
            Tensor sum = ReduceRaw(Folds.NanSum, plan, DType);
            y = sum / count;

            // A sum beyond the range is taken again as a part of itself that a power of two says, so that no digit
            // changes.
            double part = Math.ScaleB(1, (int)Math.Ceiling(Math.Log2(Math.Max(1, plan.Folded))));
            Tensor parts = Map(default(NanToZero)).ReduceScaled(Folds.Mean(part), plan, DType);
            y = Where(sum.IsInf(), parts / (count / part), y);
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input"), numbers = count.Save("count");
        return y.Record("NanMean", "x̄ = g / n where x is a number, 0 elsewhere; n counts those", this,
            g => NanRule(plan.Spread(g / numbers.Value), saved.Value), saved, numbers);
    }

    /// <inheritdoc cref="NanMean(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor NanMean(int dim, bool keepDim = false) => NanMean([dim], keepDim);

    /// <summary>The mean of all elements that are not NaN.</summary>
    public Tensor NanMean() => NanMean([]);

    private static Tensor NanRule(Tensor g, Tensor x) => default(NanToZero).Vjp(g, x, x);

    private Tensor IsNumeric() => Test(default(Equal), this, this);

    private Tensor VarBy(Reduction plan, string name, double correction)
    {
        RequireFloating(name, DType);
        double freedom = Math.Max(0, plan.Folded - correction);
        Tensor y = OfDeviations(Folds.Variance(freedom), plan);
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input");
        return y.Record("Var", "x̄ = g * 2 * (x - mean) / (n - correction)", this,
            g => plan.Spread(g) * (saved.Value.Deviation(plan) * (2 / freedom)), saved);
    }

    private Tensor OfDeviations<TFinish>(FinishedSum<Square, TFinish> op, in Reduction plan)
        where TFinish : unmanaged, IFinish
    {
        using GradMode.EngineScope _ = Unrecorded();
        using Tensor deviation = Deviation(plan);
        return deviation.ReduceScaled(op, plan, DType);
    }

    private Tensor Deviation(Reduction plan) => this - plan.Spread(MeanBy(plan, DType));

    private Tensor StdBy(Reduction plan, double correction)
    {
        RequireFloating(nameof(Std), DType);
        double freedom = Math.Max(0, plan.Folded - correction);
        Tensor y = OfDeviations(Folds.Deviation(freedom), plan);
        if (!Recording.Needed(this))
        {
            return y;
        }

        // Deviations are divided by their size before anything else, so that none of the factors leaves the range.
        SavedTensor saved = this.Save("input"), output = y.Save("output");
        return y.Record("Std", "x̄ = g * (x - mean) / y / (n - correction)", this,
            g => plan.Spread(g / freedom)
                * Map(default(DivOrZero), saved.Value.Deviation(plan), plan.Spread(output.Value)), saved, output);
    }
}
