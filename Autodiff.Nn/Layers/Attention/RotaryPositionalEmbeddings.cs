namespace Autodiff.Nn;

/// <summary>
/// Rotary positions: the features of a token at position m, in pairs, are turned by the angles m θᵢ with
/// θᵢ = base^(-2i / dim), so that products of queries and keys depend on how far apart they stand (Su et al.,
/// "RoFormer: Enhanced transformer with rotary position embedding", 2021, arXiv:2104.09864).
/// </summary>
/// <remarks>The name and the settings are torchtune's; PyTorch itself has no such layer.</remarks>
public class RotaryPositionalEmbeddings : Module
{
    /// <summary>Computes the angles.</summary>
    /// <param name="dim">The features of a head; an even number.</param>
    /// <param name="maxSequenceLength">How many positions there are.</param>
    /// <param name="theta">The base of the angles.</param>
    /// <param name="interleaved">Whether a pair is two neighbours, 2i and 2i + 1, as in the paper; else i and
    /// i + dim / 2.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the angles are.</param>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is odd or not positive.</exception>
    public RotaryPositionalEmbeddings(
        int dim, int maxSequenceLength = 4096, double theta = 10_000, bool interleaved = true,
        DType type = DType.Float32, Device? device = null)
    {
        if (dim <= 0 || dim % 2 != 0)
        {
            throw new ArgumentException(
                $"RotaryPositionalEmbeddings: features are turned in pairs; dim must be positive and even, not {dim}.",
                nameof(dim));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(maxSequenceLength);
        Functional.Positive(theta);
        (Dim, MaxSequenceLength, Theta, IsInterleaved) = (dim, maxSequenceLength, theta, interleaved);
        double[] cosines = new double[(long)maxSequenceLength * dim / 2], sines = new double[cosines.Length];
        for (int m = 0, at = 0; m < maxSequenceLength; m++)
        {
            for (int i = 0; i < dim; i += 2, at++)
            {
                (sines[at], cosines[at]) = Math.SinCos(m * Math.Pow(theta, -(double)i / dim));
            }
        }

        int[] shape = [maxSequenceLength, dim / 2];
        Cosines = RegisterBuffer("cos", Tensor.From<double>(cosines, shape, device).To(type), persistent: false);
        Sines = RegisterBuffer("sin", Tensor.From<double>(sines, shape, device).To(type), persistent: false);
    }

    /// <summary>The features of a head.</summary>
    public int Dim { get; }

    /// <summary>How many positions there are.</summary>
    public int MaxSequenceLength { get; }

    /// <summary>The base of the angles.</summary>
    public double Theta { get; }

    /// <summary>Whether a pair is two neighbours.</summary>
    public bool IsInterleaved { get; }

    /// <summary>cos m θᵢ, [positions, dim / 2].</summary>
    public Tensor Cosines { get; }

    /// <summary>sin m θᵢ, [positions, dim / 2].</summary>
    public Tensor Sines { get; }

    protected override string Settings => $"{Dim}, max_seq_len={MaxSequenceLength}, base={Format.Number(Theta)}";

    /// <inheritdoc/>
    /// <param name="x">[..., L, dim]: queries or keys of heads, [N, H, L, dim].</param>
    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <summary>Turns each token by its position.</summary>
    /// <param name="x">[..., L, dim]: queries or keys of heads, [N, H, L, dim].</param>
    /// <param name="positions">int64, broadcasting to [..., L]; 0, 1, ... if null.</param>
    /// <exception cref="ArgumentException">The features are others, or there are more tokens than
    /// positions.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public Tensor Forward(Tensor x, Tensor? positions)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank < 2 || x.Size(-1) != Dim || (positions is null && x.Size(-2) > MaxSequenceLength))
        {
            throw new ArgumentException(
                $"RotaryPositionalEmbeddings: x {x.Shape} must be [..., L, {Dim}] with L up to {MaxSequenceLength}.",
                nameof(x));
        }

        return positions is null
            ? Functional.RotaryEmbedding(
                x, Cosines.Narrow(0, 0, x.Size(-2)), Sines.Narrow(0, 0, x.Size(-2)), IsInterleaved)
            : Functional.RotaryEmbedding(
                x, Tensor.Embedding(positions, Cosines), Tensor.Embedding(positions, Sines), IsInterleaved);
    }
}

public static partial class Functional
{
    /// <summary>
    /// Turns pairs of features: (a, b) becomes (a cos - b sin, a sin + b cos) (Su et al., "RoFormer: Enhanced
    /// transformer with rotary position embedding", 2021, arXiv:2104.09864).
    /// </summary>
    /// <param name="x">[..., E], E even.</param>
    /// <param name="cos">The cosine for each pair, broadcasting to [..., E / 2].</param>
    /// <param name="sin">The sine for each pair.</param>
    /// <param name="interleaved">Whether a pair is two neighbours, 2i and 2i + 1; else i and i + E / 2.</param>
    /// <returns>As <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">E is odd, or the factors do not broadcast.</exception>
    public static Tensor RotaryEmbedding(Tensor x, Tensor cos, Tensor sin, bool interleaved = true)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(cos);
        ArgumentNullException.ThrowIfNull(sin);
        if (x.Rank == 0 || x.Size(-1) % 2 != 0 || cos.Rank == 0 || sin.Rank == 0 || cos.Size(-1) != x.Size(-1) / 2
            || sin.Size(-1) != x.Size(-1) / 2)
        {
            throw new ArgumentException(
                $"RotaryEmbedding: x {x.Shape} must have an even number of features, and cos {cos.Shape} and sin "
                    + $"{sin.Shape} one factor for each pair of them.", nameof(x));
        }

        int half = x.Size(-1) / 2;
        Tensor pairs = interleaved ? x.Unflatten(-1, half, 2) : x.Unflatten(-1, 2, half);
        int along = interleaved ? -1 : -2;
        Tensor a = pairs.Select(along, 0), b = pairs.Select(along, 1);
        Tensor y = Tensor.Stack([a * cos - b * sin, a * sin + b * cos], along).Flatten(-2, -1);
        if (y.Shape != x.Shape)
        {
            throw new ArgumentException(
                $"RotaryEmbedding: cos {cos.Shape} and sin {sin.Shape} do not broadcast to the pairs of x {x.Shape}.",
                nameof(cos));
        }

        return x.DType.IsFloatingPoint() ? y.To(x.DType) : y;
    }
}
