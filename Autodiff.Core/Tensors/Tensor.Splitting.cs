namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The <paramref name="length"/> entries of dimension <paramref name="dim"/> from <paramref name="start"/> on. A
    /// view.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <param name="start">The first entry; negative counts from the end.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The entries are not all there.</exception>
    public Tensor Narrow(int dim, int start, int length)
    {
        int d = Dimension(nameof(Narrow), dim), size = _layout.Dims[d], first = start < 0 ? start + size : start;
        return first >= 0 && length >= 0 && (long)first + length <= size
            ? Slice(d, first, length)
            : throw new ArgumentOutOfRangeException(nameof(start), start,
                $"Narrow: {length} entries from {start} on do not fit dim {dim} of {Describe()}, which has {size} "
                    + "entries.");
    }

    /// <summary>The entries of dimension <paramref name="dim"/>, each without it. Views.</summary>
    public Tensor[] Unbind(int dim = 0)
    {
        int d = Dimension(nameof(Unbind), dim);
        Sizes.RequireHandles(nameof(Unbind), _layout.Dims[d]);
        Tensor[] parts = new Tensor[_layout.Dims[d]];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Select(d, i);
        }

        return parts;
    }

    /// <summary>
    /// Pieces of <paramref name="size"/> entries of dimension <paramref name="dim"/>; the last may be smaller. Views.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    public Tensor[] Split(int size, int dim = 0)
    {
        int d = Dimension(nameof(Split), dim), length = _layout.Dims[d];
        if (size <= 0 && !(size == 0 && length == 0))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size,
                $"Split: pieces must have at least one entry, not {size}.");
        }

        int count = length == 0 ? 1 : (int)(((long)length + size - 1) / size);
        Sizes.RequireHandles(nameof(Split), count);
        Tensor[] parts = new Tensor[count];
        for (int i = 0; i < count; i++)
        {
            parts[i] = Slice(d, i * size, Math.Min(size, length - i * size));
        }

        return parts;
    }

    /// <summary>Pieces of dimension <paramref name="dim"/> with the given sizes. Views.</summary>
    /// <exception cref="ArgumentException">The sizes don't add up to the dimension.</exception>
    public Tensor[] Split(ReadOnlySpan<int> sizes, int dim = 0)
    {
        int d = Dimension(nameof(Split), dim), start = 0;
        Tensor[] parts = new Tensor[sizes.Length];
        long sum = 0;
        foreach (int size in sizes)
        {
            sum += size >= 0 ? size : long.MaxValue / 2 / sizes.Length;
        }

        if (sum != _layout.Dims[d])
        {
            throw new ArgumentException(
                $"Split: sizes [{string.Join(", ", sizes.ToArray())}] do not add up to the {_layout.Dims[d]} entries "
                    + $"of dim {dim} of {Describe()}.", nameof(sizes));
        }

        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Slice(d, start, sizes[i]);
            start += sizes[i];
        }

        return parts;
    }

    /// <summary>
    /// At most <paramref name="chunks"/> pieces of dimension <paramref name="dim"/>, all of one size but the last.
    /// Views.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public Tensor[] Chunk(int chunks, int dim = 0)
    {
        int d = Dimension(nameof(Chunk), dim);
        if (chunks <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(chunks), chunks,
                $"Chunk: the number of pieces must be at least 1, not {chunks}.");
        }

        int length = _layout.Dims[d];
        Sizes.RequireHandles(nameof(Chunk), length == 0 ? chunks : 1);
        return length == 0 ? Split(new int[chunks], d) : Split((int)(((long)length + chunks - 1) / chunks), d);
    }

    /// <summary>
    /// Exactly <paramref name="sections"/> pieces of dimension <paramref name="dim"/>, whose sizes differ by at most 1.
    /// Views.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public Tensor[] TensorSplit(int sections, int dim = 0)
    {
        int d = Dimension(nameof(TensorSplit), dim), length = _layout.Dims[d];
        if (sections <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(sections), sections,
                $"TensorSplit: the number of pieces must be at least 1, not {sections}.");
        }

        Sizes.RequireHandles(nameof(TensorSplit), sections);
        int[] sizes = new int[sections];
        for (int i = 0; i < sections; i++)
        {
            sizes[i] = length / sections + (i < length % sections ? 1 : 0);
        }

        return Split(sizes, d);
    }

    /// <summary>
    /// The pieces of dimension <paramref name="dim"/> before, between and after the cuts at <paramref name="indices"/>,
    /// clipped as ranges are. Views.
    /// </summary>
    public Tensor[] TensorSplit(ReadOnlySpan<int> indices, int dim = 0)
    {
        int d = Dimension(nameof(TensorSplit), dim), start = 0;
        Tensor[] parts = new Tensor[indices.Length + 1];
        for (int i = 0; i < parts.Length; i++)
        {
            int? stop = i < indices.Length ? indices[i] : null;
            (int first, int length) = TensorIndex.Slice(start, stop).Within(_layout.Dims[d]);
            parts[i] = Slice(d, first, length);
            start = stop ?? 0;
        }

        return parts;
    }

    /// <summary>A dimension of a tensor that must have one.</summary>
    private int Dimension(string operation, int dim) => Rank > 0
        ? WrapDim(operation, dim)
        : throw new ArgumentException($"{operation}: a tensor of rank 0 has no dimensions.", nameof(dim));
}
