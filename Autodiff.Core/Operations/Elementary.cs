using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = √x.</summary>
public readonly struct Sqrt : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Output;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Sqrt(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (y + y);
}

/// <summary>y = e^x.</summary>
public readonly struct Exp : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Output;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Exp(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * y;
}

/// <summary>y = e^x - 1.</summary>
public readonly struct Expm1 : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Output;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Expm1(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (y + S.Const(1));
}

/// <summary>y = ln x.</summary>
public readonly struct Log : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Log(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / x;
}

/// <summary>y = ln(1 + x).</summary>
public readonly struct Log1p : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Log1p(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (x + S.Const(1));
}

/// <summary>y = sin x.</summary>
public readonly struct Sin : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Sin(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Cos(x);
}

/// <summary>y = cos x.</summary>
public readonly struct Cos : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Cos(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g * S.Sin(x);
}

/// <summary>y = arctan x.</summary>
public readonly struct Atan : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Atan(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / S.FusedMultiplyAdd(x, x, S.Const(1));
}

/// <summary>y = erf x.</summary>
public readonly struct Erf : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Erf(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.ErfSlope(x);
}

/// <summary>y = 1 - erf x.</summary>
public readonly struct Erfc : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Erfc(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g * RealMath.ErfSlope(x);
}
