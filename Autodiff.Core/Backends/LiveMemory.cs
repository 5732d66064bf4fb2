namespace Autodiff.Backends;

/// <summary>
/// Counts the memory of a device's live tensors, and asks the collector to look for dead ones. A handle of a dead tensor weighs
/// nothing for the collector, its memory much for the device: when what is live has grown by half since the last look, the
/// young generations are collected, so that a loop that forgets its tensors stays flat.
/// </summary>
/// <param name="collectEvery">By how many bytes it must have grown at least.</param>
internal sealed class LiveMemory(long collectEvery)
{
    private long _bytes, _count, _peak, _baseline;

    /// <summary>Bytes in live tensors.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many tensors are live.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>The most bytes that were live at once since the last <see cref="ResetPeak"/>.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    public void ResetPeak() => Interlocked.Exchange(ref _peak, Bytes);

    /// <summary>Notes a tensor's memory, or by a negative number that it is gone.</summary>
    public void Add(long bytes)
    {
        long live = Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _count, Math.Sign(bytes));
        for (long peak = Peak; live > peak;)
        {
            long seen = Interlocked.CompareExchange(ref _peak, live, peak);
            if (seen == peak)
            {
                break;
            }

            peak = seen;
        }
    }

    /// <summary>To be called before an allocation.</summary>
    public void CollectIfGrown()
    {
        long live = Bytes, baseline = Interlocked.Read(ref _baseline);
        if (live - baseline > Math.Max(collectEvery, baseline / 2))
        {
            // Only tensors made since the last look can be young and dead: their handles are small, so this is quick.
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            Interlocked.Exchange(ref _baseline, Bytes);
        }
        else if (live < baseline)
        {
            Interlocked.Exchange(ref _baseline, live);
        }
    }
}
