using System.Runtime.CompilerServices;

namespace Autodiff.Devices;

/// <summary>
/// An operation's hold on the memory it works with. A storage tells where its memory is only to one of these, and that
/// memory is given back, whether its storage was disposed meanwhile or found dead by the collector, only after the hold
/// has ended.
/// </summary>
/// <remarks>
/// What a storage hands out can't leave the method that holds the memory: the compiler sees that it depends on this
/// structure. A hold is a few stores to memory of the thread's own (hazard pointers; Michael, 2004); whoever wants to
/// give memory back looks at every thread's.
/// </remarks>
internal ref struct MemoryUse
{
    private AddressesInUse? _own; // found at the first address: work with small tensors alone needs none
    private int _before;

    /// <summary>
    /// Begins a hold on nothing. Holds of one thread end in the opposite order of their beginning, and memory is added
    /// to the innermost.
    /// </summary>
    public static MemoryUse Begin() => default;

    /// <summary>
    /// Holds the memory at <paramref name="address"/>. Only afterwards may be asked whether its storage still has it:
    /// if so, it stays.
    /// </summary>
    /// <remarks>
    /// A hold is passed on as <c>in</c>, which keeps what depends on it inside its scope; it is one and the same all
    /// the same.
    /// </remarks>
    public readonly void Add(nint address)
    {
        ref MemoryUse hold = ref Unsafe.AsRef(in this);
        if (hold._own is null)
        {
            hold._own = AddressesInUse.OfThisThread;
            hold._before = hold._own.Count;
        }

        hold._own.Add(address);
    }

    /// <summary>Ends the hold.</summary>
    public readonly void Dispose() => _own?.End(_before);
}

/// <summary>Keeps an object from being found dead while an address or a handle that it owns is in use.</summary>
internal readonly ref struct Alive(object held)
{
    private readonly object _held = held;

#pragma warning disable RS0030 // the one place
    public void Dispose() => GC.KeepAlive(_held);
#pragma warning restore RS0030
}
