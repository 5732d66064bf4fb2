namespace Autodiff.Nn;

/// <summary>Gated recurrent units (K. Cho et al., 2014), with the reset gate behind the state's product.</summary>
/// <remarks>
/// <code>
/// r = σ(W_ir x_t + b_ir + W_hr h_(t-1) + b_hr)
/// z = σ(W_iz x_t + b_iz + W_hz h_(t-1) + b_hz)
/// n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn))
/// h_t = (1 - z) n + z h_(t-1)
/// </code>
/// The weights hold the rows of r, z and n in that order. Parameters have PyTorch's names and order, see
/// <see cref="RNNBase"/>.
/// </remarks>
public class GRU : RNNBase
{
    /// <summary>Makes a layer with random weights.</summary>
    /// <param name="inputSize">The size of the input's last dimension.</param>
    /// <param name="hiddenSize">The size of a state.</param>
    /// <param name="numLayers">How many layers there are, each taking the one before's output.</param>
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
    public GRU(
        int inputSize, int hiddenSize, int numLayers = 1, bool bias = true,
        bool batchFirst = false, double dropout = 0, bool bidirectional = false, DType type = DType.Float32,
        Device? device = null, Generator? generator = null)
        : base(RecurrentKind.GRU, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
            projSize: 0, type, device,
            generator)
    {
    }

    /// <summary>Runs over sequences of one length.</summary>
    /// <param name="x">[steps, batch, in], [batch, steps, in] with <see cref="RNNBase.BatchFirst"/>, or [steps, in] for
    /// one sequence.</param>
    /// <param name="hidden">h to begin with, [layers · directions, batch, hidden] (without the batch for one
    /// sequence); zeros if null.</param>
    /// <returns>The output of the last layer at each step, both directions side by side, and h after the last step
    /// (the first, in the second direction) of each layer and direction.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or an operand is float32 and another
    /// float64.</exception>
    public (Tensor Output, Tensor Hidden) Forward(Tensor x, Tensor? hidden = null)
    {
        (Tensor output, RecurrentState final) = Run(x, hidden, null);
        return (output, final.H);
    }

    /// <summary>Runs over packed sequences; states are in the order that they had before they were packed.</summary>
    /// <inheritdoc cref="Forward(Tensor, Tensor?)"/>
    public (PackedSequence Output, Tensor Hidden) Forward(
        PackedSequence x, Tensor? hidden = null)
    {
        (PackedSequence output, RecurrentState final) = Run(x, hidden, null);
        return (output, final.H);
    }
}
