namespace Autodiff.Nn;

/// <summary>One step of an <see cref="LSTM"/>.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
public class LSTMCell : RNNCellBase
{
    /// <summary>Makes a cell with random weights.</summary>
    /// <param name="inputSize">The size of the input's last dimension.</param>
    /// <param name="hiddenSize">The size of a state.</param>
    /// <param name="bias">Whether biases are there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    public LSTMCell(
        int inputSize, int hiddenSize, bool bias = true, DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
        : base(RecurrentKind.LSTM, inputSize, hiddenSize, bias, type, device, generator)
    {
    }

    /// <summary>One step.</summary>
    /// <param name="x">[batch, in], or [in] for one sequence.</param>
    /// <param name="states">h and c before, [batch, hidden] or [hidden] each; zeros if null.</param>
    /// <returns>h and c after.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or an operand is float32 and another
    /// float64.</exception>
    public (Tensor H, Tensor C) Forward(Tensor x, (Tensor H, Tensor C)? states = null)
    {
        RecurrentState state = Run(x, states?.H, states?.C);
        return (state.H, state.C!);
    }
}
