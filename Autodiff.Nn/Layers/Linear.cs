namespace Autodiff.Nn;

/// <summary>The affine map y = x wᵀ + b, from [..., in] to [..., out].</summary>
/// <remarks>
/// Initial values as PyTorch's: weight and bias uniform in ±1/√in, drawn in that order.
/// </remarks>
public class Linear : Module
{
    /// <summary>Makes a layer with random weights.</summary>
    /// <param name="inFeatures">The size of the input's last dimension.</param>
    /// <param name="outFeatures">The size of the output's last dimension.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    public Linear(
        int inFeatures, int outFeatures, bool bias = true, DType type = DType.Float32, Device? device = null,
        Generator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inFeatures);
        ArgumentOutOfRangeException.ThrowIfNegative(outFeatures);
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        Weight = RegisterParameter("weight", Tensor.Empty([outFeatures, inFeatures], type, device));
        Bias = bias ? RegisterParameter("bias", Tensor.Empty([outFeatures], type, device)) : null;
        ResetParameters(generator);
    }

    /// <summary>The size of the input's last dimension.</summary>
    public int InFeatures { get; }

    /// <summary>The size of the output's last dimension.</summary>
    public int OutFeatures { get; }

    /// <summary>w, [out, in].</summary>
    public Tensor Weight { get; }

    /// <summary>b, [out], or null.</summary>
    public Tensor? Bias { get; }

    protected override string Settings =>
        $"in_features={InFeatures}, out_features={OutFeatures}, bias={Bias is not null}";

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null) => Init.Layer(Weight, Bias, generator);

    /// <inheritdoc/>
    /// <param name="x">[..., in].</param>
    /// <returns>[..., out].</returns>
    /// <exception cref="ArgumentException">The last dimension of <paramref name="x"/> is not <see cref="InFeatures"/>
    /// long.</exception>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Linear(Weight, Bias);
    }
}
