namespace Autodiff.Nn;

/// <summary>One step of an <see cref="LSTM"/>.</summary>
/// <inheritdoc cref="RNNCellBase" path="/remarks"/>
/// <inheritdoc cref="RNNCell" path="/param[@name != 'nonlinearity']"/>
public class LSTMCell(
    int inputSize, int hiddenSize, bool bias = true, DType type = DType.Float32, Device? device = null,
    Generator? generator = null)
    : RNNCellBase(RecurrentKind.LSTM, inputSize, hiddenSize, bias, type, device, generator)
{
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
