using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>
/// What a formula does for few arguments only stands behind a branch in the kernel, and gives the processor's bits.
/// </summary>
[Parallelizable]
public class RareBranchTests
{
    private static readonly float[] s_a =
        [0.5f, 1e7f, 3f, -1e20f, 3e38f, -0f, 5e5f, float.PositiveInfinity, float.NaN, 1e-45f, -7f, 1e10f, 16777216f,
            1e30f, -3f, 2f, 8f];

    private static readonly float[] s_b = [2f, 3f, -2f, 7f, 1e-45f, 3f, 1e-3f, 3f, 2f, 1e-45f, 3f,
        float.PositiveInfinity, 0f, -1e-30f, float.NaN, 0.1f, 4f];

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Far_arguments_give_the_bits_of_the_processor(DType type)
    {
        Tensor x = Tensor.From(s_a).To(type) * (type == DType.Float64 ? 1e250 : 1);
        x = Tensor.Cat([x, Tensor.Linspace(-20, 20, 30, type: type)]);
        Assert.Multiple(() =>
        {
            SameBits(x, static v => v.Sin());
            SameBits(x, static v => v.Cos());
            SameBits(x, static v => v.Tan());
        });
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Long_quotients_give_the_bits_of_the_processor(DType type)
    {
        Tensor a = Tensor.From(s_a).To(type), b = Tensor.From(s_b).To(type);
        Assert.Multiple(() =>
        {
            SameBits(a, v => v.Fmod(b.To(v.Device)));
            SameBits(a, v => v.Remainder(b.To(v.Device)));
            SameBits(a, v => v.FloorDivide(b.To(v.Device)));
        });
    }

    [Test]
    public void The_rare_case_stands_behind_a_branch()
    {
        using EmulatedDriver driver = new();
        Assert.That(driver.Init(), Is.EqualTo(CudaResult.Success));
        Device device = new CudaBackend(new CudaContext(driver, 0)).Device;
        Tensor near = Tensor.Linspace(-3, 3, 256).To(device), far = near * 1e7;
        Assert.That(Instructions(far), Is.GreaterThan(2 * Instructions(near)), "usual arguments jump over it");

        long Instructions(Tensor x)
        {
            long before = driver.Steps;
            x.Sin().Dispose();
            return driver.Steps - before;
        }
    }

    private static void SameBits(Tensor x, Func<Tensor, Tensor> f)
    {
        double[] cpu = Agreement.Numbers(f(x)), cuda = Agreement.Numbers(f(x.To(Agreement.Cuda)));
        Assert.That(cuda.Select(BitConverter.DoubleToInt64Bits),
            Is.EqualTo(cpu.Select(v => BitConverter.DoubleToInt64Bits(v))).Using<long>(
            (p, q) => p == q
                || (double.IsNaN(BitConverter.Int64BitsToDouble(p))
                    && double.IsNaN(BitConverter.Int64BitsToDouble(q)))));
    }
}
