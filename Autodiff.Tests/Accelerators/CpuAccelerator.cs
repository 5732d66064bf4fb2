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

    /// <summary>One with groups of 64 threads.</summary>
    public static Device Wide { get; } = Autodiff.Device.Of(NewWide());

    /// <summary>One with groups of 2 threads, on which kernels run in blocks of one: the fastest.</summary>
    public static Device Single { get; } = Autodiff.Device.Of(NewSingle());

    /// <summary>Another accelerator of the same kind.</summary>
    public static Accelerator New() => s_context.GetCPUDevice(0).CreateAccelerator(s_context);

    private static Accelerator NewSingle()
    {
        CPUDevice device = new(2, 1, 1);
        return device.CreateAccelerator(Context.Create(builder => builder.CPU(device)));
    }

    private static Accelerator NewWide()
    {
        Context context = Context.Create(
            static builder => builder.CPU(new CPUDevice(16, 4, 1)).EnableAutodiff());
        return context.GetCPUDevice(0).CreateAccelerator(context);
    }
}
