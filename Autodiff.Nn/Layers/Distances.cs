namespace Autodiff.Nn;

public static partial class Functional
{
    /// <inheritdoc cref="Tensor.PairwiseDistance" path="/summary|/exception"/>
    /// <param name="x1">x, [..., D].</param>
    /// <param name="x2">y, broadcast against it.</param>
    /// <param name="p">The norm's degree.</param>
    /// <param name="eps">ε, against norms of zero.</param>
    /// <param name="keepDim">Whether the last dimension stays with size 1.</param>
    public static Tensor PairwiseDistance(Tensor x1, Tensor x2, double p = 2, double eps = 1e-6, bool keepDim = false)
    {
        ArgumentNullException.ThrowIfNull(x1);
        return x1.PairwiseDistance(x2, p, eps, keepDim);
    }

    /// <inheritdoc cref="Tensor.CosineSimilarity" path="/summary|/exception"/>
    /// <param name="x1">x.</param>
    /// <param name="x2">y, broadcast against it.</param>
    /// <param name="dim">The dimension of the vectors, in the broadcast shape.</param>
    /// <param name="eps">ε, the smallest norm to divide by.</param>
    public static Tensor CosineSimilarity(Tensor x1, Tensor x2, int dim = 1, double eps = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(x1);
        return x1.CosineSimilarity(x2, dim, eps);
    }

    /// <inheritdoc cref="Tensor.Normalize" path="/summary"/>
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
