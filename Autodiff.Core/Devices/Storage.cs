using Autodiff.Devices;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>The memory behind one tensor or behind several views of it.</summary>
public abstract class Storage
{
    /// <summary>Memory of <paramref name="byteLength"/> bytes on <paramref name="device"/>.</summary>
    protected Storage(Device device, long byteLength)
    {
        Device = device;
        ByteLength = byteLength;
    }

    /// <summary>Where the memory is.</summary>
    public Device Device { get; }

    /// <summary>Its size.</summary>
    public long ByteLength { get; }

    /// <summary>
    /// How often the contents were changed in place. Shared by all views, so the tape can tell when a value it saved is
    /// gone.
    /// </summary>
    public int Version { get; private set; }

    /// <summary>Whether the memory was given back; nothing can read it then.</summary>
    public abstract bool IsReleased { get; }

    /// <summary>
    /// Gives the memory back at once instead of when the collector finds it. Does nothing the second time.
    /// </summary>
    public abstract void Release();

    /// <summary>
    /// Whether a span was handed out through which the elements change without being counted in <see cref="Version"/>.
    /// </summary>
    internal bool MayChangeUnseen { get; private protected set; }

    /// <summary>Counts a change that was made through a span, where that can be found out.</summary>
    /// <param name="changes">How many changes that the elements already show are about to be counted.</param>
    internal virtual void NoticeChanges(int changes = 0)
    {
    }

    /// <summary>
    /// How many of those changes were recorded on the tape: views taken before one no longer tell where their values
    /// came from.
    /// </summary>
    internal int RecordedChanges { get; private set; }

    /// <summary>
    /// How often a tensor went from here to other memory (<see cref="Tensor.SetData"/>): a captured step that reads it
    /// here would not follow. Short, to fit beside the other fields.
    /// </summary>
    internal ushort Departures { get; private set; }

    /// <summary>A tensor goes to other memory.</summary>
    internal void NoteDeparture() => Departures++;

    /// <summary>Notes a change in place.</summary>
    public void Touch()
    {
        Version++;
        StepRecording.Changed(this);
    }

    internal void Touch(bool recorded)
    {
        Touch();
        RecordedChanges += recorded ? 1 : 0;
    }

    /// <summary>
    /// Takes the place of <paramref name="other"/> behind a tensor: with a version that nothing saved of the other has.
    /// </summary>
    internal void CountFrom(Storage other) => Version = Math.Max(Version, other.Version + 1);

    /// <summary>
    /// From here on the memory stays, if it was not given back before, until <paramref name="use"/> ends: for work that
    /// caches its address.
    /// </summary>
    internal virtual void Hold(in MemoryUse use)
    {
    }
}
