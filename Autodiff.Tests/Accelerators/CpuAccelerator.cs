using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Autodiff.Tests.Accelerators;

/// <summary>ILGPU's CPU accelerator, shared by the tests: it runs kernels thread by thread, 16 in a group.</summary>
internal static class CpuAccelerator
{
    private static readonly Context s_context = Context.Create(static builder => builder.CPU(CPUDevice.Default));

    private static readonly Accelerator s_accelerator = New();

    /// <summary>The device over it.</summary>
    public static Device Device { get; } = Autodiff.Device.Of(s_accelerator);

    /// <summary>Another accelerator of the same kind.</summary>
    public static Accelerator New() => s_context.GetCPUDevice(0).CreateAccelerator(s_context);
}
