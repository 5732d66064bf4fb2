using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>
/// A CUDA device for tests on machines without one: the engine's backend over an <see cref="EmulatedDriver"/>, shared
/// by all.
/// </summary>
internal static class EmulatedCuda
{
    /// <summary>Counts launches and memory, says what failed.</summary>
    public static EmulatedDriver Driver { get; } = Started();

    public static Device Device { get; } = new CudaBackend(new CudaContext(Driver, 0)).Device;

    /// <summary>The device that a fixture names: cpu, reference or cuda, a real one where the machine has it.</summary>
    public static Device ByName(string name) => name switch
    {
        "cpu" => Autodiff.Device.Cpu,
        "reference" => Autodiff.Device.Reference,
        "cuda" => CudaUnderTest.Device,
        _ => throw new ArgumentException($"There is no device '{name}'.", nameof(name)),
    };

    private static EmulatedDriver Started()
    {
        EmulatedDriver driver = new();
        CudaResult result = driver.Init();
        return result == CudaResult.Success ? driver : throw new InvalidOperationException(driver.LastError);
    }
}
