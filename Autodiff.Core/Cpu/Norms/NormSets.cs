namespace Autodiff.Cpu;

/// <summary>
/// Which elements of a contiguous tensor are normalised together, and which weight belongs to each. A set is groups of
/// runs of neighbours; a group has one weight, or each entry of a run its own.
/// </summary>
/// <param name="Sets">How many sets there are.</param>
/// <param name="Groups">Groups of a set: the channels that are normalised together.</param>
/// <param name="Runs">Runs of a group: the samples that are normalised together.</param>
/// <param name="Length">Neighbours of a run.</param>
/// <param name="SetStride">From set to set.</param>
/// <param name="GroupStride">From group to group.</param>
/// <param name="RunStride">From run to run.</param>
/// <param name="Weights">How many weights there are: group q of set s has number (s Groups + q) mod Weights.</param>
/// <param name="ByEntry">Whether entry i of every run has weight number i instead.</param>
internal readonly record struct NormSets(
    int Sets, int Groups, int Runs, int Length, long SetStride, long GroupStride, long RunStride, int Weights,
    bool ByEntry)
{
    // Two sets of so many bytes stay in many second-level caches.
    private const int NearBytes = 512 << 10;

    // The hardware prefetcher finds its way in runs of so many bytes by itself.
    private const int LongBytes = 8 << 10;

    /// <summary>Elements of a set.</summary>
    public long Count => (long)Groups * Runs * Length;

    /// <summary>Elements of all sets.</summary>
    public long Total => Count * Sets;

    /// <summary>
    /// From a set to the next one, if that may wait in the second-level cache: while results are written past it,
    /// memory has time to be read. Else 0.
    /// </summary>
    public long StrideAhead(int set, int elementSize) =>
        Count * elementSize <= NearBytes && IsLong(elementSize) && set + 1 < Sets ? SetStride : 0;

    /// <summary>Whether runs are so long that the hardware prefetcher follows them.</summary>
    public bool IsLong(int elementSize) => Length * elementSize >= LongBytes;

    /// <summary>
    /// From a set's first element to what is read after a block of its entries: of group q, of <paramref name="runs"/>
    /// runs from number r on, the entries from i on. After the last of them the next set begins.
    /// </summary>
    public long After(int q, int r, int i, int runs, int block) =>
        i + block < Length ? q * GroupStride + r * RunStride + i + block
        : r + runs < Runs ? q * GroupStride + (r + runs) * RunStride
        : q + 1 < Groups ? (q + 1) * GroupStride
        : SetStride;

    /// <summary>Channels of [N, C, S], each over all samples.</summary>
    public static NormSets Batch(int samples, int channels, int size) =>
        new(channels, 1, samples, size, size, 0, (long)channels * size, channels, ByEntry: false);

    /// <summary>Groups of channels of [N, C, S], each sample's by itself.</summary>
    public static NormSets Group(int samples, int groups, int channels, int size) => new(
        samples * groups, channels / groups, 1, size, (long)channels / groups * size, size, 0, channels,
        ByEntry: false);

    /// <summary>Rows.</summary>
    public static NormSets Rows(int rows, int length) => new(rows, 1, 1, length, length, 0, 0, length, ByEntry: true);
}
