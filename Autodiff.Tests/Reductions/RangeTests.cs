using Autodiff.Nn;
using Autodiff.Tests.Cuda.Kernels;

namespace Autodiff.Tests;

/// <summary>
/// Means, norms and deviations of numbers whose sums, squares or powers leave the range of their type.
/// </summary>
public class RangeTests
{
    private static readonly double[] s_orders = [2, 3, 1.5, 0.5, -1, -2.5, 20];

    private static IEnumerable<Device> Devices => [Device.Cpu, Device.Reference, Agreement.Cuda];

    /// <summary>A power of two far from one, the type, and the device.</summary>
    private static IEnumerable<object[]> Scales =>
        from device in Devices
        from type in new[] { DType.Float32, DType.Float64 }
        from exponent in type == DType.Float32 ? new[] { -140, -120, -60, 60, 120 } : [-1060, -900, -530, 530, 1000]
        select new object[] { device.ToString(), type, exponent };

    // Multiplied by a power of two, a norm and its kin are multiplied by it, and their gradients are the same.
    [TestCaseSource(nameof(Scales))]
    public void Norms_and_deviations_scale_with_their_elements(string kind, DType type, int exponent)
    {
        Device device = Named(kind);
        double scale = Math.ScaleB(1, exponent),
            tolerance = exponent is -140 or -1060 ? 2e-3 : type == DType.Float32 ? 2e-6 : 1e-14;
        Tensor x = Tensor.From(new double[,] { { 3, 1, -2, 0.5 }, { -1, 4, 4, 0 }, { 0, 0, 0, 0 }, { 5, 5, 5, 5 } });
        List<(string Name, Func<Tensor, Tensor> F)> functions =
            [.. s_orders.Select(p => ($"norm {p}", (Func<Tensor, Tensor>)(v => v.Norm(p, 1))))];
        functions.Add(("std", v => v.Std(1)));
        functions.Add(("std down", v => v.Std(0, correction: 0)));
        functions.Add(("mean", v => v.Mean(1)));
        functions.Add(("norm of all", v => v.Norm()));
        functions.Add(("norm down", v => v.T.Norm(2, 1)));
        functions.Add(("frobenius", v => v.MatrixNorm()));
        Assert.Multiple(() =>
        {
            foreach ((string name, Func<Tensor, Tensor> f) in functions)
            {
                (double[] y, double[] slope) = Run(f, x.To(type), device);
                (double[] scaled, double[] scaledSlope) = Run(f, Scaled(x, exponent).To(type), device);
                Assert.That(scaled.Zip(y, (a, b) => Math.Abs(Math.ScaleB(a, -exponent) - b) / Math.Max(b, 1)),
                    Has.All.LessThanOrEqualTo(10 * tolerance), $"{name} at {scale}");
                if (device != Device.Reference || type == DType.Float64)
                {
                    Assert.That(scaledSlope, Is.EqualTo(slope).Within(20 * tolerance),
                        $"gradient of {name} at {scale}");
                }
            }
        });
    }

    [Test]
    public void A_mean_does_not_overflow_on_the_way([Values(1, 3, 100, 5000)] int n)
    {
        foreach (Device device in Devices)
        {
            float[] x = new float[2 * n];
            Array.Fill(x, 3e38f, 0, n);
            Array.Fill(x, -3e38f, n, n);
            Tensor rows = Tensor.From(x).Reshape(2, n).To(device);
            Assert.Multiple(() =>
            {
                Assert.That(Numbers(rows.Mean(1)), Is.EqualTo(new[] { 3e38, -3e38 }).Within(1e32), device.ToString());
                Assert.That(Numbers(rows.Mean()), Is.EqualTo(new[] { 0.0 }).Within(1e32), device.ToString());
            });
        }
    }

    [Test]
    public void Infinities_and_NaN_stay_what_they_are()
    {
        Tensor x = Tensor.From(new[,] { { 1f, float.PositiveInfinity, 2f }, { float.NaN, 1f, 2f },
            { 3e38f, float.NegativeInfinity, 3e38f }, { 1e-30f, 0f, 0f } });
        foreach (Device device in Devices)
        {
            Tensor at = x.To(device);
            Assert.Multiple(() =>
            {
                Assert.That(Numbers(at.Mean(1)),
                    Is.EqualTo(new[] { double.PositiveInfinity, double.NaN, double.NegativeInfinity, 1e-30f / 3 })
                        .Within(1e-36), device.ToString());
                Assert.That(Numbers(at.Norm(2, 1)),
                    Is.EqualTo(new[] { double.PositiveInfinity, double.NaN, double.PositiveInfinity, 1e-30f })
                        .Within(1e-36), device.ToString());
            });
        }
    }

    [Test]
    public void Long_rows_and_columns_are_folded_again_on_every_device()
    {
        foreach (int n in new[] { 40, 3000, 9000 })
        {
            Tensor unit = Tensor.Linspace(-1, 2, 3 * n).Reshape(3, n),
                x = unit * Tensor.From(new[,] { { 1f }, { 1e-30f }, { 1e25f } });
            double[] expected = Numbers(unit.To(DType.Float64).Norm(2, 1));
            expected = [expected[0], expected[1] * 1e-30, expected[2] * 1e25];
            foreach (Device device in Devices)
            {
                double[] along = Numbers(x.To(device).Norm(2, 1)),
                    down = Numbers(x.T.Contiguous().To(device).Norm(2, 0));
                for (int i = 0; i < 3; i++)
                {
                    Assert.That(along[i] / expected[i], Is.EqualTo(1).Within(2e-6), $"{device} row {i} of {n}");
                    Assert.That(down[i] / expected[i], Is.EqualTo(1).Within(2e-6), $"{device} column {i} of {n}");
                }
            }
        }
    }

    [TestCase(1e-25)]
    [TestCase(1e25)]
    [TestCase(1e37)]
    public void Normalising_layers_do_not_see_the_scale(double scale)
    {
        Tensor x = Tensor.From(new[,] { { 3f, 1f, -2f, 0.5f }, { -1f, 4f, 4f, 0f }, { 2f, -3f, 1f, 1f } }),
            weights = Tensor.From(1f, 2f, 4f, -3f);
        foreach ((string name, Func<Tensor, Tensor> f) in new (string, Func<Tensor, Tensor>)[]
        {
            ("layer", v => Functional.LayerNorm(v, new[] { 4 }, eps: 0) * weights),
            ("batch", v => Functional.BatchNorm(v, null, null, training: true, eps: 0) * weights),
            ("group", v => Functional.GroupNorm(v, 2, eps: 0) * weights),
            ("unit", v => v.Normalize(2, 1, 0) * weights),
        })
        {
            (double[] y, double[] slope) = Run(f, x, Device.Cpu);
            (double[] scaled, double[] scaledSlope) = Run(f, x * scale, Device.Cpu);
            Assert.Multiple(() =>
            {
                Assert.That(scaled, Is.EqualTo(y).Within(2e-5), name);
                Assert.That(scaledSlope.Select(v => v * scale), Is.EqualTo(slope).Within(2e-5), $"gradient of {name}");
            });
        }
    }

    [Test]
    public void The_rule_of_layer_normalisation_is_right_to_second_order_at_every_scale()
    {
        Tensor weights = Tensor.From(1.0, 2, 4, -3);
        Assert.Multiple(() =>
        {
            foreach (Func<Tensor, Tensor> f in new Func<Tensor, Tensor>[]
            {
                v => (Functional.LayerNorm(v, new[] { 4 }) * weights).Sum(),
                v => (Functional.LayerNorm(v * 1e150, new[] { 4 }) * weights).Sum(),
                v => (Functional.LayerNorm(v * 1e-150, new[] { 4 }, eps: 0) * weights).Sum(),
                v => (v * 1e200).Std() / 1e200,
                v => (v * 1e-200).Norm() * 1e200,
                v => (v * 1e200).Norm(3) / 1e200,
            })
            {
                Assert.That(Autograd.GradientCheck(f, Tensor.From(0.3, -1, 2, 0.7), new GradientCheckOptions(Order: 2))
                    .Passed);
            }
        });
    }

    [Test]
    public void A_compiled_step_folds_again_what_needs_it()
    {
        var step = new CompiledStep(x => Tensor.Stack([x.Norm(), x.Mean(), x.Std()]));
        float[] scales = [1, 1, 1e-30f, 1e30f, 1, 1e38f];
        foreach (float scale in scales)
        {
            Tensor x = Tensor.From(1f, -2f, 2.5f) * scale;
            Assert.That(step.Run(x).ToArray<float>(),
                Is.EqualTo(Tensor.Stack([x.Norm(), x.Mean(), x.Std()]).ToArray<float>()), $"at {scale}");
        }
    }

    private static Device Named(string kind) => Devices.First(device => device.ToString() == kind);

    private static Tensor Scaled(Tensor x, int exponent) =>
        x * Math.ScaleB(1, exponent / 2) * Math.ScaleB(1, exponent - exponent / 2);

    private static (double[] Y, double[] Gradient) Run(Func<Tensor, Tensor> f, Tensor x, Device device)
    {
        Tensor at = x.To(device).Detach().RequireGrad(), y = f(at);
        y.Sum().Backward();
        return (Numbers(y), Numbers(at.Grad!));
    }

    private static double[] Numbers(Tensor x) =>
        x.Detach().To(Device.Cpu).To(DType.Float64).Reshape(-1).ToArray<double>();
}
