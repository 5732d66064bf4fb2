namespace Autodiff;

/// <summary>
/// How a shape lies in its storage: sizes and strides in elements. Immutable, so tensors of one layout share the
/// object.
/// </summary>
public sealed class Layout
{
    /// <summary>The most dimensions a tensor can have.</summary>
    public const int MaxRank = 24;

    internal readonly int[] Dims;
    internal readonly long[] Strides;
    internal readonly long Count;
    internal readonly bool IsContiguous;

    /// <summary>
    /// The places of the elements that lie first and last in memory, counted from the place of the element [0, 0, ...].
    /// High is below Low where there are none.
    /// </summary>
    internal readonly long Low, High;
    private Layout? _contiguous, _transposed, _batch;

    internal Layout(int[] dims, long[] strides)
    {
        if (dims.Length > MaxRank)
        {
            throw new ArgumentException(
                $"A tensor can have at most {MaxRank} dimensions; this one would have {dims.Length}.");
        }

        Dims = dims;
        Strides = strides;
        Count = CountOf(dims);
        IsContiguous = HasNoGaps(dims, strides, Count);
        High = Count - 1;
        if (!IsContiguous && Count > 0)
        {
            (Low, High) = Reach(dims, strides);
        }
    }

    /// <summary>The places of another layout, each as often as before or repeated: they reach no farther.</summary>
    private Layout(int[] dims, long[] strides, long count, Layout places)
    {
        Dims = dims;
        Strides = strides;
        Count = count;
        IsContiguous = HasNoGaps(dims, strides, Count);
        (Low, High) = IsContiguous || count == 0 ? (0, count - 1) : (places.Low, places.High);
    }

    private static bool HasNoGaps(int[] dims, long[] strides, long count)
    {
        if (count == 0)
        {
            return true;
        }

        long expected = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            if (dims[i] != 1 && strides[i] != expected)
            {
                return false;
            }

            expected *= dims[i];
        }

        return true;
    }

    /// <summary>How many elements the sizes make.</summary>
    /// <exception cref="ArgumentException">A size is negative, or there are more than
    /// <see cref="Sizes.MostElements"/>.</exception>
    private static long CountOf(int[] dims)
    {
        long count = 1;
        bool fits = true;
        foreach (int dim in dims)
        {
            if (dim <= 0)
            {
                return dim == 0 && Array.TrueForAll(dims, static d => d >= 0)
                    ? 0
                    : throw new ArgumentException($"[{string.Join(", ", dims)}] is no shape; sizes are at least 0.");
            }

            fits &= Math.BigMul((ulong)count, (uint)dim, out ulong product) == 0 && product <= Sizes.MostElements;
            count = (long)product;
        }

        if (!fits)
        {
            Sizes.ThrowTooMany(dims);
        }

        return count;
    }

    /// <summary>The lowest and the highest place of an element, counted from the first one's.</summary>
    private static (long Low, long High) Reach(int[] dims, long[] strides)
    {
        long low = 0, high = 0;
        bool fits = true;
        for (int d = 0; d < dims.Length; d++)
        {
            fits &= Math.BigMul(dims[d] - 1L, strides[d], out long reach) == reach >> 63;
            fits &= reach is >= -Sizes.MostElements and <= Sizes.MostElements;
            low += Math.Min(reach, 0);
            high += Math.Max(reach, 0);
            fits &= low >= -Sizes.MostElements && high <= Sizes.MostElements;
        }

        return fits
            ? (low, high)
            : throw new ArgumentException(
                $"Strides [{string.Join(", ", strides)}] of shape [{string.Join(", ", dims)}] reach beyond what can be "
                    + $"counted, {Sizes.MostElements} elements.");
    }

    /// <summary>
    /// How far element number <paramref name="index"/> of the dimensions from <paramref name="first"/> to before
    /// <paramref name="end"/> is from the first one.
    /// </summary>
    internal long Place(int first, int end, long index)
    {
        long place = 0;
        for (int d = end - 1; d >= first; d--)
        {
            place += index % Dims[d] * Strides[d];
            index /= Dims[d];
        }

        return place;
    }

    /// <summary>
    /// Whether several elements may lie in one place, as in expanded tensors and in windows that overlap.
    /// </summary>
    internal bool SharesPlaces
    {
        get
        {
            if (IsContiguous || Count <= 1)
            {
                return false;
            }

            // Taken from the finest stride to the coarsest, each must step over all that the finer ones reach.
            int[] dims = (int[])Dims.Clone();
            long[] strides = Array.ConvertAll(Strides, Math.Abs);
            Array.Sort(strides, dims);
            long reach = 0;
            for (int d = 0; d < dims.Length; d++)
            {
                if (dims[d] > 1 && strides[d] <= reach)
                {
                    return true;
                }

                reach += (dims[d] - 1) * strides[d];
            }

            return false;
        }
    }

    internal static readonly Layout Scalar = new([], []);

    internal int Rank => Dims.Length;

    /// <summary>The sizes.</summary>
    public Shape Shape => new(Dims);

    /// <summary>The steps, in elements, from one index of a dimension to the next.</summary>
    public ReadOnlySpan<long> StrideSpan => Strides;

    [ThreadStatic]
    private static Layout?[]? t_recent;

    /// <summary>
    /// Row-major order without gaps. The same few shapes come again at every step, so recent ones are kept, with what
    /// they derived.
    /// </summary>
    internal static Layout Contiguous(ReadOnlySpan<int> dims)
    {
        if (dims.Length == 0)
        {
            return Scalar;
        }

        uint hash = (uint)dims.Length;
        foreach (int dim in dims)
        {
            hash = (hash ^ (uint)dim) * 0x9E3779B1;
        }

        Layout?[] recent = t_recent ??= new Layout?[256];
        ref Layout? slot = ref recent[hash >> 24];
        return slot is { } known && dims.SequenceEqual(known.Dims) ? known : slot = Make(dims.ToArray());
    }

    private static Layout Make(int[] dims)
    {
        long[] strides = new long[dims.Length];
        long step = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            if (Math.BigMul(step, Math.Max(dims[i], 1), out step) != 0 || step is < 0 or > Sizes.MostElements)
            {
                Sizes.ThrowTooMany(dims);
            }
        }

        return new(dims, strides);
    }

    /// <summary>The last two dimensions swapped.</summary>
    internal Layout Transposed => _transposed ??= new(
        [.. Dims[..^2], Dims[^1], Dims[^2]], [.. Strides[..^2], Strides[^1], Strides[^2]], Count,
        this) { _transposed = this };

    /// <summary>A matrix as a batch of one; a batch as itself.</summary>
    internal Layout AsBatch => Rank == 3 ? this : _batch ??= new([1, .. Dims], [0, .. Strides], Count, this);

    /// <summary>The row-major layout of the same shape: this one if it is that already.</summary>
    internal Layout AsContiguous() => IsContiguous ? this : _contiguous ??= Contiguous(Dims);

    internal bool SameShape(Layout other) =>
        ReferenceEquals(this, other) || ReferenceEquals(Dims, other.Dims) || Dims.AsSpan().SequenceEqual(other.Dims);

    /// <summary>The same elements read as a larger shape: repeated dimensions get stride 0.</summary>
    internal Layout Expand(Layout target)
    {
        if (SameShape(target))
        {
            return this;
        }

        long[] strides = new long[target.Rank];
        int lead = target.Rank - Rank;
        for (int i = 0; i < Rank; i++)
        {
            if (Dims[i] != 1 && Dims[i] != target.Dims[lead + i])
            {
                ThrowNotExpandable(target);
            }

            strides[lead + i] = Dims[i] == 1 ? 0 : Strides[i];
        }

        return new(target.Dims, strides, target.Count, this);
    }

    /// <summary>The dimensions in another order.</summary>
    internal Layout Permuted(int[] dims, long[] strides) => new(dims, strides, Count, this);

    private void ThrowNotExpandable(Layout target) =>
        throw new ArgumentException($"The shape {Shape} does not expand to {target.Shape}.");
}
