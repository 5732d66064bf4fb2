using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Memory;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Convolutions;

/// <summary>The layers: names, printing, initial values, padding, training.</summary>
[TestFixture, NonParallelizable]
public class ConvolutionLayerTests
{
    private static IEnumerable<TestCaseData> Printed()
    {
        yield return new(new Conv1d(4, 8, 3), "Conv1d(4, 8, kernel_size=(3,), stride=(1,))\n104 parameters");
        yield return new(
            new Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false),
            "Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)\n9,408 parameters");
        yield return new(
            new Conv2d(4, 4, (3, 2), padding: ConvPadding.Same, dilation: 2, groups: 2, paddingMode: PadMode.Reflect),
            "Conv2d(4, 4, kernel_size=(3, 2), stride=(1, 1), padding=same, dilation=(2, 2), groups=2, "
            + "padding_mode=reflect)\n52 parameters");
        yield return new(
            new Conv3d(1, 2, (1, 2, 3), padding: (0, 1, 1)),
            "Conv3d(1, 2, kernel_size=(1, 2, 3), stride=(1, 1, 1), padding=(0, 1, 1))\n14 parameters");
        yield return new(
            new ConvTranspose2d(6, 4, 3, stride: 2, padding: 1, outputPadding: 1),
            "ConvTranspose2d(6, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1))\n220 "
            + "parameters");
        yield return new(new Unfold(3, padding: (1, 2)), "Unfold(kernel_size=3, dilation=1, padding=(1, 2), stride=1)");
        yield return new(
            new Fold((4, 5), 2, stride: 2), "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=2)");
    }

    [TestCaseSource(nameof(Printed))]
    public void Layers_print_as_PyTorchs(Module layer, string text) => Assert.That(layer?.ToString(), Is.EqualTo(text));

    [Test]
    public void State_dict_has_PyTorchs_keys_and_shapes()
    {
        (string, string)[] expected = [("weight", "[6, 2, 3, 5]"), ("bias", "[6]")];
        var layer = new Conv2d(4, 6, (3, 5), groups: 2);
        Assert.That(layer.StateDict().Select(entry => (entry.Key, entry.Value.Shape.ToString())), Is.EqualTo(expected));
        Assert.That(
            new ConvTranspose3d(4, 6, (1, 2, 3), groups: 2).Weight.Shape.ToArray(),
            Is.EqualTo(new[] { 4, 3, 1, 2, 3 }));
    }

    [Test]
    public void Initial_values_are_drawn_as_a_linear_layers_of_the_same_fan()
    {
        Tensor.ManualSeed(11);
        var convolution = new Conv2d(3, 4, (2, 5));
        Tensor.ManualSeed(11);
        var linear = new Linear(30, 4);
        Assert.That(convolution.Weight.ToArray<float>(), Is.EqualTo(linear.Weight.ToArray<float>()));
        Assert.That(convolution.Bias!.ToArray<float>(), Is.EqualTo(linear.Bias!.ToArray<float>()));

        // A transposed layer's fan is its second size, the outputs, times the kernel, as PyTorch counts it.
        var transposed = new ConvTranspose1d(400, 2, 8, type: DType.Float64);
        Assert.That(transposed.Weight.Abs().Max().Item(), Is.InRange(0.24, 0.25));
    }

    [Test]
    public void Same_padding_is_as_large_as_the_input_one_more_behind_than_before()
    {
        Tensor x = Tensor.Arange(1, 6, 1).Reshape(1, 1, 5), w = Tensor.From(1f, 10, 100, 1000).Reshape(1, 1, 4);
        float[] expected = [3210, 4321, 5432, 543, 54];
        Assert.That(F.Conv1d(x, w, padding: ConvPadding.Same).ToArray<float>(), Is.EqualTo(expected));
        Assert.That(
            F.Conv1d(x, w, padding: ConvPadding.Valid).ToArray<float>(), Is.EqualTo(new float[] { 4321, 5432 }));
        Assert.That(
            F.Conv1d(x, w, padding: ConvPadding.Same, dilation: 3).Shape.ToArray(), Is.EqualTo(new[] { 1, 1, 5 }));
    }

    [TestCase(PadMode.Reflect)]
    [TestCase(PadMode.Replicate)]
    [TestCase(PadMode.Circular)]
    public void Padding_modes_pad_before(PadMode mode)
    {
        Tensor.ManualSeed(12);
        var layer = new Conv2d(2, 3, 3, padding: (2, 1), paddingMode: mode);
        Tensor x = Tensor.Randn([2, 2, 5, 4]), padded = x.Pad([1, 1, 2, 2], mode);
        Assert.That(
            layer.Forward(x).ToArray<float>(), Is.EqualTo(F.Conv2d(padded, layer.Weight, layer.Bias).ToArray<float>()));
    }

    [Test]
    public void Transposed_layers_take_an_output_size()
    {
        var layer = new ConvTranspose2d(3, 2, 3, stride: 2, padding: 1);
        Tensor x = Tensor.Zeros([1, 3, 6, 6]);
        Assert.That(layer.Forward(x).Shape.ToArray(), Is.EqualTo(new[] { 1, 2, 11, 11 }));
        Assert.That(layer.Forward(x, [12, 11]).Shape.ToArray(), Is.EqualTo(new[] { 1, 2, 12, 11 }));
        Assert.That(layer.Forward(x, [1, 2, 11, 12]).Shape.ToArray(), Is.EqualTo(new[] { 1, 2, 11, 12 }));
    }

    [Test]
    public void Fold_adds_what_unfold_takes()
    {
        Tensor.ManualSeed(13);
        Tensor x = Tensor.Randn([2, 3, 7, 6], DType.Float64).RequireGrad();
        Tensor columns = F.Unfold(x, (3, 2), (2, 1), (1, 2), (2, 3));
        Tensor g = Tensor.Randn(columns.Shape.ToArray(), DType.Float64);
        columns.Backward(g);
        Tensor folded = F.Fold(g, (7, 6), (3, 2), (2, 1), (1, 2), (2, 3));
        Assert.That(folded.ToArray<double>(), Is.EqualTo(x.Grad!.ToArray<double>()).Within(1e-14));
        GradientCheckResult check = Autograd.GradientCheck(
            t => new Fold((7, 6), (3, 2), (2, 1), (1, 2), (2, 3)).Forward(t).Sin(), g.Slice(0, 0, 1),
            new() { Order = 2 });
        Assert.That(check.Passed, check.Message);
        Tensor single = F.Fold(g.Select(0, 1), (7, 6), (3, 2), (2, 1), (1, 2), (2, 3));
        Assert.That(single.ToArray<double>(), Is.EqualTo(folded.Select(0, 1).Contiguous().ToArray<double>()));
        Assert.That(F.Unfold(x.Select(0, 1), 2).Shape.ToArray(), Is.EqualTo(new[] { 12, 30 }));
    }

    [Test]
    public void Fold_has_the_bits_of_sums_of_slices()
    {
        Random random = new(5);
        for (int i = 0; i < 60; i++)
        {
            Size2D Draw(int least, int most) => (random.Next(least, most), random.Next(least, most));
            (Size2D size, Size2D kernel) = (Draw(1, 40), Draw(1, 5));
            (Size2D between, Size2D around, Size2D step) = (Draw(1, 3), Draw(0, 4), Draw(1, 4));
            DType type = i % 2 == 0 ? DType.Float32 : DType.Float64;
            Tensor image = Tensor.Randn([2, 3, size.Height, size.Width], type, generator: new TorchGenerator(i));
            if (size.Height + 2 * around.Height <= between.Height * (kernel.Height - 1)
                || size.Width + 2 * around.Width <= between.Width * (kernel.Width - 1))
            {
                continue;
            }

            Tensor columns = F.Unfold(image, kernel, between, around, step);
            double[] expected = F.Fold(columns.To(Device.Reference), size, kernel, between, around, step)
                .ToArray<double>();
            Assert.That(F.Fold(columns, size, kernel, between, around, step).ToArray<double>(), Is.EqualTo(expected),
                $"{size} {kernel} {between} {around} {step}");
        }
    }

    [TestCase("cpu")]
    [TestCase("reference")]
    [TestCase("cuda")]
    public void Fold_spreads_no_infinity_over_a_block(string name)
    {
        Device device = EmulatedCuda.ByName(name);
        double inf = double.PositiveInfinity;
        Tensor x = Tensor.From(inf, 0, 0, 0).To(device).RequireGrad();
        Tensor y = F.Fold(x.Reshape(1, 4, 1), 2, 2);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { inf, 0, 0, 0 }));
        y.Backward(Tensor.From(0, inf, 0, 0).To(device).Reshape(1, 1, 2, 2));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, inf, 0, 0 }));
        Assert.That(F.Fold(Tensor.Zeros([0, 8, 4], device: device), 4, 2, stride: 2).Shape.ToArray(),
            Is.EqualTo(new[] { 0, 2, 4, 4 }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Compiled_step_of_a_network_has_the_eager_bits_and_allocates_nothing(bool transposed)
    {
        float[] eager = Train(compiled: false, transposed), replayed = Train(compiled: true, transposed);
        Assert.That(replayed, Is.EqualTo(eager));
    }

    private static float[] Train(bool compiled, bool transposed)
    {
        Tensor.ManualSeed(14);
        Module last = transposed ? new ConvTranspose2d(6, 2, 3, stride: 2) : new Conv2d(6, 2, 3, groups: 2);
        Sequential model =
            [new Conv2d(1, 6, 3, stride: 2, padding: 1), new ReLU(), new Conv2d(6, 6, 3, groups: 6, padding: 1), last];
        var optimizer = new SGD(model.Parameters(), 0.05, momentum: 0.9);
        Tensor[] batches = [.. Enumerable.Range(0, 3).Select(_ => Tensor.Randn([4, 1, 12, 12]))];
        Func<Tensor, Tensor> step = x =>
        {
            optimizer.ZeroGrad();
            Tensor loss = model.Forward(x).Square().Mean();
            loss.Backward();
            optimizer.Step();
            return loss;
        };
        using var replay = new CompiledStep(step);
        List<float> losses = [];
        for (int i = 0; i < 9; i++)
        {
            losses.Add((compiled ? replay.Run(batches[i % 3]) : step(batches[i % 3])).Item<float>());
        }

        if (compiled)
        {
            Allocation.RequireNoneOfReplays(replay, batches[0]);
        }

        return [.. losses];
    }

    [Test]
    public void Compiled_step_on_a_gpu_has_the_eager_bits()
    {
        using IDisposable gpu = Device.Use(EmulatedCuda.ByName("cuda"));
        Tensor.ManualSeed(15);
        Tensor x = Tensor.Randn([2, 2, 5, 4]), w = Tensor.Randn([3, 2, 3, 2]).RequireGrad();
        Func<Tensor, Tensor> step = t =>
        {
            w.Grad = null;
            Tensor loss = t.Convolution(w, null, [1], [1]).Square().Sum();
            loss.Backward();
            return loss + w.Grad!.Sum();
        };
        float eager = step(x).Item<float>();
        using var replay = new CompiledStep(step);
        for (int i = 0; i < 4; i++)
        {
            Assert.That(replay.Run(x).Item<float>(), Is.EqualTo(eager));
        }

        Assert.That(replay.EagerReason, Is.Null);
    }
}
