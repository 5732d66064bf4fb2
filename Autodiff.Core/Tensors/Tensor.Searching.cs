namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The different elements in ascending order, or the different entries of dimension <paramref name="dim"/> in
    /// lexicographic order. Each NaN differs from all others. Not differentiable.
    /// </summary>
    public UniqueElements Unique(int? dim = null)
    {
        Tensor x = Detach();
        if (dim is not { } named)
        {
            UniqueElements flat = x.Reshape(-1).Unique(0);
            return flat with { Inverse = flat.Inverse.Reshape(_layout.Dims) };
        }

        int d = Dimension(nameof(Unique), named), count = _layout.Dims[d];
        Tensor rows = x.MoveDim(d, 0).Reshape(count, count == 0 ? 0 : (int)(ElementCount / count));
        return DType.IsFloatingPoint()
            ? Unique(rows.ToArray<double>(), d, rows)
            : Unique(rows.ToArray<long>(), d, rows);
    }

    private UniqueElements Unique<T>(T[] elements, int d, Tensor rows)
        where T : unmanaged, IComparable<T>, IEquatable<T>
    {
        int count = _layout.Dims[d], width = count == 0 ? 0 : elements.Length / count;
        long[] order = width == 1
            ? rows.Reshape(-1).ArgSort().ToArray<long>()
            : [.. Enumerable.Range(0, count).Select(i => (long)i)];
        if (width > 1)
        {
            Array.Sort(order, (i, j) =>
            {
                int relation = elements.AsSpan((int)i * width, width)
                    .SequenceCompareTo(elements.AsSpan((int)j * width, width));
                return relation == 0 ? i.CompareTo(j) : relation;
            });
        }

        List<long> firsts = [], counts = [];
        long[] inverse = new long[count];
        for (int i = 0; i < count; i++)
        {
            if (i == 0 || !Same(order[i], order[i - 1]))
            {
                firsts.Add(order[i]);
                counts.Add(0);
            }

            inverse[order[i]] = firsts.Count - 1;
            counts[^1]++;
        }

        return new(Detach().IndexSelect(d, From(firsts.ToArray()).To(Device)), From(inverse).To(Device),
            From(counts.ToArray()).To(Device));

        bool Same(long i, long j)
        {
            for (int k = 0; k < width; k++)
            {
                // NaN equals itself for .NET, and nothing for IEEE and for PyTorch.
                T a = elements[(i * width) + k], b = elements[(j * width) + k];
                if (!a.Equals(b) || (typeof(T) == typeof(double) && double.IsNaN((double)(object)a)))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>
    /// Where <paramref name="values"/> would go in a sorted sequence to keep it sorted: the number of its elements
    /// below the value, or with <paramref name="right"/> not above it. int64, in the values' shape.
    /// </summary>
    /// <param name="sequence">Ascending along the last dimension: a vector for all values, or one row for each row of
    /// values.</param>
    /// <param name="values">What to look for.</param>
    /// <param name="right">Behind equal elements rather than before them.</param>
    /// <param name="sorter">Positions that sort the sequence, where it is not sorted itself, in its shape.</param>
    /// <exception cref="ArgumentException">Rows of the sequence and of the values don't correspond, or the sorter has
    /// another shape.</exception>
    public static Tensor SearchSorted(Tensor sequence, Tensor values, bool right = false, Tensor? sorter = null)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        ArgumentNullException.ThrowIfNull(values);
        bool perRow = sequence.Rank != 1;
        if (sequence.Rank == 0
            || (perRow
                && !(sequence.Rank == values.Rank
                    && sequence._layout.Dims.AsSpan(..^1).SequenceEqual(values._layout.Dims.AsSpan(..^1)))))
        {
            throw new ArgumentException(
                $"SearchSorted: the sequence {sequence.Shape} must be a vector, or agree with the values "
                    + $"{values.Shape} in all dimensions but the last.", nameof(sequence));
        }

        if (sorter is not null && !sorter._layout.SameShape(sequence._layout))
        {
            throw new ArgumentException(
                $"SearchSorted: the sorter {sorter.Shape} must have the shape of the sequence, {sequence.Shape}.",
                nameof(sorter));
        }

        if (values.IsNumber)
        {
            // Beside a floating sequence it is rounded to its type, as in a comparison.
            values = (sequence.DType.IsFloatingPoint() ? values.To(sequence.DType) : values).To(sequence.Device);
        }

        RequireSameDevice(nameof(SearchSorted), sequence, values);
        Tensor sorted = sorter is null ? sequence.Detach() : sequence.Detach().Gather(-1, sorter);
        bool floating = sequence.DType.IsFloatingPoint() || values.DType.IsFloatingPoint();
        int length = sequence._layout.Dims[^1],
            row = perRow ? values._layout.Dims[^1] : (int)Math.Max(values.ElementCount, 1);
        long[] places = floating
            ? Places(sorted.ToArray<double>(), values.ToArray<double>(), length, row, right)
            : Places(sorted.ToArray<long>(), values.ToArray<long>(), length, row, right);
        return From<long>(places, values.Shape, values.Device);
    }

    /// <summary>
    /// The number of the bucket each element falls into: <see cref="SearchSorted"/> of this tensor in a vector of
    /// bounds.
    /// </summary>
    /// <param name="boundaries">Ascending bounds.</param>
    /// <param name="right">Whether a bound belongs to the bucket above it.</param>
    /// <exception cref="ArgumentException">The bounds are not a vector.</exception>
    public Tensor Bucketize(Tensor boundaries, bool right = false)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        return boundaries.Rank == 1
            ? SearchSorted(boundaries, this, right)
            : throw new ArgumentException(
                $"Bucketize: the boundaries must be a vector; they have shape {boundaries.Shape}.", nameof(boundaries));
    }

    /// <summary>Class numbers as vectors of zeros with a 1 at the class, in a new last dimension: int64.</summary>
    /// <param name="classes">How many classes; by default one more than the largest number.</param>
    /// <exception cref="ArgumentException">The tensor holds no integers, or is empty and the number of classes not
    /// given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A class number is negative or too large.</exception>
    public Tensor OneHot(int classes = -1)
    {
        if (DType is not (DType.Int64 or DType.Int32) || (classes < 0 && ElementCount == 0))
        {
            throw new ArgumentException(
                $"OneHot: {Describe()} {DType.DisplayName()} must hold class numbers (int64); an empty one needs the "
                    + "number of classes.");
        }

        if (classes < -1)
        {
            throw new ArgumentOutOfRangeException(nameof(classes), classes,
                $"OneHot: the number of classes can't be {classes}; -1 takes one more than the largest.");
        }

        if (ElementCount > 0)
        {
            long least = ReduceRaw(Operations.Folds.Min, DType).Item<long>(),
                most = ReduceRaw(Operations.Folds.Max, DType).Item<long>();
            classes = classes < 0
                ? Sizes.Entries(nameof(OneHot), Math.Min(most, long.MaxValue - 1) + 1, DType.Int64)
                : classes;
            if (least < 0 || most >= classes)
            {
                long wrong = least < 0 ? least : most;
                throw new ArgumentOutOfRangeException(nameof(classes), wrong,
                    $"OneHot: class {wrong} is not among 0 to {classes - 1}.");
            }
        }

        return Zeros([.. _layout.Dims, classes], DType.Int64, Device)
            .ScatterInPlace(-1, To(DType.Int64).Unsqueeze(-1), 1);
    }

    private static long[] Places<T>(T[] sequence, T[] values, int length, int row, bool right)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        long[] places = new long[values.Length];
        for (int i = 0; i < places.Length; i++)
        {
            int low = 0, high = length;
            int start = row == 0 ? 0 : i / row * length;
            while (low < high)
            {
                int middle = low + ((high - low) / 2);
                T element = sequence[start + middle];
                bool before = right ? !Less(values[i], element) : Less(element, values[i]);
                (low, high) = before ? (middle + 1, high) : (low, middle);
            }

            places[i] = low;
        }

        return places;

        // NaN counts as largest, as in sorting.
        static bool Less(T a, T b) => a < b || (T.IsNaN(b) && !T.IsNaN(a));
    }
}
