using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Convolutions;

/// <summary>The convolution and its two gradients, on every device, against the sum of products of three.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class ConvolutionTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<ConvolutionCase> Cases => ConvolutionCase.All;

    [Test]
    public void Values_and_gradients_are_sums_of_products(
        [ValueSource(nameof(Cases))] ConvolutionCase c, [Values(DType.Float32, DType.Float64)] DType type)
    {
        ArgumentNullException.ThrowIfNull(c);
        Tensor.ManualSeed(3);
        Tensor x = Tensor.Randn(c.InputShape, type).RequireGrad(), w = Tensor.Randn(c.WeightShape, type).RequireGrad();
        Tensor b = Tensor.Randn([c.Outputs], type).RequireGrad(), g = Tensor.Randn(c.OutputShape, type);
        Tensor y = x.Convolution(w, b, c.Stride, c.Padding, c.Dilation, groups: c.Groups);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(c.OutputShape));
        y.Backward(g);
        (double[] xs, double[] ws, double[] gs) = (Doubles(x), Doubles(w), Doubles(g));
        double[] ys = new double[gs.Length], dx = new double[xs.Length], dw = new double[ws.Length];
        c.ForEach((i, k, o) =>
        {
            ys[o] += xs[i] * ws[k];
            dx[i] += gs[o] * ws[k];
            dw[k] += gs[o] * xs[i];
        });
        double[] bias = Doubles(b);
        int places = c.OutputSize.Aggregate(1, (n, size) => n * size);
        for (int i = 0; i < ys.Length; i++)
        {
            ys[i] += bias[i / places % c.Outputs];
        }

        double tolerance = type == DType.Float32 ? 3e-5 : 1e-12;
        Assert.That(Doubles(y), Is.EqualTo(ys).Within(tolerance), "y");
        Assert.That(Doubles(x.Grad!), Is.EqualTo(dx).Within(tolerance), "x̄");
        Assert.That(Doubles(w.Grad!), Is.EqualTo(dw).Within(tolerance), "w̄");
        Assert.That(
            Doubles(b.Grad!), Is.EqualTo(Doubles(g.Sum([0, .. Enumerable.Range(2, g.Rank - 2)]))).Within(tolerance),
            "b̄");
    }

    [TestCaseSource(nameof(Cases))]
    public void Transposed_convolution_is_the_gradient_of_the_input(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        Tensor.ManualSeed(4);
        Tensor w = Tensor.Randn(c.WeightShape, DType.Float64), g = Tensor.Randn(c.OutputShape, DType.Float64);
        Tensor b = Tensor.Randn([c.Inputs], DType.Float64);
        int[] more = [.. c.Size.Select((size, d) =>
            size - (((c.OutputSize[d] - 1) * c.Stride[d]) - (2 * c.Padding[d]) + (c.Dilation[d] * (c.Kernel[d] - 1))
                + 1))];
        Tensor y = g.Convolution(w, b, c.Stride, c.Padding, c.Dilation, transposed: true, more, c.Groups);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(c.InputShape));
        (double[] ws, double[] gs, double[] bs) = (Doubles(w), Doubles(g), Doubles(b));
        int places = c.Size.Aggregate(1, (n, size) => n * size);
        double[] expected = [.. Enumerable.Range(0, (int)y.ElementCount).Select(i => bs[i / places % c.Inputs])];
        c.ForEach((i, k, o) => expected[i] += gs[o] * ws[k]);
        Assert.That(Doubles(y), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void Batch_of_nothing_has_a_shape_and_zero_gradients()
    {
        Tensor x = Tensor.Zeros([0, 2, 5, 5]).RequireGrad(), w = Tensor.Ones([3, 2, 3, 3]).RequireGrad(),
            b = Tensor.Ones([3]).RequireGrad();
        Tensor y = x.Convolution(w, b, [2], [1]);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { 0, 3, 3, 3 }));
        y.Sum().Backward();
        Assert.That(x.Grad!.Shape.ToArray(), Is.EqualTo(new[] { 0, 2, 5, 5 }));
        Assert.That(w.Grad!.ToArray<float>(), Is.All.Zero);
        Assert.That(b.Grad!.ToArray<float>(), Is.All.Zero);
        Tensor up = y.Convolution(w, null, [2], [1], transposed: true);
        Assert.That(up.Shape.ToArray(), Is.EqualTo(new[] { 0, 2, 5, 5 }));
    }

    [Test]
    public void Operands_may_be_views_and_have_no_samples()
    {
        Tensor.ManualSeed(5);
        Tensor x = Tensor.Randn([2, 6, 7, 3], DType.Float64), w = Tensor.Randn([3, 3, 3, 4], DType.Float64);
        Tensor turned = x.Permute(0, 3, 2, 1), kernel = w.Transpose(2, 3);
        double[] expected = Doubles(turned.Contiguous().Convolution(kernel.Contiguous()));
        Assert.That(Doubles(turned.Convolution(kernel)), Is.EqualTo(expected));
        Tensor single = turned.Select(0, 1).Convolution(kernel);
        Assert.That(single.Rank, Is.EqualTo(3));
        Assert.That(Doubles(single), Is.EqualTo(expected[^(int)single.ElementCount..]).Within(1e-14));
    }

    private static double[] Doubles(Tensor t) => t.To(DType.Float64).ToArray<double>();
}
