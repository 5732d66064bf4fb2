namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.LayerNorm" path="/summary"/>
public class LayerNorm : Module
{
    private readonly int[] _shape;

    /// <summary>Makes the layer, with w = 1 and b = 0.</summary>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which is normalised.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <param name="affine">Whether w and b are there.</param>
    /// <param name="bias">Whether b is there, where w is.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    public LayerNorm(Shape normalizedShape, double eps = 1e-5, bool affine = true, bool bias = true,
        DType type = DType.Float32, Device? device = null)
    {
        _shape = normalizedShape.ToArray();
        Eps = eps;
        if (affine)
        {
            Weight = RegisterParameter("weight", Tensor.Ones(normalizedShape, type, device));
            Bias = bias ? RegisterParameter("bias", Tensor.Zeros(normalizedShape, type, device)) : null;
        }
    }

    /// <summary>The sizes of the dimensions over which is normalised.</summary>
    public Shape NormalizedShape => _shape;

    /// <summary>ε, against variances of zero.</summary>
    public double Eps { get; }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>b, or null.</summary>
    public Tensor? Bias { get; }

    protected override string Settings =>
        $"({string.Join(", ", _shape)}{(_shape.Length == 1 ? "," : "")}), eps={Format.Number(Eps)}, "
            + $"elementwise_affine={Weight is not null}";

    public override Tensor Forward(Tensor x) => Functional.LayerNorm(x, NormalizedShape, Weight, Bias, Eps);
}

public static partial class Functional
{
    /// <summary>
    /// Normalises each sample over its last dimensions: (x - mean) / √(var + ε) · w + b (Ba, Kiros and Hinton, "Layer
    /// normalization", 2016).
    /// </summary>
    /// <param name="x">[..., shape].</param>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which is normalised.</param>
    /// <param name="weight">w, of that shape, or null.</param>
    /// <param name="bias">b, of that shape, or null.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <exception cref="ArgumentException">The last dimensions of <paramref name="x"/> are others, or the parameters
    /// have another shape or floating type.</exception>
    public static Tensor LayerNorm(Tensor x, Shape normalizedShape, Tensor? weight = null, Tensor? bias = null,
        double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(x);
        int count = normalizedShape.Rank;
        RequireLastDimensions(nameof(LayerNorm), x, normalizedShape);
        RequireShape(nameof(LayerNorm), x, nameof(weight), weight, normalizedShape);
        RequireShape(nameof(LayerNorm), x, nameof(bias), bias, normalizedShape);
        Tensor.RequireLayerType(nameof(LayerNorm), x, weight, bias);
        Tensor.NormPlan plan = Tensor.NormPlan.Rows(x, checked((int)normalizedShape.ElementCount));
        if (x.Standardized("LayerNorm", plan, weight, bias, eps, centre: true, out _) is { } fused)
        {
            return fused;
        }

        int[] dims = [.. Enumerable.Range(x.Rank - count, count)];
        Tensor centred = x.Centred(dims, out _);
        Tensor y = centred * centred.InverseDeviation(dims, eps, out _);
        return y.Affine(weight, bias);
    }

    /// <summary>
    /// x - mean over some dimensions, which stay with size 1. What rounding leaves of the mean is subtracted as well:
    /// in float32, half of its last digit at 10,000 is a twentieth of a deviation of 0.01.
    /// </summary>
    /// <param name="x">x.</param>
    /// <param name="dims">The dimensions.</param>
    /// <param name="mean">The mean.</param>
    internal static Tensor Centred(this Tensor x, ReadOnlySpan<int> dims, out Tensor mean)
    {
        mean = x.Mean(dims, true);
        Tensor centred = x - mean;
        if (x.DType == DType.Float64)
        {
            return centred;
        }

        // Its derivative is 0: a mean of deviations from the mean.
        Tensor rest;
        using (Tensor.Unrecorded())
        {
            rest = centred.Mean(dims, true);
        }

        return centred - rest;
    }

    /// <summary>x w + b, where these are there.</summary>
    internal static Tensor Affine(this Tensor x, Tensor? weight, Tensor? bias)
    {
        x = weight is null ? x : x * weight;
        return bias is null ? x : x + bias;
    }
}
