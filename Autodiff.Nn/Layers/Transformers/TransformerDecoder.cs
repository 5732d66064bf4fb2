namespace Autodiff.Nn;

/// <summary>
/// Decoder layers one after the other, which all begin with the values of one, and a norm at the end.
/// </summary>
/// <inheritdoc cref="TransformerEncoder" path="/param[@name != 'encoderLayer']"/>
/// <param name="decoderLayer">The layer that each layer of the stack is a copy of; it is not part of the
/// stack.</param>
public class TransformerDecoder(TransformerDecoderLayer decoderLayer, int numLayers, Module? norm = null)
    : TransformerStack<TransformerDecoderLayer>(decoderLayer, static layer => layer.Clone(), numLayers, norm)
{
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
