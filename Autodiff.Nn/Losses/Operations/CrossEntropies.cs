using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = -(b ln a + (1 - b) ln(1 - a)) for a probability a, with both logarithms cut off at -100, as PyTorch has it.</summary>
public readonly struct BinaryCrossEntropy : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.A | Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => (b - S.Const(1)) * Clamped(S.Log1p(-a)) - b * Clamped(S.Log(a));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * ((a - b) / RealMath.Max((S.Const(1) - a) * a, S.Const(1e-12)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * (Clamped(S.Log1p(-a)) - Clamped(S.Log(a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S Clamped<S>(S logarithm) where S : IReal<S> => RealMath.Max(logarithm, S.Const(-100));
}

/// <summary>y = ln(1 + e^a) - a b: the binary cross entropy of the probability sigmoid(a), accurate for any a.</summary>
public readonly struct BinaryCrossEntropyWithLogits : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.A | Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        // max(a, 0) - a b vanishes where the target is sure of a's side, so that what remains keeps all its digits.
        S zero = S.Const(0);
        return S.FusedMultiplyAdd(-a, b, S.SelectLess(a, zero, zero, a)) + S.Log1p(S.Exp(-S.Abs(a)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * (RealMath.Sigmoid(a) - b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * a);
}

/// <summary>y = c b ln(1 + e^-a) + (1 - b) ln(1 + e^a): the same with positive targets weighted by c.</summary>
internal readonly struct WeightedBinaryCrossEntropyWithLogits : ITernaryOp
{
    public Saves SavesA => Saves.A | Saves.B | Saves.C;

    public Saves SavesB => Saves.A | Saves.C;

    public Saves SavesC => Saves.A | Saves.B;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S>
    {
        // ln(1 + e^±a) = max(±a, 0) + ln(1 + e^-|a|): nothing cancels.
        S zero = S.Const(0), positive = c * b, negative = S.Const(1) - b;
        S linear = S.SelectLess(a, zero, positive * -a, negative * a);
        return S.FusedMultiplyAdd(positive + negative, S.Log1p(S.Exp(-S.Abs(a))), linear);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * ((S.Const(1) - b) * RealMath.Sigmoid(a) - c * b * RealMath.Sigmoid(-a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * (c * RealMath.Softplus(-a) - RealMath.Softplus(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g * (b * RealMath.Softplus(-a));
}

/// <summary>y = b (ln b - a), and 0 where b is 0: one term of the divergence of e^a from b (Kullback and Leibler, 1951).</summary>
public readonly struct KLDivergence : IBinaryOp
{
    /// <inheritdoc/>
    public Saves SavesA => Saves.B;

    /// <inheritdoc/>
    public Saves SavesB => Saves.A | Saves.B;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(b, S.Const(0), S.Const(0), b * S.Log(b)) - a * b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * (S.Log(b) + S.Const(1) - a);
}

/// <summary>y = e^b (b - a): the same where the target is a logarithm too.</summary>
internal readonly struct KLDivergenceOfLogarithms : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.Exp(b) * (b - a);
}
