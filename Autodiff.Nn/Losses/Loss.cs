namespace Autodiff.Nn;

/// <summary>
/// A loss as a module: how far an input is from a target, and what is made of the losses of single elements.
/// </summary>
/// <remarks>
/// Losses never broadcast an input of one shape against a target of another; that is nearly always a mistake.
/// Types are promoted as in arithmetic, as PyTorch does: a float32 input against a float64 target gives a float64 loss,
/// and each tensor gets its gradient in its own type. (Layers refuse mixed types, since everything behind them would
/// change its type.)
/// </remarks>
public abstract class Loss : Module
{
    /// <summary>A loss with a reduction.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    protected Loss(Reduction reduction) => Reduction = reduction;

    /// <summary>What is made of the losses of single elements.</summary>
    public Reduction Reduction { get; }

    /// <summary>The loss of <paramref name="input"/> against <paramref name="target"/>.</summary>
    /// <param name="input">What the network said.</param>
    /// <param name="target">What it should have said.</param>
    public abstract Tensor Forward(Tensor input, Tensor target);
}
