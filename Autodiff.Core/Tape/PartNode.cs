namespace Autodiff;

/// <summary>
/// A recorded view of a part of its operand: the gradient goes into the same part of the operand's gradient.
/// </summary>
/// <remarks>
/// So a tensor that is taken apart piece by piece costs a backward pass one walk over it, not one for each piece.
/// </remarks>
internal sealed class PartNode(string name, Tensor y, Node input, Func<Tensor, Tensor> view) : Node(y)
{
    public override string Name => name;

    public override string Rule => "x̄ = g in the part that was taken, 0 elsewhere";

    public override int InputCount => 1;

    public override Node? Input(int i) => input;

    internal override void Backward(Tensor g, Backpropagation run) => run.AccumulatePart(input, g, view);
}
