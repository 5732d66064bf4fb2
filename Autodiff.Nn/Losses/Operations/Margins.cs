using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a where b is 1, max(0, margin - a) where b is -1.</summary>
internal readonly struct HingeEmbedding(double margin) : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        S zero = S.Const(0), gap = S.Const(margin) - a;
        return S.SelectEqual(b, S.Const(-1), zero, a)
            + S.SelectEqual(b, S.Const(1), zero, S.SelectLess(gap, zero, zero, gap));
    }
}

/// <summary>y = ln(1 + e^(-ab)), for b of -1 or 1.</summary>
internal readonly struct SoftMargin : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Softplus(-(a * b));
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * (b * RealMath.Sigmoid(-(a * b))));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -RealMath.Weigh(g * RealMath.Sigmoid(-(a * b)), a);
}
