using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>What takes a max pool back refuses what no max pool has.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class MaxUnpoolTests(string device) : DeviceFixture(device)
{
    [Test]
    public void Settings_that_no_pool_has_are_refused_by_its_inverse()
    {
        Tensor x = Tensor.Ones([1, 2, 3, 3]), indices = Tensor.Zeros([1, 2, 3, 3], DType.Int64);
        Assert.That(() => F.MaxUnpool2d(x, indices, 2, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message
            .Contains("MaxUnpool2d: stride is 0; it must be 1 or more"));
        Assert.That(() => F.MaxUnpool2d(x, indices, -2, 1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message
            .Contains("kernelSize is -2"));
        Assert.That(() => F.MaxUnpool2d(x, indices, 2, 2, -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message
            .Contains("padding is -1; it must be 0 or more"));
        Assert.That(() => new MaxUnpool1d(0).Forward(x[0, 0], indices[0, 0]),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxUnpool1d: kernelSize is 0"));
    }
}
