using Autodiff.Backends;
using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu;

/// <summary>The backend of one CUDA device: kernels written from the operations' own formulas, on the context's stream.</summary>
internal sealed partial class CudaBackend : IBackend
{
    /// <summary>A device of its own for this context.</summary>
    public CudaBackend(CudaContext context)
    {
        Context = context;
        Device = new("cuda", context.Ordinal, this);
    }

    public CudaContext Context { get; }

    public Device Device { get; }

    public Storage Allocate(long byteLength) => new CudaStorage(Device, Context, byteLength);

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        if (!source.IsEmpty)
        {
            Context.Write(source, Cuda(target, "Write").Address + (ulong)byteOffset);
        }
    }

    public void Read(Storage source, long byteOffset, Span<byte> target)
    {
        if (!target.IsEmpty)
        {
            Context.Read(Cuda(source, "Read").Address + (ulong)byteOffset, target);
        }
    }

    /// <summary>Where a view's first element is on the device. Operands of other devices are refused by the name of the operation.</summary>
    internal ulong Address(in TensorView view, [System.Runtime.CompilerServices.CallerMemberName] string operation = "") =>
        Cuda(view.Storage, operation).Address + (ulong)(view.Offset * view.DType.SizeOf());

    private CudaStorage Cuda(Storage storage, string operation) =>
        storage is CudaStorage cuda && ReferenceEquals(storage.Device, Device)
            ? cuda
            : throw new InvalidOperationException($"{operation}: an operand is on {storage.Device}, the operation runs on {Device}. Move it with To(...).");
}
