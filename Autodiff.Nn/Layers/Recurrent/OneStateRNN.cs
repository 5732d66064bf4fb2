namespace Autodiff.Nn;

/// <summary>What the recurrent layers with one state, h, have in common.</summary>
/// <inheritdoc path="/remarks"/>
public abstract class OneStateRNN : RNNBase
{
    private protected OneStateRNN(
        RecurrentKind kind, int inputSize, int hiddenSize, int numLayers, bool bias, bool batchFirst, double dropout,
        bool bidirectional, DType type, Device? device, Generator? generator)
        : base(
            kind, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, projSize: 0, type,
            device, generator)
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
