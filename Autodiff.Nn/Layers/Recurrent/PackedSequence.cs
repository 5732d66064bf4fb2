using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>
/// Sequences of several lengths without padding: first the first entry of each, then the second of each that has one,
/// and so on, the longest sequence first. Recurrent layers take it and give one back. Made by
/// <see cref="RnnUtils.PackPaddedSequence(Tensor, ReadOnlySpan{int}, bool, bool)"/> and
/// <see cref="RnnUtils.PackSequence"/>.
/// </summary>
public sealed class PackedSequence
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="data">The entries, [Σ lengths, ...].</param>
    /// <param name="batchSizes">How many sequences have an entry at each step; never growing, their sum the first size
    /// of <paramref name="data"/>.</param>
    /// <param name="sortedIndices">Which sequence of the caller's stands at each place, or null if they stand as
    /// given.</param>
    /// <exception cref="ArgumentException">The batch sizes don't fit, or the indices are no permutation.</exception>
    public PackedSequence(Tensor data, IReadOnlyList<int> batchSizes, IReadOnlyList<int>? sortedIndices = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(batchSizes);
        int[] sizes = [.. batchSizes];
        long sum = sizes.Sum(size => (long)size);
        if (data.Rank == 0 || data.Size(0) != sum || sizes.Length == 0 || sizes.Any(size => size < 1)
            || sizes.Zip(sizes.Skip(1)).Any(pair => pair.Second > pair.First))
        {
            throw new ArgumentException(
                $"PackedSequence: batch sizes must be at least 1, must not grow, and must add up to the data's first "
                    + $"size; they are [{string.Join(", ", sizes)}] for data {data.Shape}.", nameof(batchSizes));
        }

        Data = data;
        Steps = new(sizes);
        if (sortedIndices is not null)
        {
            int[] sorted = [.. sortedIndices];
            if (sorted.Length != sizes[0])
            {
                throw new ArgumentException(
                    $"PackedSequence: {sorted.Length} sorted indices for {sizes[0]} sequences; give one for each.",
                    nameof(sortedIndices));
            }

            (SortedIndices, UnsortedIndices) = (sorted, RnnUtils.InvertPermutation(sorted));
        }
    }

    /// <summary>The entries, [Σ lengths, ...].</summary>
    public Tensor Data { get; }

    /// <summary>How many sequences have an entry at each step.</summary>
    public IReadOnlyList<int> BatchSizes => Steps.BatchSizes;

    /// <summary>Which sequence of the caller's stands at each place; null if they stand as given.</summary>
    public IReadOnlyList<int>? SortedIndices { get; }

    /// <summary>At which place each sequence of the caller's stands; null if they stand as given.</summary>
    public IReadOnlyList<int>? UnsortedIndices { get; }

    internal SequenceSteps Steps { get; }

    /// <summary>The length of each sequence, in the caller's order.</summary>
    public IReadOnlyList<int> Lengths
    {
        get
        {
            int[] lengths = new int[BatchSizes[0]];
            for (int place = 0; place < lengths.Length; place++)
            {
                lengths[SortedIndices?[place] ?? place] = BatchSizes.Count(size => size > place);
            }

            return lengths;
        }
    }

    /// <summary>The same sequences with their entries on another device.</summary>
    /// <param name="device">Where they go.</param>
    public PackedSequence To(Device device) => With(Data.To(device));

    /// <summary>The same sequences with entries of another type.</summary>
    /// <param name="type">The type.</param>
    public PackedSequence To(DType type) => With(Data.To(type));

    internal PackedSequence With(Tensor data) => new(data, BatchSizes, SortedIndices);
}
