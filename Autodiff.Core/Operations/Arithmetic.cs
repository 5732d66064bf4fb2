using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a + b.</summary>
public readonly struct Add : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.None;

    /// <inheritdoc/>
    public Saves SavesB => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S a, S b) where S : IReal<S> => a + b;

    /// <inheritdoc/>
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;

    /// <inheritdoc/>
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g;
}

/// <summary>y = a - b.</summary>
public readonly struct Sub : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.None;

    /// <inheritdoc/>
    public Saves SavesB => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S a, S b) where S : IReal<S> => a - b;

    /// <inheritdoc/>
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;

    /// <inheritdoc/>
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g;
}

/// <summary>y = a b.</summary>
public readonly struct Mul : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A;

    /// <inheritdoc/>
    public S F<S>(S a, S b) where S : IReal<S> => a * b;

    /// <inheritdoc/>
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * b;

    /// <inheritdoc/>
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * a;
}

/// <summary>y = a / b.</summary>
public readonly struct Div : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A | Saves.B;

    /// <inheritdoc/>
    public S F<S>(S a, S b) where S : IReal<S> => a / b;

    /// <inheritdoc/>
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g / b;

    /// <inheritdoc/>
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * ((a / b) / b);
}

/// <summary>y = a^b.</summary>
public readonly struct Pow : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.A | Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A | Saves.B;

    /// <inheritdoc/>
    public S F<S>(S a, S b) where S : IReal<S> => S.Pow(a, b);

    /// <inheritdoc/>
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.PowSlopeBase(a, b);

    /// <inheritdoc/>
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.PowSlopeExponent(a, b);
}

/// <summary>y = -x.</summary>
public readonly struct Neg : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.None;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => -x;

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => -g;
}

/// <summary>y = x².</summary>
public readonly struct Square : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => x * x;

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (x + x);
}

/// <summary>y = |x|, with slope 0 at 0.</summary>
public readonly struct Abs : IUnaryOp
{
    /// <inheritdoc/>
    public Saves Saves => Saves.Input;

    /// <inheritdoc/>
    public S F<S>(S x) where S : IReal<S> => S.Abs(x);

    /// <inheritdoc/>
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.Sign(x);
}

/// <summary>y = a b + c, rounded once.</summary>
internal readonly struct MultiplyAdd : ITernaryOp
{
    public S F<S>(S a, S b, S c) where S : IReal<S> => S.FusedMultiplyAdd(a, b, c);

    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * b;

    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * a;

    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g;
}
