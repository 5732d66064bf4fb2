namespace Autodiff.Nn;

/// <summary>One step of a <see cref="GRU"/>.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
public class GRUCell : RNNCellBase
{
    /// <summary>Makes a cell with random weights.</summary>
    /// <param name="inputSize">The size of the input's last dimension.</param>
    /// <param name="hiddenSize">The size of a state.</param>
    /// <param name="bias">Whether biases are there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    public GRUCell(
        int inputSize, int hiddenSize, bool bias = true, DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
        : base(RecurrentKind.GRU, inputSize, hiddenSize, bias, type, device, generator)
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
