using System.Runtime.CompilerServices;
using Autodiff.Backends;
using Autodiff.Compilation;
using Autodiff.Gpu.Capture;
using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu;

/// <summary>The backend of one CUDA device: kernels written from the operations' own formulas, on the context's stream.</summary>
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
        StepRecorder.Current?.Conditions.Depend(this, static _ => 2 * (int)Autodiff.Cuda.MatMulPrecision + (Autodiff.Cuda.FastMath ? 1 : 0));
        return new CudaCapture(Device, Context);
    }

    public Storage Allocate(long byteLength)
    {
        StepRecorder? recorder = StepRecorder.Current;
        recorder?.Join(this);
        CudaStorage storage = new(Device, Context, byteLength);
        CudaScope.Note(storage);
        recorder?.Note(storage);
        if (StepRecorder.IsAnywhere)
        {
            StepRecorder.NoteWork(storage);
        }

        return storage;
    }

    public void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset)
    {
        StepRecorder.Current?.Refuse("the step makes a tensor from data of the host, which a replay would not see change; pass it as an input");
        if (!source.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Write(source, Cuda(target, "Write").Address(use) + (ulong)byteOffset);
        }
    }

    public void Read(Storage source, long byteOffset, Span<byte> target)
    {
        StepRecorder.Current?.Refuse("the step reads a value on the host (Item, ToArray, a size that depends on values); do that with what the step returns");
        if (!target.IsEmpty)
        {
            using MemoryUse use = MemoryUse.Begin();
            Context.Read(Cuda(source, "Read").Address(use) + (ulong)byteOffset, target);
        }
    }

    /// <summary>
    /// Where a view's first element is on the device, for work that is given to the stream before <paramref name="use"/> ends. Operands
    /// of other devices are refused by the name of the operation.
    /// </summary>
    internal ulong Address(in MemoryUse use, in TensorView view, [CallerMemberName] string operation = "")
    {
        CudaStorage storage = Cuda(view.Storage, operation);
        if (StepRecorder.Current?.Join(this) is CudaCapture capture)
        {
            capture.Use(storage);
        }

        return storage.Address(use) + (ulong)(view.Offset * view.DType.SizeOf());
    }

    private CudaStorage Cuda(Storage storage, string operation) =>
        storage is CudaStorage cuda && ReferenceEquals(storage.Device, Device)
            ? cuda
            : throw new InvalidOperationException($"{operation}: an operand is on {storage.Device}, the operation runs on {Device}. Move it with To(...).");
}
