namespace Autodiff.Tests.Convolutions;

/// <summary>Gradients and gradients of gradients against differences, and a third order against the second's.</summary>
[TestFixture]
public class ConvolutionGradientTests
{
    private static IEnumerable<ConvolutionCase> Cases =>
    [
        new(2, 2, 3, [6], [3]) { Stride = [2], Padding = [1], Dilation = [2] },
        new(2, 4, 2, [5, 4], [3, 2]) { Groups = 2, Padding = [2, 1], Stride = [2, 1] },
        new(1, 3, 3, [4, 5], [3, 3]) { Groups = 3, Padding = [1, 1], Stride = [1, 2] },
        new(1, 2, 2, [3, 4, 3], [2, 3, 2]) { Padding = [1, 1, 0], Dilation = [1, 1, 2] },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Gradients_agree_with_differences_to_second_order(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        Tensor.ManualSeed(6);
        Tensor[] inputs =
        [
            Tensor.Randn(c.InputShape, DType.Float64).RequireGrad(),
            Tensor.Randn(c.WeightShape, DType.Float64).RequireGrad(),
            Tensor.Randn([c.Outputs], DType.Float64).RequireGrad(),
        ];
        GradientCheckResult result = Autograd.GradientCheck(
            t => t[0].Convolution(t[1], t[2], c.Stride, c.Padding, c.Dilation, groups: c.Groups).Sin(), inputs,
            new() { Order = 2 });
        Assert.That(result.Passed, result.Message);
    }

    [TestCaseSource(nameof(Cases))]
    public void Transposed_gradients_agree_with_differences_to_second_order(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        Tensor.ManualSeed(7);
        Tensor[] inputs =
        [
            Tensor.Randn(c.OutputShape, DType.Float64).RequireGrad(),
            Tensor.Randn(c.WeightShape, DType.Float64).RequireGrad(),
            Tensor.Randn([c.Inputs], DType.Float64).RequireGrad(),
        ];
        GradientCheckResult result = Autograd.GradientCheck(
            t => t[0].Convolution(t[1], t[2], c.Stride, c.Padding, c.Dilation, transposed: true, groups: c.Groups)
                .Sin(),
            inputs, new() { Order = 2 });
        Assert.That(result.Passed, result.Message);
    }

    [Test]
    public void Third_order_is_that_of_the_same_sum_made_of_products()
    {
        Tensor.ManualSeed(8);
        Tensor x = Tensor.Randn([2, 2, 7], DType.Float64).RequireGrad(),
            w = Tensor.Randn([3, 2, 3], DType.Float64).RequireGrad();
        double[][] direct = Third((a, b) => a.Convolution(b, null, [2], [1]));
        double[][] composed = Third((a, b) =>
            Tensor.Einsum("ncik,ock->noi", a.Pad([1, 1]).Unfold(2, 3, 2), b));
        Assert.That(direct[0], Is.EqualTo(composed[0]).Within(1e-10));
        Assert.That(direct[1], Is.EqualTo(composed[1]).Within(1e-10));

        double[][] Third(Func<Tensor, Tensor, Tensor> convolution)
        {
            Tensor value = convolution(x, w).Sin().Sum();
            for (int order = 1; order < 3; order++)
            {
                Tensor?[] g = Autograd.Grad([value], [x, w], createGraph: true);
                value = g[0]!.Sin().Sum() + g[1]!.Cos().Sum();
            }

            return [.. Autograd.Grad([value], [x, w]).Select(g => g!.ToArray<double>())];
        }
    }
}
