using System.Runtime.CompilerServices;
using Autodiff.Devices;
using Autodiff.Gpu.Capture;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;
using Autodiff.Steps;

namespace Autodiff.Gpu;

/// <summary>
/// The backend of one CUDA device: kernels written from the operations' own formulas, on the context's stream.
/// </summary>
internal sealed partial class CudaBackend : ICapturingBackend
{
    /// <summary>A device of its own for this context.</summary>
    public CudaBackend(CudaContext context)
    {
        Context = context;
        Device = new("cuda", context.Ordinal, this);
    }

    public CudaContext Context { get; }

    public Device Device { get; }

    public IStepCapture NewCapture()
    {
        StepRecording.Depend(this,
            static _ => 2 * (int)Autodiff.Cuda.MatMulPrecision + (Autodiff.Cuda.FastMath ? 1 : 0));
        return new CudaCapture(Device, Context);
    }

    public Storage Allocate(long byteLength)
    {
        CudaStorage storage = new(Device, Context, byteLength);
        CudaScope.Note(storage);
        return storage;
    }

    private CompiledCache? _compiled;

    /// <summary>The kernels that ILGPU has compiled for this device, but for maps.</summary>
    internal CompiledCache Compiled =>
        _compiled ?? Interlocked.CompareExchange(ref _compiled, new(Context), null) ?? _compiled;

    /// <summary>Gives a compiled kernel to the stream.</summary>
    internal void Launch(LoadedKernel kernel, uint blocks, int threads, ReadOnlySpan<byte> arguments)
    {
        KernelArguments all = new();
        all.AddBlock(arguments);
        Context.Launch(kernel.Function, (blocks, 1, 1), (uint)threads, ref all);
    }

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        if (!source.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Write(source, Cuda(target, "Write").Address(use) + (ulong)byteOffset);
        }
    }

    public void Read(Storage source, long byteOffset, Span<byte> target)
    {
        if (!target.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Read(Cuda(source, "Read").Address(use) + (ulong)byteOffset, target);
        }
    }

    /// <summary>
    /// Where a view's first element is on the device, for work that is given to the stream before
    /// <paramref name="use"/> ends. Operands of other devices are refused by the name of the operation.
    /// </summary>
    internal ulong Address(in MemoryUse use, in TensorView view, [CallerMemberName] string operation = "") =>
        Cuda(view.Storage, operation).Address(use) + (ulong)(view.Offset * view.DType.SizeOf());

    private CudaStorage Cuda(Storage storage, string operation) =>
        storage is CudaStorage cuda && ReferenceEquals(storage.Device, Device)
            ? cuda
            : throw new InvalidOperationException(
                $"{operation}: an operand is on {storage.Device}, the operation runs on {Device}. Move it with "
                    + "To(...).");
}
