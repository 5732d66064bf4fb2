using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>x₁ + x₂ + ...</summary>
internal readonly struct SumReduction : IReduction
{
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    public S Map<S>(S x) where S : IReal<S> => x;

    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>x₁² + x₂² + ...</summary>
internal readonly struct SumOfSquaresReduction : IReduction
{
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    public S Map<S>(S x) where S : IReal<S> => x * x;

    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>x₁ x₂ ...</summary>
internal readonly struct ProductReduction : IReduction
{
    public S Identity<S>() where S : IReal<S> => S.Const(1);

    public S Map<S>(S x) where S : IReal<S> => x;

    public S Combine<S>(S a, S b) where S : IReal<S> => a * b;
}

/// <summary>The largest; NaN if any is NaN.</summary>
internal readonly struct MaxReduction : IReduction
{
    public S Identity<S>() where S : IReal<S> => S.Const(double.NegativeInfinity);

    public S Map<S>(S x) where S : IReal<S> => x;

    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Max(a, b);
}

/// <summary>The smallest; NaN if any is NaN.</summary>
internal readonly struct MinReduction : IReduction
{
    public S Identity<S>() where S : IReal<S> => S.Const(double.PositiveInfinity);

    public S Map<S>(S x) where S : IReal<S> => x;

    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Min(a, b);
}
