using System.Runtime.InteropServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>A piece of device memory: addresses that are given out once, backed by memory of the host.</summary>
internal sealed unsafe class Allocation(ulong start, ulong size)
{
    /// <summary>Holds no address.</summary>
    public static readonly Allocation None = new(0, 0);

    public readonly ulong Start = start;

    public readonly ulong Size = size;

    /// <summary>Where it lies on the host; null while it is not alive.</summary>
    public byte* Host;
}

/// <summary>
/// The device's memory. An address is never given out twice and neighbours lie apart, so an access behind an end or to
/// freed memory is always found; new memory is filled with ones (NaN, -1), so a read of what nobody wrote shows.
/// </summary>
internal sealed unsafe class DeviceMemory(ulong capacity)
{
    private const ulong Alignment = 256, Gap = 4096;

    private readonly SortedList<ulong, Allocation> _all = [];
    private ulong _next = 0x7_0000_0000;

    public ulong Capacity { get; } = capacity;

    /// <summary>Bytes that are allocated.</summary>
    public ulong Used { get; private set; }

    /// <summary>The most bytes that were allocated at one time.</summary>
    public ulong Peak { get; private set; }

    /// <summary>How many allocations are alive.</summary>
    public int LiveCount { get; private set; }

    /// <summary>Addresses without memory yet.</summary>
    public Allocation Reserve(ulong bytes)
    {
        Allocation reserved = new(_next, bytes);
        _next += ((bytes + Alignment - 1) / Alignment * Alignment) + Gap;
        _all.Add(reserved.Start, reserved);
        return reserved;
    }

    /// <summary>Gives memory to reserved addresses; false if there is too little.</summary>
    public bool Commit(Allocation allocation)
    {
        if (allocation.Size > Capacity - Used || allocation.Host != null)
        {
            return false;
        }

        allocation.Host = (byte*)NativeMemory.AlignedAlloc((nuint)allocation.Size, (nuint)Alignment);
        NativeMemory.Fill(allocation.Host, (nuint)allocation.Size, 0xFF);
        Used += allocation.Size;
        Peak = Math.Max(Peak, Used);
        LiveCount++;
        return true;
    }

    /// <summary>
    /// Frees what begins at the address; false if nothing alive does. The address stays known as freed.
    /// </summary>
    public bool Free(ulong address)
    {
        if (!_all.TryGetValue(address, out Allocation? allocation) || allocation.Host == null)
        {
            return false;
        }

        NativeMemory.AlignedFree(allocation.Host);
        allocation.Host = null;
        Used -= allocation.Size;
        LiveCount--;
        return true;
    }

    /// <summary>The allocation that begins at or last before the address.</summary>
    public Allocation? Before(ulong address)
    {
        IList<ulong> starts = _all.Keys;
        int low = 0, high = starts.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (starts[middle] <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high < 0 ? null : _all.Values[high];
    }

    /// <summary>The living allocation that holds all the bytes, or null.</summary>
    public Allocation? Find(ulong address, ulong bytes) =>
        Before(address) is { } found && found.Host != null && address - found.Start < found.Size
            && found.Size - (address - found.Start) >= bytes
            ? found : null;

    /// <summary>Where the bytes lie on the host, or null where an access is wrong.</summary>
    public byte* Resolve(ulong address, ulong bytes) =>
        Find(address, bytes) is { } found ? found.Host + (address - found.Start) : null;

    /// <summary>What is at an address that cannot be accessed.</summary>
    public string Describe(ulong address, ulong bytes)
    {
        if (Before(address) is not { } near)
        {
            return "which belongs to no allocation";
        }

        ulong offset = address - near.Start;
        string which = $"the allocation of {near.Size} bytes at 0x{near.Start:x}";
        return offset >= near.Size + Gap ? $"which belongs to no allocation (the last one before it is {which})"
            : near.Host == null && offset < near.Size ? $"which lies in {which}, freed before"
            : offset >= near.Size ? $"{offset - near.Size} bytes behind the end of {which}"
            : $"which reaches {offset + bytes - near.Size} bytes behind the end of {which}";
    }

    /// <summary>Gives all memory back.</summary>
    public void FreeAll()
    {
        foreach (ulong start in _all.Keys.ToArray())
        {
            Free(start);
        }
    }
}
