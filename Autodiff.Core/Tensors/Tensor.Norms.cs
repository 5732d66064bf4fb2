using System.Globalization;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The p-norm (Σ |x|ᵖ)^(1/p) over <paramref name="dims"/>, or over all: the largest magnitude for p = ∞, the
    /// smallest for -∞, the number of non-zeros for 0.
    /// </summary>
    /// <param name="p">The order, any number or infinity.</param>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <remarks>The gradient at the zero vector is zero, a subgradient; for p = ±∞ equals share it evenly.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is NaN.</exception>
    /// <exception cref="InvalidOperationException">The elements are integers or bool; or there are none and p is
    /// negative or infinite.</exception>
    public Tensor Norm(double p, ReadOnlySpan<int> dims, bool keepDim = false)
    {
        RequireFloating(nameof(Norm), DType);
        if (double.IsNaN(p))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "Norm: the order must be a number or infinity.");
        }

        Reduction plan = new(nameof(Norm), this, dims, keepDim);
        if (p < 0 || double.IsInfinity(p))
        {
            plan.RequireElements(nameof(Norm), this);
        }

        Tensor y;
        using (Unrecorded())
        {
            y = p switch
            {
                0 => IsNonZero().ReduceRaw(Folds.Sum, plan, DType),
                1 => ReduceRaw(Folds.SumOfMagnitudes, plan, DType),
                2 => ReduceScaled(Folds.Norm, plan, DType),
                double.PositiveInfinity => ReduceRaw(Folds.MaxMagnitude, plan, DType),
                double.NegativeInfinity => ReduceRaw(Folds.MinMagnitude, plan, DType),
                _ => ReduceScaled(Folds.PowerNorm(p), plan, DType),
            };
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor x = this.Save("input"), norm = y.Save("output");
        return y.Record("Norm", NormWords(p), this, g => NormRule(plan.Spread(g), x.Value, norm.Value, p, plan), x,
            norm);
    }

    /// <inheritdoc cref="Norm(double, ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Norm(double p, int dim, bool keepDim = false) => Norm(p, [dim], keepDim);

    /// <summary>The p-norm of all elements as one vector; by default the Euclidean length √(Σ x²).</summary>
    /// <inheritdoc cref="Norm(double, ReadOnlySpan{int}, bool)"/>
    public Tensor Norm(double p = 2) => Norm(p, []);

    private static string NormWords(double p) => p switch
    {
        0 => "x̄ = 0",
        1 => "x̄ = g * sign(x)",
        2 => "x̄ = g * x / y",
        double.PositiveInfinity or double.NegativeInfinity =>
            "x̄ = g * sign(x) where |x| = y, in equal shares, 0 elsewhere",
        _ => string.Create(CultureInfo.InvariantCulture, $"x̄ = g * sign(x) * (|x| / y)^{p - 1}"),
    };

    // d|x|ₚ/dx = sign(x) |x|^(p-1) / |x|ₚ^(p-1), in the form that loses least at each p.
    private static Tensor NormRule(Tensor g, Tensor x, Tensor y, double p, Reduction plan)
    {
        if (p == 0)
        {
            return ZerosLike(x);
        }

        if (p == 1)
        {
            return g * x.Map(default(Sign));
        }

        Tensor norm = plan.Spread(y);
        if (p == 2)
        {
            return g * Map(default(DivOrZero), x, norm);
        }

        if (double.IsInfinity(p))
        {
            return g * (x.Map(default(Sign)) * EvenShare(x.Detach().Map(default(Abs)), y.Detach(), plan));
        }

        // Powers of the ratio x / norm, which stays in the range where those of x and of the norm do not.
        Tensor ratio = Map(default(DivOrZero), x, norm), size = ratio.Map(default(Abs));
        return g
            * (p < 2
                ? Map(default(DivOrZero), ratio, Map(default(Pow), size, 2 - p))
                : ratio * Map(default(Pow), size, p - 2));
    }
}
