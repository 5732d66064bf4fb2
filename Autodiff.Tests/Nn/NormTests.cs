using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Every norm against its definition, one number after the other in float64.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class NormTests(string device) : DeviceFixture(device)
{
    /// <summary>A norm, and which elements of [N, C, S] it takes together: a number for each set.</summary>
    public sealed record Norm(
        string Name, Func<Tensor, Tensor?, Tensor?, Tensor> Call, Func<int, int, int, int> Set, bool ByEntry,
        bool Centre = true)
    {
        public override string ToString() => Name;
    }

    private const double Eps = 1e-5;

    private static readonly Norm[] Norms =
    [
        new("batch", (x, w, b) => F.BatchNorm(x, null, null, w, b, training: true, eps: Eps), (n, c, s) => c, false),
        new("instance", (x, w, b) => F.InstanceNorm(x, null, null, w, b, eps: Eps), (n, c, s) => n * 6 + c, false),
        new("group", (x, w, b) => F.GroupNorm(x, 2, w, b, Eps), (n, c, s) => n * 2 + c / 3, false),
        new("layer", (x, w, b) => F.LayerNorm(x, [x.Size(-1)], w, b, Eps), (n, c, s) => n * 6 + c, true),
        new(
            "rms", (x, w, b) => F.RMSNorm(x, [x.Size(-1)], w, Eps) + (b ?? Tensor.Zeros([1], x.DType)),
            (n, c, s) => n * 6 + c, true, Centre: false),
    ];

    [TestCaseSource(nameof(Norms))]
    public void Is_its_definition_in_both_types_and_shapes(Norm norm)
    {
        foreach ((DType type, double tolerance) in new[] { (DType.Float32, 2e-6), (DType.Float64, 1e-13) })
        {
            foreach (int size in IsCpu ? new[] { 5, 20, 67, 1500 } : [5, 20])
            {
                foreach (bool affine in new[] { true, false })
                {
                    int weights = norm.ByEntry ? size : 6;
                    Tensor x = (GradientCheck.Sample([3, 6, size], 1) * 2 + 1).To(type);
                    Tensor? w = affine ? GradientCheck.Sample([weights], 2).To(type) : null;
                    Tensor? b = affine ? GradientCheck.Sample([weights], 3).To(type) : null;
                    double[] expected = Defined(norm, x, w, b), actual = norm.Call(x, w, b).ToArray<double>();
                    Assert.That(actual, Is.EqualTo(expected).Within(tolerance * 4), $"{norm} {type} {size} {affine}");
                }
            }
        }
    }

    /// <summary>PyTorch loses a twentieth of a deviation here, since its mean is rounded.</summary>
    [TestCaseSource(nameof(Norms))]
    public void Keeps_its_digits_far_from_zero(Norm norm)
    {
        foreach (int size in IsCpu ? new[] { 9, 20, 64, 1111 } : [9, 64])
        {
            Tensor x = (GradientCheck.Sample([3, 6, size], 4) * 1e-2 + 1e4).To(DType.Float32);
            Tensor y = norm.Call(x, null, null);
            Assert.That(
                y.ToArray<double>(),
                Is.EqualTo(Defined(norm, x, null, null)).Within(2e-5), $"{norm} {size}");
        }
    }

    /// <summary>
    /// Blocks of a set whose means are far apart, in results that bypass the caches and in some that don't.
    /// </summary>
    [TestCaseSource(nameof(Norms))]
    public void Keeps_its_digits_where_a_set_jumps(Norm norm)
    {
        foreach (int size in IsCpu ? new[] { 4500, 120_000 } : [70])
        {
            double[] entries = GradientCheck.Sample([3 * 6 * size], 4).ToArray<double>();
            Tensor x = Tensor.From<double>([.. entries.Select((e, i) => e * 1e-2 + (i % size < size / 3 ? 1e4 : -37))])
                .Reshape(3, 6, size).To(DType.Float32);
            double[] expected = Defined(norm, x, null, null);
            Tensor difference = norm.Call(x, null, null).To(DType.Float64).Reshape(-1) - Tensor.From<double>(expected);
            Assert.That(difference.Abs().Max().Item(), Is.LessThan(2e-5), $"{norm} {size}");
        }
    }

    [TestCaseSource(nameof(Norms))]
    public void Gradients_are_differences_to_second_order(Norm norm)
    {
        foreach (int size in IsCpu ? new[] { 5, 51 } : [5])
        {
            int weights = norm.ByEntry ? size : 6;
            Tensor x = GradientCheck.Sample([2, 6, size], 5), w = GradientCheck.Sample([weights], 6);
            Tensor b = GradientCheck.Sample([weights], 7);
            GradientCheckResult result = Autograd.GradientCheck(
                xs => norm.Call(xs[0], xs[1], xs[2]), [x.RequireGrad(), w.RequireGrad(), b.RequireGrad()],
                new(Step: 1e-5, RelativeTolerance: 1e-5, AbsoluteTolerance: 1e-7, Order: IsCpu && size == 5 ? 2 : 1));
            Assert.That(result.Passed, $"{norm} {size}: {result.Message}");
        }
    }

    /// <summary>The fused sweep and the recorded operations are two ways to one gradient.</summary>
    [TestCaseSource(nameof(Norms))]
    public void A_recorded_gradient_is_the_fused_one(Norm norm)
    {
        foreach ((DType type, double tolerance) in new[] { (DType.Float32, 1e-5), (DType.Float64, 1e-12) })
        {
            foreach (int size in IsCpu ? new[] { 67, 1500 } : [7])
            {
                int weights = norm.ByEntry ? size : 6;
                Tensor x = GradientCheck.Sample([3, 6, size], 8).To(type).RequireGrad();
                Tensor w = GradientCheck.Sample([weights], 9).To(type).RequireGrad();
                Tensor b = GradientCheck.Sample([weights], 10).To(type).RequireGrad();
                Tensor g = GradientCheck.Sample([3, 6, size], 11).To(type);
                Tensor?[] fused = Autograd.Grad([norm.Call(x, w, b)], [x, w, b], [g]);
                Tensor?[] recorded = Autograd.Grad([norm.Call(x, w, b)], [x, w, b], [g], createGraph: true);
                for (int i = 0; i < 3; i++)
                {
                    double[] one = fused[i]!.ToArray<double>(), other = recorded[i]!.Detach().ToArray<double>();
                    Assert.That(
                        one, Is.EqualTo(other).Within(tolerance * other.Max(Math.Abs)),
                        $"{norm} {type} {size} gradient {i}");
                }
            }
        }
    }

    [Test]
    public void A_gradient_of_a_gradient_goes_through_the_fused_norm()
    {
        Tensor x = GradientCheck.Sample([2, 52], 12);
        GradientCheck.Second(t => F.LayerNorm(t, [52]), x);
        GradientCheck.Second(t => F.RMSNorm(t, [52]), x);
    }

    [Test]
    public void Extreme_sets_keep_their_digits()
    {
        (DType Type, double[] Scales)[] cases = [(DType.Float32, [1e-30, 1e25]), (DType.Float64, [1e-250, 1e200])];
        foreach ((DType type, double[] scales) in cases)
        {
            foreach (double scale in scales)
            {
                Tensor x = GradientCheck.Sample([2, 100], 13).To(type), far = x * scale;
                double[] near = F.LayerNorm(x, [100], eps: 0).ToArray<double>();
                Assert.That(
                    F.LayerNorm(far, [100], eps: 0).ToArray<double>(), Is.EqualTo(near).Within(1e-5),
                    $"{type} {scale}");
            }
        }

        Assert.That(F.LayerNorm(Tensor.Full([2, 100], 3), [100]).ToArray<double>(), Is.All.Zero, "constant rows");
    }

    [Test]
    public void Running_figures_follow_as_in_PyTorch()
    {
        foreach (int size in new[] { 3, 25 })
        {
            Tensor x = GradientCheck.Sample([4, 6, size], 14);
            double[] values = x.ToArray<double>();
            (double[] means, double[] variances) = (new double[6], new double[6]);
            for (int c = 0; c < 6; c++)
            {
                double[] channel = [.. values.Where((_, i) => i / size % 6 == c)];
                means[c] = channel.Average();
                variances[c] = channel.Sum(v => (v - means[c]) * (v - means[c])) / (channel.Length - 1);
            }

            var batch = new BatchNorm1d(6, type: DType.Float64);
            batch.Forward(x);
            Assert.That(batch.RunningMean!.ToArray<double>(), Is.EqualTo(means.Select(m => 0.1 * m)).Within(1e-14));
            Assert.That(
                batch.RunningVar!.ToArray<double>(), Is.EqualTo(variances.Select(v => 0.9 + 0.1 * v)).Within(1e-14));
            Assert.That(batch.NumBatchesTracked!.Item(), Is.EqualTo(1));
            batch.Eval();
            Assert.That(
                batch.Forward(x).ToArray<double>()[0],
                Is.EqualTo((values[0] - 0.1 * means[0]) / Math.Sqrt(0.9 + 0.1 * variances[0] + 1e-5)).Within(1e-12));

            var instance = new InstanceNorm1d(6, trackRunningStats: true, type: DType.Float64);
            instance.Forward(x);
            double[] each = [.. Enumerable.Range(0, 4).Select(n => Variance(values.AsSpan(n * 6 * size, size)))];
            Assert.That(instance.RunningMean!.ToArray<double>(), Is.EqualTo(means.Select(m => 0.1 * m)).Within(1e-14));
            Assert.That(
                instance.RunningVar!.ToArray<double>()[0], Is.EqualTo(0.9 + 0.1 * each.Average()).Within(1e-14));
            Assert.That(instance.NumBatchesTracked!.Item(), Is.Zero);
            instance.Eval();
            Assert.That(
                instance.Forward(x).ToArray<double>()[0],
                Is.EqualTo((values[0] - 0.1 * means[0]) / Math.Sqrt(0.9 + 0.1 * each.Average() + 1e-5)).Within(1e-12));
        }

        static double Variance(ReadOnlySpan<double> row)
        {
            double mean = 0, sum = 0;
            foreach (double v in row)
            {
                mean += v / row.Length;
            }

            foreach (double v in row)
            {
                sum += (v - mean) * (v - mean);
            }

            return sum / (row.Length - 1);
        }
    }

    [Test]
    public void Layers_name_and_print_what_PyTorch_does()
    {
        Assert.That(new BatchNorm2d(4).StateDict().Keys, Is.EqualTo(
            new[] { "weight", "bias", "running_mean", "running_var", "num_batches_tracked" }));
        Assert.That(new InstanceNorm3d(4, affine: true).StateDict().Keys, Is.EqualTo(new[] { "weight", "bias" }));
        Assert.That(new RMSNorm(new[] { 8 }).StateDict().Keys, Is.EqualTo(new[] { "weight" }));
        (Module Layer, string Text)[] prints =
        [
            (new BatchNorm3d(4), "BatchNorm3d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"),
            (
                new InstanceNorm2d(4),
                "InstanceNorm2d(4, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)"),
            (new RMSNorm(new[] { 8 }), "RMSNorm((8,), eps=None, elementwise_affine=True)"),
            (new LocalResponseNorm(2), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"),
        ];
        Assert.That(
            prints.Select(print => print.Layer.ToString()!.Split('\n')[0]),
            Is.EqualTo(prints.Select(print => print.Text)));
    }

    [Test]
    public void Ranks_channels_and_samples_are_checked()
    {
        Refused(
            () => new BatchNorm2d(4).Forward(Tensor.Zeros([2, 4, 3])),
            "BatchNorm2d: input [2, 4, 3] must be [N, 4, H, W]");
        Refused(
            () => new BatchNorm3d(4).Forward(Tensor.Zeros([2, 3, 3, 3, 3])),
            "BatchNorm3d: input [2, 3, 3, 3, 3] must be [N, 4, D, H, W]");
        Refused(
            () => new InstanceNorm2d(4, affine: true).Forward(Tensor.Zeros([2, 3, 3, 3])),
            "InstanceNorm2d: input [2, 3, 3, 3] must be [N, 4, H, W]");
        Refused(() => F.InstanceNorm(Tensor.Zeros([2, 4, 1])), "one value");
        Refused(
            () => F.RMSNorm(Tensor.Zeros([2, 4]), new[] { 3 }),
            "RMSNorm: input [2, 4] does not end in the dimensions [3]");
        Refused(() => F.LocalResponseNorm(Tensor.Zeros([2, 4]), 2), "LocalResponseNorm");
        Refused(
            () => F.BatchNorm(Tensor.Zeros([4, 3, 30]), null, null, Tensor.Ones([3], DType.Float64), training: true),
            "one type");
        Tensor x = GradientCheck.Sample([4, 3, 3], 15);
        Assert.That(
            new InstanceNorm2d(4, type: DType.Float64).Forward(x).ToArray<double>(),
            Is.EqualTo(F.InstanceNorm(x.Unsqueeze(0)).ToArray<double>()));

        static void Refused(Action call, string words) =>
            Assert.That(() => call(), Throws.ArgumentException.With.Message.Contains(words));
    }

    /// <summary>The fused loop read beside a weight that was too short.</summary>
    [Test]
    public void Parameters_and_running_figures_of_another_shape_are_refused()
    {
        Tensor x = Tensor.Randn([3, 6, 40], generator: new TorchGenerator(1)), ones = Tensor.Ones([6]);
        (string Name, int[] Fits, Func<Tensor, Tensor> Call)[] norms =
        [
            ("weight", [6], w => F.BatchNorm(x, null, null, w, training: true)),
            ("bias", [6], b => F.BatchNorm(x, null, null, null, b, training: true)),
            ("weight", [6], w => F.BatchNorm(x, ones, ones, w)), ("runningVar", [6], v => F.BatchNorm(x, ones, v)),
            ("runningMean", [6], m => F.BatchNorm(x, m, null, training: true)),
            ("bias", [6], b => F.InstanceNorm(x, null, null, null, b)),
            ("runningMean", [6], m => F.InstanceNorm(x, m, ones)), ("weight", [6], w => F.GroupNorm(x, 2, w)),
            ("weight", [40], w => F.LayerNorm(x, [40], w)), ("bias", [40], b => F.LayerNorm(x, [40], null, b)),
            ("weight", [6, 40], w => F.LayerNorm(x, [6, 40], w)), ("weight", [40], w => F.RMSNorm(x, [40], w)),
        ];
        foreach ((string name, int[] fits, Func<Tensor, Tensor> call) in norms)
        {
            Assert.That(() => call(Tensor.Ones(fits)), Throws.Nothing, name);
            foreach (int[] shape in new int[][] { [1], [3], [50], [.. fits, 1], [1, .. fits], [40, 6] })
            {
                Assert.That(() => call(Tensor.Ones(shape)), Throws.ArgumentException.With.Message.Contains(
                    $"{name} [{string.Join(", ", shape)}] must be [{string.Join(", ", fits)}]"), name);
            }
        }
    }

    [Test]
    public void What_a_norm_refuses_changes_no_running_figure()
    {
        BatchNorm1d layer = new(4);
        foreach (Tensor x in new[] { Tensor.Ones([1, 4]), Tensor.Ones([3, 4], DType.Float64) })
        {
            Assert.That(() => layer.Forward(x), Throws.ArgumentException);
            Assert.That(layer.NumBatchesTracked!.Item(), Is.Zero);
        }

        Tensor mean = Tensor.Zeros([4]), samples = Tensor.Randn([3, 4, 20], generator: new TorchGenerator(2));
        Assert.That(
            () => F.BatchNorm(samples, mean, Tensor.Ones([3]), training: true), Throws.ArgumentException);
        Assert.That(() => F.InstanceNorm(samples, mean, Tensor.Ones([3])), Throws.ArgumentException);
        Assert.That(mean.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void A_single_sample_of_one_value_in_each_group_is_refused()
    {
        foreach (int[] shape in new int[][] { [1, 3], [1, 3, 1, 1] })
        {
            Assert.That(() => new GroupNorm(3, 3).Eval().Forward(Tensor.Ones(shape)),
                Throws.ArgumentException.With.Message.Contains("one value for each of 3 groups"));
        }

        // PyTorch refuses no more than that: two samples give their bias.
        Assert.That(F.GroupNorm(Tensor.Ones([2, 3]), 3, null, Tensor.Full([3], 5)).ToArray<float>(), Is.All.EqualTo(5));
        Assert.That(F.GroupNorm(Tensor.Ones([1, 3, 2]), 3).ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void Batches_of_nothing_pass()
    {
        foreach (Func<Tensor, Tensor> norm in new Func<Tensor, Tensor>[]
            {
                x => new BatchNorm2d(3).Forward(x), x => new InstanceNorm2d(3).Forward(x), x => F.GroupNorm(x, 3),
                x => F.LayerNorm(x, [4, 5]), x => F.RMSNorm(x, [4, 5]), x => F.LocalResponseNorm(x, 2)
            })
        {
            Tensor x = Tensor.Zeros([0, 3, 4, 5]).RequireGrad(), y = norm(x);
            y.Sum().Backward();
            Assert.That(y.Shape, Is.EqualTo(x.Shape));
            Assert.That(x.Grad!.Shape, Is.EqualTo(x.Shape));
        }
    }

    [Test]
    public void LocalResponseNorm_is_its_definition()
    {
        foreach (int size in new[] { 1, 2, 5 })
        {
            Tensor x = GradientCheck.Sample([2, 7, 3, 2], 16);
            double[] v = x.ToArray<double>(), expected = new double[v.Length];
            for (int i = 0; i < v.Length; i++)
            {
                int c = i / 6 % 7;
                double sum = 0;
                for (int k = Math.Max(0, c - size / 2); k <= Math.Min(6, c + (size - 1) / 2); k++)
                {
                    sum += v[i + (k - c) * 6] * v[i + (k - c) * 6];
                }

                expected[i] = v[i] / Math.Pow(2 + 0.3 * sum / size, 0.6);
            }

            Assert.That(
                F.LocalResponseNorm(x, size, 0.3, 0.6, 2).ToArray<double>(), Is.EqualTo(expected).Within(1e-13));
            if (IsCpu)
            {
                GradientCheck.Second(t => F.LocalResponseNorm(t, size, 0.3, 0.6, 2), x);
            }
        }
    }

    private static bool IsCpu => Device.Current == Device.Cpu;

    private static double[] Defined(Norm norm, Tensor x, Tensor? w, Tensor? b)
    {
        int size = x.Size(2);
        double[] values = x.ToArray<double>(), result = new double[values.Length];
        double[]? weights = w?.ToArray<double>(), biases = b?.ToArray<double>();
        IEnumerable<int> all = Enumerable.Range(0, values.Length);
        foreach (IGrouping<int, int> set in all.GroupBy(i => norm.Set(i / size / 6, i / size % 6, i % size)))
        {
            double mean = norm.Centre ? set.Average(i => values[i]) : 0;
            double variance = set.Average(i => (values[i] - mean) * (values[i] - mean));
            foreach (int i in set)
            {
                int k = norm.ByEntry ? i % size : i / size % 6;
                result[i] = (values[i] - mean) / Math.Sqrt(variance + Eps) * (weights?[k] ?? 1) + (biases?[k] ?? 0);
            }
        }

        return result;
    }

    /// <summary>Results of 8 MiB and more bypass the caches, whole lines of each row.</summary>
    [Test]
    public void Rows_of_a_large_result_off_the_boundary_have_the_bits_of_a_small_one()
    {
        if (!IsCpu)
        {
            return;
        }

        Tensor.ManualSeed(0);
        Tensor x = Tensor.Randn([4, 8, 257, 257]), g = Tensor.Randn([4, 8, 257, 257]);
        (Tensor y, Tensor gradient) = Of(x, g);
        for (int c = 0; c < 8; c++)
        {
            (Tensor one, Tensor ofOne) = Of(x.Narrow(1, c, 1), g.Narrow(1, c, 1));
            Assert.That(y.Narrow(1, c, 1).ToArray<float>(), Is.EqualTo(one.ToArray<float>()));
            Assert.That(gradient.Narrow(1, c, 1).ToArray<float>(), Is.EqualTo(ofOne.ToArray<float>()));
        }

        static (Tensor Result, Tensor Gradient) Of(Tensor x, Tensor g)
        {
            Tensor input = x.Contiguous().Clone().RequireGrad();
            Tensor y = Functional.BatchNorm(input, null, null, training: true);
            y.Backward(g);
            return (y, input.Grad!);
        }
    }
}
