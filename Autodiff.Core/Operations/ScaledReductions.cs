using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>(x₁ + x₂ + ...) / n.</summary>
internal readonly struct MeanReduction(double count) : IScaledReduction
{
    private readonly Constant _count = count;

    public bool BySmallest => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => S.Const(0); // sums lose no digits below the range

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => sum / S.Const(_count);

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => S.ScaleB(Finish(sum), exponent);
}

/// <summary>√(x₁² + x₂² + ...).</summary>
internal readonly struct NormReduction : IScaledReduction
{
    public bool BySmallest => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => Powers.Lowest<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => S.Sqrt(sum);

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => S.ScaleB(S.Sqrt(sum), exponent);
}

/// <summary>(|x₁|ᵖ + |x₂|ᵖ + ...)^(1/p).</summary>
internal readonly struct PowerNormReduction(double p) : IScaledReduction
{
    private readonly double _p = p;
    private readonly Constant _inverse = 1 / p;

    public bool BySmallest => _p < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => S.Pow(S.Abs(x), S.Const(_p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => Powers.Lowest<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => S.Pow(sum, S.Const(_inverse));

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => S.ScaleB(Finish(sum), exponent);
}

/// <summary>(d₁² + d₂² + ...) / n of deviations from a mean.</summary>
internal readonly struct VarianceReduction(double freedom) : IScaledReduction
{
    private readonly Constant _freedom = freedom;

    public bool BySmallest => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => Powers.Lowest<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => sum / S.Const(_freedom);

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => S.ScaleB(S.ScaleB(Finish(sum), exponent), exponent);
}

/// <summary>√((d₁² + d₂² + ...) / n) of deviations from a mean.</summary>
internal readonly struct DeviationReduction(double freedom) : IScaledReduction
{
    private readonly Constant _freedom = freedom;

    public bool BySmallest => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => Powers.Lowest<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => S.Sqrt(sum / S.Const(_freedom));

    public S Finish<S>(S sum, S exponent) where S : IReal<S> => S.ScaleB(Finish(sum), exponent);
}

/// <summary>1 / √((d₁² + d₂² + ...) / n + ε): what normalises deviations from a mean.</summary>
internal readonly struct InverseDeviationReduction(double count, double eps) : IScaledReduction
{
    private readonly Constant _count = count, _eps = eps;

    public bool BySmallest => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => S.Const(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Lowest<S>() where S : IReal<S> => Powers.Lowest<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Finish<S>(S sum) where S : IReal<S> => RealMath.Rsqrt(sum / S.Const(_count) + S.Const(_eps));

    public S Finish<S>(S sum, S exponent) where S : IReal<S> =>
        S.Const(1) / RealMath.Hypot(S.ScaleB(S.Sqrt(sum / S.Const(_count)), exponent), S.Sqrt(S.Const(_eps)));
}

/// <summary>Elements multiplied by 2^shift, then folded.</summary>
internal readonly struct ShiftedReduction<TOp>(TOp op, double shift) : IReduction where TOp : unmanaged, IReduction
{
    private readonly TOp _op = op;
    private readonly Constant _shift = shift;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Identity<S>() where S : IReal<S> => _op.Identity<S>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Map<S>(S x) where S : IReal<S> => _op.Map(S.ScaleB(x, S.Const(_shift)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Combine<S>(S a, S b) where S : IReal<S> => _op.Combine(a, b);
}

/// <summary>What sums of powers have in common.</summary>
internal static class Powers
{
    /// <summary>2^-100 (double: 2^-960): a sum of fewer than 2^26 (2^62) terms that is no less has lost none of its digits to subnormal terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Lowest<S>() where S : IReal<S> => S.Const(S.IsDouble ? 1.0261342003245941e-289 : 7.888609052210118e-31);
}
