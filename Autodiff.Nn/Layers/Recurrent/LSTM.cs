namespace Autodiff.Nn;

/// <summary>
/// Long short-term memory (S. Hochreiter and J. Schmidhuber, 1997; with the forget gate of F. Gers et al., 2000).
/// </summary>
/// <remarks>
/// <code>
/// i, f, g, o = the four parts of W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
/// c_t = σ(f) c_(t-1) + σ(i) tanh(g)
/// h_t = σ(o) tanh(c_t), or with a projection W_hr σ(o) tanh(c_t)
/// </code>
/// Parameters have PyTorch's names and order, see <see cref="RNNBase"/>.
/// </remarks>
/// <inheritdoc cref="RNN" path="//param[@name != 'nonlinearity']|//exception"/>
/// <param name="projSize">The size that the output is projected to (H. Sak et al., 2014), or 0.</param>
public class LSTM(
    int inputSize, int hiddenSize, int numLayers = 1, bool bias = true, bool batchFirst = false, double dropout = 0,
    bool bidirectional = false, int projSize = 0, DType type = DType.Float32, Device? device = null,
    Generator? generator = null)
    : RNNBase(
        RecurrentKind.LSTM, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize, type,
        device, generator)
{
    /// <summary>Runs over sequences of one length.</summary>
    /// <param name="x">[steps, batch, in], [batch, steps, in] with <see cref="RNNBase.BatchFirst"/>, or [steps, in] for
    /// one sequence.</param>
    /// <param name="states">h and c to begin with, [layers · directions, batch, size] each (without the batch for one
    /// sequence); zeros if null.</param>
    /// <returns>The output of the last layer at each step, both directions side by side, and the states after the last
    /// step (the first, in the second direction) of each layer and direction.</returns>
    /// <exception cref="ArgumentException">A shape does not fit, or an operand is float32 and another
    /// float64.</exception>
    public (Tensor Output, (Tensor H, Tensor C) States) Forward(Tensor x, (Tensor H, Tensor C)? states = null)
    {
        (Tensor output, RecurrentState final) = Run(x, states?.H, states?.C);
        return (output, (final.H, final.C!));
    }

    /// <summary>Runs over packed sequences; states are in the order that they had before they were packed.</summary>
    /// <inheritdoc cref="Forward(Tensor, ValueTuple{Tensor, Tensor}?)"/>
    public (PackedSequence Output, (Tensor H, Tensor C) States) Forward(
        PackedSequence x, (Tensor H, Tensor C)? states = null)
    {
        (PackedSequence output, RecurrentState final) = Run(x, states?.H, states?.C);
        return (output, (final.H, final.C!));
    }
}
