namespace Autodiff.Nn;

/// <summary>A bilinear map of two inputs: y[k] = x₁ᵀ w[k] x₂ + b[k].</summary>
public class Bilinear : Module
{
    /// <summary>Makes a layer with random weights, uniform in ±1/√in₁ as PyTorch's.</summary>
    /// <param name="in1Features">The size of the first input's last dimension.</param>
    /// <param name="in2Features">The size of the second input's last dimension.</param>
    /// <param name="outFeatures">The size of the output's last dimension.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    public Bilinear(
        int in1Features, int in2Features, int outFeatures, bool bias = true, DType type = DType.Float32,
        Device? device = null,
        Generator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(in1Features, 1);
        Weight = RegisterParameter("weight", Tensor.Empty([outFeatures, in1Features, in2Features], type, device));
        Bias = bias ? RegisterParameter("bias", Tensor.Empty([outFeatures], type, device)) : null;
        double bound = 1 / Math.Sqrt(in1Features);
        Init.Uniform(Weight, -bound, bound, generator);
        if (Bias is not null)
        {
            Init.Uniform(Bias, -bound, bound, generator);
        }
    }

    /// <summary>w, [out, in₁, in₂].</summary>
    public Tensor Weight { get; }

    /// <summary>b, [out], or null.</summary>
    public Tensor? Bias { get; }

    protected override string Settings =>
        $"in1_features={Weight.Size(1)}, in2_features={Weight.Size(2)}, out_features={Weight.Size(0)}, "
            + $"bias={Bias is not null}";

    /// <summary>The map.</summary>
    /// <param name="x1">[..., in₁].</param>
    /// <param name="x2">[..., in₂], with the same leading dimensions.</param>
    public Tensor Forward(Tensor x1, Tensor x2) => Functional.Bilinear(x1, x2, Weight, Bias);
}

public static partial class Functional
{
    /// <summary>A bilinear map of two inputs: y[k] = x₁ᵀ w[k] x₂ + b[k].</summary>
    /// <param name="x1">[..., in₁].</param>
    /// <param name="x2">[..., in₂], with the same leading dimensions.</param>
    /// <param name="weight">w, [out, in₁, in₂].</param>
    /// <param name="bias">b, [out], or null.</param>
    /// <returns>[..., out].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or one operand is float32 and another
    /// float64.</exception>
    public static Tensor Bilinear(Tensor x1, Tensor x2, Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(x1);
        ArgumentNullException.ThrowIfNull(x2);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 3 || x1.Rank == 0 || x2.Rank != x1.Rank || x1.Shape[^1] != weight.Size(1)
            || x2.Shape[^1] != weight.Size(2)
            || !x1.Shape.AsSpan()[..^1].SequenceEqual(x2.Shape.AsSpan()[..^1]))
        {
            throw new ArgumentException(
                $"Bilinear: inputs {x1.Shape} and {x2.Shape} do not fit weight {weight.Shape}, which is [out, in1, "
                    + "in2] and takes [..., in1] and [..., in2].", nameof(weight));
        }

        if (bias is not null && (bias.Rank != 1 || bias.Size(0) != weight.Size(0)))
        {
            throw new ArgumentException(
                $"Bilinear: bias {bias.Shape} must have one number for each of the {weight.Size(0)} outputs.",
                nameof(bias));
        }

        Tensor.RequireLayerType(nameof(Bilinear), x1, weight, bias);
        Tensor.RequireLayerType(nameof(Bilinear), x2, weight, bias);

        // [..., out, in2] = x1 w, then the dot product with x2.
        int outputs = weight.Size(0), in1 = weight.Size(1), in2 = weight.Size(2);
        ReadOnlySpan<int> lead = x1.Shape.AsSpan()[..^1];
        Tensor half = x1.Reshape(-1, in1).MatMul(weight.Permute(1, 0, 2).Reshape(in1, outputs * in2))
            .Reshape([.. lead, outputs, in2]);
        Tensor y = half.MatMul(x2.Unsqueeze(-1)).Squeeze(-1);
        return bias is null ? y : y + bias;
    }
}
