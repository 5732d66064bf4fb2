using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using Device = Autodiff.Device;

namespace Labs.Shell;

/// <summary>The devices that the command line names.</summary>
internal static class DeviceChoice
{
    /// <summary>The names, for messages.</summary>
    public const string Names =
        "cpu, gpu, cuda[:i], opencl[:i] or cpu-accelerator (kernels run on the processor, to be debugged: lab 5 takes "
            + "a minute, the others longer)";

    /// <summary>Groups so small that kernels run one thread at a time: none waits for another at a barrier.</summary>
    private static readonly CPUDevice s_smallGroups = new(2, 1, 1);

    /// <summary>Whether a device has this name.</summary>
    public static bool IsOne(string name) => name is "cpu" or "gpu" or "cpu-accelerator"
        || (Parts(name) is ("cuda" or "opencl", >= 0));

    /// <summary>The device of a name.</summary>
    /// <exception cref="PlatformNotSupportedException">The machine has none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has fewer of them.</exception>
    public static Device ByName(string name) => Parts(name) switch
    {
        ("cuda", int index) => Device.Cuda(index),
        ("opencl", int index) => Device.OpenCl(index),
        _ when name == "gpu" => Device.Gpu(),
        _ when name == "cpu-accelerator" => Device.Of(
            s_smallGroups.CreateAccelerator(Context.Create(static builder => builder.CPU(s_smallGroups)))),
        _ => Device.Cpu,
    };

    /// <summary>The kind and the number behind the colon: 0 without one, -1 where it is none.</summary>
    private static (string Kind, int Index) Parts(string name)
    {
        string[] parts = name.Split(':');
        return parts.Length == 1 ? (name, 0)
            : (parts[0], parts.Length == 2
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1);
    }
}
