using Autodiff.Backends;
using Autodiff.Backends.Cpu;
using Autodiff.Backends.Reference;
using Autodiff.Compilation;

namespace Autodiff;

/// <summary>Where a tensor's elements live and its operations run.</summary>
public sealed class Device
{
    private static Device? s_default;

    internal Device(string type, int index, IBackend backend)
    {
        Type = type;
        Index = index;
        Backend = backend;
    }

    /// <summary>The processor: SIMD loops over memory of the process.</summary>
    public static Device Cpu { get; } = new("cpu", 0, new CpuBackend());

    /// <summary>
    /// Where tensors are made when no device is named (<c>torch.set_default_device</c>): by creation, ranges and random draws,
    /// and so by modules and their parameters. The CPU unless set. One for the process: set it once, when the program starts.
    /// </summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public static Device Default
    {
        get => s_default ?? Cpu;
        set
        {
            s_default = value ?? throw new ArgumentNullException(nameof(value));
            StepConfiguration.Changed();
        }
    }

    /// <summary>A slow device that computes every operation as plainly as it can be said, in double precision: the definition, for tests.</summary>
    public static Device Reference => ReferenceBackend.Device;

    /// <summary>The kind: <c>cpu</c>, <c>cuda</c>, <c>reference</c>.</summary>
    public string Type { get; }

    /// <summary>Which of several devices of the kind.</summary>
    public int Index { get; }

    /// <summary>What executes the operations.</summary>
    public IBackend Backend { get; }

    /// <summary>PyTorch's spelling: <c>cpu</c>, <c>cuda:0</c>.</summary>
    public override string ToString() => Type == "cpu" ? Type : $"{Type}:{Index}";
}
