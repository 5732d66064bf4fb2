namespace Autodiff.Algebra;

/// <summary>Functions of a real number that every carrier shares, each written once over <see cref="IReal{S}"/>.</summary>
public static partial class RealMath
{
    /// <summary>-1, 0 or 1; NaN stays NaN.</summary>
    public static S Sign<S>(S x) where S : IReal<S> =>
        S.SelectLess(x, S.Const(0), S.Const(-1), S.SelectLess(S.Const(0), x, S.Const(1), x));

    /// <summary>The larger of two; NaN if either is NaN (IEEE 754-2019 maximum, but for the sign of zero).</summary>
    public static S Max<S>(S a, S b) where S : IReal<S> => S.SelectLess(a, b, b, S.SelectEqual(b, b, a, b));

    /// <summary>The smaller of two; NaN if either is NaN.</summary>
    public static S Min<S>(S a, S b) where S : IReal<S> => S.SelectLess(b, a, b, S.SelectEqual(b, b, a, b));

    /// <summary>The integer part, towards zero.</summary>
    public static S Trunc<S>(S x) where S : IReal<S> => S.SelectLess(x, S.Const(0), -S.Floor(-x), S.Floor(x));

    /// <summary>1 / (1 + e^-x).</summary>
    public static S Sigmoid<S>(S x) where S : IReal<S> => S.Const(1) / (S.Const(1) + S.Exp(-x));

    /// <summary>(e^2x - 1) / (e^2x + 1).</summary>
    public static S Tanh<S>(S x) where S : IReal<S>
    {
        // Through -2|x|, so that the exponential never overflows.
        S e = S.Expm1(S.Abs(x) * S.Const(-2));
        S y = -e / (e + S.Const(2));
        return S.SelectLess(x, S.Const(0), -y, y);
    }

    /// <summary>2/sqrt(pi) e^(-x^2), the derivative of erf.</summary>
    internal static S ErfSlope<S>(S x) where S : IReal<S> => S.Const(1.1283791670955126) * S.Exp(-(x * x));

    /// <summary>p x^(p-1), and 0 where p is 0 whatever x is.</summary>
    internal static S PowSlopeBase<S>(S x, S p) where S : IReal<S> =>
        S.SelectEqual(p, S.Const(0), S.Const(0), p * S.Pow(x, p - S.Const(1)));

    /// <summary>x^p log x, and 0 where x is 0 and p is not negative, as PyTorch has it.</summary>
    internal static S PowSlopeExponent<S>(S x, S p) where S : IReal<S>
    {
        S slope = S.Pow(x, p) * S.Log(x);
        return S.SelectEqual(x, S.Const(0), S.SelectLessEqual(S.Const(0), p, S.Const(0), slope), slope);
    }
}
