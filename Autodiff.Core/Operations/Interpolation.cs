using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a b + c, rounded once.</summary>
internal readonly struct MultiplyAdd : ITernaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b, S c) where S : IReal<S> => S.FusedMultiplyAdd(a, b, c);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * b;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * a;
    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g;
}

/// <summary>y = a + α b c.</summary>
/// <param name="alpha">The factor α.</param>
public readonly struct AddCMul(double alpha) : ITernaryOp
{
    private readonly Constant _alpha = alpha;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => S.FusedMultiplyAdd(S.Const(_alpha) * b, c, a);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * c * S.Const(_alpha);
    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g * b * S.Const(_alpha);
}

/// <summary>y = a + α b / c.</summary>
/// <param name="alpha">The factor α.</param>
public readonly struct AddCDiv(double alpha) : ITernaryOp
{
    private readonly Constant _alpha = alpha;

    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b, S c) where S : IReal<S> => a + S.Const(_alpha) * b / c;
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * S.Const(_alpha) / c;
    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => -g * S.Const(_alpha) * ((b / c) / c);
}

/// <summary>y = (a + b) / 2, which lies between a and b even where their sum is longer than any number.</summary>
internal readonly struct Midpoint : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.FusedMultiplyAdd(S.Const(0.5), a, S.Const(0.5) * b);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * S.Const(0.5);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * S.Const(0.5);
}

/// <summary>y = a + c (b - a), from a at c = 0 to b at c = 1.</summary>
public readonly struct Lerp : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S>
    {
        // From the nearer end, so that both ends are met exactly.
        S one = S.Const(1), d = b - a;
        S y = S.SelectLess(S.Abs(c), S.Const(0.5), S.FusedMultiplyAdd(c, d, a), S.FusedMultiplyAdd(c - one, d, b));
        S zero = d - d;
        if (!S.AllLessEqual(zero, zero))
        {
            // An end is infinite, or the way between them is longer than any number: each end counts by its own weight.
            y = S.SelectEqual(zero, zero, y, RealMath.Weigh(one - c, a) + RealMath.Weigh(c, b));
        }

        return y;
    }

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * (S.Const(1) - c);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * c;
    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g * (b - a);
}
