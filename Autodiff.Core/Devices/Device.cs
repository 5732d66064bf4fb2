using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Devices.Reference;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>Where a tensor's elements live and its operations run.</summary>
public sealed class Device
{
    private static Device? s_default;

    [ThreadStatic]
    private static Device? t_used;

    /// <summary>
    /// A device whose operations <paramref name="backend"/> runs: <c>new("npu", 0, new NpuBackend())</c>. Make one and
    /// keep it: two devices are never the same, even with the same name.
    /// </summary>
    /// <param name="type">The kind, for <see cref="Type"/>.</param>
    /// <param name="index">Which of several of the kind, from 0 on.</param>
    /// <param name="backend">What executes the operations. The <see cref="Storage"/> that it allocates must name this
    /// device.</param>
    /// <exception cref="ArgumentException">The kind has no name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The index is negative.</exception>
    /// <exception cref="ArgumentNullException">The backend is null.</exception>
    public Device(string type, int index, IBackend backend)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentNullException.ThrowIfNull(backend);
        Type = type;
        Index = index;
        Backend = backend;
    }

    /// <summary>The processor: SIMD loops over memory of the process.</summary>
    public static Device Cpu { get; } = new("cpu", 0, new CpuBackend());

    /// <summary>
    /// Where tensors are made when no device is named (<c>torch.set_default_device</c>): by creation, ranges and random
    /// draws, and so by modules and their parameters. The CPU unless set. One for the process: set it once, when the
    /// program starts. For a part of the program there is <see cref="Use"/>, which goes before it.
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

    /// <summary>
    /// Where tensors are made here when no device is named: that of the innermost <see cref="Use"/>, else
    /// <see cref="Default"/>.
    /// </summary>
    public static Device Current => t_used ?? Default;

    /// <summary>
    /// Makes tensors on <paramref name="device"/> wherever none is named, until the scope is disposed
    /// (<c>with torch.device(d):</c>): <c>using (Device.Use(gpu)) { model = new Linear(2, 3); }</c>.
    /// </summary>
    /// <remarks>
    /// It holds for the code inside the scope, also after an <c>await</c> and in tasks and parallel loops begun there;
    /// other threads and <see cref="Default"/> stay as they are. Scopes may be nested.
    /// </remarks>
    /// <param name="device">The device.</param>
    /// <returns>The scope.</returns>
    /// <exception cref="ArgumentNullException">The device is null.</exception>
    public static IDisposable Use(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Flow.Setting.Begin(device);
    }

    /// <summary>
    /// A slow device that computes every operation as plainly as it can be said, in double precision: the definition,
    /// for tests.
    /// </summary>
    public static Device Reference => ReferenceBackend.Device;

    /// <summary>
    /// The kind: <c>cpu</c>, <c>cuda</c>, <c>opencl</c>, <c>reference</c>, or what a backend of one's own calls itself.
    /// </summary>
    public string Type { get; }

    /// <summary>Which of several devices of the kind.</summary>
    public int Index { get; }

    /// <summary>What executes the operations.</summary>
    public IBackend Backend { get; }

    /// <summary>The backend as operations call it: a step that is captured records what goes through here.</summary>
    internal BackendCalls Calls => new(Backend);

    /// <summary>PyTorch's spelling: <c>cpu</c>, <c>cuda:0</c>.</summary>
    public override string ToString() => Type == "cpu" ? Type : $"{Type}:{Index}";

    private static class Flow
    {
        public static readonly FlowingSetting<Device> Setting = new(static (device, _) =>
        {
            t_used = device;
            StepConfiguration.Changed();
        });
    }
}
