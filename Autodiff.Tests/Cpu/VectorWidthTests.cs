using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Cpu;

namespace Autodiff.Tests.Cpu;

/// <summary>
/// .ci/run has runs with DOTNET_EnableAVX512=0 and with DOTNET_EnableAVX=0; here each sees that it is what it says.
/// </summary>
public class VectorWidthTests
{
    [Test]
    public void DOTNET_EnableAVX512_0_leaves_the_loops_of_256_bits()
    {
        bool isOff = IsOff("AVX512") || IsOff("AVX");
        Assert.That(Vector512.IsHardwareAccelerated, Is.EqualTo(Avx512F.IsSupported && !isOff));
        Assert.That(isOff && Lanes.Bytes == 64, Is.False);
    }

    [Test]
    public void DOTNET_EnableAVX_0_leaves_the_loops_of_128_bits()
    {
        Assert.That(IsOff("AVX") && Lanes.Bytes != 16, Is.False);
    }

    private static bool IsOff(string set) => Environment.GetEnvironmentVariable($"DOTNET_Enable{set}") == "0";
}
