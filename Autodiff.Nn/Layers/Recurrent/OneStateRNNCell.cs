namespace Autodiff.Nn;

/// <summary>What the cells with one state, h, have in common.</summary>
/// <inheritdoc path="/remarks"/>
public abstract class OneStateRNNCell : RNNCellBase
{
    private protected OneStateRNNCell(
        RecurrentKind kind, int inputSize, int hiddenSize, bool bias, DType type, Device? device, Generator? generator)
        : base(kind, inputSize, hiddenSize, bias, type, device, generator)
    {
    }

    /// <summary>One step.</summary>
    /// <param name="x">[batch, in], or [in] for one sequence.</param>
    /// <param name="hidden">h before, [batch, hidden] or [hidden]; zeros if null.</param>
    /// <returns>h after.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or an operand is float32 and another
    /// float64.</exception>
    public Tensor Forward(Tensor x, Tensor? hidden) => Run(x, hidden, null).H;

    /// <inheritdoc/>
    /// <summary>One step from a state of zeros.</summary>
    public override Tensor Forward(Tensor x) => Forward(x, null);
}
