namespace Autodiff.Nn;

/// <summary>Cutting data sets up.</summary>
public static class DatasetExtensions
{
    /// <summary>
    /// Disjoint random parts of given sizes: one permutation cut into slices (PyTorch's <c>random_split</c>).
    /// </summary>
    /// <typeparam name="T">A sample.</typeparam>
    /// <param name="source">The data set.</param>
    /// <param name="lengths">How many samples each part gets; together all of them.</param>
    /// <param name="generator">The source of the permutation; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The lengths do not sum to the number of samples.</exception>
    public static Subset<T>[] RandomSplit<T>(this Dataset<T> source, ReadOnlySpan<int> lengths,
        TorchGenerator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        long sum = 0;
        foreach (int length in lengths)
        {
            sum += length;
        }

        return sum == source.Count
            ? Array.ConvertAll(DataLoaderOrder.RandomSplit(lengths, generator),
                indices => new Subset<T>(source, indices))
            : throw new ArgumentException(
                $"RandomSplit: the lengths [{string.Join(", ", lengths.ToArray())}] sum to {sum}, the data set has "
                    + $"{source.Count} samples.", nameof(lengths));
    }

    /// <summary>
    /// Disjoint random parts by fractions of the whole; what rounding leaves over goes one each to the first parts.
    /// </summary>
    /// <typeparam name="T">A sample.</typeparam>
    /// <param name="source">The data set.</param>
    /// <param name="fractions">Each part's share; together 1.</param>
    /// <param name="generator">The source of the permutation; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The fractions are not between 0 and 1 or do not sum to 1.</exception>
    public static Subset<T>[] RandomSplit<T>(this Dataset<T> source, ReadOnlySpan<double> fractions,
        TorchGenerator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        int[] lengths = new int[fractions.Length];
        double sum = 0;
        int left = source.Count;
        bool valid = fractions.Length > 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            valid &= fractions[i] is >= 0 and <= 1;
            sum += fractions[i];
            left -= lengths[i] = (int)Math.Floor(source.Count * fractions[i]);
        }

        if (!valid || Math.Abs(sum - 1) > 1e-9)
        {
            throw new ArgumentException(
                $"RandomSplit: the fractions [{string.Join(", ", fractions.ToArray())}] must lie in [0, 1] and sum to "
                    + "1.", nameof(fractions));
        }

        for (int i = 0; left > 0; i = (i + 1) % lengths.Length, left--)
        {
            lengths[i]++;
        }

        return source.RandomSplit(lengths, generator);
    }
}
