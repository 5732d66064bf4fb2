using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>
/// A backend whose operations are the kernels of this assembly: which one, with which arguments, over how many blocks.
/// How they are compiled and launched, and where memory is, is a matter of the device.
/// </summary>
internal abstract partial class KernelBackend : IBackend, IPhiloxBackend
{
    private CompiledCache? _compiled;

    /// <summary>The device of this backend.</summary>
    public abstract Device Device { get; }

    /// <summary>How many threads blocks have.</summary>
    internal abstract BlockSizes Sizes { get; }

    /// <summary>How many processors work at once.</summary>
    internal abstract int Processors { get; }

    /// <summary>How many threads each of them has in flight.</summary>
    internal abstract int ThreadsPerProcessor { get; }

    /// <summary>Whether approximate instructions may stand for functions.</summary>
    internal abstract bool FastMath { get; }

    /// <summary>Whether the device computes in float64. Tests say that it does not.</summary>
    internal bool HasDouble { get; set; } = true;

    /// <summary>Whether a kernel may read what lies before the first element of an operand.</summary>
    private protected virtual bool StepsBack => true;

    /// <summary>The kernels that are compiled for this device, but for maps.</summary>
    internal CompiledCache Compiled =>
        _compiled ?? Interlocked.CompareExchange(ref _compiled, new(this), null) ?? _compiled;

    public abstract Storage Allocate(long byteLength);

    public virtual Storage AllocateOwn(long byteLength) => Allocate(byteLength);

    public abstract void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset);

    public abstract void Read(Storage source, long byteOffset, Span<byte> target);

    public abstract void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y);

    public virtual void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias) =>
        ComposedConvolution.Run(this, geometry, wanted, input, weight, output, bias);

    /// <summary>Compiles a kernel and loads it.</summary>
    /// <param name="method">The kernel, with CUDA's threads as its first type.</param>
    /// <param name="entry">What profilers are to show.</param>
    /// <param name="threads">The most threads of a block.</param>
    /// <param name="operation">The operation, for messages.</param>
    /// <param name="fields">The numbers of the operation.</param>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    internal abstract LoadedKernel Load(
        MethodInfo method, string entry, int threads, string operation, ValueField[] fields);

    /// <summary>Gives a kernel to the device, behind the work given so far.</summary>
    internal abstract void Launch(LoadedKernel kernel, uint blocks, int threads, ReadOnlySpan<byte> arguments);

    /// <summary>
    /// Sorts keys, each with a place, in a way of the device's own, if it has one that is worth it: stable.
    /// </summary>
    /// <param name="keyBytes">Bytes of a key, which is an unsigned integer.</param>
    /// <param name="keys">Where the keys are.</param>
    /// <param name="places">Where the places are, of 32 bits.</param>
    /// <param name="count">How many there are.</param>
    internal virtual bool TrySortPairs(int keyBytes, ulong keys, ulong places, int count) => false;

    /// <summary>Copies within the device.</summary>
    private protected abstract void CopyBytes(ulong source, ulong target, long bytes);

    /// <summary>Sets every byte.</summary>
    private protected abstract void SetBytes(ulong target, byte value, long bytes);

    /// <summary>
    /// Where a view's first element is on the device, for work that is given to it before <paramref name="use"/> ends.
    /// Operands of other devices are refused by the name of the operation.
    /// </summary>
    internal ulong Address(in MemoryUse use, in TensorView view, [CallerMemberName] string operation = "") =>
        Own(view.Storage, operation).Address(use) + (ulong)(view.Offset * view.DType.SizeOf());

    private protected KernelStorage Own(Storage storage, string operation) =>
        storage is KernelStorage own && ReferenceEquals(storage.Device, Device)
            ? own
            : throw new InvalidOperationException(
                $"{operation}: an operand is on {storage.Device}, the operation runs on {Device}. Move it with "
                    + "To(...).");
}
