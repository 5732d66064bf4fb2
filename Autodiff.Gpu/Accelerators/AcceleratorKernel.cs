using System.Diagnostics.CodeAnalysis;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using ILGPU;
using ILGPU.Runtime;

namespace Autodiff.Gpu.Accelerators;

/// <summary>A kernel that ILGPU has loaded into an accelerator.</summary>
internal abstract class AcceleratorKernel(ArgumentLayout layout, ValueField[] fields) : LoadedKernel(layout, fields)
{
    /// <summary>Makes one of a kernel whose parameter is of this type.</summary>
    [RequiresDynamicCode("Its type is put together at run time.")]
    public static AcceleratorKernel Of(Type arguments, Kernel kernel, ValueField[] fields) =>
        (AcceleratorKernel)Activator.CreateInstance(
            typeof(Typed<>).MakeGenericType(arguments), kernel, ArgumentLayout.InSlots(arguments), fields)!;

    /// <summary>Gives the kernel to a stream.</summary>
    public abstract void Launch(
        AcceleratorStream stream, AcceleratorMemory memory, KernelConfig grid, ReadOnlySpan<byte> arguments);

    private sealed class Typed<TArguments> : AcceleratorKernel where TArguments : struct
    {
        private readonly Action<AcceleratorStream, KernelConfig, TArguments> _launch;
        private readonly ArgumentUnpacker<TArguments>.Reader _unpack;

        [RequiresDynamicCode("Its launcher is written at run time.")]
        public Typed(Kernel kernel, ArgumentLayout layout, ValueField[] fields) : base(layout, fields)
        {
            _launch = kernel.CreateLauncherDelegate<Action<AcceleratorStream, KernelConfig, TArguments>>();
            _unpack = ArgumentUnpacker<TArguments>.Create();
        }

        public override void Launch(
            AcceleratorStream stream, AcceleratorMemory memory, KernelConfig grid, ReadOnlySpan<byte> arguments) =>
            _launch(
                stream, grid,
                _unpack(memory, ref System.Runtime.InteropServices.MemoryMarshal.GetReference(arguments)));
    }
}
