using Autodiff.IO;
using Autodiff.Nn;

namespace Autodiff.Tests.Reports;

/// <summary>Values at the edges of the range, settings that mean nothing, and parameters frozen late.</summary>
public class EdgeOfRangeTests
{
    private const double Inf = double.PositiveInfinity;

    private static double[] Values(Tensor x) => x.Detach().To(DType.Float64).Reshape(-1).ToArray<double>();

    [Test]
    public void Linspace_steps_over_more_than_the_largest_number()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Values(Tensor.Linspace(-3e38, 3e38, 3)), Is.EqualTo([-3e38f, 0, 3e38f]));
            Assert.That(Values(Tensor.Linspace(-1.7e308, 1.7e308, 3, DType.Float64)),
                Is.EqualTo([-1.7e308, 0, 1.7e308]));
            Assert.That(Values(Tensor.Linspace(-1.5e308, 1.5e308, 4, DType.Float64)),
                Is.EqualTo([-1.5e308, -0.5e308, 0.5e308, 1.5e308]));
            Assert.That(Values(Tensor.Linspace(0, Inf, 3)), Is.EqualTo([0, Inf, Inf]));
            Assert.That(Values(Tensor.Linspace(-Inf, 1, 4)), Is.EqualTo([-Inf, -Inf, -Inf, 1]));
            Assert.That(Values(Tensor.Linspace(-Inf, Inf, 3)), Is.EqualTo([-Inf, double.NaN, Inf]));
            Assert.That(Values(Tensor.Linspace(Inf, Inf, 2)), Is.EqualTo([Inf, Inf]));
            Assert.That(Values(Tensor.Linspace(2, 5, 1)), Is.EqualTo([2.0]));
        });
    }

    [Test]
    public void Trapezoids_of_neighbours_whose_sum_is_infinite()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Tensor.From(3e38f, 3e38f).Trapezoid().Item(), Is.EqualTo(3e38f));
            Assert.That(Tensor.From(1.7e308, 1.7e308).Trapezoid().Item(), Is.EqualTo(1.7e308));
            Assert.That(Tensor.From(1.7e308, 1.7e308).Trapezoid(Tensor.From(0.0, 1)).Item(), Is.EqualTo(1.7e308));
            Assert.That(Tensor.From(1, 2, 4).Trapezoid(0.5).Item(), Is.EqualTo(2.25));
        });
    }

    [TestCase(1e300, 10, 1e300)]
    [TestCase(0.1, 400, 0.1)]
    [TestCase(0.0, 400, 0.0)]
    [TestCase(1e-10, 320, 1e-10)]
    [TestCase(3e-320, 320, 3e-320)]
    [TestCase(2.26e-308, 309, 2.3e-308)]
    [TestCase(1e300, -400, 0.0)]
    [TestCase(Inf, -400, Inf)]
    [TestCase(Inf, 2, Inf)]
    [TestCase(double.NaN, -400, double.NaN)]
    [TestCase(0.1, int.MaxValue, 0.1)]
    [TestCase(0.1, int.MinValue, 0.0)]
    public void Rounding_to_decimals_beyond_the_range(double x, int decimals, double expected)
    {
        Assert.That(Tensor.From(x).Round(decimals).Item(), Is.EqualTo(expected));
        Assert.That(Tensor.From(x).RoundInPlace(decimals).Item(), Is.EqualTo(expected));
    }

    [TestCase(1e30f, 10, 1e30f)]
    [TestCase(1e37f, 2, 1e37f)]
    [TestCase(1.26e-39f, 40, 1.3e-39f)]
    [TestCase(1f, -40, 0f)]
    public void Rounding_float32_to_decimals_beyond_the_range(float x, int decimals, float expected) =>
        Assert.That((float)Tensor.From(x).Round(decimals).Item(), Is.EqualTo(expected));

    [TestCase(1e-8, 3.3333333333333333e-25)]
    [TestCase(-1e-3, -3.333332000000539682e-10)]
    [TestCase(0.1, 0.00033200537504418288)]
    [TestCase(1, 0.23840584404423515)]
    public void Tanhshrink_keeps_its_digits_near_zero(double x, double expected)
    {
        Assert.That(Tensor.From(x).Tanhshrink().Item(), Is.EqualTo(expected).Within(1e-13 * Math.Abs(expected)));
        Assert.That(Tensor.From((float)x).Tanhshrink().Item(), Is.EqualTo(expected).Within(2e-6 * Math.Abs(expected)));
    }

    [Test]
    public void The_second_derivative_of_a_constant_power_is_0()
    {
        Tensor x = Tensor.From(0.0, 1, -2).RequireGrad();
        Tensor g = Autograd.Grad([x.Pow(0).Sum()], [x], createGraph: true)[0]!;
        Assert.That(Values(Autograd.Grad([g.Sum()], [x])[0]!), Is.EqualTo([0.0, 0, 0]));
    }

    [Test]
    public void Divisors_of_0_are_refused()
    {
        Tensor x = Tensor.From(0.5);
        Assert.Multiple(() =>
        {
            Assert.That(() => x.Softplus(0),
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("beta"));
            Assert.That(() => x.Celu(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("alpha"));
            Assert.That(() => x.CeluInPlace(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new CELU(0).Forward(x), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [TestCase(0.1, DType.Float32)]
    [TestCase(1234.567, DType.Float32)]
    [TestCase(0.1, DType.Float64)]
    public void Centered_RMSprop_stays_a_number_when_gradients_do_not_change(double gradient, DType type)
    {
        Tensor w = Tensor.Zeros([1], type).RequireGrad();
        RMSprop optimizer = new([w], centered: true);
        for (int i = 0; i < 3500; i++)
        {
            w.Grad = Tensor.Full([1], gradient, type);
            optimizer.Step();
        }

        Assert.That(w.Item(), Is.LessThan(0).And.GreaterThan(double.NegativeInfinity));
    }

    [Test]
    public void Uniform_numbers_stay_below_the_upper_bound([Values] bool philox)
    {
        Generator generator = philox ? new PhiloxGenerator(1) : new TorchGenerator(1);
        Assert.Multiple(() =>
        {
            // A rounding in 2^18 gives the bound itself; in the second row one in two does.
            Assert.That(Tensor.Empty([2_000_000]).UniformInPlace(100, 101, generator).Max().Item(), Is.LessThan(101));
            Assert.That(Values(Tensor.Empty([1001]).UniformInPlace(1 << 23, (1 << 23) + 1, generator)),
                Is.All.EqualTo(1 << 23));
            Assert.That(Values(Tensor.Empty([1001], DType.Float64).UniformInPlace(1L << 52, (1L << 52) + 1, generator)),
                Is.All.EqualTo(1L << 52));
            Assert.That(Values(Tensor.Empty([9]).UniformInPlace(5, 5, generator)), Is.All.EqualTo(5));
        });
    }

    [TestCase(10, 11, DType.Float64)]
    [TestCase(-11, -10, DType.Float64)]
    [TestCase(5, 6, DType.Float32)]
    [TestCase(6, 7, DType.Float32)]
    [TestCase(-50, -40, DType.Float32)]
    [TestCase(30, Inf, DType.Float64)]
    [TestCase(-Inf, -12, DType.Float32)]
    public void Truncated_normal_numbers_far_out(double a, double b, DType type)
    {
        double[] drawn = Values(Init.TruncNormal(Tensor.Empty([2000], type), 0, 1, a, b, new TorchGenerator(3)));
        double near = Math.Min(Math.Abs(a), Math.Abs(b)), mean = drawn.Average(v => Math.Abs(v)) - near;

        // The tail falls off as e^(-a d), so the mean distance from the bound is about 1 / a - 2 / a^3 + 10 / a^5.
        double expected = 1 / near - 2 / Math.Pow(near, 3) + 10 / Math.Pow(near, 5) - 74 / Math.Pow(near, 7);
        Assert.Multiple(() =>
        {
            Assert.That(drawn.Distinct().Count(), Is.GreaterThan(1500));
            Assert.That(drawn, Is.All.InRange(a, b));
            Assert.That(mean, Is.EqualTo(expected).Within(0.1 * expected));
        });
    }

    [Test]
    public void Initialising_a_weight_without_elements_draws_nothing()
    {
        Assert.That(Init.XavierUniform(Tensor.Zeros([0, 0])).ElementCount, Is.Zero);
        Assert.That(Init.XavierNormal(Tensor.Zeros([0, 0])).ElementCount, Is.Zero);
        Assert.That(Init.KaimingUniform(Tensor.Zeros([3, 0])).ElementCount, Is.Zero);
    }

    [Test]
    public void Print_options_out_of_range_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new PrintOptions { Precision = -1 },
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("Precision"));
            Assert.That(() => new PrintOptions { Precision = 2000 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new PrintOptions { EdgeItems = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new PrintOptions { Threshold = -1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => new PrintOptions { LineWidth = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(Tensor.Arange(2000).ToString(new PrintOptions { EdgeItems = 0 }), Is.EqualTo("tensor([ ...])"));
            Assert.That(Tensor.Zeros([2000]).ToString(new PrintOptions { EdgeItems = 0 }),
                Is.EqualTo("tensor([ ...])"));
            Assert.That(Tensor.Arange(3).ToString(new PrintOptions { Threshold = 1, EdgeItems = int.MaxValue }),
                Is.EqualTo("tensor([0, 1, 2])"));
        });
    }

    [Test]
    public void Names_with_half_a_surrogate_pair_are_not_saved_under_another()
    {
        Dictionary<string, Tensor> bad = new() { ["a\ud800"] = Tensor.Ones([1]) },
            good = new() { ["\U0001F600"] = Tensor.Ones([1]) };
        Assert.Multiple(() =>
        {
            Assert.That(() => SafeTensors.Save(new MemoryStream(), bad),
                Throws.ArgumentException.With.Message.Contains("U+D800"));
            Assert.That(
                () => SafeTensors.Save(new MemoryStream(), good, new Dictionary<string, string> { ["k"] = "\udc00" }),
                Throws.ArgumentException.With.Message.Contains("U+DC00"));
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            Assert.That(() => NpzFile.Save(path, bad), Throws.ArgumentException.With.Message.Contains("U+D800"));
            MemoryStream stream = new();
            SafeTensors.Save(stream, good);
            stream.Position = 0;
            Assert.That(SafeTensors.Load(stream).Keys, Is.EqualTo(good.Keys));
        });
    }

    [Test]
    public void A_safetensors_header_begins_with_its_brace()
    {
        byte[] json = "  {}    "u8.ToArray();
        byte[] file = [.. BitConverter.GetBytes((long)json.Length), .. json];
        Assert.That(() => SafeTensors.Load(new MemoryStream(file)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("begin with {"));
    }

    [Test]
    public void A_leaf_frozen_after_the_forward_pass_gets_no_gradient()
    {
        Tensor x = Tensor.From(2.0).RequireGrad(), w = Tensor.From(3.0).RequireGrad(), y = x * x * w;
        x.RequiresGrad = false;
        y.Backward(retainGraph: true);
        Assert.That(x.Grad, Is.Null);
        Assert.That(w.Grad!.Item(), Is.EqualTo(4));
        x.RequiresGrad = true;
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(12), "thawed again");
    }

    [Test]
    public void A_hook_under_a_sum_may_change_its_gradient_in_place()
    {
        Tensor x = Tensor.From(1.0, 1).RequireGrad(), y = x * 1;
        y.RegisterHook(g =>
        {
            g.MulInPlace(2);
            return null;
        });
        y.Sum().Backward();
        Assert.That(Values(x.Grad!), Is.EqualTo([2.0, 2]));
    }
}
