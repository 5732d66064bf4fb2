using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The product of two matrices, [m, k] times [k, n]; no broadcasting (see <see cref="MatMul"/>).</summary>
    /// <exception cref="ArgumentException">A factor is no matrix, or the inner sizes differ.</exception>
    public Tensor Mm(Tensor other)
    {
        RequireRanks(nameof(Mm), this, 2, other, 2);
        return MatMul(other);
    }

    /// <summary>Matrix times vector, [m, k] times [k].</summary>
    /// <exception cref="ArgumentException">The ranks or sizes do not fit.</exception>
    public Tensor Mv(Tensor vector)
    {
        RequireRanks(nameof(Mv), this, 2, vector, 1);
        return MatMul(vector);
    }

    /// <summary>
    /// The products of a batch of matrices, [b, m, k] times [b, k, n]; no broadcasting (see <see cref="MatMul"/>).
    /// </summary>
    /// <exception cref="ArgumentException">A factor is not of rank 3, or the sizes do not fit.</exception>
    public Tensor Bmm(Tensor other)
    {
        RequireRanks(nameof(Bmm), this, 3, other, 3);
        return Size(0) == other.Size(0)
            ? MatMul(other)
            : throw new ArgumentException(
                $"Bmm: {Describe()} holds {Size(0)} matrices, {other.Describe()} {other.Size(0)}; use MatMul to "
                    + "broadcast a batch of one.", nameof(other));
    }

    /// <summary>The dot product Σ xᵢ yᵢ of two vectors.</summary>
    /// <exception cref="ArgumentException">An operand is no vector, or the lengths differ.</exception>
    public Tensor Dot(Tensor other)
    {
        RequireRanks(nameof(Dot), this, 1, other, 1);
        return Size(0) == other.Size(0)
            ? MatMul(other)
            : throw new ArgumentException($"Dot: the vectors have {Size(0)} and {other.Size(0)} elements.",
                nameof(other));
    }

    /// <summary>The dot product of two vectors; for real numbers the same as <see cref="Dot"/>.</summary>
    /// <inheritdoc cref="Dot"/>
    public Tensor VDot(Tensor other) => Dot(other);

    /// <summary>
    /// Dot products along the last dimensions: [..., k] and [~~~, k] give [..., ~~~]; a scalar operand multiplies.
    /// </summary>
    /// <exception cref="ArgumentException">The last dimensions differ.</exception>
    public Tensor Inner(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Rank == 0 || other.Rank == 0 ? this * other
            : Size(-1) == other.Size(-1) ? TensorDot(other, [-1], [-1])
            : throw new ArgumentException(
                $"Inner: the last dimensions of {Describe()} and {other.Describe()} differ.", nameof(other));
    }

    /// <summary>The outer product xᵢ yⱼ of two vectors, [m] and [n] to [m, n].</summary>
    /// <exception cref="ArgumentException">An operand is no vector.</exception>
    public Tensor Outer(Tensor other)
    {
        RequireRanks(nameof(Outer), this, 1, other, 1);
        return Unsqueeze(1) * other;
    }

    /// <summary>The outer product, under its name in BLAS.</summary>
    /// <inheritdoc cref="Outer"/>
    public Tensor Ger(Tensor other) => Outer(other);

    /// <summary>
    /// beta x + alpha (a b) for matrices a, b; x broadcasts. With beta 0 x counts for nothing, not even as NaN.
    /// </summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="beta">The weight of this tensor.</param>
    /// <param name="alpha">The weight of the product.</param>
    /// <exception cref="ArgumentException">The ranks or sizes do not fit.</exception>
    public Tensor AddMm(Tensor a, Tensor b, double beta = 1, double alpha = 1)
    {
        RequireRanks(nameof(AddMm), a, 2, b, 2);
        return PlusProduct(nameof(AddMm), a.MatMul(b), beta, alpha);
    }

    /// <summary>beta x + alpha (a v) for a matrix a and a vector v; x broadcasts.</summary>
    /// <inheritdoc cref="AddMm"/>
    /// <param name="a">[m, k].</param>
    /// <param name="v">[k].</param>
    public Tensor AddMv(Tensor a, Tensor v, double beta = 1, double alpha = 1)
    {
        RequireRanks(nameof(AddMv), a, 2, v, 1);
        return PlusProduct(nameof(AddMv), a.MatMul(v), beta, alpha);
    }

    /// <summary>beta x + alpha (a b) for each pair of a batch of matrices; x broadcasts.</summary>
    /// <inheritdoc cref="AddMm"/>
    /// <param name="a">[batch, m, k].</param>
    /// <param name="b">[batch, k, n].</param>
    public Tensor BaddBmm(Tensor a, Tensor b, double beta = 1, double alpha = 1)
    {
        ArgumentNullException.ThrowIfNull(a);
        return PlusProduct(nameof(BaddBmm), a.Bmm(b), beta, alpha);
    }

    /// <summary>beta x + alpha Σ a b, the products of a batch of matrices summed; x broadcasts.</summary>
    /// <inheritdoc cref="BaddBmm"/>
    public Tensor AddBmm(Tensor a, Tensor b, double beta = 1, double alpha = 1)
    {
        RequireRanks(nameof(AddBmm), a, 3, b, 3);
        if (a.Size(0) != b.Size(0) || a.Size(2) != b.Size(1))
        {
            throw new ArgumentException(
                $"AddBmm: the matrices of {a.Describe()} and {b.Describe()} don't multiply pair by pair.", nameof(b));
        }

        return PlusProduct(nameof(AddBmm), a.TensorDot(b, [0, 2], [0, 1]), beta, alpha);
    }

    /// <summary>beta x + alpha u vᵀ, the outer product added; x broadcasts.</summary>
    /// <inheritdoc cref="AddMm"/>
    /// <param name="u">[m].</param>
    /// <param name="v">[n].</param>
    public Tensor Addr(Tensor u, Tensor v, double beta = 1, double alpha = 1)
    {
        ArgumentNullException.ThrowIfNull(u);
        return PlusProduct(nameof(Addr), u.Outer(v), beta, alpha);
    }

    /// <summary>
    /// Sums of products over paired dimensions: the result has this tensor's other dimensions, then
    /// <paramref name="other"/>'s.
    /// </summary>
    /// <param name="other">The second factor.</param>
    /// <param name="dims">Dimensions of this tensor to sum over.</param>
    /// <param name="otherDims">Their partners in <paramref name="other"/>, of the same sizes (or size 1, which
    /// broadcasts).</param>
    /// <exception cref="ArgumentException">The pairs do not fit.</exception>
    public Tensor TensorDot(Tensor other, ReadOnlySpan<int> dims, ReadOnlySpan<int> otherDims)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (dims.Length != otherDims.Length)
        {
            throw new ArgumentException(
                $"TensorDot: {dims.Length} dimensions of x are paired with {otherDims.Length} of y; give as many of "
                    + "each.", nameof(otherDims));
        }

        int[] labels = [.. Enumerable.Range(0, Rank)], otherLabels = [.. Enumerable.Range(Rank, other.Rank)];
        for (int i = 0; i < dims.Length; i++)
        {
            int a = Dimension(nameof(TensorDot), dims[i]), b = other.Dimension(nameof(TensorDot), otherDims[i]);
            if (otherLabels[b] < Rank || Array.IndexOf(otherLabels, a) >= 0)
            {
                throw new ArgumentException(
                    $"TensorDot: a dimension is paired twice in [{string.Join(", ", dims.ToArray())}] and "
                        + $"[{string.Join(", ", otherDims.ToArray())}].", nameof(dims));
            }

            int p = _layout.Dims[a], q = other._layout.Dims[b];
            if (p != q && p != 1 && q != 1)
            {
                throw new ArgumentException(
                    $"TensorDot: dim {dims[i]} of x {Describe()} has {p} entries, its partner dim {otherDims[i]} of y "
                        + $"{other.Describe()} has {q}.", nameof(otherDims));
            }

            otherLabels[b] = a;
        }

        int[] output = Array.FindAll(
            [.. labels, .. otherLabels], label => label >= Rank || !otherLabels.Contains(label)); // those not paired
        return Contraction.Pair(new(this, labels), new(other, otherLabels), output).Value;
    }

    /// <summary>
    /// Sums of products over the last <paramref name="dims"/> dimensions of this tensor and the first of
    /// <paramref name="other"/>.
    /// </summary>
    /// <inheritdoc cref="TensorDot(Tensor, ReadOnlySpan{int}, ReadOnlySpan{int})"/>
    public Tensor TensorDot(Tensor other, int dims = 2)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (dims < 0 || dims > Math.Min(Rank, other.Rank))
        {
            throw new ArgumentOutOfRangeException(nameof(dims), dims,
                $"TensorDot: x {Describe()} and y {other.Describe()} can't share that many dimensions.");
        }

        return TensorDot(other, [.. Enumerable.Range(Rank - dims, dims)], [.. Enumerable.Range(0, dims)]);
    }

    /// <summary>x₁ᵀ Wₖ x₂ + bₖ for each output k: the bilinear map of two inputs.</summary>
    /// <param name="other">x₂, [..., in2], with the leading dimensions of this x₁, [..., in1].</param>
    /// <param name="weight">W, [out, in1, in2].</param>
    /// <param name="bias">b, [out], or null.</param>
    /// <returns>[..., out].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Bilinear(Tensor other, Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 3 || Rank == 0 || other.Rank == 0 || Size(-1) != weight.Size(1)
            || other.Size(-1) != weight.Size(2))
        {
            throw new ArgumentException(
                $"Bilinear: inputs {Describe()} and {other.Describe()} don't fit weight {weight.Describe()}, which "
                    + "must be [out, in1, in2].", nameof(weight));
        }

        Tensor y = Einsum("...i,kij,...j->...k", this, weight, other);
        return bias is null ? y : y + bias;
    }

    /// <summary>
    /// The product of a chain of matrices, in the order that needs the fewest multiplications; the first and the last
    /// may be vectors.
    /// </summary>
    /// <param name="factors">At least two tensors of rank 2.</param>
    /// <exception cref="ArgumentException">There are fewer than two factors, or they do not fit.</exception>
    public static Tensor MultiDot(params ReadOnlySpan<Tensor> factors)
    {
        if (factors.Length < 2)
        {
            throw new ArgumentException($"MultiDot: takes at least two factors, not {factors.Length}.",
                nameof(factors));
        }

        Tensor[] chain = factors.ToArray();
        int last = chain.Length - 1;
        (bool row, bool column) = (chain[0].Rank == 1, chain[last].Rank == 1);
        chain[0] = row ? chain[0].Unsqueeze(0) : chain[0];
        chain[last] = column ? chain[last].Unsqueeze(1) : chain[last];
        for (int i = 0; i < chain.Length; i++)
        {
            if (chain[i].Rank != 2 || (i > 0 && chain[i - 1].Size(1) != chain[i].Size(0)))
            {
                throw new ArgumentException(
                    $"MultiDot: factor {i} {factors[i].Describe()} "
                        + (chain[i].Rank != 2
                            ? "is no matrix."
                            : $"does not fit {factors[i - 1].Describe()} before it."),
                    nameof(factors));
            }
        }

        Tensor product = ChainProduct(chain, CheapestCuts(chain), 0, last);
        product = row ? product.Squeeze(0) : product;
        return column ? product.Squeeze(-1) : product;
    }

    /// <summary>Where to cut each subchain i..j in two: the dynamic programme of the matrix chain.</summary>
    private static int[,] CheapestCuts(Tensor[] chain)
    {
        int n = chain.Length;
        double[,] cost = new double[n, n];
        int[,] cuts = new int[n, n];
        for (int length = 1; length < n; length++)
        {
            for (int i = 0; i + length < n; i++)
            {
                int j = i + length;
                cost[i, j] = double.PositiveInfinity;
                for (int cut = i; cut < j; cut++)
                {
                    double total = cost[i, cut] + cost[cut + 1, j]
                        + (double)chain[i].Size(0) * chain[cut].Size(1) * chain[j].Size(1);
                    if (total < cost[i, j])
                    {
                        (cost[i, j], cuts[i, j]) = (total, cut);
                    }
                }
            }
        }

        return cuts;
    }

    private static Tensor ChainProduct(Tensor[] chain, int[,] cuts, int from, int to) => from == to
        ? chain[from]
        : ChainProduct(chain, cuts, from, cuts[from, to]).MatMul(ChainProduct(chain, cuts, cuts[from, to] + 1, to));

    /// <summary>
    /// The Kronecker product: every element of this tensor times the whole of <paramref name="other"/>, [m, n] and [p,
    /// q] to [m p, n q].
    /// </summary>
    public Tensor Kron(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        int rank = Math.Max(Rank, other.Rank);
        int[] outer = new int[2 * rank], inner = new int[2 * rank];
        long[] shape = new long[rank];
        for (int d = 1; d <= rank; d++)
        {
            int p = d <= Rank ? _layout.Dims[^d] : 1, q = d <= other.Rank ? other._layout.Dims[^d] : 1;
            (outer[^(2 * d)], outer[^(2 * d - 1)]) = (p, 1);
            (inner[^(2 * d)], inner[^(2 * d - 1)]) = (1, q);
            shape[^d] = (long)p * q;
        }

        int[] dims = Sizes.Checked(nameof(Kron), shape, DTypes.Promote(DType, other.DType));
        if (2 * rank > Layout.MaxRank)
        {
            // Each entry as often as the other has them, times the other as often as this has entries.
            Tensor each = Reshape([.. Enumerable.Repeat(1, rank - Rank), .. _layout.Dims]);
            int[] counts = [.. each._layout.Dims];
            for (int d = 1; d <= other.Rank; d++)
            {
                each = each.RepeatInterleave(other._layout.Dims[^d], -d);
            }

            return each * other.Repeat(counts);
        }

        return (Reshape(outer) * other.Reshape(inner)).Reshape(dims);
    }

    private Tensor PlusProduct(string operation, Tensor product, double beta, double alpha)
    {
        if (!Broadcasting.CanExpand(_layout, product._layout))
        {
            throw new ArgumentException(
                $"{operation}: {Describe()} does not broadcast to the product's shape {product.Shape}.");
        }

        Tensor scaled = product.Times(operation, alpha);
        return beta == 0 ? scaled : Times(operation, beta) + scaled;
    }

    private static void RequireRanks(string operation, Tensor a, int rankA, Tensor b, int rankB)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Rank != rankA || b.Rank != rankB)
        {
            throw new ArgumentException(
                $"{operation}: takes tensors of rank {rankA} and {rankB}, not {a.Describe()} and {b.Describe()}.");
        }
    }
}
