using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Bench.Machine;

/// <summary>The machine and the runtime, in one line.</summary>
internal static class MachineDescription
{
    public static string Text =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {Vectors()}; {RuntimeInformation.OSDescription.Trim()}; "
            + $"{RuntimeInformation.FrameworkDescription}";

    private static string Vectors() =>
        Avx512F.IsSupported
            ? "AVX-512"
            : Avx2.IsSupported ? "AVX2" : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";

    private static string Processor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        string? model = File.Exists(CpuInfo)
            ? File.ReadLines(CpuInfo)
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return model ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
