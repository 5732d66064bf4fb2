namespace Autodiff;

/// <summary>Why an operand of a recorded operation gets no gradient.</summary>
public enum NoGradientReason
{
    /// <summary>It requires no grad: data, or computed from data.</summary>
    Constant,

    /// <summary>
    /// It is a recorded value without its history: <see cref="Tensor.Detach"/>, or a view taken under
    /// <see cref="Tensor.NoGrad"/>.
    /// </summary>
    Detached,

    /// <summary>It was computed under <see cref="Tensor.NoGrad"/>.</summary>
    NoGrad,
}

/// <summary>An operand of an operation on a tape of <see cref="Tape.Record"/>.</summary>
/// <param name="Node">Where it came from; null if it gets no gradient.</param>
/// <param name="Tensor">The operand itself; null where only its node is known.</param>
/// <param name="Value">Its elements when the operation was called; null where nobody kept them.</param>
/// <param name="Reason">Why it gets no gradient; null if it gets one.</param>
public sealed record TapeOperand(Node? Node, Tensor? Tensor, Tensor? Value, NoGradientReason? Reason);
