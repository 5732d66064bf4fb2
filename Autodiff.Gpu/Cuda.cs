using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// NVIDIA devices, through the driver alone (PyTorch's <c>torch.cuda</c>): no toolkit is needed. Kernels are written at
/// run time and compiled by the driver, which keeps them for the next run.
/// </summary>
/// <remarks>
/// Needs a driver for CUDA 11.4 or newer (branch 470) and a device of compute capability 8.0 or newer.
/// </remarks>
public static class Cuda
{
    /// <summary>The CUDA version whose functions are called, as the driver counts: 1000 major + 10 minor.</summary>
    internal const int OldestDriver = 11_040;

    private static readonly Lazy<(string? Reason, CudaDeviceInfo[] Devices, ICudaDriver? Driver)> Found =
        new(static () =>
        CudaNative.IsPresent
            ? Look(new LibCuda())
            : ($"there is no CUDA driver ({CudaNative.FileName} was not found)", [], null));

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, CudaBackend> Backends = [];

    /// <summary>
    /// Whether there is a device that the engine can use (PyTorch's <c>torch.cuda.is_available()</c>). Never throws.
    /// </summary>
    public static bool IsAvailable => UnavailableReason is null;

    /// <summary>Why <see cref="IsAvailable"/> is false, in words; null where it is true.</summary>
    public static string? UnavailableReason => Found.Value.Reason;

    /// <summary>The machine's CUDA devices, those that are too old included; empty where there is no driver.</summary>
    public static IReadOnlyList<CudaDeviceInfo> Devices => Found.Value.Devices;

    /// <summary>
    /// Whether float32 elementwise kernels may use the device's approximate exp, log, sine, cosine, square root and
    /// division (nvcc's <c>--use_fast_math</c>); false at first. Results then differ from the processor's in the last
    /// few bits, more for sines of large numbers.
    /// </summary>
    public static bool FastMath
    {
        get;
        set
        {
            field = value;
            StepConfiguration.Changed(); // a captured step keeps its kernels
        }
    }

    /// <summary>
    /// How exactly float32 matrices are multiplied (PyTorch's <c>torch.set_float32_matmul_precision</c>);
    /// <see cref="MatMulPrecision.Highest"/> at first. float64 products do not change.
    /// </summary>
    public static MatMulPrecision MatMulPrecision
    {
        get;
        set
        {
            field = value;
            StepConfiguration.Changed();
        }
    }

    /// <summary>
    /// The kernel of y = f(x) over a tensor without gaps, as PTX: what ILGPU makes of the formula. Neither a device nor
    /// a driver is needed.
    /// </summary>
    /// <param name="formula">f: the same struct that the processor's loop is made of.</param>
    /// <param name="dtype"><see cref="DType.Float32"/> or <see cref="DType.Float64"/>.</param>
    /// <returns>A PTX module of one kernel, as the driver would be given it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The type is no floating type.</exception>
    /// <exception cref="NotSupportedException">The formula can't be compiled for a GPU; the message says
    /// why.</exception>
    [RequiresDynamicCode("ILGPU reads methods and writes code at run time.")]
    public static string Ptx<TFormula>(TFormula formula, DType dtype = DType.Float32)
        where TFormula : unmanaged, IUnaryFormula =>
        MapCache.Compile(new Of1<TFormula>(formula), Straight<TFormula>("Ptx", dtype, FastMath)).Text;

    /// <summary>How a kernel of one operand goes over a tensor without gaps.</summary>
    internal static ElementVariant Straight<TFormula>(string asked, DType dtype, bool fast)
    {
        if (!dtype.IsFloatingPoint())
        {
            throw new ArgumentOutOfRangeException(nameof(dtype), dtype,
                $"{asked}: {OperationName.Of<TFormula>()} is wanted over {dtype}; "
                    + "its text is to be had for Float32 and Float64.");
        }

        ElementVariant variant = new() { Compute = dtype, Rank = 1, Width = 16 / dtype.SizeOf(), Unroll = 1 };
        variant.Operand(0, dtype, AccessPattern.Linear);
        variant.Operand(1, dtype, AccessPattern.Linear);
        variant.FastMath = fast && dtype == DType.Float32;
        return variant;
    }

    /// <summary>Waits until a device has done all the work it was given: before a clock is read.</summary>
    /// <param name="device">The device; the first one if null.</param>
    /// <exception cref="CudaException">A kernel failed.</exception>
    public static void Synchronize(Device? device = null)
    {
        StepRecording.Refuse("the step waits for the device");
        ContextOf(device).Synchronize();
    }

    /// <summary>Bytes in live tensors on a device (<c>torch.cuda.memory_allocated()</c>).</summary>
    /// <param name="device">The device; the first one if null.</param>
    public static long MemoryAllocated(Device? device = null)
    {
        LiveMemory live = ContextOf(device).Live;
        live.Sweep();
        return live.Bytes;
    }

    /// <summary>
    /// The most bytes that tensors had at once since the start or the last <see cref="ResetPeakMemory"/>.
    /// </summary>
    /// <param name="device">The device; the first one if null.</param>
    public static long MaxMemoryAllocated(Device? device = null) => ContextOf(device).Live.Peak;

    /// <summary>Makes <see cref="MaxMemoryAllocated"/> begin anew.</summary>
    /// <param name="device">The device; the first one if null.</param>
    public static void ResetPeakMemory(Device? device = null) => ContextOf(device).Live.ResetPeak();

    /// <summary>
    /// Free and total bytes of a device (<c>torch.cuda.mem_get_info()</c>). What the pool holds in reserve is not free.
    /// </summary>
    /// <param name="device">The device; the first one if null.</param>
    public static (long Free, long Total) MemoryInfo(Device? device = null) => ContextOf(device).MemoryInfo();

    /// <summary>
    /// Gives the pool's reserve back, so that other processes can have it (<c>torch.cuda.empty_cache()</c>).
    /// </summary>
    /// <param name="device">The device; the first one if null.</param>
    public static void EmptyCache(Device? device = null)
    {
        StepRecording.Refuse("the step gives memory back to the device");
        ContextOf(device).Trim();
    }

    /// <summary>
    /// Begins a scope that frees, when it is disposed, the device memory of what was made in it and not kept.
    /// </summary>
    public static CudaScope Scope() => new();

    /// <summary>The device of this number.</summary>
    internal static Device Get(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        (string? reason, CudaDeviceInfo[] devices, ICudaDriver? driver) = Found.Value;
        Require(reason, devices, index);
        lock (Gate)
        {
            if (!Backends.TryGetValue(index, out CudaBackend? backend))
            {
                Backends[index] = backend = new(new CudaContext(driver!, index));
            }

            return backend.Device;
        }
    }

    /// <summary>What a driver offers, and why nothing if so.</summary>
    internal static (string? Reason, CudaDeviceInfo[] Devices, ICudaDriver? Driver) Look(ICudaDriver driver)
    {
        CudaResult started = driver.Init();
        if (started == CudaResult.NoDevice)
        {
            return ("there is a CUDA driver but no CUDA device (CUDA_VISIBLE_DEVICES may hide it)", [], driver);
        }

        if (started != CudaResult.Success)
        {
            return ($"the CUDA driver does not start: {driver.GetErrorName(started)}, {driver.GetErrorString(started)}",
                [], driver);
        }

        if (driver.DriverGetVersion(out int version) != CudaResult.Success || version < OldestDriver)
        {
            return ($"the driver is for CUDA {Version(version)}; {Version(OldestDriver)} or newer is needed (driver "
                + "470 or newer)", [], driver);
        }

        if (driver.DeviceGetCount(out int count) != CudaResult.Success || count == 0)
        {
            return ("there is a CUDA driver but no CUDA device (CUDA_VISIBLE_DEVICES may hide it)", [], driver);
        }

        CudaDeviceInfo[] devices = [.. Enumerable.Range(0, count).Select(index => CudaContext.ReadInfo(driver, index))];
        return (devices.Any(device => device.IsSupported) ? null : TooOld(devices[0]), devices, driver);
    }

    /// <summary>Says why a device can't be had, if so.</summary>
    internal static void Require(string? reason, CudaDeviceInfo[] devices, int index)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"Device.Cuda({index})");
        if (devices.Length == 0)
        {
            throw new PlatformNotSupportedException(
                $"{name}: {reason}. Device.Cpu is always there; ask Cuda.IsAvailable first.");
        }

        if (index >= devices.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(index), index,
                $"{name}: there {(devices.Length == 1 ? "is one device" : $"are {devices.Length} devices")}: "
                    + $"{string.Join("; ", devices.Select(d => d.ToString()))}.");
        }

        if (!devices[index].IsSupported)
        {
            throw new PlatformNotSupportedException($"{name}: {TooOld(devices[index])}.");
        }
    }

    internal static CudaContext ContextOf(Device? device) => (device ?? Get(0)).Backend is CudaBackend backend
        ? backend.Context
        : throw new ArgumentException($"{device} is not a CUDA device.", nameof(device));

    private static string TooOld(CudaDeviceInfo device) =>
        $"{device.Name} has compute capability {device.ComputeCapability}; {CudaDeviceInfo.OldestComputeCapability} or "
            + "newer is needed";

    private static string Version(int version) =>
        string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
}

/// <summary>CUDA devices by the side of <see cref="Device.Cpu"/>.</summary>
public static class CudaDevices
{
    extension(Device)
    {
        /// <summary>A CUDA device; the same object every time (PyTorch's <c>torch.device("cuda", index)</c>).</summary>
        /// <param name="index">Its number, from 0.</param>
        /// <exception cref="PlatformNotSupportedException">There is no driver, no device, or one that is too old; the
        /// message says which.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There are fewer devices.</exception>
        [RequiresDynamicCode("Kernels are compiled by ILGPU, which reads methods and writes code at run time.")]
        public static Device Cuda(int index = 0) => Autodiff.Cuda.Get(index);
    }
}
