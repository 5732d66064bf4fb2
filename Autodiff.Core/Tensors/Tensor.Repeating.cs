namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The whole tensor again and again, <paramref name="counts"/>[i] times along dimension i (<c>Tensor.repeat</c>);
    /// counts beyond the rank make new dimensions in front.
    /// </summary>
    /// <exception cref="ArgumentException">There are fewer counts than dimensions, or one is negative.</exception>
    public Tensor Repeat(params ReadOnlySpan<int> counts)
    {
        int lead = counts.Length - Rank;
        if (lead < 0 || counts.ContainsAnyExceptInRange(0, int.MaxValue))
        {
            throw new ArgumentException(
                $"Repeat: counts [{string.Join(", ", counts.ToArray())}] must be at least 0 and as many as the "
                    + $"dimensions of {Describe()}.", nameof(counts));
        }

        int[] sizes = [.. Enumerable.Repeat(1, lead), .. _layout.Dims];
        long[] joined = new long[counts.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            joined[i] = (long)counts[i] * sizes[i];
        }

        int[] dims = Sizes.Checked(nameof(Repeat), joined, DType);
        Tensor y = Reshape(sizes);
        if (2 * counts.Length > Layout.MaxRank)
        {
            // one dimension after the other, where all together would exceed the highest rank
            for (int i = counts.Length - 1; i >= 0; i--)
            {
                y = counts[i] == 1 ? y : y.RepeatAlong(i, counts[i], entries: sizes[i]);
            }

            return Apart(y);
        }

        // [a, b] → [1, a, 1, b] → [r, a, s, b] → [r a, s b]: one copy, and the gradient sums itself.
        int[] apart = new int[2 * counts.Length], spread = new int[apart.Length];
        for (int i = 0; i < counts.Length; i++)
        {
            (apart[2 * i], apart[2 * i + 1]) = (1, sizes[i]);
            (spread[2 * i], spread[2 * i + 1]) = (counts[i], sizes[i]);
        }

        return Apart(y.Reshape(apart).Expand(spread).Reshape(dims));
    }

    /// <summary>
    /// So many entries of a dimension at a time, each such run again and again: all of them or one, in a tensor of any
    /// number of dimensions.
    /// </summary>
    private Tensor RepeatAlong(int dim, int count, int entries)
    {
        int[] dims = [.. _layout.Dims];
        int after = entries;
        for (int d = dim + 1; d < dims.Length; d++)
        {
            after = checked(after * dims[d]);
        }

        dims[dim] = checked(dims[dim] * count);
        return ElementCount == 0 || count == 0
            ? Reshape(-1).Narrow(0, 0, 0).Reshape(dims)
            : Reshape(-1, 1, after).Expand(-1, count, -1).Reshape(dims);
    }

    /// <summary>A result that is to be a copy; where the view on the way needed none, it is made here.</summary>
    private Tensor Apart(Tensor result) => SharesMemory(result) ? result.Clone() : result;

    /// <summary>
    /// <see cref="Repeat"/> with counts of 1 for dimensions in front that are not named (<c>torch.tile</c>).
    /// </summary>
    public Tensor Tile(params ReadOnlySpan<int> counts) =>
        Repeat([.. Enumerable.Repeat(1, Math.Max(0, Rank - counts.Length)), .. counts]);

    /// <summary>
    /// Each entry of dimension <paramref name="dim"/> <paramref name="repeats"/> times in a row; without a dimension,
    /// each element of the flattened tensor.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public Tensor RepeatInterleave(int repeats, int? dim = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(repeats);
        if (dim is not { } named)
        {
            return Reshape(-1).RepeatInterleave(repeats, 0);
        }

        int d = Dimension(nameof(RepeatInterleave), named);
        int[] joined = Sizes.Checked(nameof(RepeatInterleave),
            [.. _layout.Dims[..d], (long)_layout.Dims[d] * repeats, .. _layout.Dims[(d + 1)..]], DType);
        if (Rank == Layout.MaxRank)
        {
            return Apart(RepeatAlong(d, repeats, entries: 1));
        }

        int[] spread = [.. _layout.Dims[..(d + 1)], repeats, .. _layout.Dims[(d + 1)..]];
        return Apart(Unsqueeze(d + 1).Expand(spread).Reshape(joined));
    }

    /// <summary>
    /// Entry i of dimension <paramref name="dim"/> <paramref name="repeats"/>[i] times in a row; without a dimension,
    /// of the flattened tensor.
    /// </summary>
    /// <exception cref="ArgumentException">There are not as many counts as entries, or one is negative.</exception>
    public Tensor RepeatInterleave(Tensor repeats, int? dim = null)
    {
        ArgumentNullException.ThrowIfNull(repeats);
        if (dim is not { } named)
        {
            return Reshape(-1).RepeatInterleave(repeats, 0);
        }

        int d = Dimension(nameof(RepeatInterleave), named), size = _layout.Dims[d];
        long[] counts = repeats.DType.IsFloatingPoint() ? [] : repeats.ToArray<long>();
        counts = counts.Length == 1 ? [.. Enumerable.Repeat(counts[0], size)] : counts;
        return counts.Length == size && Array.TrueForAll(counts, c => c >= 0)
            ? IndexSelect(d, From(Runs(counts)).To(Device))
            : throw new ArgumentException(
                $"RepeatInterleave: repeats must be {size} integers, one for each entry of dim {named} of "
                    + $"{Describe()}, none negative; they are {repeats.Shape} {repeats.DType.DisplayName()}.",
                    nameof(repeats));
    }

    /// <summary>Each position as often as its count says.</summary>
    private static long[] Runs(long[] counts)
    {
        long[] runs = new long[Sizes.HostEntries(nameof(RepeatInterleave), counts.Sum(count => (double)count),
            DType.Int64)];
        for (int i = 0, start = 0; i < counts.Length; start += (int)counts[i++])
        {
            runs.AsSpan(start, (int)counts[i]).Fill(i);
        }

        return runs;
    }

    /// <summary>
    /// The coordinates of a grid: output i holds input i's values along its dimension and repeats them along the
    /// others. Views.
    /// </summary>
    /// <param name="indexing">Whether the first input runs along dimension 0 (<see cref="MeshIndexing.IJ"/>) or 1
    /// (<see cref="MeshIndexing.XY"/>).</param>
    /// <param name="vectors">Vectors, or single numbers, which count as vectors of one.</param>
    /// <exception cref="ArgumentException">There are no vectors, or one is not a vector.</exception>
    public static Tensor[] Meshgrid(MeshIndexing indexing, params ReadOnlySpan<Tensor> vectors)
    {
        int rank = vectors.Length;
        if (rank == 0)
        {
            throw new ArgumentException("Meshgrid: there must be at least one vector.", nameof(vectors));
        }

        bool swap = indexing == MeshIndexing.XY && rank > 1;
        int[] dims = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            dims[Place(i)] = vectors[i].Rank <= 1
                ? (int)vectors[i].ElementCount
                : throw new ArgumentException($"Meshgrid: input {i} must be a vector; it is {vectors[i].Describe()}.",
                    nameof(vectors));
        }

        Tensor[] grids = new Tensor[rank];
        for (int i = 0; i < rank; i++)
        {
            int[] along = new int[rank];
            Array.Fill(along, 1);
            along[Place(i)] = -1;
            grids[i] = vectors[i]
                .Reshape(vectors[i].ElementCount == 0 ? [.. along.Select(size => Math.Max(size, 0))] : along)
                .Expand(dims);
        }

        return grids;

        int Place(int i) => swap && i < 2 ? 1 - i : i;
    }

    /// <summary><see cref="Meshgrid(MeshIndexing, ReadOnlySpan{Tensor})"/> in matrix order.</summary>
    public static Tensor[] Meshgrid(params ReadOnlySpan<Tensor> vectors) => Meshgrid(MeshIndexing.IJ, vectors);
}
