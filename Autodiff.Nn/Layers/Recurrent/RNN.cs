namespace Autodiff.Nn;

/// <summary>
/// A recurrent layer (J. Elman, "Finding Structure in Time", 1990): h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh),
/// or the same with relu.
/// </summary>
/// <inheritdoc cref="RNNBase" path="/remarks"/>
/// <param name="inputSize">The size of the input's last dimension.</param>
/// <param name="hiddenSize">The size of a state.</param>
/// <param name="numLayers">How many layers there are, each taking the one before's output.</param>
/// <param name="nonlinearity">tanh or relu.</param>
/// <param name="bias">Whether biases are there.</param>
/// <param name="batchFirst">Whether batched input and output are [batch, steps, ...].</param>
/// <param name="dropout">The probability to drop an element between two layers, in training. In a single layer it
/// has no effect, and a trace warning says so.</param>
/// <param name="bidirectional">Whether a second direction reads each sequence from its end.</param>
/// <param name="type">float32 or float64.</param>
/// <param name="device">Where the parameters are.</param>
/// <param name="generator">The source of initial values and of dropout; <see cref="TorchGenerator.Default"/> if
/// null.</param>
/// <exception cref="ArgumentOutOfRangeException">A size or a probability is out of range.</exception>
public class RNN(
    int inputSize, int hiddenSize, int numLayers = 1, Nonlinearity nonlinearity = Nonlinearity.Tanh, bool bias = true,
    bool batchFirst = false, double dropout = 0, bool bidirectional = false, DType type = DType.Float32,
    Device? device = null, Generator? generator = null)
    : OneStateRNN(
        KindOf(nameof(RNN), nonlinearity), inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
        type, device, generator)
{
    /// <summary>tanh or relu.</summary>
    public Nonlinearity Nonlinearity { get; } = nonlinearity;

    internal static RecurrentKind KindOf(string layer, Nonlinearity nonlinearity) => nonlinearity switch
    {
        Nonlinearity.Tanh => RecurrentKind.Tanh,
        Nonlinearity.ReLU => RecurrentKind.Relu,
        _ => throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity,
            $"{layer}: the nonlinearity must be {nameof(Nonlinearity.Tanh)} or {nameof(Nonlinearity.ReLU)}."),
    };
}
