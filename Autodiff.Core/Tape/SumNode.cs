using System.Globalization;
using Autodiff.Operations;

namespace Autodiff;

/// <summary>A recorded sum or mean: the gradient is spread evenly over what was summed, without a copy.</summary>
internal sealed class SumNode(Tensor x, in Tensor.Reduction plan, Tensor y, double count) : Node(y)
{
    private readonly Node _input = x.NodeForInput()!;
    private readonly Layout _full = x.Layout;
    private readonly Tensor.Reduction _plan = plan;

    public override string Name => count == 1 ? "Sum" : "Mean";

    public override string Formula =>
        count == 1 ? Algebra.Formula.OfFold(Folds.Sum) : Algebra.Formula.OfFinish(Folds.Mean(count));

    public override string Rule => count == 1
        ? "x̄ = g, spread over what was summed"
        : string.Create(CultureInfo.InvariantCulture, $"x̄ = g / {count}, spread over what was summed");

    public override int InputCount => 1;

    public override Node? Input(int i) => _input;

    internal override void Backward(Tensor g, Backpropagation run) =>
        run.Accumulate(_input, _plan.Spread(count == 1 ? g : g / count).ExpandTo(_full), owned: false);
}
