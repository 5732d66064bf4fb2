using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Tests.Cpu;

public class VectorWidthTests
{
    [Test]
    public void DOTNET_EnableAVX512_0_leaves_the_loops_of_256_bits()
    {
        bool isOff = Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0";
        Assert.That(Vector512.IsHardwareAccelerated, Is.EqualTo(Avx512F.IsSupported && !isOff));
    }
}
