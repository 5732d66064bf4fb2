using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>A backend whose device can note work and repeat it by itself (CUDA graphs).</summary>
internal interface ICapturingBackend : IBackend
{
    /// <summary>The backend's device.</summary>
    Device Device { get; }

    /// <summary>A capture whose first segment has not begun.</summary>
    IStepCapture NewCapture();
}

/// <summary>
/// A step that a device is capturing, in segments: between two of them host code runs, now and at every replay. What a
/// segment notes is done when it ends, so a captured step has run exactly once, whatever comes of the capture.
/// </summary>
internal interface IStepCapture
{
    /// <summary>The device.</summary>
    Device Device { get; }

    /// <summary>The memory that the noted work uses, with its version when it was first used.</summary>
    IReadOnlyDictionary<Storage, int> Used { get; }

    /// <summary>Why the capture can't go on; null as long as it can.</summary>
    string? Obstacle { get; }

    /// <summary>
    /// From here on the device notes this thread's work; nothing if it does already, or if the capture can't go on.
    /// </summary>
    void BeginSegment();

    /// <summary>The step works with this memory.</summary>
    void Use(Storage storage);

    /// <summary>
    /// Has the noted work done and gives the command that does it again; null if there is none. Nothing if no segment
    /// is open.
    /// </summary>
    Command? EndSegment();

    /// <summary>
    /// Another handle of memory that the step made: it doesn't keep the first one alive, and giving it back does
    /// nothing.
    /// </summary>
    Storage Alias(Storage made);

    /// <summary>Keeps the memory inside the step from being given to others, until it is disposed.</summary>
    IDisposable HoldMemory();
}
