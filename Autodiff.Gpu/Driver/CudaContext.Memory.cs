using System.Collections.Concurrent;
using System.Globalization;
using Autodiff.Compilation;

namespace Autodiff.Gpu.Driver;

/// <summary>Memory of the device, from the driver's stream-ordered pool, which keeps what it once had.</summary>
internal sealed unsafe partial class CudaContext
{
    private const long CollectEvery = 256L << 20;

    private readonly nint _pool;
    private readonly ConcurrentQueue<(ulong Address, long Bytes)> _dead = [];
    private long _live, _liveCount, _peak, _baseline;

    /// <summary>Bytes in live tensors.</summary>
    public long LiveBytes => Interlocked.Read(ref _live);

    /// <summary>How many blocks of memory are live.</summary>
    public long LiveCount => Interlocked.Read(ref _liveCount);

    /// <summary>The most bytes that were live at once since the last <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => Interlocked.Read(ref _peak);

    /// <summary>Memory for work that comes after this call; its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little left, even after everything dead was given back.</exception>
    public ulong Allocate(nuint bytes)
    {
        if (IsCapturing)
        {
            using (Enter())
            {
                if (_arena is { } arena && arena.TryAllocate(bytes, out ulong inside))
                {
                    return inside;
                }
            }

            StepRecorder.Current?.Refuse("the device has no room for memory that only the captured step uses");
        }

        CollectIfGrown();
        if (TryAllocate(bytes, out ulong address))
        {
            return address;
        }

        // What nobody refers to any more may only wait for its finalizer; then the pool's own reserve may be in pieces.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Trim();
            if (TryAllocate(bytes, out address))
            {
                return address;
            }
        }

        (long free, long total) = MemoryInfo();
        throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
            $"cuda:{Ordinal} ({Info.Name}) is out of memory: {bytes:N0} bytes are asked for, {free:N0} of {total:N0} are free, {LiveBytes:N0} are in {LiveCount:N0} live tensors. Smaller batches, fewer saved values (NoGrad) or Dispose() of what is not needed would help; the engine can go on."));
    }

    /// <summary>Gives memory back once the work given so far is done. Any thread may call, finalizers too: it never waits.</summary>
    public void Free(ulong address, long bytes)
    {
        if (!Monitor.TryEnter(_gate))
        {
            _dead.Enqueue((address, bytes));
            return;
        }

        try
        {
            _ = TryMakeCurrent(); // a driver that is gone has taken the memory with it
            FreeNow(address, bytes);
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    /// <summary>Gives what the pool holds in reserve back to the device, for other processes.</summary>
    public void Trim()
    {
        using (Enter())
        {
            RequireNoCapture("gives memory back to the device");
            Check(Driver.StreamSynchronize(Stream), "cuStreamSynchronize"); // frees take effect in the stream's order
            Check(Driver.MemPoolTrimTo(_pool, 0), "cuMemPoolTrimTo");
        }
    }

    /// <summary>Free and total bytes of the device, as the driver counts them: the pool's reserve is not free.</summary>
    public (long Free, long Total) MemoryInfo()
    {
        using (Enter())
        {
            Check(Driver.MemGetInfo(out nuint free, out nuint total), "cuMemGetInfo");
            return ((long)free, (long)total);
        }
    }

    public void ResetPeak() => Interlocked.Exchange(ref _peak, LiveBytes);

    private bool TryAllocate(nuint bytes, out ulong address)
    {
        using Entry entered = Enter();
        CudaResult result = Driver.MemAllocAsync(out address, bytes, Stream);
        if (result == CudaResult.OutOfMemory)
        {
            return false;
        }

        Check(result, "cuMemAllocAsync");
        Count((long)bytes);
        return true;
    }

    /// <summary>Memory of a captured step goes back to its arena. Other memory waits while a graph is captured, which would note the call.</summary>
    private void FreeNow(ulong address, long bytes)
    {
        for (int i = _arenas.Count - 1; i >= 0; i--)
        {
            if (_arenas[i].TryFree(address))
            {
                return;
            }
        }

        if (_arena is not null)
        {
            _dead.Enqueue((address, bytes));
            return;
        }

        Count(-bytes);
        _ = Driver.MemFreeAsync(address, Stream); // a device in error has lost the memory anyway
    }

    /// <summary>
    /// A handle of a dead tensor weighs nothing for the collector, its memory much for the device. When what is live has grown
    /// by much since the last look, the young generations are collected: a loop that forgets its tensors stays flat.
    /// </summary>
    private void CollectIfGrown()
    {
        long live = LiveBytes, baseline = Interlocked.Read(ref _baseline);
        if (live - baseline > Math.Max(CollectEvery, baseline / 2))
        {
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            Interlocked.Exchange(ref _baseline, LiveBytes);
        }
        else if (live < baseline)
        {
            Interlocked.Exchange(ref _baseline, live);
        }
    }

    private void Count(long bytes)
    {
        long live = Interlocked.Add(ref _live, bytes);
        Interlocked.Add(ref _liveCount, Math.Sign(bytes));
        for (long peak = PeakBytes; live > peak;)
        {
            long seen = Interlocked.CompareExchange(ref _peak, live, peak);
            if (seen == peak)
            {
                break;
            }

            peak = seen;
        }
    }
}
