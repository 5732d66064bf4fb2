using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a / b, and 0 where b is 0: the quotient of a rule whose subgradient at zero is zero.</summary>
internal readonly struct DivOrZero : IBinaryOp
{
    public Saves SavesA => Saves.B;

    public Saves SavesB => Saves.A | Saves.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(b, S.Const(0), S.Const(0), a / b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => F(g, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * F(F(a, b), b);
}

/// <summary>y (g - s): the rule of softmax, where s is the sum of g y along the axis.</summary>
internal readonly struct SoftmaxRule : ITernaryOp
{
    public Saves SavesA => Saves.B;

    public Saves SavesB => Saves.A | Saves.C;

    public Saves SavesC => Saves.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S y, S s) where S : IReal<S> => y * (g - s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S h, S g, S y, S s) where S : IReal<S> => h * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S h, S g, S y, S s) where S : IReal<S> => h * (g - s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S h, S g, S y, S s) where S : IReal<S> => -(h * y);
}

/// <summary>g - eʸ s: the rule of log-softmax, where s is the sum of g along the axis.</summary>
internal readonly struct LogSoftmaxRule : ITernaryOp
{
    public Saves SavesA => Saves.None;

    public Saves SavesB => Saves.B | Saves.C;

    public Saves SavesC => Saves.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S y, S s) where S : IReal<S> => S.FusedMultiplyAdd(-S.Exp(y), s, g);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S h, S g, S y, S s) where S : IReal<S> => h;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S h, S g, S y, S s) where S : IReal<S> => -(h * (S.Exp(y) * s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S h, S g, S y, S s) where S : IReal<S> => -(h * S.Exp(y));
}

/// <summary>g eˣ⁻ʸ: the rule of log-sum-exp.</summary>
internal readonly struct LogSumExpRule : ITernaryOp
{
    public Saves SavesA => Saves.B | Saves.C;

    public Saves SavesB => Saves.A | Saves.B | Saves.C;

    public Saves SavesC => Saves.A | Saves.B | Saves.C;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S x, S y) where S : IReal<S> => g * S.Exp(RealMath.LogRatio(x, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S h, S g, S x, S y) where S : IReal<S> => h * S.Exp(RealMath.LogRatio(x, y));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S h, S g, S x, S y) where S : IReal<S> => h * F(g, x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S h, S g, S x, S y) where S : IReal<S> => -(h * F(g, x, y));
}

/// <summary>1 where the operands are equal or both NaN, else 0: who attained an extreme.</summary>
internal readonly struct Same : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(a, b, S.Const(1), S.SelectEqual(a, a, S.Const(0), S.SelectEqual(b, b, S.Const(0), S.Const(1))));
}

/// <summary>1 where x is neither zero nor false; NaN counts.</summary>
internal readonly struct NonZero : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, S.Const(0), S.Const(0), S.Const(1));
}
