using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Places that are no numbers, and sizes beyond any table.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class SamplingEdgeTests(string device) : DeviceFixture(device)
{
    [Test]
    public void Places_that_are_no_numbers_read_the_first_entry_or_nothing()
    {
        double nan = double.NaN, inf = double.PositiveInfinity;
        Tensor image = Tensor.Arange(1, 7, 1, DType.Float64).Reshape(1, 1, 2, 3);
        Tensor grid = Tensor.From(new[,] { { nan, -1 }, { 1, nan }, { inf, 1 }, { -inf, -1 } }).Reshape(1, 1, 4, 2)
            .RequireGrad();
        foreach (GridSampleMode mode in Enum.GetValues<GridSampleMode>())
        {
            foreach (GridSamplePadding padding in Enum.GetValues<GridSamplePadding>())
            {
                Tensor x = image.Clone().RequireGrad();
                Tensor y = F.GridSample(x, grid, mode, padding, alignCorners: true);
                double[] expected = padding switch
                {
                    GridSamplePadding.Zeros => [0, 0, 0, 0],
                    GridSamplePadding.Border => [1, 3, 6, 1],
                    _ => [1, 3, 4, 1],
                };
                Assert.That(y.ToArray<double>(), Is.EqualTo(expected).Within(1e-12), $"{mode} {padding}");
                Tensor?[] gradients = Autograd.Grad([y.Sum()], [x, grid], allowUnused: true);
                Assert.That(gradients[0]!.Sum().Item(), Is.EqualTo(padding == GridSamplePadding.Zeros ? 0 : 4));
                double[] slopes = (gradients[1] ?? Tensor.ZerosLike(grid)).ToArray<double>();
                Assert.That(slopes, Has.All.Matches<double>(double.IsFinite), $"{mode} {padding}");
                Assert.That(slopes.Where((_, i) => i is 0 or 3 or 4 or 6), Is.All.Zero);
            }
        }
    }

    [Test]
    public void Sizes_beyond_a_table_of_weights_are_refused_in_words()
    {
        Tensor x = Tensor.Ones([1, 1, 1]);
        Assert.That(() => F.Interpolate(x, [int.MaxValue]), Throws.TypeOf<InsufficientMemoryException>()
            .With.Message.StartsWith("Interpolate: 2,147,483,647 elements"));
        Assert.That(() => F.AdaptiveMaxPool1d(x, int.MaxValue), Throws.TypeOf<InsufficientMemoryException>()
            .With.Message.StartsWith("AdaptiveMaxPool1d: 2,147,483,647 elements"));
    }
}
