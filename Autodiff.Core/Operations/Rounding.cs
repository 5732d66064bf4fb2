using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = ⌊x⌋, with slope 0.</summary>
public readonly struct Floor : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Floor(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(0);
}

/// <summary>y = the nearest integer, halves to even, with slope 0.</summary>
public readonly struct Round : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Round(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(0);
}

/// <summary>The sign of x: -1, 0 or 1, with slope 0.</summary>
public readonly struct Sign : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => RealMath.Sign(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(0);
}
