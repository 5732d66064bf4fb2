using System.Collections.Concurrent;
using System.Globalization;
using Autodiff.Devices;
using Autodiff.Steps;

namespace Autodiff.Gpu.Driver;

/// <summary>Memory of the device, from the driver's stream-ordered pool, which keeps what it once had.</summary>
internal sealed unsafe partial class CudaContext : IKernelMemory
{
    private readonly nint _pool;
    private readonly ConcurrentQueue<(ulong Address, long Bytes)> _dead = [];

    /// <summary>The blocks of memory that are in use.</summary>
    public LiveMemory Live { get; } = new(collectEvery: 256L << 20);

    /// <summary>Memory for work that comes after this call; its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The device has too little left, even after everything dead was
    /// given back.</exception>
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

            StepRecording.Refuse("the device has no room for memory that only the captured step uses");
        }

        Live.CollectIfGrown();
        if (TryAllocate(bytes, out ulong address))
        {
            return address;
        }

        // What nobody refers to any more may not have been found yet; then the pool's own reserve may be in pieces.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            GC.Collect();
            Live.Sweep();
            Trim();
            if (TryAllocate(bytes, out address))
            {
                return address;
            }
        }

        (long free, long total) = MemoryInfo();
        throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
            $"cuda:{Ordinal} ({Info.Name}) is out of memory: {bytes:N0} bytes are asked for, {free:N0} of {total:N0} "
                + $"are free, {Live.Bytes:N0} are in {Live.Count:N0} live tensors. Smaller batches, fewer saved values "
                + $"(NoGrad) or Dispose() of what is not needed would help; the engine can go on."));
    }

    /// <summary>
    /// Gives memory back once the work given so far is done. Any thread may call, finalizers too: it never waits.
    /// </summary>
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

    /// <summary>
    /// Free and total bytes of the device, as the driver counts them: the pool's reserve is not free.
    /// </summary>
    public (long Free, long Total) MemoryInfo()
    {
        using (Enter())
        {
            Check(Driver.MemGetInfo(out nuint free, out nuint total), "cuMemGetInfo");
            return ((long)free, (long)total);
        }
    }

    private bool TryAllocate(nuint bytes, out ulong address)
    {
        using Entry entered = Enter();
        CudaResult result = Driver.MemAllocAsync(out address, bytes, Stream);
        if (result == CudaResult.OutOfMemory)
        {
            return false;
        }

        Check(result, "cuMemAllocAsync");
        Live.Add((long)bytes);
        return true;
    }

    /// <summary>
    /// Memory of a captured step goes back to its arena. Other memory waits while a graph is captured, which would note
    /// the call.
    /// </summary>
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

        Live.Add(-bytes);
        _ = Driver.MemFreeAsync(address, Stream); // a device in error has lost the memory anyway
    }
}
