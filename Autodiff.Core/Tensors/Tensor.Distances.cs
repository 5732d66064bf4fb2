using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    private const int SmallDistanceTable = 25;

    /// <summary>The p-norm of the difference of two tensors, broadcast: |x - y|ₚ, one number.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Dist(Tensor other, double p = 2) => (this - other).Norm(p);

    /// <summary>
    /// The p-norm distances between each row of this tensor and each row of <paramref name="other"/>: [..., m, d] and
    /// [..., n, d] give [..., m, n]; leading dimensions broadcast.
    /// </summary>
    /// <param name="other">The other points.</param>
    /// <param name="p">The order of the norm, at least 0.</param>
    /// <remarks>
    /// Euclidean distances of more than 25 points come from one matrix product, |a|² + |b|² - 2 ab, as in PyTorch:
    /// fast, but cancelling where points nearly meet.
    /// </remarks>
    /// <exception cref="ArgumentException">The points have different dimensions, or an operand is no list of
    /// points.</exception>
    public Tensor CDist(Tensor other, double p = 2)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        if (Rank < 2 || other.Rank < 2 || Size(-1) != other.Size(-1))
        {
            throw new ArgumentException(
                $"CDist: takes points [..., m, d] and [..., n, d]; {Describe()} and {other.Describe()} don't have that "
                    + "form.", nameof(other));
        }

        if (p == 2 && (Size(-2) > SmallDistanceTable || other.Size(-2) > SmallDistanceTable))
        {
            return EuclideanTable(this, other);
        }

        Tensor differences = Unsqueeze(-2) - other.Unsqueeze(-3);
        return Size(-1) == 0 ? differences.Sum(-1) : differences.Norm(p, -1);
    }

    /// <summary>
    /// The p-norm of x - y + eps along the last dimension, broadcast: one distance for each pair of vectors.
    /// </summary>
    /// <param name="other">The other vectors.</param>
    /// <param name="p">The order of the norm.</param>
    /// <param name="eps">Added to the difference, so that equal vectors have a gradient.</param>
    /// <param name="keepDim">Keep the last dimension with size 1.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor PairwiseDistance(Tensor other, double p = 2, double eps = 1e-6, bool keepDim = false) =>
        (this - other + eps).Norm(p, -1, keepDim);

    /// <summary>
    /// The cosine of the angle between vectors along a dimension, broadcast: x·y / (max(|x|, eps) max(|y|, eps)). Never
    /// above 1 in magnitude.
    /// </summary>
    /// <param name="other">The other vectors.</param>
    /// <param name="dim">The dimension of the broadcast shape along which vectors lie.</param>
    /// <param name="eps">The least length that a vector counts with.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor CosineSimilarity(Tensor other, int dim = 1, double eps = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(other);
        Layout common = Broadcasting.Result(nameof(CosineSimilarity), _layout, other._layout);
        int fromEnd = WrapDim(nameof(CosineSimilarity), dim, common.Rank) - Math.Max(common.Rank, 1);
        Tensor x = ExpandTo(common), y = other.ExpandTo(common);
        return (x.Normalize(2, fromEnd, eps) * y.Normalize(2, fromEnd, eps)).Sum(fromEnd).Map(default(HeldToOne));
    }

    /// <summary>x / max(|x|ₚ, eps) along a dimension: vectors of length one.</summary>
    /// <param name="p">The order of the norm.</param>
    /// <param name="dim">The dimension along which vectors lie.</param>
    /// <param name="eps">The least length to divide by.</param>
    public Tensor Normalize(double p = 2, int dim = 1, double eps = 1e-12) =>
        this / Norm(p, dim, keepDim: true).ClampMin(eps);

    private static Tensor Binade(Tensor a, Tensor b) => a.ElementCount == 0 || b.ElementCount == 0
        ? Number(1)
        : a.ReduceRaw(Folds.MaxMagnitude, a.DType).Maximum(b.ReduceRaw(Folds.MaxMagnitude, b.DType))
        .MapByDual(default(Binade));

    private static Tensor EuclideanTable(Tensor a, Tensor b)
    {
        Tensor y;
        using (Unrecorded())
        {
            // Measured in the power of two of the largest coordinate, so that squares stay in range; no digit changes.
            Tensor unit = Binade(a, b), p = a / unit, q = b / unit;
            Tensor squares = p.Square().Sum(-1, keepDim: true) + q.Square().Sum(-1, keepDim: true).Transpose(-1, -2);
            y = (squares - 2 * p.MatMul(q.Transpose(-1, -2))).ClampMin(0).Sqrt() * unit;
        }

        if (!Recording.Needed(a, b))
        {
            return y;
        }

        SavedTensor x = a.Save("first points"), z = b.Save("second points"), distances = y.Save("output");
        return y.Record("CDist", "ā = Σ over b of g * (a - b) / y, b̄ = Σ over a of g * (b - a) / y", a, b,
            g => Pull(g, distances.Value, x.Value, z.Value),
            g => Pull(g.Transpose(-1, -2), distances.Value.Transpose(-1, -2), z.Value, x.Value), x, z, distances);

        // d|a - b|/da = (a - b) / |a - b|, summed over all b; 0 where they meet.
        static Tensor Pull(Tensor g, Tensor length, Tensor from, Tensor to)
        {
            Tensor pull = Map(default(DivOrZero), g, length);
            return from * pull.Sum(-1, keepDim: true) - pull.MatMul(to);
        }
    }
}
