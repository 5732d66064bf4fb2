using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The side of a batch on which shorter sequences are filled up.</summary>
public enum PaddingSide
{
    /// <summary>Behind their last entry.</summary>
    Right,

    /// <summary>Before their first entry.</summary>
    Left,
}

/// <summary>Sequences of several lengths, padded and packed (<c>torch.nn.utils.rnn</c>).</summary>
public static class RnnUtils
{
    /// <summary>
    /// Takes the padding out of a batch of sequences. Lengths are numbers of the host, so that a compiled step can
    /// pack: it is captured for these lengths.
    /// </summary>
    /// <param name="input">[T, B, ...], or [B, T, ...] with <paramref name="batchFirst"/>.</param>
    /// <param name="lengths">The length of each sequence, between 1 and T.</param>
    /// <param name="batchFirst">Whether the batch is the first dimension.</param>
    /// <param name="enforceSorted">Whether the sequences must come in order of descending length; else they are
    /// sorted, and what is made of them is put back in order.</param>
    /// <exception cref="ArgumentException">There is no sequence, a length is out of range, there are not as many as
    /// sequences, or they are not sorted although they must be.</exception>
    public static PackedSequence PackPaddedSequence(
        Tensor input, ReadOnlySpan<int> lengths, bool batchFirst = false, bool enforceSorted = true)
    {
        const string name = nameof(PackPaddedSequence);
        (int steps, int batch) = Padded(name, input, batchFirst);
        if (batch == 0 || lengths.Length != batch)
        {
            throw new ArgumentException(
                $"{name}: {lengths.Length} lengths for {batch} sequences in {input.Shape} "
                    + $"({(batchFirst ? "[B, T, ...]" : "[T, B, ...]")}); give one for each, of at least one sequence.",
                nameof(lengths));
        }

        int[] given = lengths.ToArray();
        foreach (int length in given)
        {
            if (length < 1 || length > steps)
            {
                throw new ArgumentException(
                    $"{name}: a length is {length}; lengths lie between 1 and {steps}, the steps of {input.Shape}.",
                    nameof(lengths));
            }
        }

        int[]? sorted = null;
        if (!enforceSorted)
        {
            sorted = [.. Enumerable.Range(0, batch).OrderByDescending(i => given[i])];
            given = Array.ConvertAll(sorted, i => given[i]);
        }
        else if (given.Zip(given.Skip(1)).Any(pair => pair.Second > pair.First))
        {
            throw new ArgumentException(
                $"{name}: lengths must descend; they are [{string.Join(", ", given)}]. Pass enforceSorted: false to "
                    + "have the sequences sorted.", nameof(lengths));
        }

        int[] sizes = [.. Enumerable.Range(0, given[0]).Select(t => given.Count(length => length > t))];
        long[] rows = Rows(sizes, sorted, batchFirst ? 1 : batch, batchFirst ? steps : 1);
        Tensor flat = input.Reshape([steps * batch, .. Rest(input)]);
        return new(flat.ReadAt(name, At(0, Table(rows, input.Device))), sizes, sorted);
    }

    /// <inheritdoc cref="PackPaddedSequence(Tensor, ReadOnlySpan{int}, bool, bool)"/>
    /// <remarks>The lengths are read on the host, which a compiled step cannot repeat: pass numbers there.</remarks>
    /// <param name="input">[T, B, ...], or [B, T, ...] with <paramref name="batchFirst"/>.</param>
    /// <param name="lengths">The length of each sequence, a vector of integers.</param>
    /// <param name="batchFirst">Whether the batch is the first dimension.</param>
    /// <param name="enforceSorted">Whether the sequences must come in order of descending length.</param>
    public static PackedSequence PackPaddedSequence(
        Tensor input, Tensor lengths, bool batchFirst = false, bool enforceSorted = true)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        if (lengths.Rank != 1 || lengths.DType is not (DType.Int32 or DType.Int64))
        {
            throw new ArgumentException(
                $"{nameof(PackPaddedSequence)}: lengths must be a vector of integers; they are {lengths.Shape} of "
                    + $"{lengths.DType.DisplayName()}.", nameof(lengths));
        }

        int[] given = Array.ConvertAll(
            lengths.To(DType.Int64).ToArray<long>(), static length => int.CreateSaturating(length));
        return PackPaddedSequence(input, given, batchFirst, enforceSorted);
    }

    /// <summary>A batch with padding from packed sequences: the inverse of packing.</summary>
    /// <param name="sequence">The sequences.</param>
    /// <param name="batchFirst">Whether the batch becomes the first dimension.</param>
    /// <param name="paddingValue">What stands behind the end of a sequence.</param>
    /// <param name="totalLength">T, at least the longest length, which it is if null.</param>
    /// <returns>[T, B, ...] or [B, T, ...], and the lengths, both in the order that the sequences had before they were
    /// packed.</returns>
    /// <exception cref="ArgumentException"><paramref name="totalLength"/> is shorter than a sequence.</exception>
    public static (Tensor Output, IReadOnlyList<int> Lengths) PadPackedSequence(
        PackedSequence sequence, bool batchFirst = false, double paddingValue = 0, int? totalLength = null)
    {
        ArgumentNullException.ThrowIfNull(sequence);
        SequenceSteps packed = sequence.Steps;
        int steps = totalLength ?? packed.Count, batch = packed.Batch;
        if (steps < packed.Count)
        {
            throw new ArgumentException(
                $"{nameof(PadPackedSequence)}: the total length {steps} is below that of the longest sequence, "
                    + $"{packed.Count}.", nameof(totalLength));
        }

        Tensor data = sequence.Data;
        int[] rest = [.. Rest(data, 1)], sorted = [.. sequence.SortedIndices ?? []];
        long[] rows = Rows(packed.BatchSizes, sorted.Length == 0 ? null : sorted, batchFirst ? 1 : batch,
            batchFirst ? steps : 1);
        Tensor padded = Tensor.Full([steps * batch, .. rest], paddingValue, data.DType, data.Device);
        int[] shape = batchFirst ? [batch, steps, .. rest] : [steps, batch, .. rest];
        padded.Assign(
            nameof(PadPackedSequence), new(new(), At(0, Table(rows, data.Device))), data, add: false);
        return (padded.Reshape(shape), sequence.Lengths);
    }

    /// <summary>Stacks sequences of several lengths, filled up to the longest.</summary>
    /// <param name="sequences">[Lᵢ, ...] each; what stands behind the first dimension agrees.</param>
    /// <param name="batchFirst">Whether the batch becomes the first dimension.</param>
    /// <param name="paddingValue">What fills up.</param>
    /// <param name="paddingSide">Where.</param>
    /// <returns>[T, B, ...] or [B, T, ...].</returns>
    /// <exception cref="ArgumentException">There is no sequence, or shapes differ.</exception>
    public static Tensor PadSequence(
        ReadOnlySpan<Tensor> sequences, bool batchFirst = false, double paddingValue = 0,
        PaddingSide paddingSide = PaddingSide.Right)
    {
        int longest = RequireSequences(nameof(PadSequence), sequences);
        Tensor[] filled = new Tensor[sequences.Length];
        for (int i = 0; i < filled.Length; i++)
        {
            Tensor x = sequences[i];
            Tensor fill = Tensor.Full([longest - x.Size(0), .. Rest(x, 1)], paddingValue, x.DType, x.Device);
            filled[i] = fill.Size(0) == 0 ? x : Tensor.Cat(paddingSide == PaddingSide.Right ? [x, fill] : [fill, x]);
        }

        return Tensor.Stack(filled, batchFirst ? 0 : 1);
    }

    /// <summary>Packs sequences of several lengths.</summary>
    /// <param name="sequences">[Lᵢ, ...] each, not empty; what stands behind the first dimension agrees.</param>
    /// <param name="enforceSorted">Whether they must come in order of descending length.</param>
    /// <exception cref="ArgumentException">There is no sequence, one is empty, shapes differ, or they are not sorted
    /// although they must be.</exception>
    public static PackedSequence PackSequence(ReadOnlySpan<Tensor> sequences, bool enforceSorted = true)
    {
        _ = RequireSequences(nameof(PackSequence), sequences);
        int[] lengths = new int[sequences.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = sequences[i].Size(0);
        }

        return PackPaddedSequence(PadSequence(sequences), lengths, enforceSorted: enforceSorted);
    }

    /// <summary>The sequences of a batch without their padding, as views.</summary>
    /// <param name="padded">[T, B, ...], or [B, T, ...] with <paramref name="batchFirst"/>.</param>
    /// <param name="lengths">The length of each sequence, at most T.</param>
    /// <param name="batchFirst">Whether the batch is the first dimension.</param>
    /// <exception cref="ArgumentException">There are not as many lengths as sequences, or one is out of
    /// range.</exception>
    public static Tensor[] UnpadSequence(Tensor padded, ReadOnlySpan<int> lengths, bool batchFirst = false)
    {
        (int steps, int batch) = Padded(nameof(UnpadSequence), padded, batchFirst);
        if (lengths.Length != batch)
        {
            throw new ArgumentException(
                $"{nameof(UnpadSequence)}: {lengths.Length} lengths for {batch} sequences in {padded.Shape}; give one "
                    + "for each.", nameof(lengths));
        }

        Tensor[] sequences = new Tensor[batch];
        for (int b = 0; b < batch; b++)
        {
            if (lengths[b] < 0 || lengths[b] > steps)
            {
                throw new ArgumentException(
                    $"{nameof(UnpadSequence)}: a length is {lengths[b]}; lengths lie between 0 and {steps}, the steps "
                        + $"of {padded.Shape}.", nameof(lengths));
            }

            sequences[b] = padded.Select(batchFirst ? 0 : 1, b).Narrow(0, 0, lengths[b]);
        }

        return sequences;
    }

    /// <summary>The sequences that were packed, in the order they had before.</summary>
    /// <param name="sequence">The sequences.</param>
    public static Tensor[] UnpackSequence(PackedSequence sequence)
    {
        (Tensor padded, IReadOnlyList<int> lengths) = PadPackedSequence(sequence, batchFirst: true);
        return UnpadSequence(padded, [.. lengths], batchFirst: true);
    }

    /// <summary>The permutation that undoes another: y[p[i]] = i.</summary>
    /// <param name="permutation">Each number from 0 on once.</param>
    /// <exception cref="ArgumentException">It is no permutation.</exception>
    public static int[] InvertPermutation(ReadOnlySpan<int> permutation)
    {
        int[] inverse = new int[permutation.Length];
        Array.Fill(inverse, -1);
        for (int i = 0; i < permutation.Length; i++)
        {
            int at = permutation[i];
            if (at < 0 || at >= inverse.Length || inverse[at] >= 0)
            {
                throw new ArgumentException(
                    $"{nameof(InvertPermutation)}: [{string.Join(", ", permutation.ToArray())}] is no permutation; it "
                        + "must have each number from 0 on once.", nameof(permutation));
            }

            inverse[at] = i;
        }

        return inverse;
    }

    /// <summary>Positions as a tensor of the device that a compiled step finds in place.</summary>
    internal static Tensor Table(ReadOnlySpan<int> positions, Device device) =>
        Table(Array.ConvertAll(positions.ToArray(), static p => (long)p), device);

    /// <summary>0 to <paramref name="count"/> - 1 as such a table.</summary>
    internal static Tensor Range(int count, Device device) => Table([.. Enumerable.Range(0, count)], device);

    /// <summary>Positions, none of them twice, in one dimension.</summary>
    internal static PositionIndex At(int dim, Tensor table) => new([dim], [table], distinct: true);

    private static Tensor Table(long[] positions, Device device) =>
        DeviceConstants.Of(device, new Positions(positions), () => (new[] { positions.Length }, positions));

    /// <summary>Where each packed row stands in a batch, whose steps and sequences are that far apart.</summary>
    private static long[] Rows(int[] sizes, int[]? sorted, int stepStride, int sequenceStride)
    {
        List<long> rows = [];
        for (int t = 0; t < sizes.Length; t++)
        {
            for (int place = 0; place < sizes[t]; place++)
            {
                rows.Add(((long)t * stepStride) + ((long)(sorted?[place] ?? place) * sequenceStride));
            }
        }

        return [.. rows];
    }

    private static (int Steps, int Batch) Padded(string name, Tensor input, bool batchFirst)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Rank < 2
            ? throw new ArgumentException(
                $"{name}: a batch of sequences has the shape {(batchFirst ? "[B, T, ...]" : "[T, B, ...]")}; it is "
                    + $"{input.Shape}.", nameof(input))
            : batchFirst ? (input.Size(1), input.Size(0)) : (input.Size(0), input.Size(1));
    }

    private static int[] Rest(Tensor x, int from = 2) =>
        [.. Enumerable.Range(from, x.Rank - from).Select(d => x.Size(d))];

    private static int RequireSequences(string name, ReadOnlySpan<Tensor> sequences)
    {
        if (sequences.Length == 0)
        {
            throw new ArgumentException($"{name}: there must be at least one sequence.", nameof(sequences));
        }

        int longest = 0;
        foreach (Tensor x in sequences)
        {
            ArgumentNullException.ThrowIfNull(x);
            if (x.Rank == 0 || !Rest(x, 1).SequenceEqual(Rest(sequences[0], Math.Min(1, sequences[0].Rank))))
            {
                throw new ArgumentException(
                    $"{name}: sequences have shapes [length, ...] that agree behind the length; there are "
                        + $"{sequences[0].Shape} and {x.Shape}.", nameof(sequences));
            }

            longest = Math.Max(longest, x.Size(0));
        }

        return longest;
    }

    /// <summary>A table's positions as its name.</summary>
    private sealed class Positions(long[] values) : IEquatable<Positions>
    {
        private readonly long[] _values = values;
        private readonly int _hash = Hash(values);

        public bool Equals(Positions? other) => other is not null && other._values.AsSpan().SequenceEqual(_values);

        public override bool Equals(object? obj) => Equals(obj as Positions);

        public override int GetHashCode() => _hash;

        private static int Hash(long[] values)
        {
            HashCode hash = new();
            foreach (long value in values)
            {
                hash.Add(value);
            }

            return hash.ToHashCode();
        }
    }
}
