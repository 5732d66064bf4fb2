using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = sin x.</summary>
public readonly struct Sin : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.Sin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Cos(x);
}

/// <summary>y = cos x.</summary>
public readonly struct Cos : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.Cos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g * S.Sin(x);
}

/// <summary>y = tan x.</summary>
public readonly struct Tan : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.Tan(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.FusedMultiplyAdd(y, y, S.Const(1));
}

/// <summary>y = arcsin x.</summary>
public readonly struct Asin : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.Asin(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / S.Sqrt((S.Const(1) - x) * (S.Const(1) + x));
}

/// <summary>y = arccos x.</summary>
public readonly struct Acos : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.Acos(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g / S.Sqrt((S.Const(1) - x) * (S.Const(1) + x));
}

/// <summary>y = arctan x.</summary>
public readonly struct Atan : IUnaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.Atan(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / S.FusedMultiplyAdd(x, x, S.Const(1));
}

/// <summary>y = the angle of the point (b, a), in [-π, π].</summary>
public readonly struct Atan2 : IBinaryOp
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => RealMath.Atan2(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * RealMath.AngleSlope(b, a, S.FusedMultiplyAdd(a, a, b * b));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        -g * RealMath.AngleSlope(a, b, S.FusedMultiplyAdd(a, a, b * b));
}
