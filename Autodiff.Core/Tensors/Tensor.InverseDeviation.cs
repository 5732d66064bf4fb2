using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// 1 / √(mean of x² + ε) over some dimensions, which stay with size 1: what normalises deviations from a mean.
    /// </summary>
    /// <param name="dims">The dimensions.</param>
    /// <param name="eps">ε.</param>
    /// <param name="variance">The mean of x², not recorded.</param>
    internal Tensor InverseDeviation(ReadOnlySpan<int> dims, double eps, out Tensor variance)
    {
        Reduction plan = new(nameof(InverseDeviation), this, dims, keepDim: true);
        double count = plan.Folded;
        Tensor y;
        using (Unrecorded())
        {
            Tensor sums = ReduceRaw(Folds.SumOfSquares, plan, DType);
            y = Empty(plan.Result, DType, Device);
            variance = Empty(plan.Result, DType, Device);
            Layout kept = plan.Kept;
            TensorView x = new(_storage, View.Offset, plan.Permute(_layout), DType),
                folded = new(sums._storage, 0, kept, DType);
            Backend.Finish(Folds.InverseDeviation(count, eps), folded, x, new(y._storage, 0, kept, DType), plan.Count,
                DType);
            Backend.Finish(Folds.Variance(count), folded, x, new(variance._storage, 0, kept, DType), plan.Count, DType);
        }

        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input"), output = y.Save("output");
        return y.Record("InverseDeviation", "x̄ = -g * y^3 * x / n", this, g => Rule(g, saved.Value, output.Value),
            saved, output);

        // dy/dx = -y³ x / n, where a power of two of y goes to x and to g in advance if y³ would leave the range.
        Tensor Rule(Tensor g, Tensor x, Tensor y)
        {
            Tensor unit;
            using (Unrecorded())
            {
                unit = y.Detach().Map(default(UnitOfDeviation));
            }

            return Map(default(ScaledSquareRule), Map(new InverseDeviationRule(count), g, y, unit), x, unit);
        }
    }
}

/// <summary>1, or the power of two below y where y³ would come near the ends of the range; a constant.</summary>
internal readonly struct UnitOfDeviation : IUnaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S y) where S : IReal<S>
    {
        S one = S.Const(1), power = S.ScaleB(one, S.Exponent(y));
        S bounded = S.SelectLessEqual(y, S.Const(S.IsDouble ? 1e90 : 1e9), one, power);
        return S.SelectLessEqual(S.Const(S.IsDouble ? 1e-90 : 1e-9), y, bounded,
            S.SelectLess(S.Const(0), y, power, one));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>
/// -g/2 y³ / n, with one factor of y divided by b and the others scaled by it: the result times b is meant.
/// </summary>
internal readonly struct InverseDeviationRule(double count) : ITernaryOp
{
    private readonly Constant _count = count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S y, S b) where S : IReal<S>
    {
        S u = y / b;
        return g * b * S.Const(-0.5) * (u * u * u) * b / S.Const(_count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S h, S g, S y, S b) where S : IReal<S> => F(h, y, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S h, S g, S y, S b) where S : IReal<S>
    {
        S u = y / b;
        return h * (g * b * S.Const(-1.5) * (u * u) / S.Const(_count));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S h, S g, S y, S b) where S : IReal<S> => Gradient.Zero(h);
}

/// <summary>t 2x b, the rule of a square, for a constant b.</summary>
internal readonly struct ScaledSquareRule : ITernaryOp
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S t, S x, S b) where S : IReal<S>
    {
        S scaled = x * b;
        return t * (scaled + scaled);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S h, S t, S x, S b) where S : IReal<S> => F(h, x, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S h, S t, S x, S b) where S : IReal<S> => F(h, t, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S h, S t, S x, S b) where S : IReal<S> => Gradient.Zero(h);
}
