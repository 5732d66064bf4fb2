namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.RMSNorm" path="/summary"/>
public class RMSNorm : Module
{
    private readonly int[] _shape;

    /// <summary>Makes the layer, with w = 1.</summary>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which is normalised.</param>
    /// <param name="eps">ε, against mean squares of zero; null for the distance from 1 to the next number of the
    /// input's type.</param>
    /// <param name="affine">Whether w is there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameter is.</param>
    public RMSNorm(
        Shape normalizedShape, double? eps = null, bool affine = true, DType type = DType.Float32,
        Device? device = null)
    {
        _shape = normalizedShape.ToArray();
        Eps = eps;
        if (affine)
        {
            Weight = RegisterParameter("weight", Tensor.Ones(normalizedShape, type, device));
        }
    }

    /// <summary>The sizes of the dimensions over which is normalised.</summary>
    public Shape NormalizedShape => _shape;

    /// <summary>ε, or null for that of the input's type.</summary>
    public double? Eps { get; }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    protected override string Settings => $"({string.Join(", ", _shape)}{(_shape.Length == 1 ? "," : "")}), "
        + $"eps={(Eps is { } eps ? Format.Number(eps) : "None")}, elementwise_affine={Weight is not null}";

    public override Tensor Forward(Tensor x) => Functional.RMSNorm(x, NormalizedShape, Weight, Eps);
}

public static partial class Functional
{
    /// <summary>
    /// Divides each sample by the root of its mean square over the last dimensions: x / √(mean x² + ε) · w (Zhang and
    /// Sennrich, "Root mean square layer normalization", 2019).
    /// </summary>
    /// <param name="x">[..., shape].</param>
    /// <param name="normalizedShape">The sizes of the last dimensions, over which is normalised.</param>
    /// <param name="weight">w, of that shape, or null.</param>
    /// <param name="eps">ε, against mean squares of zero; null for the distance from 1 to the next number of the
    /// input's type.</param>
    /// <exception cref="ArgumentException">The last dimensions of <paramref name="x"/> are others, or the weight has
    /// another shape or floating type.</exception>
    public static Tensor RMSNorm(Tensor x, Shape normalizedShape, Tensor? weight = null, double? eps = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireLastDimensions(nameof(RMSNorm), x, normalizedShape);
        RequireShape(nameof(RMSNorm), x, nameof(weight), weight, normalizedShape);
        Tensor.RequireLayerType(nameof(RMSNorm), x, weight);
        double least = eps ?? (x.DType == DType.Float64 ? Math.BitIncrement(1.0) - 1 : MathF.BitIncrement(1) - 1);
        Tensor.NormPlan plan = Tensor.NormPlan.Rows(x, checked((int)normalizedShape.ElementCount));
        if (x.Standardized("RMSNorm", plan, weight, null, least, centre: false, out _) is { } fused)
        {
            return fused;
        }

        int[] dims = [.. Enumerable.Range(x.Rank - normalizedShape.Rank, normalizedShape.Rank)];
        return (x * x.InverseDeviation(dims, least, out _)).Affine(weight, null);
    }

    /// <summary>Refuses an input that does not end in the dimensions over which is normalised.</summary>
    private static void RequireLastDimensions(string operation, Tensor x, Shape shape)
    {
        if (shape.Rank == 0 || x.Rank < shape.Rank || !x.Shape.AsSpan()[^shape.Rank..].SequenceEqual(shape.AsSpan()))
        {
            throw new ArgumentException(
                $"{operation}: input {x.Shape} does not end in the dimensions {shape}.", nameof(x));
        }
    }
}
