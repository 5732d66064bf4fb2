namespace Autodiff.Nn;

/// <summary>One step of an <see cref="RNN"/>: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
public class RNNCell : RNNCellBase
{
    /// <summary>Makes a cell with random weights.</summary>
    /// <param name="inputSize">The size of the input's last dimension.</param>
    /// <param name="hiddenSize">The size of a state.</param>
    /// <param name="bias">Whether biases are there.</param>
    /// <param name="nonlinearity">tanh or relu.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    public RNNCell(
        int inputSize, int hiddenSize, bool bias = true, Nonlinearity nonlinearity = Nonlinearity.Tanh,
        DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
        : base(RNN.KindOf(nameof(RNNCell), nonlinearity), inputSize, hiddenSize, bias, type, device, generator)
    {
        Nonlinearity = nonlinearity;
    }

    /// <summary>tanh or relu.</summary>
    public Nonlinearity Nonlinearity { get; }

    /// <inheritdoc/>
    protected override string Settings =>
        base.Settings + (Nonlinearity == Nonlinearity.ReLU ? ", nonlinearity=relu" : "");

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
