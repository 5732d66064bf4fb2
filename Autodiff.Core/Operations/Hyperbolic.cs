using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = sinh x.</summary>
public readonly struct Sinh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Sinh(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.Cosh(x);
}

/// <summary>y = cosh x.</summary>
public readonly struct Cosh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Cosh(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.Sinh(x);
}

/// <summary>y = tanh x.</summary>
public readonly struct Tanh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Tanh(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.FusedMultiplyAdd(-y, y, S.Const(1));
}

/// <summary>y = arsinh x.</summary>
public readonly struct Asinh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Asinh(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        g / RealMath.RootOrMagnitude(x, S.FusedMultiplyAdd(x, x, S.Const(1)));
}

/// <summary>y = arcosh x.</summary>
public readonly struct Acosh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Acosh(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> =>
        g / RealMath.RootOrMagnitude(x, (x - S.Const(1)) * (x + S.Const(1)));
}

/// <summary>y = artanh x.</summary>
public readonly struct Atanh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Atanh(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / ((S.Const(1) - x) * (S.Const(1) + x));
}
