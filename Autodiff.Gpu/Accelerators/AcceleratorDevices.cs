using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Autodiff.Gpu.Accelerators;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Operations;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Autodiff;

/// <summary>Devices under ILGPU's runtime by the side of <see cref="Device.Cpu"/>.</summary>
public static class AcceleratorDevices
{
    private const string Dynamic = "Kernels are compiled by ILGPU, which reads methods and writes code at run time.";

    private static readonly ConditionalWeakTable<Accelerator, Device> s_devices = [];
    private static readonly Dictionary<string, int> s_counts = [];
    private static readonly Lock s_gate = new();
    private static readonly Lazy<(Context? Context, List<Device?> Found, string Looked)> s_openCl = new(LookForOpenCl);

    extension(Device)
    {
        /// <summary>
        /// The device of an accelerator of ILGPU's; the same object every time. The engine's kernels run under ILGPU's
        /// own runtime, on its default stream. The accelerator stays the caller's: dispose it after its tensors.
        /// </summary>
        /// <param name="accelerator">Of a context that knows the engine's instructions (see
        /// <see cref="EnableAutodiff(Context.Builder)"/>); the CPU accelerator, for stepping through a kernel in a
        /// debugger, of any.</param>
        /// <exception cref="ArgumentNullException">The accelerator is null.</exception>
        /// <exception cref="NotSupportedException">It can't run the engine's kernels; the message says why and what
        /// would help.</exception>
        /// <exception cref="ObjectDisposedException">It was disposed.</exception>
        [RequiresDynamicCode(Dynamic)]
        public static Device Of(Accelerator accelerator)
        {
            ArgumentNullException.ThrowIfNull(accelerator);
            lock (s_gate)
            {
                if (!s_devices.TryGetValue(accelerator, out Device? device))
                {
                    string type = accelerator switch
                    {
                        CPUAccelerator => "cpu-accelerator",
                        CLAccelerator => "opencl",
                        CudaAccelerator => "cuda-accelerator",
                        _ => "accelerator",
                    };
                    _ = s_counts.TryGetValue(type, out int index);
                    device = new AcceleratorBackend(accelerator, type, index).Device;
                    s_counts[type] = index + 1;
                    s_devices.Add(accelerator, device);
                }

                return device;
            }
        }

        /// <summary>An OpenCL device (AMD's, Intel's, NVIDIA's); the same object every time.</summary>
        /// <param name="index">Its number among those that ILGPU accepts, from 0.</param>
        /// <exception cref="PlatformNotSupportedException">There is none.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There are fewer devices.</exception>
        [RequiresDynamicCode(Dynamic)]
        public static Device OpenCl(int index = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            (Context? context, List<Device?> found, string looked) = s_openCl.Value;
            if (found.Count == 0)
            {
                throw new PlatformNotSupportedException(string.Create(CultureInfo.InvariantCulture,
                    $"Device.OpenCl({index}): {looked}. Device.Cpu is always there."));
            }

            if (index >= found.Count)
            {
                throw new ArgumentOutOfRangeException(nameof(index), index, string.Create(
                    CultureInfo.InvariantCulture, $"Device.OpenCl({index}): there are {found.Count}: {looked}."));
            }

            lock (found)
            {
                return found[index] ??= Device.Of(context!.GetCLDevice(index).CreateCLAccelerator(context!));
            }
        }

        /// <summary>
        /// This machine's GPU: the first CUDA device, else the first OpenCL device. Never the processor.
        /// </summary>
        /// <exception cref="PlatformNotSupportedException">There is neither; the message says what was looked
        /// for.</exception>
        [RequiresDynamicCode(Dynamic)]
        public static Device Gpu()
        {
            if (Autodiff.Cuda.IsAvailable)
            {
                return Device.Cuda();
            }

            return s_openCl.Value.Found.Count > 0
                ? Device.OpenCl()
                : throw new PlatformNotSupportedException(
                    $"Device.Gpu(): no CUDA device ({Autodiff.Cuda.UnavailableReason}) and no OpenCL device "
                        + $"({s_openCl.Value.Looked}). Device.Cpu is always there.");
        }
    }

    /// <summary>
    /// The kernel of y = f(x) over a tensor without gaps, as OpenCL's source: what ILGPU makes of the formula. Neither
    /// a device nor a library of OpenCL is needed.
    /// </summary>
    /// <param name="formula">f: the same struct that the processor's loop is made of.</param>
    /// <param name="dtype"><see cref="DType.Float32"/> or <see cref="DType.Float64"/>.</param>
    /// <returns>The source, as a device's compiler would be given it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The type is no floating type.</exception>
    /// <exception cref="NotSupportedException">The formula can't be compiled for a GPU; the message says
    /// why.</exception>
    [RequiresDynamicCode(Dynamic)]
    public static string OpenClSource<TFormula>(TFormula formula, DType dtype = DType.Float32)
        where TFormula : unmanaged, IUnaryFormula
    {
        ElementVariant variant = Autodiff.Cuda.Straight<TFormula>("OpenClSource", dtype, fast: false);
        return OpenClCompiler.Source(MapCache.Method(new Of1<TFormula>(formula), variant));
    }

    /// <summary>
    /// Has the context know the engine's instructions, so that <c>Device.Of</c> takes its accelerators:
    /// <c>Context.Create(b => b.OpenCL().EnableAutodiff().Optimize(OptimizationLevel.O2))</c>.
    /// </summary>
    /// <param name="builder">What makes the context.</param>
    /// <returns>The same.</returns>
    /// <exception cref="ArgumentNullException">The builder is null.</exception>
    public static Context.Builder EnableAutodiff(this Context.Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Instructions.Register(builder);
        return builder.EnableAlgorithms();
    }

    /// <summary>The OpenCL devices that ILGPU accepts, and in words what was found.</summary>
    private static (Context? Context, List<Device?> Found, string Looked) LookForOpenCl()
    {
        Context? context = null;
        try
        {
            context = Context.Create(
                static builder => builder.OpenCL().EnableAutodiff().Optimize(OptimizationLevel.O2));
            List<string> names = [];
            foreach (CLDevice device in context.GetCLDevices())
            {
                names.Add(device.Name);
            }

            if (names.Count > 0)
            {
                return (context, [.. new Device?[names.Count]], string.Join("; ", names));
            }
        }
        catch (Exception e) when (e is DllNotFoundException or AcceleratorException or NotSupportedException
            or TypeInitializationException)
        {
            context?.Dispose();
            return (null, [], $"OpenCL does not start: {e.Message.TrimEnd('.')}");
        }

        context.Dispose();
        return (null, [], "there is no OpenCL library, or no device of OpenCL C 2.0 or newer with a generic address "
            + "space");
    }
}
