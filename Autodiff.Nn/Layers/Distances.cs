namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.PairwiseDistance" path="/summary"/>
/// <param name="p">The norm's degree.</param>
/// <param name="eps">ε, against norms of zero.</param>
/// <param name="keepDim">Whether the last dimension stays with size 1.</param>
public class PairwiseDistance(double p = 2, double eps = 1e-6, bool keepDim = false) : Module
{
    /// <summary>The norm's degree.</summary>
    public double P { get; } = p;

    /// <summary>ε, added to differences.</summary>
    public double Eps { get; } = eps;

    /// <summary>Whether the last dimension stays with size 1.</summary>
    public bool KeepDim { get; } = keepDim;

    /// <inheritdoc cref="Functional.PairwiseDistance"/>
    public Tensor Forward(Tensor x1, Tensor x2) => Functional.PairwiseDistance(x1, x2, P, Eps, KeepDim);
}

/// <inheritdoc cref="Functional.CosineSimilarity" path="/summary"/>
/// <param name="dim">The dimension of the vectors, in the broadcast shape.</param>
/// <param name="eps">ε, the smallest norm to divide by.</param>
public class CosineSimilarity(int dim = 1, double eps = 1e-8) : Module
{
    /// <summary>The dimension of the vectors.</summary>
    public int Dim { get; } = dim;

    /// <summary>ε, the smallest norm to divide by.</summary>
    public double Eps { get; } = eps;

    /// <inheritdoc cref="Functional.CosineSimilarity"/>
    public Tensor Forward(Tensor x1, Tensor x2) => Functional.CosineSimilarity(x1, x2, Dim, Eps);
}

public static partial class Functional
{
    /// <inheritdoc cref="Tensor.PairwiseDistance" path="//summary|//exception"/>
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

    /// <inheritdoc cref="Tensor.CosineSimilarity" path="//summary|//exception"/>
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

    /// <summary>
    /// The distances of the rows among each other, |x_i - x_j|_p for i &lt; j: what <see cref="Tensor.CDist"/> has
    /// above its diagonal.
    /// </summary>
    /// <param name="x">[N, D].</param>
    /// <param name="p">The norm's degree, at least 0.</param>
    /// <returns>[N (N - 1) / 2]: (0, 1), (0, 2), ..., (1, 2), ...</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> is no matrix.</exception>
    public static Tensor PDist(Tensor x, double p = 2)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank != 2)
        {
            throw new ArgumentException($"PDist: input {x.Shape} must be [N, D].", nameof(x));
        }

        int n = x.Size(0);
        long[] first = [.. from i in Enumerable.Range(0, n) from j in Enumerable.Range(i + 1, n - 1 - i)
            select (long)i];
        long[] second = [.. from i in Enumerable.Range(0, n) from j in Enumerable.Range(i + 1, n - 1 - i)
            select (long)j];
        Tensor a = x.IndexSelect(0, Tensor.From(first, [first.Length]).To(x.Device));
        Tensor b = x.IndexSelect(0, Tensor.From(second, [second.Length]).To(x.Device));
        return (a - b).Norm(p, -1);
    }
}
