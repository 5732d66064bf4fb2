namespace Autodiff;

/// <summary>
/// The order in which PyTorch's <c>DataLoader</c> visits a data set, and the split of <c>random_split</c>.
/// </summary>
internal static class DataLoaderOrder
{
    /// <summary>
    /// Starts one pass over <paramref name="count"/> samples. The call itself draws the pass's base seed (two words),
    /// from <paramref name="generator"/> or else from <see cref="TorchGenerator.Default"/>, shuffled or not.
    /// </summary>
    /// <remarks>
    /// The sequence draws its permutation when the first index is asked for. Without a generator it seeds a private one
    /// from the default generator (two words). With a generator, the permutation comes from it, and asking past the
    /// last index draws one more permutation that is thrown away. A batch that ends short asks past the last index
    /// before it is handed out, a full one does not; enumerate index by index to keep that moment too.
    /// </remarks>
    internal static IEnumerable<long> Pass(int count, bool shuffle, TorchGenerator? generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        NextSeed(generator ?? TorchGenerator.Default);
        return shuffle ? Shuffled(count, generator) : Sequential(count);
    }

    /// <summary>
    /// Disjoint random parts of 0, 1, ..., sum - 1: one permutation from <paramref name="generator"/> (or the default),
    /// cut into slices of the given lengths.
    /// </summary>
    internal static long[][] RandomSplit(ReadOnlySpan<int> lengths, TorchGenerator? generator)
    {
        int total = 0;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            total = checked(total + length);
        }

        ReadOnlySpan<long> order = (generator ?? TorchGenerator.Default).RandPerm(total);
        var parts = new long[lengths.Length][];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = order[..lengths[i]].ToArray();
            order = order[lengths[i]..];
        }

        return parts;
    }

    private static IEnumerable<long> Shuffled(int count, TorchGenerator? generator)
    {
        TorchGenerator source = generator ?? new TorchGenerator(NextSeed(TorchGenerator.Default));
        foreach (long index in source.RandPerm(count))
        {
            yield return index;
        }

        source.RandPerm(count);
    }

    private static IEnumerable<long> Sequential(int count)
    {
        for (long index = 0; index < count; index++)
        {
            yield return index;
        }
    }

    private static long NextSeed(TorchGenerator generator)
    {
        long seed = 0;
        generator.Random(new Span<long>(ref seed));
        return seed;
    }
}
