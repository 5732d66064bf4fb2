using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using static Autodiff.Tests.JsonFixture;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Interpolation, grid sampling, shuffles, padding layers and variants of dropout: PyTorch's numbers, and
/// gradients to second order.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class SamplingTests(string device) : DeviceFixture(device)
{
    private static readonly JsonElement Fixture = Read("sampling.json");

    private static IEnumerable<TestCaseData> Cases() => Fixture.GetProperty("cases").EnumerateArray().Select(
        (c, i) => new TestCaseData(i).SetName($"{c.GetProperty("op").GetString()} #{i}"));

    [TestCaseSource(nameof(Cases))]
    public void Agrees_with_PyTorch(int number)
    {
        JsonElement c = Fixture.GetProperty("cases")[number];
        int[][] shapes = [.. c.GetProperty("inputs").EnumerateArray().Select(Ints)];
        (string name, int[] seeds, double[] scales) = c.GetProperty("op").GetString() switch
        {
            "grid_sample" => ("grid_sample", new[] { 4, 5 }, new[] { 1, 1.4 }),
            "affine_grid" => ("affine_grid", [6], [1]),
            _ => (
                "interpolate",
                [c.TryGetProperty("antialias", out _) ? 2 : Mode(c) is "nearest" or "nearest-exact" or "area" ? 3 : 1],
                [1]),
        };
        Tensor[] inputs = [.. shapes.Select((shape, i) => Wave(shape, seeds[i], scales[i]).RequireGrad())];
        Tensor y = Call(name, c, inputs);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(Ints(c.GetProperty("shape"))));
        Assert.That(y.ToArray<double>(), Is.EqualTo(Doubles(c.GetProperty("values"))).Within(1e-13));
        Tensor g = Seed(y.Shape);
        Tensor?[] gradients = Autograd.Grad([y], inputs, [g], allowUnused: true);
        for (int i = 0; i < inputs.Length; i++)
        {
            double[] expected = Doubles(c.GetProperty("gradients")[i]);
            Assert.That(
                (gradients[i] ?? Tensor.ZerosLike(inputs[i])).ToArray<double>(), Is.EqualTo(expected).Within(1e-12),
                $"gradient {i}");
        }
    }

    [Test]
    public void What_is_as_large_as_before_is_a_tensor_of_its_own()
    {
        Func<Tensor, Tensor>[] operations =
        [
            x => F.Interpolate(x, [3, 2]), x => F.Interpolate(x, scaleFactor: [1], mode: InterpolationMode.Bilinear),
            x => F.Interpolate(x, [3, 2], mode: InterpolationMode.Area), x => F.AdaptiveAvgPool2d(x, null, null),
            x => F.AvgPool2d(x, 1), x => x.Pad([0, 0]), x => x.Pad([0, 0], PadMode.Reflect),
            x => x.Pad([0, 0, 0, 0], PadMode.Circular), x => x.Pad([], PadMode.Replicate),
            x => F.Unfold(x, 1), x => F.Unfold(x, (3, 2)), x => F.PixelShuffle(x, 1), x => F.PixelUnshuffle(x, 1),
            x => F.ChannelShuffle(x, 1), x => F.ChannelShuffle(x, 4),
        ];
        foreach (Func<Tensor, Tensor> operation in operations)
        {
            Tensor x = GradientCheck.Sample([2, 4, 3, 2], 3).RequireGrad(), y = operation(x);
            double[] before = x.ToArray<double>();
            Assert.That(y.ToArray<double>(), Is.EqualTo(before));
            y.Backward(y.Detach());
            Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(before));
            using (Tensor.NoGrad())
            {
                operation(x).Zero();
            }

            Assert.That(x.ToArray<double>(), Is.EqualTo(before), "what is done to the result is not done to x");
        }
    }

    [Test]
    public void Masks_are_those_of_PyTorch()
    {
        // On every device: a mask is drawn from the generator that is given, which is the CPU's.
        foreach (JsonElement draw in Fixture.GetProperty("draws").EnumerateArray())
        {
            Tensor x = Tensor.Ones(Ints(draw.GetProperty("shape")), DType.Float64);
            TorchGenerator generator = new(11);
            string name = draw.GetProperty("op").GetString()!;
            Tensor y = name switch
            {
                "dropout1d" => F.Dropout1d(x, 0.4, true, generator),
                "dropout2d" => F.Dropout2d(x, 0.4, true, generator),
                "dropout3d" => F.Dropout3d(x, 0.4, true, generator),
                "alpha_dropout" => F.AlphaDropout(x, 0.4, true, generator),
                _ => F.FeatureAlphaDropout(x, 0.4, true, generator),
            };
            Assert.That(y.ToArray<double>(), Is.EqualTo(Doubles(draw.GetProperty("values"))).Within(1e-14), name);
        }
    }

    [Test]
    public void Gradients_of_gradients()
    {
        Tensor line = GradientCheck.Sample([1, 2, 5], 1), image = GradientCheck.Sample([1, 1, 4, 3], 2);
        GradientCheck.Second(t => F.Interpolate(t.Square(), [8], mode: InterpolationMode.Linear), line, 1e-4);
        GradientCheck.Second(t => F.Interpolate(t.Square(), [3, 7], mode: InterpolationMode.Bicubic), image, 1e-4);
        GradientCheck.Second(
            t => F.Interpolate(t.Square(), [2, 7], mode: InterpolationMode.Bilinear, antialias: true), image, 1e-4);
        Tensor grid = GradientCheck.Sample([1, 2, 2, 2], 3, -0.8, 0.8);
        GradientCheck.Second(t => F.GridSample(image, t), grid, 1e-4);
        GradientCheck.Second(
            t => F.GridSample(t.Square(), grid, GridSampleMode.Bicubic, GridSamplePadding.Border), image, 1e-4);
        GradientCheck.Second(t => F.AffineGrid(t.Square(), [1, 1, 2, 3]), GradientCheck.Sample([1, 2, 3], 4), 1e-4);
    }

    [TestCase(1.0, GridSamplePadding.Border)]
    [TestCase(-1.0, GridSamplePadding.Border)]
    [TestCase(1.0, GridSamplePadding.Reflection)]
    [TestCase(-1.0, GridSamplePadding.Reflection)]
    public void A_place_on_the_border_has_no_slope_across_it(double at, GridSamplePadding padding)
    {
        Tensor x = Tensor.From(1.0, 2, 4).Reshape(1, 1, 1, 3).To(Device.Current);
        Tensor grid = Tensor.From(at, 0).Reshape(1, 1, 1, 2).To(Device.Current).RequireGrad();
        F.GridSample(x, grid, paddingMode: padding, alignCorners: true).Sum().Backward();
        Assert.That(grid.Grad!.ToArray<double>(), Is.All.Zero);
    }

    [Test]
    public void Entries_that_a_place_does_not_see_are_not_counted()
    {
        Tensor x = Tensor.From(double.NaN, 1, 2).Reshape(1, 1, 1, 3).To(Device.Current).RequireGrad();
        Tensor grid = Tensor.From(3.0, 0, 1, 0).Reshape(1, 1, 2, 2).To(Device.Current).RequireGrad();
        foreach (GridSampleMode mode in Enum.GetValues<GridSampleMode>())
        {
            (x.Grad, grid.Grad) = (null, null);
            Tensor y = F.GridSample(x, grid, mode, alignCorners: true);
            y.Sum().Backward();
            Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 0, 2 }), $"{mode}");
            Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 1 }), $"{mode}");
            Assert.That((grid.Grad ?? Tensor.ZerosLike(grid)).ToArray<double>(), Has.None.NaN, $"{mode}");
        }
    }

    [Test]
    public void A_size_that_stays_is_copied_by_linear_modes()
    {
        Tensor line = Tensor.Arange(5).To(DType.Float64).Reshape(1, 1, 5);
        Assert.That(
            F.Interpolate(line, scaleFactor: [1.1], mode: InterpolationMode.Linear).ToArray<double>(),
            Is.EqualTo(line.ToArray<double>()));
        Tensor image = Tensor.Arange(10).To(DType.Float64).Reshape(1, 1, 5, 2);
        Assert.That(
            F.Interpolate(image, scaleFactor: [1.1, 2], mode: InterpolationMode.Bilinear).Select(-1, 0)
                .ToArray<double>(),
            Is.EqualTo(new double[] { 0, 2, 4, 6, 8 }), "one of two");
        Assert.That(
            F.Interpolate(image, scaleFactor: [1.1], mode: InterpolationMode.Bicubic).ToArray<double>()[0],
            Is.Not.Zero, "cubic ones follow the factor, as PyTorch's");
    }

    [Test]
    public void Infinity_stays_where_it_is_seen()
    {
        double inf = double.PositiveInfinity;
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            Tensor x = Tensor.From(inf, 0, 0, 0).To(type).Reshape(1, 1, 4).To(Device.Current).RequireGrad();
            Tensor y = F.Interpolate(x, [8]);
            Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { inf, inf, 0, 0, 0, 0, 0, 0 }));
            Tensor g = Tensor.From(inf, 1, 1, 1, 1, 1, 1, 1).To(type).Reshape(1, 1, 8).To(Device.Current);
            y.Backward(g);
            Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { inf, 2, 2, 2 }));
            y = F.Interpolate(x.Reshape(1, 1, 2, 2), [4, 2], mode: InterpolationMode.Bilinear);
            Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { inf, 0, inf, 0, inf, 0, 0, 0 }));
        }
    }

    [Test]
    public void A_replay_resamples_with_the_eager_bits()
    {
        Tensor x = Tensor.Randn([1, 4, 6, 6], generator: new TorchGenerator(7)).To(Device.Current);
        Tensor scale = Tensor.From(0.5f).To(Device.Current).RequireGrad();
        Tensor Step(Tensor image)
        {
            scale.Grad = null;
            Tensor large = F.Interpolate(image * scale, [9, 8], mode: InterpolationMode.Bilinear);
            Tensor loss = F.Fold(F.AvgPool2d(large, 2, 1).Reshape(1, 4, 56), (16, 14), 2, stride: 2).Square().Sum();
            loss.Backward();
            return loss;
        }

        (float eager, float gradient) = (Step(x).Item<float>(), scale.Grad!.Item<float>());
        using CompiledStep compiled = new(Step);
        for (int i = 0; i < 4; i++)
        {
            Assert.That(compiled.Run(x).Item<float>(), Is.EqualTo(eager));
            Assert.That(scale.Grad!.Item<float>(), Is.EqualTo(gradient));
        }

        Assert.That(compiled.EagerReason is null, Is.EqualTo(Device.Current != Device.Reference), compiled.EagerReason);
    }

    [Test]
    public void Shuffles_are_inverse_to_each_other()
    {
        Tensor x = Tensor.Arange(1 * 8 * 2 * 3).To(DType.Float64).Reshape(1, 8, 2, 3), y = F.PixelShuffle(x, 2);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { 1, 2, 4, 6 }));
        Assert.That(y.ToArray<double>()[..8], Is.EqualTo(new double[] { 0, 6, 1, 7, 2, 8, 12, 18 }));
        Assert.That(
            new PixelUnshuffle(2).Forward(new PixelShuffle(2).Forward(x)).ToArray<double>(),
            Is.EqualTo(x.ToArray<double>()));
        Assert.That(
            new ChannelShuffle(2).Forward(x).Select(2, 0).Select(2, 0).ToArray<double>(), Is.EqualTo(
                new double[] { 0, 24, 6, 30, 12, 36, 18, 42 }));
        Assert.That(() => F.PixelShuffle(x, 3), Throws.ArgumentException.With.Message.Contains("divided by 3² = 9"));
        Assert.That(() => F.PixelShuffle(x, 1 << 16), Throws.ArgumentException.With.Message.Contains("= 4294967296"));
        Assert.That(() => F.PixelUnshuffle(x, 2), Throws.ArgumentException.With.Message.Contains("PixelUnshuffle"));
        Assert.That(() => F.ChannelShuffle(x, 3), Throws.ArgumentException.With.Message.Contains("ChannelShuffle"));
        GradientCheck.Second(t => F.PixelShuffle(t.Square(), 2), GradientCheck.Sample([4, 1, 2], 5), 1e-4);
    }

    [Test]
    public void Padding_layers_pad()
    {
        Tensor line = Tensor.Arange(4).To(DType.Float64).Reshape(1, 1, 4);
        (Module Layer, double[] Expected)[] cases =
        [
            (new ZeroPad1d([1, 2]), [0, 0, 1, 2, 3, 0, 0]), (
                new ConstantPad1d(1, 3.5), [3.5, 0, 1, 2, 3, 3.5]), (new ReflectionPad1d(2), [2, 1, 0, 1, 2, 3, 2, 1]),
            (
                new ReplicationPad1d([1, 2]),
                [
                    0, 0, 1, 2, 3, 3, 3
                ]), (new CircularPad1d([1, 2]), [3, 0, 1, 2, 3, 0, 1]), (new ZeroPad1d([-1, 1]), [1, 2, 3, 0]),
        ];
        foreach ((Module layer, double[] expected) in cases)
        {
            Assert.That(layer.Forward(line).ToArray<double>(), Is.EqualTo(expected), layer.ToString());
        }

        Tensor image = GradientCheck.Sample([1, 2, 3, 4], 6), volume = GradientCheck.Sample([1, 2, 3, 4], 7);
        (Module Layer, int[] Shape)[] shapes =
        [
            (
                new ZeroPad2d([1, 0, 2, 0]),
                [1, 2, 5, 5]), (new ConstantPad2d(1, 2), [1, 2, 5, 6]), (new ReflectionPad2d(1), [1, 2, 5, 6]),
            (new ReplicationPad2d(1), [1, 2, 5, 6]), (new CircularPad2d(1), [1, 2, 5, 6]),
            (new ZeroPad3d(1), [1, 4, 5, 6]), (
                new ConstantPad3d(1, 2), [1, 4, 5, 6]), (new ReflectionPad3d(1), [1, 4, 5, 6]),
            (new ReplicationPad3d([1, 0, 0, 0, 2, 0]), [1, 4, 3, 5]), (new CircularPad3d(1), [1, 4, 5, 6]),
        ];
        foreach ((Module layer, int[] shape) in shapes)
        {
            Assert.That(
                layer.Forward(
                    shape.Length == 4 && layer.GetType().Name.EndsWith("2d", StringComparison.Ordinal) ? image
                        : volume).Shape.ToArray(),
                Is.EqualTo(shape), layer.ToString());
            GradientCheck.Second(t => layer.Forward(t.Square()), image, 1e-4);
        }

        Assert.That(
            new ReflectionPad2d([1, 2, 0, 1]).ToString()!.Split('\n')[0], Is.EqualTo("ReflectionPad2d((1, 2, 0, 1))"));
        Assert.That(
            new ConstantPad1d(1, 3.5).ToString()!.Split('\n')[0],
            Is.EqualTo("ConstantPad1d(padding=(1, 1), value=3.5)"));
        Assert.That(
            () => new ReflectionPad2d([1, 2, 3]),
            Throws.ArgumentException.With.Message.Contains("4: before and after each dimension"));
        Assert.That(
            () => new ReflectionPad2d(1).Forward(image[0, 0]),
            Throws.ArgumentException.With.Message.Contains("ReflectionPad2d: input [3, 4]"));
        Assert.That(
            () => new ReflectionPad2d(3).Forward(image),
            Throws.ArgumentException.With.Message.Contains("Reflect cannot add 3"));
    }

    [Test]
    public void Channels_are_dropped_whole()
    {
        Tensor x = Tensor.Ones([50, 20, 3]).RequireGrad();
        foreach (
            Module layer in new Module[]
            {
                new Dropout1d(0.3, new TorchGenerator(1)), new Dropout2d(0.3, new TorchGenerator(1)),
                new FeatureAlphaDropout(0.3, new TorchGenerator(1))
            })
        {
            float[] y = layer.Forward(x).ToArray<float>();
            Assert.That(
                Enumerable.Range(0, 1000).All(i => y[3 * i] == y[3 * i + 1] && y[3 * i] == y[3 * i + 2]),
                layer.ToString());
            Assert.That(y.Distinct().Count(), Is.EqualTo(2), layer.ToString());
            layer.Eval();
            Assert.That(layer.Forward(x), Is.SameAs(x));
        }

        Tensor normal = Tensor.Randn(
            [100_000], generator: new TorchGenerator(2)), y2 = F.AlphaDropout(normal, 0.3, true, new TorchGenerator(3));
        Assert.That(
            (y2.Mean().Item(), y2.Var().Item()),
            Is.EqualTo((0.0, 1.0)).Using<(double, double)>(
                (a, b) => Math.Abs(a.Item1 - b.Item1) < 0.02 && Math.Abs(a.Item2 - b.Item2) < 0.03));
        Assert.That(F.Dropout3d(Tensor.Ones([4, 2, 2, 2]), 1).ToArray<float>(), Is.All.Zero);
        Assert.That(
            () => F.Dropout1d(Tensor.Ones([4])),
            Throws.ArgumentException.With.Message.Contains("Dropout1d: input [4] must be [N, C, L] or [C, L]"));
        Assert.That(() => new AlphaDropout(1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(new Dropout2d(0.2).ToString()!.Split('\n')[0], Is.EqualTo("Dropout2d(p=0.2, inplace=False)"));
    }

    [Test]
    public void Single_precision_and_batches_of_nothing()
    {
        Tensor x = GradientCheck.Sample([2, 3, 9, 70], 8), half = x.To(DType.Float32);
        foreach (
            InterpolationMode mode in new[]
            {
                InterpolationMode.Bilinear, InterpolationMode.Bicubic, InterpolationMode.Nearest, InterpolationMode.Area
            })
        {
            Assert.That(
                F.Interpolate(half, [18, 35], mode: mode).ToArray<double>(),
                Is.EqualTo(F.Interpolate(x, [18, 35], mode: mode).ToArray<double>()).Within(3e-6), mode.ToString());
        }

        Tensor empty = Tensor.Zeros([0, 3, 4, 4]).RequireGrad(), grid = Tensor.Zeros([0, 2, 2, 2]);
        (
            F.Interpolate(empty, [2, 2]) + F.GridSample(empty, grid)
                + F.PixelUnshuffle(
                    F.PixelShuffle(empty.Reshape(0, 12, 2, 2), 2),
                    2)[TensorIndex.Ellipsis, ..3, .., ..]).Sum().Backward();
        Assert.That(empty.Grad!.Shape, Is.EqualTo(empty.Shape));
    }

    [Test]
    public void Wrong_options_are_refused_in_words()
    {
        Tensor x = Tensor.Zeros([1, 2, 4, 4]);
        Assert.That(
            () => F.Interpolate(x), Throws.ArgumentException.With.Message.Contains("either size or scaleFactor"));
        Assert.That(
            () => F.Interpolate(x, [2, 2, 2]),
            Throws.ArgumentException.With.Message.Contains("each of the 2 dimensions"));
        Assert.That(
            () => F.Interpolate(x, [2], mode: InterpolationMode.Linear),
            Throws.ArgumentException.With.Message.Contains("must be [N, C, L] for mode Linear"));
        Assert.That(
            () => F.Interpolate(x, [2], alignCorners: true),
            Throws.ArgumentException.With.Message.Contains("alignCorners"));
        Assert.That(
            () => F.Interpolate(x, [2], antialias: true), Throws.ArgumentException.With.Message.Contains("antialias"));
        Assert.That(() => F.Interpolate(x, [0]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => F.GridSample(x, Tensor.Zeros([1, 2, 2, 3])),
            Throws.ArgumentException.With.Message.Contains("GridSample"));
        Assert.That(
            () => F.AffineGrid(Tensor.Zeros([1, 3, 3]), [1, 1, 2, 2]),
            Throws.ArgumentException.With.Message.Contains("AffineGrid"));
        Assert.That(
            new Upsample(scaleFactor: [2]).ToString()!.Split('\n')[0],
            Is.EqualTo("Upsample(scale_factor=2.0, mode='nearest')"));
        Assert.That(
            new UpsamplingBilinear2d([3, 5]).ToString()!.Split('\n')[0],
            Is.EqualTo("UpsamplingBilinear2d(size=(3, 5), mode='bilinear')"));
    }

    private static Tensor Call(string name, JsonElement c, Tensor[] inputs)
    {
        bool align = c.TryGetProperty("align_corners", out JsonElement a) && a.GetBoolean();
        if (name == "affine_grid")
        {
            return F.AffineGrid(inputs[0], Ints(c.GetProperty("size")), align);
        }

        if (name == "grid_sample")
        {
            return F.GridSample(
                inputs[0], inputs[1], Enum.Parse<GridSampleMode>(Mode(c), ignoreCase: true),
                Enum.Parse<GridSamplePadding>(c.GetProperty("padding_mode").GetString()!, ignoreCase: true), align);
        }

        return F.Interpolate(
            inputs[0], Given("size") is { } size ? Ints(size) : null, Given("scale_factor") is { } factors
                ? Doubles(factors) : null,
            Enum.Parse<InterpolationMode>(
                Mode(c).Replace("-", "", StringComparison.Ordinal),
                ignoreCase: true), Given("align_corners")?.GetBoolean(),
            Given("recompute_scale_factor")?.GetBoolean() ?? false, Given("antialias")?.GetBoolean() ?? false);

        JsonElement? Given(string setting) =>
            c.TryGetProperty(setting, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static string Mode(JsonElement c) => c.GetProperty("mode").GetString()!;
}
