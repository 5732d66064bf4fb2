using System.Runtime.InteropServices;

namespace Autodiff.Devices;

/// <summary>
/// Memory (or another thing of a device) that an object owns and that must be given back. It is known apart from its
/// owner, so that it can be given back when the owner is found dead; no finalizer is needed for that.
/// </summary>
/// <remarks>
/// The owner counts as dead only when no finalizer can reach it either: whoever can ask for its memory finds it.
/// </remarks>
internal abstract class MemoryBlock
{
    private WeakGCHandle<object> _owner = new(null!, trackResurrection: true);

    /// <summary>By which operations say that they work with it (<see cref="MemoryUse"/>).</summary>
    public abstract nint Address { get; }

    /// <summary>
    /// What <see cref="LiveMemory"/> counts for it while it has an owner; 0 for what is counted elsewhere.
    /// </summary>
    public virtual long CountedBytes => 0;

    /// <summary>Its place in the list of <see cref="LiveMemory"/>; -1 while it has no owner.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>Whether its owner is dead.</summary>
    internal bool IsForgotten => !_owner.TryGetTarget(out _);

    /// <summary>Gives the memory back. Any thread may call, the finalizer thread too: it must not wait.</summary>
    public abstract void GiveBack();

    /// <summary>Lets go of the weak handle: the block has no owner any more and gets no other.</summary>
    public void End() => _owner.Dispose();

    internal void SetOwner(object owner) => _owner.SetTarget(owner);
}
