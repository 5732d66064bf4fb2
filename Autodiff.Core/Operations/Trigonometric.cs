using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = sin x.</summary>
public readonly struct Sin : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Sin(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Cos(x);
}

/// <summary>y = cos x.</summary>
public readonly struct Cos : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Cos(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g * S.Sin(x);
}

/// <summary>y = tan x.</summary>
public readonly struct Tan : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Tan(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.FusedMultiplyAdd(y, y, S.Const(1));
}

/// <summary>y = arcsin x.</summary>
public readonly struct Asin : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Asin(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / S.Sqrt((S.Const(1) - x) * (S.Const(1) + x));
}

/// <summary>y = arccos x.</summary>
public readonly struct Acos : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Acos(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g / S.Sqrt((S.Const(1) - x) * (S.Const(1) + x));
}

/// <summary>y = arctan x.</summary>
public readonly struct Atan : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Atan(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / S.FusedMultiplyAdd(x, x, S.Const(1));
}

/// <summary>y = the angle of the point (b, a), in [-π, π].</summary>
public readonly struct Atan2 : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Atan2(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * RealMath.AngleSlope(b, a, S.FusedMultiplyAdd(a, a, b * b));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        -g * RealMath.AngleSlope(a, b, S.FusedMultiplyAdd(a, a, b * b));
}
