using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Nn;

[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class LayerTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Activations()
    {
        (Module Module, Func<Tensor, Tensor> Function, string Text)[] cases =
        [
            (new ReLU(), x => x.Relu(), "ReLU()"),
            (new ReLU6(), x => x.Relu6(), "ReLU6()"),
            (new LeakyReLU(0.2), x => x.LeakyRelu(0.2), "LeakyReLU(negative_slope=0.2)"),
            (new ELU(2), x => x.Elu(2), "ELU(alpha=2.0)"),
            (new CELU(2), x => x.Celu(2), "CELU(alpha=2.0)"),
            (new SELU(), x => x.Selu(), "SELU()"),
            (new GELU(), x => x.Gelu(), "GELU(approximate='none')"),
            (new GELU(GeluApproximation.Tanh), x => x.Gelu(GeluApproximation.Tanh), "GELU(approximate='tanh')"),
            (new SiLU(), x => x.Silu(), "SiLU()"),
            (new Mish(), x => x.Mish(), "Mish()"),
            (new Sigmoid(), x => x.Sigmoid(), "Sigmoid()"),
            (new Tanh(), x => x.Tanh(), "Tanh()"),
            (new LogSigmoid(), x => x.LogSigmoid(), "LogSigmoid()"),
            (new Softplus(2, 5), x => x.Softplus(2, 5), "Softplus(beta=2.0, threshold=5.0)"),
            (new Softsign(), x => x.Softsign(), "Softsign()"),
            (new Hardtanh(-2, 1), x => x.Hardtanh(-2, 1), "Hardtanh(min_val=-2.0, max_val=1.0)"),
            (new Hardsigmoid(), x => x.Hardsigmoid(), "Hardsigmoid()"),
            (new Hardswish(), x => x.Hardswish(), "Hardswish()"),
            (new Hardshrink(1), x => x.Hardshrink(1), "Hardshrink(lambd=1.0)"),
            (new Softshrink(1), x => x.Softshrink(1), "Softshrink(lambd=1.0)"),
            (new Tanhshrink(), x => x.Tanhshrink(), "Tanhshrink()"),
            (new Threshold(0.1, 20), x => x.Threshold(0.1, 20), "Threshold(threshold=0.1, value=20.0)"),
            (new GLU(0), x => x.Glu(0), "GLU(dim=0)"),
            (new Softmax(1), x => x.Softmax(1), "Softmax(dim=1)"),
            (new LogSoftmax(1), x => x.LogSoftmax(1), "LogSoftmax(dim=1)"),
            (new Softmin(1), x => x.Softmin(1), "Softmin(dim=1)"),
            (new Flatten(), x => x.Flatten(1), "Flatten(start_dim=1, end_dim=-1)"),
            (new Unflatten(1, 3, -1), x => x.Reshape(4, 3, 2), "Unflatten(dim=1, unflattened_size=(3, -1))"),
            (new Identity(), x => x, "Identity()"),
        ];
        return cases.Select(c => new TestCaseData(c.Module, c.Function, c.Text).SetName($"Layer {c.Text}"));
    }

    [TestCaseSource(nameof(Activations))]
    public void A_layer_without_parameters_is_its_function(Module module, Func<Tensor, Tensor> function, string text)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(function);
        Tensor x = Tensor.Randn([4, 6], generator: new TorchGenerator(3)) * 3;
        Tensor y = module.Forward(x), expected = function(x);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(expected.Shape.ToArray()));
        Assert.That(y.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        Assert.That(module.ToString(), Is.EqualTo(text));
    }

    [Test]
    public void PReLU_learns_its_slope()
    {
        PReLU layer = new();
        layer.Forward(Tensor.From(-2f, 4)).Sum().Backward();
        Assert.That(layer.Weight.Grad!.Item(), Is.EqualTo(-2));
        Assert.That(layer.ToString(), Is.EqualTo("PReLU(num_parameters=1)\n1 parameter"));
    }

    [Test]
    public void Linear_maps_the_last_dimension()
    {
        Linear layer = new(3, 2);
        using (Tensor.NoGrad())
        {
            layer.Weight.CopyFrom(Tensor.From(new float[,] { { 1, 0, 0 }, { 0, 1, 1 } }));
            layer.Bias!.CopyFrom(Tensor.From(10f, 20));
        }

        Tensor y = layer.Forward(Tensor.Arange(0, 12).To(DType.Float32).Reshape(2, 2, 3));
        Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { 2, 2, 2 }));
        Assert.That(y.ToArray<float>(), Is.EqualTo(new float[] { 10, 23, 13, 29, 16, 35, 19, 41 }));
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Linear_maps_of_no_features_are_the_bias(int rank)
    {
        int[] lead = [.. Enumerable.Repeat(2, rank - 1)];
        int rows = 1 << (rank - 1);
        Tensor bias = Tensor.From(3f, 4, 5).RequireGrad(), weight = Tensor.Zeros([3, 0]);
        Tensor y = Tensor.Zeros([.. lead, 0]).Linear(weight, bias);
        Assert.That(y.Shape.ToArray(), Is.EqualTo((int[])[.. lead, 3]));
        Assert.That(y.Reshape(rows, 3).Select(0, rows - 1).ToArray<float>(), Is.EqualTo(new[] { 3f, 4, 5 }));
        y.Sum().Backward();
        Assert.That(bias.Grad!.ToArray<float>(), Is.All.EqualTo(rows));
    }

    [Test]
    public void A_bilinear_map_has_a_bias_for_each_output()
    {
        Tensor a = Tensor.Ones([2, 3]), b = Tensor.Ones([2, 4]), w = Tensor.Ones([5, 3, 4]);
        foreach (int[] shape in new int[][] { [1], [4], [6, 1, 5], [] })
        {
            Assert.That(
                () => Functional.Bilinear(a, b, w, Tensor.Ones(shape)),
                Throws.ArgumentException.With.Message.Contains("each of the 5 outputs"));
        }
    }

    [Test]
    public void Dropout_scales_what_it_keeps_and_passes_all_in_evaluation()
    {
        Tensor x = Tensor.Ones([1000]).RequireGrad();
        Dropout layer = new(0.2, new TorchGenerator(1));
        Tensor y = layer.Forward(x);
        float[] values = y.ToArray<float>();
        Assert.That(values.Distinct(), Is.EquivalentTo(new[] { 0, 1.25f }));
        Assert.That(values.Count(v => v == 0), Is.InRange(150, 250));
        y.Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(values), "the same mask on the way back");
        Assert.That(layer.Eval().Forward(x), Is.SameAs(x));
        Assert.That(new Dropout(1).Forward(x).ToArray<float>(), Is.All.Zero);
        Assert.That(() => new Dropout(1.5), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Dropout_draws_its_mask_in_the_order_of_elements()
    {
        // PyTorch's: manual_seed(3), dropout(ones(4, 3).t(), 0.5)
        float[] mask = [2, 2, 0, 2, 0, 0, 2, 2, 2, 0, 2, 0];
        foreach (Tensor x in new[] { Tensor.Ones([3, 4]), Tensor.Ones([4, 3]).T })
        {
            Tensor y = Functional.Dropout(x, 0.5, generator: new TorchGenerator(3));
            Assert.That(y.ToArray<float>(), Is.EqualTo(mask));
        }
    }

    [Test]
    public void A_row_of_padding_starts_as_zeros_and_learns_nothing()
    {
        Embedding table = new(4, 2, paddingIndex: -1);
        Tensor y = table.Forward(Tensor.From(new long[,] { { 3, 1 }, { 1, 3 } }));
        Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { 2, 2, 2 }));
        y.Sum().Backward();
        Assert.That(y.Select(0, 0).Select(0, 0).ToArray<float>(), Is.All.Zero);
        Assert.That(table.Weight.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 2, 2, 0, 0, 0, 0 }));
        Assert.That(table.ToString(), Does.StartWith("Embedding(4, 2, padding_idx=3)"));
    }

    [Test]
    public void Layer_normalisation_gives_mean_0_and_variance_1()
    {
        LayerNorm layer = new([6]);
        Tensor y = layer.Forward(Tensor.Randn([4, 6], generator: new TorchGenerator(1)) * 5 + 3);
        Assert.That(y.Mean(-1).ToArray<float>(), Is.All.EqualTo(0).Within(1e-6));
        Assert.That(y.Var(-1, correction: 0).ToArray<float>(), Is.All.EqualTo(1).Within(1e-5));
        Assert.That(layer.ToString(), Does.StartWith("LayerNorm((6,), eps=1e-05, elementwise_affine=True)"));
        Assert.That(() => layer.Forward(Tensor.Ones([6, 4])),
            Throws.ArgumentException.With.Message.Contains("input [6, 4] does not end in the dimensions [6]"));
    }

    [Test]
    public void Group_normalisation_is_layer_normalisation_of_groups()
    {
        GroupNorm layer = new(2, 6);
        Tensor y = layer.Forward(Tensor.Randn([4, 6, 5], generator: new TorchGenerator(1)) * 5 + 3);
        Assert.That(y.Reshape(4, 2, 15).Mean(-1).ToArray<float>(), Is.All.EqualTo(0).Within(1e-6));
        Assert.That(() => new GroupNorm(4, 6),
            Throws.ArgumentException.With.Message.Contains("4 groups do not divide 6 channels"));
    }

    [Test]
    public void Batch_normalisation_keeps_running_figures()
    {
        BatchNorm1d layer = new(2);
        Tensor x = Tensor.From(new float[,] { { 1, 10 }, { 3, 30 } });
        Assert.That(layer.Forward(x).ToArray<float>(), Is.EqualTo(new float[] { -1, -1, 1, 1 }).Within(1e-5));
        Assert.That(layer.RunningMean!.ToArray<float>(), Is.EqualTo(new[] { 0.2f, 2 }).Within(1e-6));
        Assert.That(layer.RunningVar!.ToArray<float>(), Is.EqualTo(new[] { 0.9f + 0.2f, 0.9f + 20 }).Within(1e-5));
        Assert.That(layer.NumBatchesTracked!.Item(), Is.EqualTo(1));
        float mean = 0.2f, deviation = MathF.Sqrt(1.1f + 1e-5f);
        Assert.That(layer.Eval().Forward(x).ToArray<float>()[0], Is.EqualTo((1 - mean) / deviation).Within(1e-6));
        Assert.That(layer.NumBatchesTracked.Item(), Is.EqualTo(1), "evaluation leaves the figures alone");
        Assert.That(layer.ToString(),
            Does.StartWith("BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"));
        Assert.That(() => layer.Train().Forward(Tensor.Ones([1, 2])),
            Throws.ArgumentException.With.Message.Contains("one value a channel"));
        Assert.That(() => layer.Forward(Tensor.Ones([4, 3])),
            Throws.ArgumentException.With.Message.Contains("must be [N, 2] or [N, 2, L]"));
    }

    [Test]
    public void Initialisers_keep_to_their_distributions()
    {
        TorchGenerator generator = new(1);
        Tensor w = Tensor.Zeros([200, 300]);
        Check(Init.XavierUniform(w, generator: generator), Math.Sqrt(2.0 / 500));
        Check(Init.XavierNormal(w, 2, generator), 2 * Math.Sqrt(2.0 / 500));
        Check(Init.KaimingUniform(w, nonlinearity: Nonlinearity.ReLU, generator: generator), Math.Sqrt(2.0 / 300));
        Check(Init.KaimingNormal(w, mode: FanMode.FanOut, nonlinearity: Nonlinearity.Tanh, generator: generator),
            5.0 / 3 / Math.Sqrt(200));
        Tensor cut = Init.TruncNormal(w, 1, 2, -1, 3, generator);
        Assert.That(cut.Min().Item(), Is.GreaterThanOrEqualTo(-1));
        Assert.That(cut.Max().Item(), Is.LessThanOrEqualTo(3));
        Assert.That(cut.Std().Item(), Is.EqualTo(2 * 0.5396).Within(0.02),
            "of a standard normal cut off at one deviation");
        Assert.That(Init.Eye(Tensor.Empty([2, 3])).ToArray<float>(), Is.EqualTo(new float[] { 1, 0, 0, 0, 1, 0 }));
        Assert.That(Init.CalculateGain(Nonlinearity.LeakyReLU, 1), Is.EqualTo(1));
        Assert.That(() => Init.XavierUniform(Tensor.Zeros([3])),
            Throws.ArgumentException.With.Message.Contains("at least two dimensions"));

        static void Check(Tensor drawn, double deviation)
        {
            Assert.That(drawn.Std().Item(), Is.EqualTo(deviation).Within(1).Percent);
            Assert.That(Math.Abs(drawn.Mean().Item()), Is.LessThan(deviation / 50));
        }
    }

    [Test]
    public void Dirac_passes_channels_on()
    {
        Assert.That(Init.Dirac(Tensor.Empty([6, 2, 3, 3]), 3).NonZero().ToArray<long>(), Is.EqualTo(new long[]
        {
            0, 0, 1, 1, 1, 1, 1, 1, 2, 0, 1, 1, 3, 1, 1, 1, 4, 0, 1, 1, 5, 1, 1, 1,
        }));
        Assert.That(Init.Dirac(Tensor.Empty([3, 4, 5])).NonZero().ToArray<long>(),
            Is.EqualTo(new long[] { 0, 0, 2, 1, 1, 2, 2, 2, 2 }));
        Conv2d convolution = new(2, 2, 3, padding: 1, bias: false);
        Init.Dirac(convolution.Weight);
        Tensor x = Tensor.Randn([1, 2, 4, 4]);
        Assert.That(convolution.Forward(x).ToArray<float>(), Is.EqualTo(x.ToArray<float>()));
        Assert.That(() => Init.Dirac(Tensor.Zeros([3, 2])), Throws.ArgumentException.With.Message.Contains("[3, 2]"));
        Assert.That(() => Init.Dirac(Tensor.Zeros([4, 2, 3]), 3), Throws.ArgumentException);
    }

    /// <summary>The figures are PyTorch's for this seed.</summary>
    [Test]
    public void Sparse_columns_have_their_share_of_zeros()
    {
        Tensor w = Init.Sparse(Tensor.Empty([5, 4]), 0.3, 0.5, new TorchGenerator(7));
        Assert.That(w.ToArray<float>(), Is.EqualTo(new[]
        {
            -0.41006726f, 0.19781558f, 0, -0.69420195f, 0, 0.39103633f, 0.51955384f, -0.36225537f, -0.4244543f, 0,
            0, 0, -1.030739f, 0.33705035f, -0.6616729f, 0, 0, 0, -1.0282313f, -0.17836127f,
        }).Within(2e-7f));
        Assert.That(() => Init.Sparse(Tensor.Empty([5, 4]), 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Orthogonal_rows_or_columns_have_length_one()
    {
        foreach (Shape shape in new Shape[] { [5, 8], [8, 5], [6, 6], [3, 2, 4] })
        {
            Tensor w = Init.Orthogonal(Tensor.Empty(shape, DType.Float64), 2, new TorchGenerator(4))
                .Reshape(shape[0], -1);
            Tensor gram = w.Size(0) <= w.Size(1) ? w.MatMul(w.T) : w.T.MatMul(w);
            Assert.That((gram - 4 * Tensor.Eye(gram.Size(0), type: DType.Float64)).Abs().Max().Item(),
                Is.LessThan(1e-12), $"{shape}");
        }
    }

    private static IEnumerable<TestCaseData> Layers()
    {
        yield return Case("Linear", type => new Linear(3, 2, type: type), [2, 3]);
        yield return Case("Linear, no bias", type => new Linear(3, 2, bias: false, type: type), [3]);
        yield return Case("BatchNorm1d", type => new BatchNorm1d(3, type: type), [2, 3]);
        yield return Case("BatchNorm1d, not affine", type => new BatchNorm1d(3, affine: false, type: type), [2, 3, 4]);
        yield return Case("LayerNorm", type => new LayerNorm([3], type: type), [2, 3]);
        yield return Case("GroupNorm", type => new GroupNorm(3, 3, type: type), [2, 3, 4]);
        yield return Case("PReLU", type => new PReLU(type: type), [2, 3]);
        yield return Case("PReLU, channels", type => new PReLU(3, type: type), [2, 3, 2]);

        static TestCaseData Case(string name, Func<DType, Module> layer, int[] shape) =>
            new TestCaseData(layer, shape).SetName($"{{m}}({name})");
    }

    [TestCaseSource(nameof(Layers))]
    public void A_layer_takes_no_other_floating_type(Func<DType, Module> make, int[] shape)
    {
        foreach ((DType own, DType other) in new[] { (DType.Float32, DType.Float64), (DType.Float64, DType.Float32) })
        {
            Module layer = make(own);
            Assert.That(() => layer.Forward(Tensor.Rand(shape, other)),
                Throws.ArgumentException.With.Message.Contains(other.DisplayName())
                .And.Message.Contains(own.DisplayName())
                .And.Message.Contains($"Convert the data with To(DType.{own}), or the module with To(DType.{other})."));
            layer.Eval();
            Assert.That(() => layer.Forward(Tensor.Rand(shape, other)), Throws.ArgumentException);
            Assert.That(layer.Forward(Tensor.Rand(shape, own)).DType, Is.EqualTo(own));
            if (layer is Linear or PReLU)
            {
                Assert.That(layer.Forward(Tensor.Ones(shape, DType.Int64)).DType, Is.EqualTo(own),
                    "integers take the layer's type");
            }

            layer.To(other);
            Assert.That(layer.Forward(Tensor.Rand(shape, other)).DType, Is.EqualTo(other));
        }
    }

    [Test]
    public void A_bilinear_layer_takes_no_other_floating_type()
    {
        Bilinear layer = new(2, 3, 4);
        Tensor a = Tensor.Rand([1, 2]), b = Tensor.Rand([1, 3]);
        Assert.That(layer.Forward(a, b).DType, Is.EqualTo(DType.Float32));
        Assert.That(() => layer.Forward(a.To(DType.Float64), b),
            Throws.ArgumentException.With.Message.StartsWith(
                "Bilinear: the input [1, 2] is float64 and the parameter weight [4, 2, 3] float32"));
        Assert.That(() => layer.Forward(a, b.To(DType.Float64)),
            Throws.ArgumentException.With.Message.Contains("the input [1, 3] is float64"));
    }
}
