using System.Collections.Concurrent;
using System.Text;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Driver;

/// <summary>One device at work: its context, its stream, the kernels loaded into it.</summary>
/// <remarks>
/// All work goes to one stream, in the order of the calls, from any thread. A call takes the context's lock, and waits
/// while another thread is capturing a graph. Memory that is given back while another thread has the lock goes when
/// that comes next, so giving back never waits.
/// </remarks>
internal sealed unsafe partial class CudaContext
{
    [ThreadStatic]
    private static CudaContext? t_current;

    private readonly nint _context;
    private readonly object _gate = new(); // a monitor: calls wait on it for a capture to end
    private readonly ConcurrentDictionary<string, nint> _functions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<nint, uint> _sharedLimits = [];

    /// <summary>Opens the primary context of a device, the one that every library in the process shares.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public CudaContext(ICudaDriver driver, int ordinal)
    {
        Driver = driver;
        Ordinal = ordinal;
        Check(driver.Init(), "cuInit");
        Info = ReadInfo(driver, ordinal);
        WarpSize = Attribute(driver, DeviceAttribute.WarpSize, ordinal);
        MaxThreadsPerMultiprocessor = Attribute(driver, DeviceAttribute.MaxThreadsPerMultiprocessor, ordinal);
        if (Attribute(driver, DeviceAttribute.MemoryPoolsSupported, ordinal) == 0)
        {
            throw new PlatformNotSupportedException(
                $"{Info} has no memory pools here (some virtual machines share a device without them); the engine "
                    + "needs them.");
        }

        Check(driver.DevicePrimaryCtxRetain(out _context, ordinal), "cuDevicePrimaryCtxRetain");
        MakeCurrent();
        Check(driver.StreamCreate(out nint stream), "cuStreamCreate");
        Stream = stream;
        Check(driver.DeviceGetDefaultMemPool(out _pool, ordinal), "cuDeviceGetDefaultMemPool");
        Check(driver.MemPoolSetReleaseThreshold(_pool, ulong.MaxValue), "cuMemPoolSetAttribute");
    }

    public ICudaDriver Driver { get; }

    public int Ordinal { get; }

    public CudaDeviceInfo Info { get; }

    public int MultiprocessorCount => Info.MultiprocessorCount;

    public int WarpSize { get; }

    public int MaxThreadsPerMultiprocessor { get; }

    /// <summary>Where all work goes.</summary>
    public nint Stream { get; }

    /// <summary>What the driver tells of a device.</summary>
    public static CudaDeviceInfo ReadInfo(ICudaDriver driver, int ordinal)
    {
        Span<byte> name = stackalloc byte[256];
        Check(driver, driver.DeviceGetName(name, ordinal), "cuDeviceGetName");
        int end = name.IndexOf((byte)0);
        Check(driver, driver.DeviceTotalMem(out nuint bytes, ordinal), "cuDeviceTotalMem");
        return new(
            ordinal,
            Encoding.UTF8.GetString(end < 0 ? name : name[..end]),
            (long)bytes,
            new(Attribute(driver, DeviceAttribute.ComputeCapabilityMajor, ordinal),
                Attribute(driver, DeviceAttribute.ComputeCapabilityMinor, ordinal)),
            Attribute(driver, DeviceAttribute.MultiprocessorCount, ordinal),
            Attribute(driver, DeviceAttribute.MaxSharedMemoryPerBlockOptin, ordinal),
            Attribute(driver, DeviceAttribute.L2CacheSize, ordinal));
    }

    /// <summary>The kernel of this name, compiled by the driver the first time that this text comes.</summary>
    /// <param name="entry">The entry's name.</param>
    /// <param name="ptx">The module; <see cref="KernelWriter.Header"/> is put before it if it has none.</param>
    /// <exception cref="CudaException">The driver's compiler refuses the text; the message has its log.</exception>
    public nint Load(string entry, string ptx) =>
        _functions.TryGetValue(ptx, out nint function) ? function : Compile(entry, ptx);

    /// <summary>The texts of the kernels that were loaded, for whoever wants to read or check them.</summary>
    public IEnumerable<string> LoadedTexts => _functions.Keys;

    /// <summary>Starts a kernel. <paramref name="dynamicShared"/> may be all that the device has.</summary>
    public void Launch(nint function, (uint X, uint Y, uint Z) grid, uint block, ref KernelArguments arguments,
        uint dynamicShared = 0)
    {
        void** pointers = stackalloc void*[Math.Max(arguments.Count, 1)];
        fixed (KernelArguments* pinned = &arguments)
        {
            KernelArguments.Point(ref *pinned, pointers);
            using Entry entered = Enter();
            if (dynamicShared > DefaultSharedBytes)
            {
                AllowShared(function, dynamicShared);
            }

            _noted++;
            Check(
                Driver.LaunchKernel(function, grid.X, grid.Y, grid.Z, block, 1, 1, dynamicShared, Stream, pointers),
                "cuLaunchKernel");
        }
    }

    /// <summary>Starts a kernel whose one parameter is a structure.</summary>
    public void Launch(nint function, uint blocks, uint block, ReadOnlySpan<byte> structure)
    {
        fixed (byte* bytes = structure)
        {
            void* pointer = bytes;
            using Entry entered = Enter();
            _noted++;
            Check(
                Driver.LaunchKernel(function, blocks, 1, 1, block, 1, 1, 0, Stream, &pointer), "cuLaunchKernel");
        }
    }

    /// <summary>Waits until the device has done all it was given.</summary>
    public void Synchronize()
    {
        using (Enter())
        {
            RequireNoCapture("waits for the device");
            Check(Driver.StreamSynchronize(Stream), "cuStreamSynchronize");
        }
    }

    /// <summary>Throws what the driver says, unless it says success.</summary>
    public void Check(CudaResult result, string call)
    {
        if (result != CudaResult.Success)
        {
            throw new CudaException(Driver, result, call);
        }
    }

    /// <summary>The context on this thread and to this thread alone, until disposed.</summary>
    public Entry Enter()
    {
        Entry entry = new(_gate);
        try
        {
            MakeCurrent();
            if (_arena is not null)
            {
                AwaitCapture();
            }

            if (_arena is null && !(_dead.IsEmpty && _ended.IsEmpty))
            {
                GiveBack();
            }
        }
        catch
        {
            entry.Dispose();
            throw;
        }

        return entry;
    }

    private const uint DefaultSharedBytes = 48 * 1024;

    private static void Check(ICudaDriver driver, CudaResult result, string call)
    {
        if (result != CudaResult.Success)
        {
            throw new CudaException(driver, result, call);
        }
    }

    private static int Attribute(ICudaDriver driver, DeviceAttribute attribute, int ordinal)
    {
        Check(driver, driver.DeviceGetAttribute(out int value, attribute, ordinal), "cuDeviceGetAttribute");
        return value;
    }

    private void MakeCurrent() => Check(TryMakeCurrent(), "cuCtxSetCurrent");

    private CudaResult TryMakeCurrent()
    {
        if (ReferenceEquals(t_current, this))
        {
            return CudaResult.Success;
        }

        CudaResult result = Driver.CtxSetCurrent(_context);
        t_current = result == CudaResult.Success ? this : null;
        return result;
    }

    private nint Compile(string entry, string ptx)
    {
        string text = ptx.StartsWith(".version", StringComparison.Ordinal) ? ptx : KernelWriter.Header + ptx;
        byte[] module = Encoding.UTF8.GetBytes(text + "\0");
        byte[] log = new byte[8192];
        using Entry entered = Enter();
        if (_functions.TryGetValue(ptx, out nint function))
        {
            return function;
        }

        CudaResult result = Driver.ModuleLoadData(out nint handle, module, log);
        if (result != CudaResult.Success)
        {
            int end = Array.IndexOf(log, (byte)0);
            string said = Encoding.UTF8.GetString(log, 0, Math.Max(end, 0)).Trim();
            throw new CudaException(Driver, result, "cuModuleLoadDataEx",
                $"Kernel {entry}{(said.Length == 0 ? "" : ": " + said)}");
        }

        Check(Driver.ModuleGetFunction(out function, handle, entry), "cuModuleGetFunction");
        _functions[ptx] = function;
        return function;
    }

    private void AllowShared(nint function, uint bytes)
    {
        if (_sharedLimits.TryGetValue(function, out uint allowed) && allowed >= bytes)
        {
            return;
        }

        Check(Driver.FuncSetAttribute(function, FunctionAttribute.MaxDynamicSharedSizeBytes, checked((int)bytes)),
            "cuFuncSetAttribute");
        _sharedLimits[function] = bytes;
    }

    /// <summary>Holds the context's lock.</summary>
    public readonly ref struct Entry
    {
        private readonly object _gate;

        public Entry(object gate)
        {
            Monitor.Enter(gate);
            _gate = gate;
        }

        public void Dispose() => Monitor.Exit(_gate);
    }
}
