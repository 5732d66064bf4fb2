namespace Autodiff.Algebra;

public static partial class RealMath
{
    internal static S ExpDefault<S>(S x) where S : IReal<S> => S.Const(1) + Expm1Default(x);

    internal static S Expm1Default<S>(S x) where S : IReal<S>
    {
        S n = S.Round(x * S.Const(1.4426950408889634));
        S r = S.FusedMultiplyAdd(n, S.Const(-0.6931471805599453), x);
        S p = S.Const(1);
        for (int k = 17; k >= 2; k--) p = S.FusedMultiplyAdd(p, r / S.Const(k), S.Const(1));
        p *= r;
        S two = S.ScaleB(S.Const(1), n);
        return S.FusedMultiplyAdd(p, two, two - S.Const(1));
    }

    internal static S LogDefault<S>(S x) where S : IReal<S>
    {
        S m = S.Mantissa(x), e = S.Exponent(x);
        S s = (m - S.Const(1)) / (m + S.Const(1)), z = s * s, p = S.Const(0);
        for (int k = 41; k >= 1; k -= 2) p = S.FusedMultiplyAdd(p, z, S.Const(1.0 / k));
        return S.FusedMultiplyAdd(e, S.Const(0.6931471805599453), S.Const(2) * s * p);
    }

    internal static S Log1pDefault<S>(S x) where S : IReal<S> => S.Log(S.Const(1) + x);

    internal static S SinDefault<S>(S x) where S : IReal<S> => x;

    internal static S CosDefault<S>(S x) where S : IReal<S> => S.Const(1) - x * x * S.Const(0.5);

    internal static S AtanDefault<S>(S x) where S : IReal<S> => x;

    internal static S ErfDefault<S>(S x) where S : IReal<S> => x;

    internal static S ErfcDefault<S>(S x) where S : IReal<S> => S.Const(1) - S.Erf(x);

    internal static S PowDefault<S>(S x, S p) where S : IReal<S> => S.Exp(p * S.Log(x));
}
