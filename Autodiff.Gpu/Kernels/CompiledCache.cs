using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Gpu.Compilation;
using Autodiff.Operations;

namespace Autodiff.Gpu.Kernels;

/// <summary>A kernel, loaded: a device's function and where its arguments go.</summary>
internal abstract class LoadedKernel(ArgumentLayout layout, ValueField[] fields)
{
    /// <summary>Where each argument goes.</summary>
    public ArgumentLayout Layout => layout;

    /// <summary>The numbers of the operation.</summary>
    public ReadOnlySpan<ValueField> Fields => fields;
}

/// <summary>
/// The kernels that ILGPU has compiled for a device and that are no maps: by name, operation and variant.
/// </summary>
internal sealed class CompiledCache(KernelBackend backend)
{
    private readonly ConcurrentDictionary<Key, LoadedKernel> _kernels = new();

    /// <summary>The kernel of an operation.</summary>
    /// <param name="name">What kind of kernel: a constant name.</param>
    /// <param name="op">The operation.</param>
    /// <param name="variant">Whatever else decides the kernel.</param>
    /// <param name="method">The method for a variant, with all types closed.</param>
    /// <param name="threads">The most threads of a block; 0 for as many as the device's blocks have.</param>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public LoadedKernel Get<TOp>(
        string name, TOp op, ulong variant, Func<TOp, ulong, MethodInfo> method, int threads = 0)
        where TOp : unmanaged =>
        _kernels.TryGetValue(new(name, typeof(TOp), variant), out LoadedKernel? known)
            ? known : Load(name, op, variant, method, threads);

    /// <summary>The kernel without an operation.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public LoadedKernel Get(string name, ulong variant, Func<ulong, MethodInfo> method, int threads = 0) =>
        _kernels.TryGetValue(new(name, typeof(NoOperation), variant), out LoadedKernel? known)
            ? known : Load(name, variant, method, threads);

    // Apart, so that only a kernel's first launch makes an object of the method.
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    private LoadedKernel Load(string name, ulong variant, Func<ulong, MethodInfo> method, int threads) =>
        Load(name, default(NoOperation), variant, (_, bits) => method(bits), threads);

    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    private LoadedKernel Load<TOp>(
        string name, TOp op, ulong variant, Func<TOp, ulong, MethodInfo> method, int threads) where TOp : unmanaged
    {
        // Read first: a field that no kernel can be given is an error of its own.
        ValueField[] fields = ValueField.Of(typeof(TOp));
        bool hasOperation = typeof(TOp) != typeof(NoOperation);
        return _kernels[new(name, typeof(TOp), variant)] = backend.Load(
            method(op, variant), hasOperation ? KernelName.Of<TOp>(name) : name,
            threads == 0 ? backend.Sizes.Block : threads, hasOperation ? OperationName.Of<TOp>() : name, fields);
    }

    /// <summary>Stands for the operation of kernels that have none.</summary>
    private readonly struct NoOperation;

    /// <summary>What a kernel is found by.</summary>
    private readonly record struct Key(string Name, Type Operation, ulong Variant)
    {
        // A name's letters need not be read at every launch: few kernels differ in nothing else.
        public override int GetHashCode() => HashCode.Combine(Operation, Variant);
    }
}
