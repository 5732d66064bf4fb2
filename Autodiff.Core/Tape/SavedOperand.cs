namespace Autodiff;

/// <summary>What a recorded operation keeps for its rule (PyTorch's <c>grad_fn._saved_self</c>, ...).</summary>
/// <param name="Role">What it is to the operation: <c>input</c>, <c>output</c>, <c>second operand</c>, <c>index</c>,
/// ...</param>
/// <param name="Value">Its elements, in shared memory and without history.</param>
/// <param name="IsChanged">Whether it was changed in place since it was saved: the rule then refuses it.</param>
public readonly record struct SavedOperand(string Role, Tensor Value, bool IsChanged)
{
    /// <summary>The tensor itself, with its history.</summary>
    internal Tensor? Source { get; init; }
}
