using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Devices;
using Autodiff.Gpu.Capture;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;
using Autodiff.Steps;

namespace Autodiff.Gpu;

/// <summary>
/// The backend of one CUDA device: kernels written from the operations' own formulas, on the context's stream.
/// </summary>
internal sealed partial class CudaBackend : KernelBackend, ICapturingBackend
{
    /// <summary>A device of its own for this context.</summary>
    public CudaBackend(CudaContext context)
    {
        Context = context;
        Device = new("cuda", context.Ordinal, this);
    }

    public CudaContext Context { get; }

    public override Device Device { get; }

    internal override BlockSizes Sizes => BlockSizes.Cuda;

    internal override int Processors => Context.MultiprocessorCount;

    internal override int ThreadsPerProcessor => Context.MaxThreadsPerMultiprocessor;

    internal override bool FastMath => Autodiff.Cuda.FastMath;

    public IStepCapture NewCapture()
    {
        StepRecording.Depend(this,
            static _ => 2 * (int)Autodiff.Cuda.MatMulPrecision + (Autodiff.Cuda.FastMath ? 1 : 0));
        return new CudaCapture(Device, Context);
    }

    public override Storage Allocate(long byteLength)
    {
        KernelStorage storage = AllocateOwn(byteLength);
        CudaScope.Note(storage);
        return storage;
    }

    /// <summary>Memory that no <see cref="CudaScope"/> gives back.</summary>
    public override KernelStorage AllocateOwn(long byteLength) =>
        new(Device, Context, byteLength > 0 ? Context.Allocate((nuint)byteLength) : 0, byteLength);

    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    internal override LoadedKernel Load(
        MethodInfo method, string entry, int threads, string operation, ValueField[] fields)
    {
        CompiledKernel kernel = KernelCompiler.Compile(method, entry, threads, operation);
        return new CudaKernel(Context.Load(kernel.Entry, kernel.Text), kernel.Layout, fields);
    }

    internal override void Launch(LoadedKernel kernel, uint blocks, int threads, ReadOnlySpan<byte> arguments) =>
        Context.Launch(((CudaKernel)kernel).Function, blocks, (uint)threads, arguments);

    private protected override void CopyBytes(ulong source, ulong target, long bytes) =>
        Context.Copy(source, target, (nuint)bytes);

    private protected override void SetBytes(ulong target, byte value, long bytes) =>
        Context.Set(target, value, (nuint)bytes);

    public override void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        if (!source.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Write(source, Own(target, "Write").Address(use) + (ulong)byteOffset);
        }
    }

    public override void Read(Storage source, long byteOffset, Span<byte> target)
    {
        if (!target.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Read(Own(source, "Read").Address(use) + (ulong)byteOffset, target);
        }
    }

    /// <summary>A kernel in the driver's hands.</summary>
    private sealed class CudaKernel(nint function, ArgumentLayout layout, ValueField[] fields)
        : LoadedKernel(layout, fields)
    {
        public nint Function => function;
    }
}
