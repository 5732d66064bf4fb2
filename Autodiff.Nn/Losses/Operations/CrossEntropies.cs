using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// y = -(b ln a + (1 - b) ln(1 - a)) for a probability a, with both logarithms cut off at -100, as PyTorch has it.
/// </summary>
public readonly struct BinaryCrossEntropy : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => (b - S.Const(1)) * Clamped(S.Log1p(-a)) - b * Clamped(S.Log(a));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * ((a - b) / RealMath.Max((S.Const(1) - a) * a, S.Const(1e-12)));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * (Clamped(S.Log1p(-a)) - Clamped(S.Log(a)));

    [MethodImpl(AggressiveInlining)]
    private static S Clamped<S>(S logarithm) where S : IReal<S> => RealMath.Max(logarithm, S.Const(-100));
}

/// <summary>
/// y = ln(1 + e^a) - a b: the binary cross entropy of the probability sigmoid(a), accurate for any a.
/// </summary>
public readonly struct BinaryCrossEntropyWithLogits : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => Logits.Linear(a, S.Const(1) - b, b) + Logits.Bend(a);

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * Logits.Slope(a, S.Const(1) - b, b);

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -RealMath.Weigh(g, a);
}

/// <summary>y = c b ln(1 + e^-a) + (1 - b) ln(1 + e^a): the same with positive targets weighted by c.</summary>
internal readonly struct WeightedBinaryCrossEntropyWithLogits : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S>
    {
        S positive = c * b, negative = S.Const(1) - b;
        return S.FusedMultiplyAdd(positive + negative, Logits.Bend(a), Logits.Linear(a, negative, positive));
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * Logits.Slope(a, S.Const(1) - b, c * b);

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> =>
        RealMath.Weigh(g, RealMath.Weigh(c, RealMath.Softplus(-a)) - RealMath.Softplus(a));

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => RealMath.Weigh(g * b, RealMath.Softplus(-a));
}

/// <summary>
/// The loss n ln(1 + e^a) + p ln(1 + e^-a) of a score a whose target weighs n for "no" and p for "yes", in parts that
/// never cancel.
/// </summary>
internal static class Logits
{
    /// <summary>n max(a, 0) + p max(-a, 0). An infinite score on the side of a sure target costs nothing.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Linear<S>(S a, S n, S p) where S : IReal<S>
    {
        S right = S.SelectLess(a, S.Const(0), p, n);
        return RealMath.Weigh(right, S.Abs(a));
    }

    /// <summary>ln(1 + e^-|a|): what both logarithms have besides their linear parts.</summary>
    [MethodImpl(AggressiveInlining)] public static S Bend<S>(S a) where S : IReal<S> => S.Log1p(S.Exp(-S.Abs(a)));

    /// <summary>
    /// n σ(a) - p σ(-a): over the common denominator 1 + e^-|a|, so that σ(a) - 1 is -σ(-a) with all its digits.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static S Slope<S>(S a, S n, S p) where S : IReal<S>
    {
        if (S.IsText)
        {
            return n * RealMath.Sigmoid(a) - p * RealMath.Sigmoid(-a);
        }

        S zero = S.Const(0), e = S.Exp(S.SelectLess(zero, a, -a, a));
        S difference = S.SelectLess(zero, a, S.FusedMultiplyAdd(-p, e, n), S.FusedMultiplyAdd(n, e, -p));
        return difference / (S.Const(1) + e);
    }
}

/// <summary>
/// y = b (ln b - a), and 0 where b is 0: one term of the divergence of e^a from b (Kullback and Leibler, 1951).
/// </summary>
public readonly struct KLDivergence : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(b, S.Const(0), S.Const(0), b * S.Log(b)) - RealMath.Weigh(b, a);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * b);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        g * S.SelectEqual(a, S.Const(double.NegativeInfinity), S.Const(double.PositiveInfinity),
            S.Log(b) + S.Const(1) - a);
}

/// <summary>y = e^b (b - a), and 0 where b is -∞: the same where the target is a logarithm too.</summary>
internal readonly struct KLDivergenceOfLogarithms : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => RealMath.Weigh(S.Exp(b), Difference(a, b));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * S.Exp(b));
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        RealMath.Weigh(g * S.Exp(b), Difference(a, b) + S.Const(1));

    // Two events that are both impossible: their difference is NaN, but has no weight.
    [MethodImpl(AggressiveInlining)] private static S Difference<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(b, S.Const(double.NegativeInfinity), S.Const(0), b - a);
}
