namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The distance of two tensors along the last dimension: the p-norm of x₁ - x₂ + ε.</summary>
    /// <param name="x1">x₁, [..., D].</param>
    /// <param name="x2">x₂, broadcast against it.</param>
    /// <param name="p">The norm's degree.</param>
    /// <param name="eps">ε, against norms of zero.</param>
    /// <param name="keepDim">Whether the last dimension stays with size 1.</param>
    public static Tensor PairwiseDistance(Tensor x1, Tensor x2, double p = 2, double eps = 1e-6, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x1);
        return x1.PairwiseDistance(x2, p, eps, keepDim);
    }

    /// <summary>
    /// The cosine of the angle between two tensors along a dimension: x₁·x₂ / (max(|x₁|, ε) max(|x₂|, ε)). Never above 1 in
    /// magnitude.
    /// </summary>
    /// <param name="x1">x₁.</param>
    /// <param name="x2">x₂, broadcast against it.</param>
    /// <param name="dim">The dimension of the vectors, in the broadcast shape.</param>
    /// <param name="eps">ε, the smallest norm to divide by.</param>
    public static Tensor CosineSimilarity(Tensor x1, Tensor x2, int dim = 1, double eps = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(x1);
        return x1.CosineSimilarity(x2, dim, eps);
    }

    /// <summary>Vectors of length 1: x / max(|x|, ε) along a dimension, with the p-norm.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="p">The norm's degree.</param>
    /// <param name="dim">The dimension of the vectors.</param>
    /// <param name="eps">ε, the smallest norm to divide by.</param>
    public static Tensor Normalize(Tensor x, double p = 2, int dim = 1, double eps = 1e-12)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Normalize(p, dim, eps);
    }
}
