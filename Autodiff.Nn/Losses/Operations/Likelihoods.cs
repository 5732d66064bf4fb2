using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = e^a - b a: minus the log likelihood of the count b under a Poisson distribution of mean e^a, without ln b!.</summary>
internal readonly struct PoissonOfLogarithm : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.Exp(a) - b * a;
}

/// <summary>y = a - b ln(a + ε): minus the log likelihood of the count b under a Poisson distribution of mean a, without ln b!.</summary>
internal readonly struct Poisson(double epsilon) : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => a - b * S.Log(a + S.Const(epsilon));
}

/// <summary>y = x ln x - x + ln(2πx)/2 for x &gt; 1, else 0: Stirling's approximation of ln x!.</summary>
internal readonly struct LogFactorial : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> =>
        S.SelectLessEqual(x, S.Const(1), S.Const(0), x * S.Log(x) - x + S.Const(0.5) * S.Log(S.Const(2 * Math.PI) * x));
}

/// <summary>y = (ln v + (a - b)²/v) / 2, v = max(c, ε): minus the log likelihood of b under a normal distribution, without ln(2π)/2.</summary>
/// <remarks>The gradient passes to c as if it had not been raised to ε, as in PyTorch.</remarks>
internal readonly struct GaussianLikelihood(double epsilon) : ITernaryOp
{
    public Saves SavesA => Saves.A | Saves.B | Saves.C;

    public Saves SavesB => Saves.A | Saves.B | Saves.C;

    public Saves SavesC => Saves.A | Saves.B | Saves.C;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S>
    {
        S d = a - b, v = Variance(c);
        return S.Const(0.5) * (S.Log(v) + d * d / v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g * ((a - b) / Variance(c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * ((b - a) / Variance(c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S>
    {
        S d = a - b, v = Variance(c);
        return g * (S.Const(0.5) * (S.Const(1) - d * d / v) / v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private S Variance<S>(S c) where S : IReal<S> => RealMath.Max(c, S.Const(epsilon));
}
