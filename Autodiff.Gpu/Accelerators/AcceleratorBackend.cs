using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.IR;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace Autodiff.Gpu.Accelerators;

/// <summary>The backend of any accelerator of ILGPU's: the engine's kernels under ILGPU's own runtime.</summary>
internal sealed partial class AcceleratorBackend : KernelBackend
{
    private const int StagingBytes = 4 << 20;

    private readonly object _gate = new();
    private readonly AcceleratorMemory _memory;
    private readonly MethodReader _reader;
    private readonly OpenAssemblies _open;
    private PageLockedArray1D<byte>? _staging;

    /// <summary>A device of its own for this accelerator.</summary>
    /// <exception cref="NotSupportedException">The accelerator can't run the engine's kernels; the message says
    /// why.</exception>
    public AcceleratorBackend(Accelerator accelerator, string type, int index)
    {
        Accelerator = accelerator;
        Device = new(type, index, this);
        Require(accelerator, $"Device.Of({accelerator.Name})");
        Sizes = BlockSizes.Within(accelerator.MaxNumThreadsPerGroup);
        HasDouble = accelerator is not CLAccelerator openCl || openCl.Capabilities.Float64;
        _reader = new(accelerator.Context);
        _open = OpenAssemblies.Of(accelerator.Context);
        _memory = new(accelerator, Name, _gate);
    }

    /// <summary>ILGPU's.</summary>
    public Accelerator Accelerator { get; }

    public override Device Device { get; }

    /// <summary>The accelerator's memory.</summary>
    internal AcceleratorMemory Memory => _memory;

    internal override BlockSizes Sizes { get; }

    internal override int Processors => Accelerator.NumMultiprocessors;

    internal override int ThreadsPerProcessor => Accelerator.MaxNumThreadsPerMultiprocessor;

    internal override bool FastMath => false;

    private protected override bool StepsBack => Accelerator is not CPUAccelerator;

    private string Name => $"{Device} ({Accelerator.Name})";

    public override Storage Allocate(long byteLength)
    {
        ulong address = 0;
        if (byteLength > 0)
        {
            _memory.Live.CollectIfGrown();
            lock (Entered())
            {
                address = _memory.Allocate(byteLength);
            }
        }

        return new KernelStorage(Device, _memory, address, byteLength);
    }

    public override void Write(ReadOnlySpan<byte> source, Storage target, long byteOffset) =>
        Transfer(
            MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(source), source.Length), target, byteOffset,
            isRead: false); // which only reads the span

    public override void Read(Storage source, long byteOffset, Span<byte> target) =>
        Transfer(target, source, byteOffset, isRead: true);

    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    internal override LoadedKernel Load(
        MethodInfo method, string entry, int threads, string operation, ValueField[] fields)
    {
        RequireDouble(method, operation);
        if (UserTypes.AreIn(method))
        {
            // What ILGPU can't compile breaks its context: the accelerator's must not learn of it first.
            _ = KernelCompiler.Compile(method, entry, threads, operation);
        }

        MethodInfo own = Sizes.Kernel(method);
        lock (Entered())
        lock (_open)
        {
            try
            {
                _open.Open(own, operation);
                EntryPointDescription description = EntryPointDescription.FromExplicitlyGroupedKernel(own);
                using IRContext read = _reader.Read(own, out Method kernel);
                ILGPU.Backends.CompiledKernel compiled = Accelerator.GetBackend().Compile(kernel, description, default);
                return AcceleratorKernel.Of(
                    own.GetParameters()[0].ParameterType, Accelerator.LoadKernel(compiled), fields);
            }
            catch (Exception e) when (e is AcceleratorException or InternalCompilerException)
            {
                throw Failure($"compiling {operation}", e);
            }
        }
    }

    internal override void Launch(LoadedKernel kernel, uint blocks, int threads, ReadOnlySpan<byte> arguments)
    {
        lock (Entered())
        {
            try
            {
                ((AcceleratorKernel)kernel).Launch(
                    Accelerator.DefaultStream, _memory, new(checked((int)blocks), threads), arguments);
            }
            catch (AcceleratorException e)
            {
                throw Failure("launching a kernel", e);
            }
        }
    }

    private protected override void CopyBytes(ulong source, ulong target, long bytes)
    {
        lock (Entered())
        {
            _memory.Bytes(source, bytes).CopyTo(Accelerator.DefaultStream, _memory.Bytes(target, bytes));
        }
    }

    private protected override void SetBytes(ulong target, byte value, long bytes)
    {
        lock (Entered())
        {
            _memory.Bytes(target, bytes).MemSet(Accelerator.DefaultStream, value);
        }
    }

    /// <summary>Copies between the host and the device, part by part through pinned memory.</summary>
    private void Transfer(
        Span<byte> host, Storage storage, long byteOffset, bool isRead, [CallerMemberName] string operation = "")
    {
        using MemoryUse use = MemoryUse.Begin();
        ulong address = Own(storage, operation).Address(use) + (ulong)byteOffset;
        lock (Entered())
        {
            try
            {
                for (; !host.IsEmpty; address += StagingBytes)
                {
                    Span<byte> part = host[..Math.Min(host.Length, StagingBytes)];
                    PageLockedArray1D<byte> staging = Staging();
                    ArrayView<byte> pinned = staging.ArrayView.SubView(0, part.Length);
                    ArrayView<byte> there = _memory.Bytes(address, part.Length);
                    if (isRead)
                    {
                        there.CopyTo(Accelerator.DefaultStream, pinned);
                    }
                    else
                    {
                        part.CopyTo(staging.Span);
                        pinned.CopyTo(Accelerator.DefaultStream, there);
                    }

                    Accelerator.DefaultStream.Synchronize(); // before the next part is written there
                    if (isRead)
                    {
                        staging.Span[..part.Length].CopyTo(part);
                    }

                    host = host[part.Length..];
                }
            }
            catch (AcceleratorException e)
            {
                throw Failure(isRead ? "reading its memory" : "writing to its memory", e);
            }
        }
    }

    /// <summary>The lock to take before a call of ILGPU's; the accelerator is the thread's then.</summary>
    /// <exception cref="ObjectDisposedException">The accelerator is gone.</exception>
    private object Entered()
    {
        if (Accelerator.IsDisposed)
        {
            throw new ObjectDisposedException(Device.ToString(),
                $"{Name}: the accelerator was disposed, and the memory of its tensors with it.");
        }

        Accelerator.Bind();
        return _gate;
    }

    private PageLockedArray1D<byte> Staging() =>
        _staging ??= Accelerator.AllocatePageLocked1D<byte>(StagingBytes, uninitialized: true);
}
