using System.Runtime.InteropServices;

namespace Autodiff.Devices;

/// <summary>
/// Knows the memory of a device's live tensors, and asks the collector to look for dead ones. A handle of a dead tensor
/// weighs nothing for the collector, its memory much for the device: when what is live has grown by half since the last
/// look, the young generations are collected, so that a loop that forgets its tensors stays flat.
/// </summary>
/// <remarks>
/// What the collector found dead is read from weak handles. No allocation ever waits for finalizers: among those may be
/// a user's that wants a lock which the allocating thread holds.
/// </remarks>
internal sealed class LiveMemory
{
    private readonly long _collectEvery;
    private readonly Lock _gate = new();
    private readonly List<MemoryBlock> _blocks = [];
    private long _bytes, _count, _peak, _baseline;
    private int _tracked, _collections;

    /// <param name="collectEvery">By how many bytes it must have grown at least.</param>
    public LiveMemory(long collectEvery)
    {
        _collectEvery = collectEvery;
        _ = new Sentinel(this);
    }

    /// <summary>Bytes in live tensors.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>How many tensors are live.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The most bytes that were live at once since the last <see cref="ResetPeak"/>.</summary>
    public long Peak => Volatile.Read(ref _peak);

    public void ResetPeak()
    {
        lock (_gate)
        {
            Volatile.Write(ref _peak, _bytes);
        }
    }

    /// <summary>Notes a tensor's memory, or by a negative number that it is gone.</summary>
    public void Add(long bytes)
    {
        lock (_gate)
        {
            CountIn(bytes);
        }
    }

    /// <summary>From here on the block is given back when <paramref name="owner"/> is found dead.</summary>
    public void Track(MemoryBlock block, object owner)
    {
        lock (_gate)
        {
            block.SetOwner(owner);
            block.Index = _blocks.Count;
            _blocks.Add(block);
            _tracked++;
            CountIn(block.CountedBytes);
        }
    }

    /// <summary>
    /// Gives the block back, now or when the last operation that works with it ends. To be called once, by the owner.
    /// </summary>
    public void Release(MemoryBlock block, object owner)
    {
        using (new Alive(owner)) // else it may be found dead, and its block given back, while it does that itself
        {
            lock (_gate)
            {
                Untrack(block);
            }
        }

        AddressesInUse.GiveBack(block);
    }

    /// <summary>To be called before an allocation.</summary>
    public void CollectIfGrown()
    {
        long live = Bytes, baseline = Interlocked.Read(ref _baseline);
        if (live - baseline > Math.Max(_collectEvery, baseline / 2))
        {
            // Only tensors made since the last look can be young and dead: their handles are small, so this is quick.
            GC.Collect(1, GCCollectionMode.Forced, blocking: true);
            Sweep();
            Interlocked.Exchange(ref _baseline, Bytes);
            return;
        }

        if (live < baseline)
        {
            Interlocked.Exchange(ref _baseline, live);
        }

        // A collection that came by itself may have found dead ones too; looking costs less than what was made since
        // the last look.
        if (_tracked > _blocks.Count / 4 && _collections != GC.CollectionCount(0))
        {
            Sweep();
        }
    }

    /// <summary>Gives back the memory of what the collector has found dead so far.</summary>
    public void Sweep()
    {
        List<MemoryBlock>? dead = null;
        lock (_gate)
        {
            _collections = GC.CollectionCount(0);
            _tracked = 0;
            for (int i = _blocks.Count - 1; i >= 0; i--)
            {
                MemoryBlock block = _blocks[i];
                if (block.IsForgotten)
                {
                    Untrack(block);
                    (dead ??= []).Add(block);
                }
            }
        }

        AddressesInUse.GiveBackWaiting();
        if (dead is not null)
        {
            AddressesInUse.GiveBack([.. dead]);
        }
    }

    private void Untrack(MemoryBlock block)
    {
        MemoryBlock last = _blocks[^1];
        _blocks[block.Index] = last;
        last.Index = block.Index;
        _blocks.RemoveAt(_blocks.Count - 1);
        block.Index = -1;
        CountIn(-block.CountedBytes);
    }

    private void CountIn(long bytes)
    {
        Volatile.Write(ref _bytes, _bytes + bytes);
        Volatile.Write(ref _count, _count + Math.Sign(bytes));
        if (_bytes > _peak)
        {
            Volatile.Write(ref _peak, _bytes);
        }
    }

    /// <summary>
    /// A callback at full collections: its finalizer makes the next one, so that memory is given back where nothing is
    /// allocated. Nobody waits for it.
    /// </summary>
    private sealed class Sentinel(LiveMemory owner)
    {
        private WeakGCHandle<LiveMemory> _memory = new(owner); // a WeakReference would be finalized with it

        ~Sentinel()
        {
            if (_memory.TryGetTarget(out LiveMemory? memory))
            {
                GC.ReRegisterForFinalize(this);
                memory.Sweep();
            }
            else
            {
                _memory.Dispose();
            }
        }
    }
}
