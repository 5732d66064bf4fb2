using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = (a - b)²: the loss of one element in <c>MSELoss</c>.</summary>
public readonly struct SquaredError : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        S d = a - b;
        return d * d;
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        S d = a - b;
        return g * (d + d);
    }

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -VjpA(g, a, b, y);
}

/// <summary>y = |a - b|, with slope 0 at 0: the loss of one element in <c>L1Loss</c>.</summary>
public readonly struct AbsoluteError : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => S.Abs(a - b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.Sign(a - b);

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -VjpA(g, a, b, y);
}

/// <summary>y = d²/2 for |d| ≤ δ, else δ (|d| - δ/2), d = a - b (Huber, 1964).</summary>
/// <param name="delta">δ &gt; 0: where the parabola becomes a line.</param>
public readonly struct HuberError(double delta) : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        S d = S.Abs(a - b), half = S.Const(0.5);
        return S.SelectLess(S.Const(delta), d, S.Const(delta) * (d - S.Const(0.5 * delta)), half * d * d);
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        S d = a - b, limit = S.Const(delta);
        return g * S.SelectLess(limit, d, limit, S.SelectLess(d, -limit, -limit, d));
    }

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -VjpA(g, a, b, y);
}

/// <summary>y = d²/(2β) for |d| &lt; β, else |d| - β/2, d = a - b (Girshick, "Fast R-CNN", 2015).</summary>
/// <param name="beta">β &gt; 0: where the parabola becomes a line.</param>
public readonly struct SmoothL1Error(double beta) : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        // The reciprocal of a subnormal β is beyond the range, and would make NaN of d = 0.
        S d = S.Abs(a - b), factor = S.Const(Math.Min(0.5 / beta, S.IsDouble ? double.MaxValue : float.MaxValue));
        return S.SelectLess(d, S.Const(beta), d * d * factor, d - S.Const(0.5 * beta));
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        S d = a - b;
        return g * S.SelectLess(S.Abs(d), S.Const(beta), d / S.Const(beta), RealMath.Sign(d));
    }

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -VjpA(g, a, b, y);
}
