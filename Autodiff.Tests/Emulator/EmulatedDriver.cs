using System.Collections.Concurrent;
using System.Text;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator.Decoding;
using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator;

/// <summary>
/// A CUDA driver without a device: memory is the host's, kernels are PTX text that is interpreted, and every wrong
/// access is found. It answers as an A100 would (compute capability 8.0), one device, and work is done before a call
/// returns.
/// </summary>
/// <remarks>
/// What the real driver does late it does at once, so errors of a kernel come from its launch; <see cref="LastError"/>
/// says in words what the last failed call complained about. One lock makes the calls of several threads follow each
/// other.
/// </remarks>
internal sealed unsafe partial class EmulatedDriver : ICudaDriver, IDisposable
{
    /// <summary>Bytes of memory that the device has if nothing else is said.</summary>
    public const ulong DefaultMemory = 4UL << 30;

    /// <summary>CUDA_ERROR_INVALID_CONTEXT.</summary>
    private const CudaResult InvalidContext = (CudaResult)201;

    /// <summary>CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED.</summary>
    private const CudaResult CaptureUnsupported = (CudaResult)900;

    private const int ThreadsPerBlock = 1024;
    private const int StaticShared = 48 * 1024;
    private const int OptInShared = 163 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<nint, object> _handles = [];
    // by thread; finalizers come here when a thread-local is gone
    private readonly ConcurrentDictionary<int, nint> _contexts = new();
    private readonly nint _primary;
    private readonly nint _pool;
    private nint _lastHandle = 0x1000;
    private bool _initialized;

    /// <summary>A driver with one device.</summary>
    /// <param name="memory">The device's memory in bytes.</param>
    public EmulatedDriver(ulong memory = DefaultMemory)
    {
        Memory = new DeviceMemory(memory);
        _primary = Handle(new object());
        _pool = Handle(new object());
    }

    /// <summary>The device's memory: how much is used, how many allocations live.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>How kernels run.</summary>
    public LaunchSettings Settings { get; } = new();

    /// <summary>What the last call that failed complained about, in words.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>How many kernels ran.</summary>
    public long Launches { get; private set; }

    /// <summary>How many copies from the host to the device there were.</summary>
    public long CopiesToDevice { get; private set; }

    /// <summary>How many modules were loaded.</summary>
    public long ModulesLoaded { get; private set; }

    /// <summary>How many instructions all warps together executed.</summary>
    public long Steps { get; private set; }

    /// <summary>How many devices there are: 0 to see what an engine does without any.</summary>
    public int DeviceCount { get; init; } = 1;

    /// <summary>The CUDA version that the driver says it is for.</summary>
    public int DriverVersion { get; init; } = 12040;

    /// <summary>The devices' compute capability.</summary>
    public (int Major, int Minor) ComputeCapability { get; init; } = (8, 0);

    /// <summary>
    /// Gives the host its memory back. Other threads, the finalizers' too, may still ask for frees meanwhile and
    /// afterwards.
    /// </summary>
    public void Dispose()
    {
        using Lock.Scope scope = _lock.EnterScope();
        Memory.FreeAll();
    }

    public CudaResult Init()
    {
        _initialized = true;
        return DeviceCount == 0 ? Fail(CudaResult.NoDevice, "There is no device.") : CudaResult.Success;
    }

    public CudaResult DriverGetVersion(out int version)
    {
        version = DriverVersion;
        return CudaResult.Success;
    }

    public CudaResult DeviceGetCount(out int count)
    {
        count = DeviceCount;
        return Initialized();
    }

    public CudaResult DeviceGetName(Span<byte> name, int device)
    {
        WriteText(name, "Emulated A100");
        return Device(device);
    }

    public CudaResult DeviceTotalMem(out nuint bytes, int device)
    {
        bytes = (nuint)Memory.Capacity;
        return Device(device);
    }

    public CudaResult DeviceGetAttribute(out int value, DeviceAttribute attribute, int device)
    {
        value = attribute switch
        {
            DeviceAttribute.MaxThreadsPerBlock => ThreadsPerBlock,
            DeviceAttribute.MaxSharedMemoryPerBlock => StaticShared,
            DeviceAttribute.MaxSharedMemoryPerBlockOptin => OptInShared,
            DeviceAttribute.WarpSize => Warp.Size,
            DeviceAttribute.ClockRate => 1_410_000,
            DeviceAttribute.MultiprocessorCount => 108,
            DeviceAttribute.MemoryClockRate => 1_215_000,
            DeviceAttribute.GlobalMemoryBusWidth => 5120,
            DeviceAttribute.L2CacheSize => 40 << 20,
            DeviceAttribute.MaxThreadsPerMultiprocessor => 2048,
            DeviceAttribute.ComputeCapabilityMajor => ComputeCapability.Major,
            DeviceAttribute.ComputeCapabilityMinor => ComputeCapability.Minor,
            DeviceAttribute.MemoryPoolsSupported => 1,
            _ => -1,
        };
        return value < 0 ? Fail(CudaResult.InvalidValue, $"The attribute {attribute} is not known.") : Device(device);
    }

    public CudaResult DevicePrimaryCtxRetain(out nint context, int device)
    {
        context = _primary;
        return Device(device);
    }

    public CudaResult CtxSetCurrent(nint context)
    {
        if (context != 0 && context != _primary)
        {
            return Fail(InvalidContext, "There is no such context.");
        }

        _contexts[Environment.CurrentManagedThreadId] = context;
        return CudaResult.Success;
    }

    public CudaResult ModuleLoadData(out nint module, ReadOnlySpan<byte> ptx, Span<byte> errorLog)
    {
        module = 0;
        int end = ptx.IndexOf((byte)0);
        if (end < 0)
        {
            WriteText(errorLog, "The text does not end with a zero byte.");
            return Fail(CudaResult.InvalidPtx, "The text does not end with a zero byte.");
        }

        string text = Encoding.ASCII.GetString(ptx[..end]);
        using (_lock.EnterScope())
        {
            if (Current() is var result and not CudaResult.Success)
            {
                return result;
            }

            try
            {
                module = Handle(new Module(KernelDecoder.DecodeModule(text)));
                ModulesLoaded++;
                return CudaResult.Success;
            }
            catch (PtxException error)
            {
                WriteText(errorLog, error.Message);
                return Fail(CudaResult.InvalidPtx, error.Message);
            }
        }
    }

    public CudaResult ModuleUnload(nint module) => Remove<Module>(module);

    public CudaResult ModuleGetFunction(out nint function, nint module, string name)
    {
        function = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Module>(module) is not { } found)
        {
            return NoSuch("module");
        }

        if (found.Kernels.Find(kernel => kernel.Name == name) is not { } kernel)
        {
            return Fail(CudaResult.NotFound, $"The module has no kernel '{name}'.");
        }

        function = Handle(new Function(kernel));
        return CudaResult.Success;
    }

    public CudaResult FuncSetAttribute(nint function, FunctionAttribute attribute, int value)
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Function>(function) is not { } found)
        {
            return NoSuch("function");
        }

        if (attribute != FunctionAttribute.MaxDynamicSharedSizeBytes || value < 0
            || value + found.Kernel.SharedBytes > OptInShared)
        {
            return Fail(CudaResult.InvalidValue, $"{attribute} of '{found.Kernel.Name}' cannot be {value}.");
        }

        found.MaxDynamicShared = value;
        return CudaResult.Success;
    }

    public CudaResult FuncGetAttribute(out int value, FunctionAttribute attribute, nint function)
    {
        value = 0;
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<Function>(function) is not { } found)
        {
            return NoSuch("function");
        }

        value = attribute switch
        {
            FunctionAttribute.MaxThreadsPerBlock =>
                found.Kernel.MaxThreads == 0 ? ThreadsPerBlock : found.Kernel.MaxThreads,
            FunctionAttribute.SharedSizeBytes => found.Kernel.SharedBytes,
            FunctionAttribute.RegisterCount => Math.Min(found.Kernel.RegisterWords, 255),
            FunctionAttribute.MaxDynamicSharedSizeBytes => found.MaxDynamicShared,
            _ => 0,
        };
        return CudaResult.Success;
    }

    public CudaResult MemGetInfo(out nuint free, out nuint total)
    {
        using Lock.Scope scope = _lock.EnterScope();
        (free, total) = ((nuint)(Memory.Capacity - Memory.Used), (nuint)Memory.Capacity);
        return Current();
    }

    public CudaResult DeviceGetDefaultMemPool(out nint pool, int device)
    {
        pool = _pool;
        return Device(device);
    }

    // Freed memory goes back at once, whatever the pool may keep.
    public CudaResult MemPoolSetReleaseThreshold(nint pool, ulong bytes) =>
        pool == _pool ? CudaResult.Success : NoSuch("pool");

    public CudaResult MemPoolTrimTo(nint pool, nuint bytesToKeep) =>
        pool == _pool ? CudaResult.Success : NoSuch("pool");

    public string GetErrorName(CudaResult result) => result switch
    {
        CudaResult.Success => "CUDA_SUCCESS",
        CudaResult.InvalidValue => "CUDA_ERROR_INVALID_VALUE",
        CudaResult.OutOfMemory => "CUDA_ERROR_OUT_OF_MEMORY",
        CudaResult.NotInitialized => "CUDA_ERROR_NOT_INITIALIZED",
        CudaResult.NoDevice => "CUDA_ERROR_NO_DEVICE",
        CudaResult.InvalidDevice => "CUDA_ERROR_INVALID_DEVICE",
        InvalidContext => "CUDA_ERROR_INVALID_CONTEXT",
        CudaResult.InvalidPtx => "CUDA_ERROR_INVALID_PTX",
        CudaResult.InvalidHandle => "CUDA_ERROR_INVALID_HANDLE",
        CudaResult.NotFound => "CUDA_ERROR_NOT_FOUND",
        CudaResult.NotReady => "CUDA_ERROR_NOT_READY",
        CudaResult.IllegalAddress => "CUDA_ERROR_ILLEGAL_ADDRESS",
        CudaResult.LaunchOutOfResources => "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
        CudaResult.LaunchFailed => "CUDA_ERROR_LAUNCH_FAILED",
        CaptureUnsupported => "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
        _ => "CUDA_ERROR_UNKNOWN",
    };

    public string GetErrorString(CudaResult result) => LastError.Length > 0 ? LastError : GetErrorName(result);

    private static void WriteText(Span<byte> target, string text)
    {
        if (target.Length > 0)
        {
            int length = Math.Min(text.Length, target.Length - 1);
            Encoding.ASCII.GetBytes(text.AsSpan(0, length), target);
            target[length] = 0;
        }
    }

    private nint Handle(object what)
    {
        _lastHandle += 16;
        _handles.Add(_lastHandle, what);
        return _lastHandle;
    }

    private T? Find<T>(nint handle) where T : class =>
        _handles.TryGetValue(handle, out object? found) ? found as T : null;

    private CudaResult Remove<T>(nint handle) where T : class
    {
        using Lock.Scope scope = _lock.EnterScope();
        if (Find<T>(handle) is null)
        {
            return NoSuch(typeof(T).Name);
        }

        _handles.Remove(handle);
        return CudaResult.Success;
    }

    private CudaResult Fail(CudaResult result, string message)
    {
        LastError = message;
        return result;
    }

    private CudaResult NoSuch(string what) =>
        Fail(CudaResult.InvalidHandle, $"There is no such {what}; it may have been destroyed.");

    private CudaResult Initialized() =>
        _initialized ? CudaResult.Success : Fail(CudaResult.NotInitialized, "Init was not called.");

    private CudaResult Device(int device) => Initialized() is var result and not CudaResult.Success ? result
        : device >= 0 && device < DeviceCount ? CudaResult.Success
        : Fail(CudaResult.InvalidDevice, $"There is no device {device}.");

    private CudaResult Current() =>
        _contexts.GetValueOrDefault(Environment.CurrentManagedThreadId) == _primary ? CudaResult.Success
        : Fail(InvalidContext, "No context is current on this thread.");

    private sealed record Module(List<Kernel> Kernels);

    private sealed class Function(Kernel kernel)
    {
        public Kernel Kernel { get; } = kernel;

        public int MaxDynamicShared { get; set; } = StaticShared - kernel.SharedBytes;
    }
}
