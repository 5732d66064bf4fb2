using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// y = e^a - b a: minus the log likelihood of the count b under a Poisson distribution of mean e^a, without ln b!.
/// </summary>
internal readonly struct PoissonOfLogarithm : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.Exp(a) - RealMath.Weigh(b, Slower.Term(a));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * (S.Exp(a) - b);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -RealMath.Weigh(g, a);
}

/// <summary>
/// y = a - b ln(a + ε): minus the log likelihood of the count b under a Poisson distribution of mean a, without ln b!.
/// </summary>
internal readonly struct Poisson(double epsilon) : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => a - RealMath.Weigh(b, Slower.Term(S.Log(a + S.Const(epsilon))));

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        // No counts at a mean of 0 are no surprise: 0 / 0 is 0 here.
        S one = S.Const(1), mean = S.SelectEqual(b, S.Const(0), one, a + S.Const(epsilon));
        return g * (one - b / mean);
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -RealMath.Weigh(g, S.Log(a + S.Const(epsilon)));
}

/// <summary>The term that falls behind the other one when both go to infinity.</summary>
internal static class Slower
{
    /// <summary>x, and 0 at ∞, where ∞ - ∞ would be NaN.</summary>
    [MethodImpl(AggressiveInlining)] public static S Term<S>(S x) where S : IReal<S> =>
        S.SelectEqual(x, S.Const(double.PositiveInfinity), S.Const(0), x);
}

/// <summary>y = x ln x - x + ln(2πx)/2 for x &gt; 1, else 0: Stirling's approximation of ln x!.</summary>
internal readonly struct LogFactorial : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        // Both sides must be finite, also the one that is not taken: its derivative is multiplied by 0.
        S one = S.Const(1), v = S.SelectLessEqual(x, one, one, x);
        return S.SelectLessEqual(x, one, S.Const(0), v * S.Log(v) - v + S.Const(0.5) * S.Log(S.Const(2 * Math.PI) * v));
    }
}

/// <summary>
/// y = (ln v + (a - b)²/v) / 2, v = max(c, ε): minus the log likelihood of b under a normal distribution, without
/// ln(2π)/2.
/// </summary>
/// <remarks>The gradient passes to c as if it had not been raised to ε, as in PyTorch.</remarks>
internal readonly struct GaussianLikelihood(double epsilon) : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S>
    {
        S d = a - b, v = Variance(c);
        return S.Const(0.5) * (S.Log(v) + d * d / v);
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * ((a - b) / Variance(c));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * ((b - a) / Variance(c));

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S>
    {
        S d = a - b, v = Variance(c);
        return g * (S.Const(0.5) * (S.Const(1) - d * d / v) / v);
    }

    [MethodImpl(AggressiveInlining)] private S Variance<S>(S c) where S : IReal<S> => RealMath.Max(c, S.Const(epsilon));
}
