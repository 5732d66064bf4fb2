namespace Autodiff;

/// <summary>One step of a backward pass: an operation whose gradient is complete sends its operands theirs.</summary>
/// <param name="Node">The operation, or a leaf, where the pass ends.</param>
/// <param name="Gradient">The gradient of its result.</param>
/// <param name="Sent">What its rules gave, in the order of its operands; those without gradient are left out.</param>
/// <param name="Released">What the operation had kept for its rules, and let go of after this step.</param>
public sealed record BackwardVisit(
    Node Node, Tensor Gradient, IReadOnlyList<SentGradient> Sent, IReadOnlyList<SavedOperand> Released);

/// <summary>The vector-Jacobian product that a rule gave to one operand, and the sum that it went into.</summary>
/// <param name="Operand">Which of the operation's operands.</param>
/// <param name="Product">
/// What the rule gave, in the shape of the operation's result where the operand was broadcast.
/// </param>
/// <param name="Value">
/// The product in the operand's own shape and type: summed over what the operand was repeated over.
/// </param>
/// <param name="Before">
/// What the operand had received before, where it is used more than once; null if this is the first.
/// </param>
/// <param name="Sum">What it has received now: before + value.</param>
public sealed record SentGradient(int Operand, Tensor Product, Tensor Value, Tensor? Before, Tensor Sum);

/// <summary>A derivative of the tape beside a central difference, (f(x + h) - f(x - h)) / 2h.</summary>
/// <param name="Leaf">The leaf.</param>
/// <param name="Element">The element's place in row-major order.</param>
/// <param name="Gradient">The tape's derivative.</param>
/// <param name="Low">f(x - h).</param>
/// <param name="High">f(x + h).</param>
/// <param name="Step">2h as it was after rounding to the leaf's type.</param>
/// <param name="Agrees">
/// Whether the two differ by no more than rounding and a smooth function's third derivative explain.
/// </param>
public sealed record FiniteDifference(Node Leaf, int Element, double Gradient, double Low, double High, double Step,
    bool Agrees)
{
    /// <summary>The central difference.</summary>
    public double Quotient => (High - Low) / Step;
}
