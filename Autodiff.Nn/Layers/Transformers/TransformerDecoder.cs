namespace Autodiff.Nn;

/// <summary>
/// Decoder layers one after the other, which all begin with the values of one, and a norm at the end.
/// </summary>
public class TransformerDecoder : Module
{
    /// <summary>Makes the stack.</summary>
    /// <param name="decoderLayer">The layer that each layer of the stack is a copy of; it is not part of the
    /// stack.</param>
    /// <param name="numLayers">How many copies.</param>
    /// <param name="norm">What the last result goes through, or null.</param>
    public TransformerDecoder(TransformerDecoderLayer decoderLayer, int numLayers, Module? norm = null)
    {
        ArgumentNullException.ThrowIfNull(decoderLayer);
        ArgumentOutOfRangeException.ThrowIfNegative(numLayers);
        Layers = RegisterModule("layers", new ModuleList<TransformerDecoderLayer>());
        for (int i = 0; i < numLayers; i++)
        {
            Layers.Add(decoderLayer.Clone());
        }

        Norm = norm is null ? null : RegisterModule("norm", norm);
    }

    /// <summary>The layers in order.</summary>
    public ModuleList<TransformerDecoderLayer> Layers { get; }

    /// <summary>What the last result goes through, or null.</summary>
    public Module? Norm { get; }

    /// <summary>What the layers make of a sequence, one after the other, each given the same memory.</summary>
    /// <inheritdoc cref="TransformerDecoderLayer.Forward(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, bool, bool)"/>
    public virtual Tensor Forward(
        Tensor tgt, Tensor memory, Tensor? tgtMask = null, Tensor? memoryMask = null,
        Tensor? tgtKeyPaddingMask = null, Tensor? memoryKeyPaddingMask = null, bool tgtIsCausal = false,
        bool memoryIsCausal = false)
    {
        foreach (TransformerDecoderLayer layer in Layers)
        {
            tgt = layer.Forward(
                tgt, memory, tgtMask, memoryMask, tgtKeyPaddingMask, memoryKeyPaddingMask, tgtIsCausal, memoryIsCausal);
        }

        return Norm?.Forward(tgt) ?? tgt;
    }
}
