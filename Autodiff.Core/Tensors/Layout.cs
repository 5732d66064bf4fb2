namespace Autodiff;

/// <summary>How a shape lies in its storage: sizes and strides in elements. Immutable, so tensors of one layout share the object.</summary>
public sealed class Layout
{
    /// <summary>The most dimensions a tensor can have.</summary>
    public const int MaxRank = 24;

    internal readonly int[] Dims;
    internal readonly long[] Strides;
    internal readonly long Count;
    internal readonly bool IsContiguous;
    private Layout? _contiguous;

    internal Layout(int[] dims, long[] strides)
    {
        if (dims.Length > MaxRank)
        {
            throw new ArgumentException($"A tensor can have at most {MaxRank} dimensions; this one would have {dims.Length}.");
        }

        Dims = dims;
        Strides = strides;
        Count = 1;
        foreach (int dim in dims)
        {
            Count = checked(Count * dim);
        }

        long expected = 1;
        IsContiguous = true;
        for (int i = dims.Length - 1; i >= 0 && IsContiguous && Count > 0; i--)
        {
            IsContiguous = dims[i] == 1 || strides[i] == expected;
            expected *= dims[i];
        }
    }

    internal static readonly Layout Scalar = new([], []);

    internal int Rank => Dims.Length;

    /// <summary>The sizes.</summary>
    public Shape Shape => new(Dims);

    /// <summary>The steps, in elements, from one index of a dimension to the next.</summary>
    public ReadOnlySpan<long> StrideSpan => Strides;

    /// <summary>Row-major order without gaps.</summary>
    internal static Layout Contiguous(ReadOnlySpan<int> dims) =>
        dims.Length == 0 ? Scalar : Contiguous(dims.ToArray());

    internal static Layout Contiguous(int[] dims)
    {
        long[] strides = new long[dims.Length];
        long step = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step = checked(step * Math.Max(dims[i], 1));
        }

        return new(dims, strides);
    }

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
            strides[lead + i] = Dims[i] == 1 ? 0 : Strides[i];
        }

        return new(target.Dims, strides);
    }
}
