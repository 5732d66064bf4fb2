namespace Autodiff.Devices;

/// <summary>
/// The addresses that one thread works with, the innermost operation's last; and memory that waits for such work to
/// end.
/// </summary>
internal sealed class AddressesInUse
{
    [ThreadStatic]
    private static AddressesInUse? t_own;

    private static readonly Lock Gate = new();
    private static readonly List<MemoryBlock> Waiting = [];
    private static AddressesInUse[] s_all = [];
    private static volatile bool s_areSeveral;
    private static volatile int s_waiting;

    private readonly Thread _thread = Thread.CurrentThread;
    private volatile nint[] _addresses = new nint[16];
    private int _count;

    /// <summary>This thread's.</summary>
    public static AddressesInUse OfThisThread => t_own ?? Register();

    /// <summary>How many there are.</summary>
    public int Count => _count;

    /// <summary>From here on other threads see that <paramref name="address"/> is in use.</summary>
    public void Add(nint address)
    {
        nint[] addresses = _addresses;
        int count = _count;
        if (count == addresses.Length)
        {
            addresses = Grow();
        }

        addresses[count] = address;
        Volatile.Write(ref _count, count + 1);
        if (s_areSeveral)
        {
            Interlocked.MemoryBarrier(); // before the storage is asked whether it still has the memory
        }
    }

    /// <summary>Ends the use of all but the first <paramref name="count"/>.</summary>
    public void End(int count)
    {
        Volatile.Write(ref _count, count);
        if (s_waiting != 0)
        {
            GiveBackWaiting();
        }
    }

    /// <summary>
    /// Gives back memory whose storage says, or would say if anybody could still ask, that it has none: at once, or
    /// when the last operation that works with it ends. Never waits.
    /// </summary>
    public static void GiveBack(params ReadOnlySpan<MemoryBlock> blocks)
    {
        bool wait = false;
        OrderBeforeLook();
        foreach (MemoryBlock block in blocks)
        {
            if (!IsInUse(block.Address))
            {
                block.GiveBack();
                continue;
            }

            lock (Gate)
            {
                Waiting.Add(block);
                s_waiting = Waiting.Count;
            }

            wait = true;
        }

        if (wait)
        {
            GiveBackWaiting(); // the use may have ended before it could see that something waits
        }
    }

    /// <summary>Gives back what nobody works with any more.</summary>
    public static void GiveBackWaiting()
    {
        if (s_waiting == 0)
        {
            return;
        }

        List<MemoryBlock> unused = [];
        OrderBeforeLook();
        lock (Gate)
        {
            for (int i = Waiting.Count - 1; i >= 0; i--)
            {
                if (!IsInUse(Waiting[i].Address))
                {
                    unused.Add(Waiting[i]);
                    Waiting.RemoveAt(i);
                }
            }

            s_waiting = Waiting.Count;
        }

        foreach (MemoryBlock block in unused)
        {
            block.GiveBack();
        }
    }

    /// <summary>
    /// An asymmetric fence: a thread that is alone notes its addresses without one. When a second one comes, or one
    /// looks that has no list of its own (the finalizer thread), it pays for both (membarrier).
    /// </summary>
    private static void OrderBeforeLook()
    {
        Interlocked.MemoryBarrier();
        if (!s_areSeveral && t_own is null)
        {
            Interlocked.MemoryBarrierProcessWide();
        }
    }

    private static bool IsInUse(nint address)
    {
        foreach (AddressesInUse each in Volatile.Read(ref s_all))
        {
            int count = Volatile.Read(ref each._count);
            nint[] addresses = each._addresses;
            if (addresses.AsSpan(0, Math.Min(count, addresses.Length)).Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static AddressesInUse Register()
    {
        AddressesInUse own = new();
        lock (Gate)
        {
            Volatile.Write(ref s_all, [.. s_all.Where(static each => each._thread.IsAlive), own]);
            if (s_all.Length > 1 && !s_areSeveral)
            {
                s_areSeveral = true;
                Interlocked.MemoryBarrierProcessWide();
            }
        }

        Interlocked.MemoryBarrier();
        return t_own = own;
    }

    private nint[] Grow()
    {
        nint[] larger = new nint[2 * _addresses.Length];
        _addresses.CopyTo(larger, 0);
        return _addresses = larger;
    }
}
