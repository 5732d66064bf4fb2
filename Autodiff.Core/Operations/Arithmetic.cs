using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a + b.</summary>
public readonly struct Add : IBinaryOp, IMonoid
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a + b;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] S IMonoid.Identity<S>() => S.Const(0);
}

/// <summary>y = a - b.</summary>
public readonly struct Sub : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a - b;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g;
}

/// <summary>y = a b.</summary>
public readonly struct Mul : IBinaryOp, IMonoid
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a * b;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * b;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * a;
    [MethodImpl(AggressiveInlining)] S IMonoid.Identity<S>() => S.Const(1);
}

/// <summary>y = a / b; on integers the floor of the quotient.</summary>
public readonly struct Div : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a / b;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g / b;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * ((a / b) / b);
}

/// <summary>y = a + α b, rounded once.</summary>
/// <param name="alpha">The factor α.</param>
public readonly struct AddScaled(double alpha) : IBinaryOp
{
    private readonly Constant _alpha = alpha;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.FusedMultiplyAdd(S.Const(_alpha), b, a);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * S.Const(_alpha);
}

/// <summary>y = -x.</summary>
public readonly struct Neg : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => -x;
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g;
}

/// <summary>y = |x|, with slope 0 at 0.</summary>
public readonly struct Abs : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Abs(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.Sign(x);
}

/// <summary>y = 1 / x.</summary>
public readonly struct Reciprocal : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Const(1) / x;
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g * y * y;
}

/// <summary>y = π/180 x.</summary>
public readonly struct Deg2Rad : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x * S.Const(Math.PI / 180);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(Math.PI / 180);
}

/// <summary>y = 180/π x.</summary>
public readonly struct Rad2Deg : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x * S.Const(180 / Math.PI);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(180 / Math.PI);
}
