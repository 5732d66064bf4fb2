using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>The device that CUDA tests run on.</summary>
internal static class CudaUnderTest
{
    /// <summary>The machine's first CUDA device; where it has none, an emulated one.</summary>
    public static Device Device { get; } = Autodiff.Cuda.IsAvailable ? Device.Cuda() : EmulatedCuda.Device;

    /// <summary>The device of an emulated driver.</summary>
    public static Device Emulated(EmulatedDriver driver) => new CudaBackend(new CudaContext(driver, 0)).Device;

    /// <summary>What stands behind a device.</summary>
    public static CudaContext Context(Device device) => ((CudaBackend)device.Backend).Context;
}
