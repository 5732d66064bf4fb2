using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// The upstream gradient of a loss, dL/dL = 1, kept for the next Backward: a small training step makes one every time.
/// </summary>
/// <remarks>
/// Nobody owns it, so nothing of the engine writes to it, and users' rules and hooks get copies. Were it changed
/// nevertheless, it would be made anew.
/// </remarks>
internal sealed class UnitSeed
{
    [ThreadStatic]
    private static UnitSeed? t_single, t_double;

    private readonly Tensor _one;
    private readonly int _version;

    private UnitSeed(DType type)
    {
        _one = Tensor.Full([], 1, type, Device.Cpu);
        _version = _one.Storage.Version;
    }

    private bool IsUnchanged =>
        _one.Storage is { IsReleased: false, MayChangeUnseen: false } storage && storage.Version == _version
        && !_one.RequiresGrad;

    /// <summary>
    /// The 1 for <paramref name="root"/>, where it is a single number in the processor's memory and its Backward is not
    /// recorded by anyone; else null.
    /// </summary>
    public static Tensor? For(Tensor root)
    {
        if (root.Rank != 0 || !ReferenceEquals(root.Device, Device.Cpu) || StepRecording.IsAnywhere
            || TapeRecorder.IsAnywhere)
        {
            return null;
        }

        return root.DType == DType.Float32 ? Kept(ref t_single, DType.Float32)
            : root.DType == DType.Float64 ? Kept(ref t_double, DType.Float64)
            : null;
    }

    private static Tensor Kept(ref UnitSeed? kept, DType type)
    {
        if (kept is not { IsUnchanged: true })
        {
            kept = new(type);
        }

        return kept._one;
    }
}
