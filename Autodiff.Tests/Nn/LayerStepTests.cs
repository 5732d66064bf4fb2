using Autodiff.Nn;
using Autodiff.Tests.Memory;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Steps with norms, pools, padding and interpolation replay with the eager bits.</summary>
public class LayerStepTests
{
    private static IEnumerable<TestCaseData> Networks()
    {
        yield return Case("batch norm and pools", () => new Sequential(
            new BatchNorm2d(4), new ReLU(), new MaxPool2d(3, 2, 1), new Dropout2d(0.3), new AvgPool2d(2),
            new AdaptiveAvgPool2d(2), new Flatten()));
        yield return Case("batch norm with the average of all batches", () => new Sequential(
            new BatchNorm2d(4, momentum: null), new Flatten()));
        yield return Case("group norm and padding", () => new Sequential(
            new ReflectionPad2d(1), new GroupNorm(2, 4), new CircularPad2d(1), new AdaptiveMaxPool2d(2),
            new Flatten()));
        yield return Case("instance norm and interpolation", () => new Sequential(
            new InstanceNorm2d(4, affine: true), new Upsample(scaleFactor: [1.5], mode: InterpolationMode.Bilinear),
            new LocalResponseNorm(2),
            new PixelShuffle(2), new AvgPool2d(12), new Flatten()));
        yield return Case("rows", () => new Sequential(
            new Flatten(), new LayerNorm([4 * 10 * 10]), new RMSNorm([4 * 10 * 10]), new AlphaDropout(0.2)));
    }

    private static TestCaseData Case(string name, Func<Module> make) => new TestCaseData(make).SetName(name);

    [TestCaseSource(nameof(Networks))]
    public void A_replay_has_the_bits_of_the_eager_step(Func<Module> make)
    {
        Assert.That(Train(make, compiled: true), Is.EqualTo(Train(make, compiled: false)));
    }

    [Test]
    public void A_grid_is_sampled_in_a_compiled_step()
    {
        Tensor theta = Tensor.From(new[,] { { 0.9f, 0.1f, 0 }, { -0.1f, 0.8f, 0.1f } }).Unsqueeze(0).RequireGrad();
        Tensor x = Tensor.Randn([1, 2, 6, 5], generator: new TorchGenerator(1));
        Tensor Step(Tensor image)
        {
            theta.Grad = null;
            Tensor loss = F.GridSample(image, F.AffineGrid(theta, [1, 2, 4, 4])).Square().Sum();
            loss.Backward();
            return loss;
        }

        float eager = Step(x).Item<float>();
        float[] gradient = theta.Grad!.ToArray<float>();
        using CompiledStep compiled = new(Step);
        for (int i = 0; i < 4; i++)
        {
            Assert.That(compiled.Run(x).Item<float>(), Is.EqualTo(eager));
            Assert.That(theta.Grad!.ToArray<float>(), Is.EqualTo(gradient));
        }

        Assert.That(compiled.EagerReason, Is.Null);
    }

    private static IEnumerable<TestCaseData> Penalised()
    {
        yield return Case("a GRU's cell", () => new GRUCell(5, 7));
        yield return Case("a plain cell", () => new RNNCell(5, 7));
        yield return Case("a response norm", () => new Sequential(new Unflatten(0, 2, 2), new LocalResponseNorm(3)));
        yield return Case("an activation", () => new Sequential(new Linear(5, 4), new GELU(), new Softplus(2)));
    }

    /// <summary>Rules that run on tensors use plain numbers as operands and as constants.</summary>
    [TestCaseSource(nameof(Penalised))]
    public void A_gradient_of_a_gradient_is_compiled(Func<Module> make)
    {
        Assert.That(Run(compiled: true), Is.EqualTo(Run(compiled: false)));

        float[] Run(bool compiled)
        {
            Tensor.ManualSeed(6);
            Module model = make();
            Tensor scale = Tensor.Ones([5]).RequireGrad();
            Tensor step(Tensor x)
            {
                (scale.Grad, Tensor z) = (null, x * scale);
                Tensor g = Autograd.Grad([model.Forward(z).Square().Sum()], [z], createGraph: true)[0]!;
                model.ZeroGrad();
                Tensor loss = g.Square().Sum();
                loss.Backward();
                return loss;
            }

            using CompiledStep? replay = compiled ? new(step) : null;
            List<float> values = [];
            for (int i = 0; i < 4; i++)
            {
                Tensor x = Tensor.Randn([4, 5], generator: new TorchGenerator(i + 1));
                values.Add((replay is null ? step(x) : replay.Run(x)).Item<float>());
                values.AddRange(model.Parameters().Append(scale).SelectMany(p => p.Grad!.ToArray<float>()));
            }

            Assert.That(replay?.EagerReason, Is.Null);
            return [.. values];
        }
    }

    [Test]
    public void A_table_learns_in_a_replay_that_allocates_nothing()
    {
        Embedding table = new(30, 4), wide = new(30, 1);
        SGD optimizer = new([table.Weight, wide.Weight], 0.1);
        using CompiledStep step = new(words =>
        {
            optimizer.ZeroGrad();
            Tensor loss = (table.Forward(words) * wide.Forward(words)).Square().Sum();
            loss.Backward();
            optimizer.Step();
            return loss;
        });
        Tensor words = Tensor.RandInt(30, [200], generator: new TorchGenerator(1));
        for (int i = 0; i < 4; i++)
        {
            step.Run(words);
        }

        Assert.That(step.EagerReason, Is.Null);
        Assert.That(Allocation.OfEachRound(() => step.Run(words)), Is.Zero);
    }

    private static float[] Train(Func<Module> make, bool compiled)
    {
        Tensor.ManualSeed(5);
        Module body = make();
        int width = body.Forward(Tensor.Zeros([2, 4, 10, 10])).Size(1);
        Sequential model = new(body, new Linear(width, 3));
        var optimizer = new SGD(model.Parameters(), 0.05, 0.9);
        Tensor step(Tensor x, Tensor t)
        {
            optimizer.ZeroGrad();
            Tensor loss = F.MSELoss(model.Forward(x), t);
            loss.Backward();
            optimizer.Step();
            return loss;
        }

        using CompiledStep? replay = compiled ? new(step) : null;
        List<float> losses = [];
        for (int i = 0; i < 6; i++)
        {
            Tensor x = Tensor.Randn([8, 4, 10, 10], generator: new TorchGenerator(i + 1));
            Tensor t = x.Mean([2, 3])[TensorIndex.Ellipsis, ..3];
            losses.Add((replay is null ? step(x, t) : replay.Run(x, t)).Item<float>());
        }

        Assert.That(replay?.EagerReason, Is.Null);
        return [.. losses, .. model.StateDict().Values.SelectMany(value => value.To(DType.Float32).ToArray<float>())];
    }
}
