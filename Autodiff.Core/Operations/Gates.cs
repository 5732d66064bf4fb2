using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = σ(a) tanh(b): what a gate lets through, of an LSTM's candidate or of its state.</summary>
internal readonly struct GatedTanh : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => RealMath.Sigmoid(a) * RealMath.Tanh(b);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        default(GateSlope).F(g, RealMath.Tanh(b), RealMath.Sigmoid(a));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        default(TanhSlope).F(g, RealMath.Sigmoid(a), RealMath.Tanh(b));
}

/// <summary>y = a + σ(b) c: an LSTM's state c, as far as its forget gate b keeps it, with what is new.</summary>
internal readonly struct KeptState : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => S.FusedMultiplyAdd(RealMath.Sigmoid(b), c, a);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => default(GateSlope).F(g, c, RealMath.Sigmoid(b));

    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g * RealMath.Sigmoid(b);
}

/// <summary>y = tanh(b + σ(a) c): a GRU's candidate, with the reset gate a before the state's product c.</summary>
internal readonly struct ResetTanh : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => default(OpenTanh).F(RealMath.Sigmoid(a), b, c);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> =>
        default(GateSlope).F(VjpB(g, a, b, c), c, RealMath.Sigmoid(a));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S>
    {
        S y = F(a, b, c);
        return default(Tanh).Vjp(g, y, y);
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => VjpB(g, a, b, c) * RealMath.Sigmoid(a);
}

/// <summary>y = b + σ(a) (c - b): between a GRU's candidate b and its state c, as its update gate a says.</summary>
internal readonly struct GatedBlend : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => default(OpenBlend).F(RealMath.Sigmoid(a), b, c);

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => default(GateSlope).F(g, c - b, RealMath.Sigmoid(a));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g * (S.Const(1) - RealMath.Sigmoid(a));

    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g * RealMath.Sigmoid(a);
}
