namespace Autodiff.Nn;

/// <summary>One step of an <see cref="RNN"/>: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or with relu.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
/// <param name="inputSize">The size of the input's last dimension.</param>
/// <param name="hiddenSize">The size of a state.</param>
/// <param name="bias">Whether biases are there.</param>
/// <param name="nonlinearity">tanh or relu.</param>
/// <param name="type">float32 or float64.</param>
/// <param name="device">Where the parameters are.</param>
/// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
public class RNNCell(
    int inputSize, int hiddenSize, bool bias = true, Nonlinearity nonlinearity = Nonlinearity.Tanh,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : OneStateRNNCell(RNN.KindOf(nameof(RNNCell), nonlinearity), inputSize, hiddenSize, bias, type, device, generator)
{
    /// <summary>tanh or relu.</summary>
    public Nonlinearity Nonlinearity { get; } = nonlinearity;

    protected override string Settings =>
        base.Settings + (Nonlinearity == Nonlinearity.ReLU ? ", nonlinearity=relu" : "");
}
