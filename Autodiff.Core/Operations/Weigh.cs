using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// y = a b for a weight b, where 0 ∞ = 0: what has no weight does not count, whatever it is. NaN stays NaN.
/// </summary>
internal readonly struct Weigh : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Weigh(b, a);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => RealMath.Weigh(b, g);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => RealMath.Weigh(g, a);
}

/// <summary>A sum and one more term, weight x, of which there is none where the weight is infinite.</summary>
/// <param name="fused">1 for a single rounding, else 0.</param>
internal readonly struct WeighedTerm(int fused) : ITernaryFormula
{
    private readonly int _fused = fused;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S weight, S x, S sum) where S : IReal<S> => S.SelectEqual(
        weight, S.Const(double.PositiveInfinity), sum,
        _fused == 0 ? weight * x + sum : S.FusedMultiplyAdd(weight, x, sum));
}
