namespace Autodiff.Nn;

/// <summary>What the layers of transformers and their stacks share.</summary>
/// <param name="DModel">E, the features of a token.</param>
/// <param name="NHead">The heads of each attention.</param>
/// <param name="DimFeedforward">The features between the two linear maps.</param>
/// <param name="Dropout">The probability to drop in training.</param>
/// <param name="Activation">What stands between the linear maps.</param>
/// <param name="LayerNormEps">ε of the norms.</param>
/// <param name="BatchFirst">Whether tensors are [N, L, E] and not [L, N, E].</param>
/// <param name="NormFirst">Whether the norms stand before their blocks and not behind the sums.</param>
/// <param name="Bias">Whether linear maps and norms have biases.</param>
/// <param name="Type">float32 or float64.</param>
/// <param name="Device">Where the parameters are.</param>
/// <param name="Generator">The source of dropout; the default one if null.</param>
internal sealed record TransformerOptions(
    int DModel, int NHead, int DimFeedforward, double Dropout, Func<Tensor, Tensor>? Activation, double LayerNormEps,
    bool BatchFirst, bool NormFirst, bool Bias, DType Type, Device? Device, Generator? Generator)
{
    public MultiheadAttention NewAttention(Generator? initial) => new(
        DModel, NHead, Dropout, Bias, batchFirst: BatchFirst, type: Type, device: Device,
        generator: initial) { DropoutGenerator = Generator };

    public Linear NewLinear(int inFeatures, int outFeatures, Generator? initial) =>
        new(inFeatures, outFeatures, Bias, Type, Device, initial);

    public LayerNorm NewNorm() => new([DModel], LayerNormEps, bias: Bias, type: Type, device: Device);

    public Dropout NewDropout() => new(Dropout, Generator);
}
