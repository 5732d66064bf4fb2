using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>x₁ + x₂ + ...</summary>
internal readonly struct SumReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>x₁² + x₂² + ...</summary>
internal readonly struct SumOfSquaresReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>x₁ x₂ ...</summary>
internal readonly struct ProductReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a * b;
}

/// <summary>The largest; NaN if any is NaN.</summary>
internal readonly struct MaxReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(double.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Max(a, b);
}

/// <summary>The smallest; NaN if any is NaN.</summary>
internal readonly struct MinReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(double.PositiveInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Min(a, b);
}

/// <summary>|x₁| + |x₂| + ...</summary>
internal readonly struct SumOfMagnitudesReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>|x₁|ᵖ + |x₂|ᵖ + ...</summary>
internal readonly struct SumOfPowersReduction(double p) : IReduction
{
    private readonly double _p = p;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.Pow(S.Abs(x), S.Const(_p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>The largest magnitude; NaN if any is NaN.</summary>
internal readonly struct MaxMagnitudeReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Max(a, b);
}

/// <summary>The smallest magnitude; NaN if any is NaN.</summary>
internal readonly struct MinMagnitudeReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(double.PositiveInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.Min(a, b);
}

/// <summary>The sum of what is not NaN.</summary>
internal readonly struct NanSumReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.SelectEqual(x, x, x, S.Const(0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;
}

/// <summary>ln(e^x₁ + e^x₂ + ...), two at a time.</summary>
internal readonly struct LogSumExpReduction : IReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(double.NegativeInfinity);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => RealMath.LogAddExp(a, b);
}
