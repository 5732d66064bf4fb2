using Autodiff.Operations;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.LocalResponseNorm" path="/summary"/>
/// <param name="size">How many neighbouring channels there are in a mean.</param>
/// <param name="alpha">α.</param>
/// <param name="beta">β.</param>
/// <param name="k">k.</param>
public class LocalResponseNorm(int size, double alpha = 1e-4, double beta = 0.75, double k = 1) : Module
{
    /// <summary>How many neighbouring channels there are in a mean.</summary>
    public int Size { get; } = size;

    /// <summary>α.</summary>
    public double Alpha { get; } = alpha;

    /// <summary>β.</summary>
    public double Beta { get; } = beta;

    /// <summary>k.</summary>
    public double K { get; } = k;

    protected override string Settings =>
        $"{Size}, alpha={Format.Number(Alpha)}, beta={Format.Number(Beta)}, k={Format.Number(K)}";

    public override Tensor Forward(Tensor x) => Functional.LocalResponseNorm(x, Size, Alpha, Beta, K);
}

public static partial class Functional
{
    /// <summary>
    /// Divides each entry by what its neighbours in other channels hold: x / (k + α mean x²)^β, with channels beyond
    /// the first and the last as zeros (Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep
    /// convolutional neural networks", 2012).
    /// </summary>
    /// <param name="x">[N, C, ...], with at least one more dimension.</param>
    /// <param name="size">How many neighbouring channels there are in a mean: ⌊size / 2⌋ before, the entry's, and the
    /// rest after.</param>
    /// <param name="alpha">α.</param>
    /// <param name="beta">β.</param>
    /// <param name="k">k.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has fewer than three dimensions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public static Tensor LocalResponseNorm(Tensor x, int size, double alpha = 1e-4, double beta = 0.75, double k = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (x.Rank < 3)
        {
            throw new ArgumentException(
                $"LocalResponseNorm: input {x.Shape} must be [N, C, ...], with a dimension besides these.", nameof(x));
        }

        RequireFloating(nameof(LocalResponseNorm), x);
        if (x.ElementCount == 0)
        {
            return x;
        }

        int channels = x.Size(1);
        double[] divisors = new double[channels];
        divisors.AsSpan().Fill(size);
        Band mean = Band.Sums(Windows.Sliding(channels, channels, size, 1, size / 2, 1), divisors);
        Tensor means = (x * x).Reshape(x.Size(0), channels, -1).Resample("LocalResponseNorm", 1, mean);
        return x / (means.Reshape(x.Shape) * alpha + k).Pow(beta);
    }

    /// <summary>Refuses integers where a gradient is expected to flow.</summary>
    private static void RequireFloating(string operation, Tensor x)
    {
        if (!x.DType.IsFloatingPoint())
        {
            throw new InvalidOperationException(
                $"{operation}: elements must be floating, not {x.DType}. Convert them with To(DType.Float32).");
        }
    }
}
