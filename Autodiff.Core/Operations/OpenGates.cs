using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

// Gates whose σ and tanh have been applied. The loops of recurrent layers keep these values for their gradients: the
// rules of σ and tanh read nothing but the result.

/// <summary>y = σ(a + b): a gate of what the input and the state say.</summary>
internal readonly struct GateOfSum : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Sigmoid(a + b);
}

/// <summary>y = a b + c d: an LSTM's state b and candidate d, as far as their gates let them through.</summary>
internal readonly struct OpenState : IQuaternaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c, S d) where S : IReal<S> => S.FusedMultiplyAdd(a, b, c * d);
}

/// <summary>y = tanh(b + a c): a GRU's candidate with the reset gate a.</summary>
internal readonly struct OpenTanh : ITernaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => RealMath.Tanh(S.FusedMultiplyAdd(a, c, b));
}

/// <summary>y = b + a (c - b): between a GRU's candidate b and its state c, by the update gate a.</summary>
internal readonly struct OpenBlend : ITernaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b, S c) where S : IReal<S> => S.FusedMultiplyAdd(a, c - b, b);
}

/// <summary>The gradient by what the gate y = σ(x) was made of, where the gate multiplies w: g w σ'(x).</summary>
internal readonly struct GateSlope : ITernaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S g, S w, S y) where S : IReal<S> => default(Sigmoid).Vjp(g * w, y, y);
}

/// <summary>The gradient by x of y = tanh(x), which is multiplied by w: g w tanh'(x).</summary>
internal readonly struct TanhSlope : ITernaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S g, S w, S y) where S : IReal<S> => default(Tanh).Vjp(g * w, y, y);
}

/// <summary>The gradient by an LSTM's state: a from the step behind, and g w tanh'(c) by its output.</summary>
internal readonly struct StateSlope : IQuaternaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S g, S w, S y) where S : IReal<S> => a + default(TanhSlope).F(g, w, y);
}

/// <summary>The gradient by what a GRU's update gate y was made of, between the state c and the candidate b.</summary>
internal readonly struct BlendSlope : IQuaternaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S g, S b, S c, S y) where S : IReal<S> => default(GateSlope).F(g, c - b, y);
}

/// <summary>The gradient by what a GRU's candidate y was made of, with the update gate a.</summary>
internal readonly struct CandidateSlope : ITernaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S g, S a, S y) where S : IReal<S> => default(TanhSlope).F(g, S.Const(1) - a, y);
}

/// <summary>The rule of an operation that reads its result alone.</summary>
internal readonly struct SlopeOfResult<TOp> : IBinaryFormula where TOp : unmanaged, IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S g, S y) where S : IReal<S> => default(TOp).Vjp(g, y, y);
}
