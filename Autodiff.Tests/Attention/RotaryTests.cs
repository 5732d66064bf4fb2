using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Attention;

/// <summary>Rotary positions, and layers on every device.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class RotaryTests(string device) : DeviceFixture(device)
{
    [TestCase(true)]
    [TestCase(false)]
    public void Pairs_are_turned_by_their_position(bool interleaved)
    {
        var rotary = new RotaryPositionalEmbeddings(6, 20, theta: 100, interleaved, DType.Float64);
        Tensor x = GradientCheck.Sample([2, 3, 5, 6], 1);
        double[] values = x.ToArray<double>(), y = rotary.Forward(x).ToArray<double>();
        for (int row = 0; row < 30; row++)
        {
            for (int i = 0; i < 3; i++)
            {
                double angle = row % 5 * Math.Pow(100, -2.0 * i / 6);
                (int p, int q) = interleaved ? (2 * i, 2 * i + 1) : (i, i + 3);
                (double a, double b) = (values[row * 6 + p], values[row * 6 + q]);
                Assert.That(y[row * 6 + p], Is.EqualTo(a * Math.Cos(angle) - b * Math.Sin(angle)).Within(1e-14));
                Assert.That(y[row * 6 + q], Is.EqualTo(a * Math.Sin(angle) + b * Math.Cos(angle)).Within(1e-14));
            }
        }

        Tensor at = Tensor.From(4L, 3, 2, 1, 0).To(Device.Current);
        Tensor turned = rotary.Forward(x.Narrow(2, 2, 1).Expand(2, 3, 5, 6), at);
        Tensor third = rotary.Forward(x).Narrow(2, 2, 1).Squeeze(2);
        Assert.That(turned.Select(2, 2).ToArray<double>(), Is.EqualTo(third.ToArray<double>()));
    }

    [TestCase(DType.Float32, DType.Float64)]
    [TestCase(DType.Float64, DType.Float32)]
    public void A_token_keeps_its_type(DType type, DType ofAngles)
    {
        var rotary = new RotaryPositionalEmbeddings(4, type: ofAngles);
        Tensor x = Tensor.Ones([3, 4], type).RequireGrad(), y = rotary.Forward(x);
        Assert.That(y.DType, Is.EqualTo(type));
        Assert.That(y.ToArray<double>()[4], Is.EqualTo(Math.Cos(1) - Math.Sin(1)).Within(1e-7));
        y.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>()[4], Is.EqualTo(Math.Cos(1) + Math.Sin(1)).Within(1e-7));
    }

    [Test]
    public void Products_depend_on_the_distance_alone()
    {
        var rotary = new RotaryPositionalEmbeddings(8, 50, type: DType.Float64);
        Tensor q = GradientCheck.Sample([1, 8], 1).Expand(40, 8), k = GradientCheck.Sample([1, 8], 2).Expand(40, 8);
        double[] scores = rotary.Forward(q).MatMul(rotary.Forward(k).Transpose(0, 1)).ToArray<double>();
        for (int i = 0; i < 39; i++)
        {
            Assert.That(scores[(i + 1) * 41], Is.EqualTo(scores[0]).Within(1e-13));
        }

        GradientCheckResult result = Autograd.GradientCheck(
            x => rotary.Forward(x[0]), [GradientCheck.Sample([3, 8], 3).RequireGrad()], new(Order: 2));
        Assert.That(result.Passed, result.Message);
    }

    [Test]
    public void A_layer_gives_the_processors_numbers_on_every_device()
    {
        Tensor x = GradientCheck.Sample([2, 5, 8], 1).To(DType.Float32);
        Tensor padding = Tensor.From(new[,]
        {
            { false, false, false, false, true }, { false, false, true, true, true },
        });
        (double[] Y, double[] G) expected = Run(Device.Cpu), actual = Run(Device.Current);
        Assert.That(actual.Y, Is.EqualTo(expected.Y).Within(1e-5));
        Assert.That(actual.G, Is.EqualTo(expected.G).Within(2e-4));

        (double[] Y, double[] G) Run(Device where)
        {
            var layer = new TransformerEncoderLayer(
                8, 2, 12, dropout: 0.2, batchFirst: true, device: where, generator: new TorchGenerator(4));
            Tensor src = x.To(where), y = layer.Forward(src, null, padding.To(where), isCausal: true);
            y.Square().Sum().Backward();
            return (y.Detach().ToArray<double>(), layer.SelfAttn.InProjWeight!.Grad!.ToArray<double>());
        }
    }

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        AttentionTests.Refuses(() => _ = new RotaryPositionalEmbeddings(7), "positive and even");
        var rotary = new RotaryPositionalEmbeddings(4, 3);
        AttentionTests.Refuses(() => rotary.Forward(Tensor.Zeros([2, 6])), "[..., L, 4] with L up to 3");
        AttentionTests.Refuses(() => rotary.Forward(Tensor.Zeros([4, 4])), "with L up to 3");
        Tensor x = Tensor.Zeros([2, 3]), factors = Tensor.Zeros([2, 1]);
        AttentionTests.Refuses(() => F.RotaryEmbedding(x, factors, factors), "even number of features");
        Tensor wide = Tensor.Zeros([3, 1, 2]), token = Tensor.Zeros([2, 4]);
        AttentionTests.Refuses(() => F.RotaryEmbedding(token, wide, wide), "do not broadcast");
        AttentionTests.Refuses(() => F.RotaryEmbedding(token, wide[0], wide), "do not broadcast");
        AttentionTests.Refuses(() => _ = new MultiheadAttention(6, 4), "4 heads cannot share 6 features");
        var attention = new MultiheadAttention(4, 2);
        Tensor q = Tensor.Zeros([3, 2, 4]), k = Tensor.Zeros([5, 2, 4]);
        AttentionTests.Refuses(() => attention.Forward(q, k[0], k), "all [L, N, features]");
        AttentionTests.Refuses(() => attention.Forward(Tensor.Zeros([3, 2, 5]), k, k), "takes 4 features a query");
        AttentionTests.Refuses(() => attention.Forward(q, k, Tensor.Zeros([6, 2, 4])), "one value for each key");
        AttentionTests.Refuses(() => attention.Forward(q, Tensor.Zeros([5, 3, 4]), Tensor.Zeros([5, 3, 4])),
            "one batch");
        Tensor wrong = Tensor.Zeros([2, 4], DType.Bool);
        AttentionTests.Refuses(() => attention.Forward(q, k, k, wrong), "row of 5 keys");
        AttentionTests.Refuses(() => attention.Forward(q, k, k, attnMask: wrong), "[4, 3, 5]");
        AttentionTests.Refuses(() => attention.Forward(q, k, k, attnMask: Tensor.Zeros([3, 5], DType.Int64)), "int64");
        var transformer = new Transformer(4, 2, 1, 1, 4);
        AttentionTests.Refuses(() => transformer.Forward(q, Tensor.Zeros([3, 3, 4])), "must have one batch");
        AttentionTests.Refuses(() => _ = new TransformerEncoderLayer(4, 2, dropout: 2), "[0, 1]");
    }

    [Test]
    public void A_stack_begins_with_equal_layers_of_their_own()
    {
        var layer = new TransformerEncoderLayer(4, 2, 6, generator: new TorchGenerator(1)).Eval();
        layer.Linear1.Weight.RequiresGrad = false;
        var stack = new TransformerEncoder(layer, 2);
        Assert.That(stack.ParameterCount, Is.EqualTo(2 * layer.ParameterCount));
        float[] of(TransformerEncoderLayer l) => l.Linear2.Weight.ToArray<float>();
        Assert.That(of(stack.Layers[0]), Is.EqualTo(of(layer)));
        Assert.That(of(stack.Layers[1]), Is.EqualTo(of(layer)));
        Assert.That(stack.Layers[0].IsTraining, Is.False);
        Assert.That(stack.Layers[1].Linear1.Weight.RequiresGrad, Is.False);
        using (Tensor.NoGrad())
        {
            stack.Layers[0].Linear2.Weight.Zero();
        }

        Assert.That(of(stack.Layers[1]), Is.EqualTo(of(layer)));
        Assert.That(new TransformerEncoder(layer, 0).Forward(Tensor.Ones([3, 1, 4])).ToArray<float>(),
            Is.All.EqualTo(1));
    }
}
