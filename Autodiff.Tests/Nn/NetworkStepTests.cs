using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Memory;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Steps of whole networks: a replay has the eager bits, and the processor's allocates nothing.</summary>
[TestFixture, NonParallelizable]
public class NetworkStepTests
{
    private static readonly int[] s_lengths = [5, 3, 6, 1];

    /// <summary>A network, what takes its result and a target to a loss, and a batch.</summary>
    public sealed record Network(
        string Name, Func<Module> Make, Func<Module, Tensor, Tensor, Tensor> Loss,
        Func<int, (Tensor X, Tensor T)> Batch, Func<IEnumerable<Tensor>, Optimizer> Optimizer)
    {
        public override string ToString() => Name;
    }

    private static IEnumerable<Network> Networks()
    {
        foreach ((string name, Func<IEnumerable<Tensor>, Optimizer> optimizer) in
            new (string, Func<IEnumerable<Tensor>, Optimizer>)[]
            {
                ("Adam", parameters => new Adam(parameters, 0.01)),
                ("SGD", parameters => new SGD(parameters, 0.05, momentum: 0.9)),
            })
        {
            yield return new($"a CNN by {name}", Cnn,
                (model, x, t) => F.CrossEntropyLoss(model.Forward(x), t),
                i => (Tensor.Randn([6, 2, 8, 8], generator: new TorchGenerator(i)),
                    Tensor.RandInt(3, [6], generator: new TorchGenerator(i))), optimizer);
            yield return new($"an LSTM by {name}", () => new Tagger(),
                (model, x, t) => F.MSELoss(model.Forward(x), t),
                i => (Tensor.Randn([4, 6, 3], generator: new TorchGenerator(i)),
                    Tensor.Randn([4, 6, 2], generator: new TorchGenerator(i + 100))), optimizer);
        }
    }

    private static Sequential Cnn() =>
    [
        new Conv2d(2, 4, 3, padding: 1), new BatchNorm2d(4), new ReLU(), new MaxPool2d(2),
        new Conv2d(4, 6, 3, padding: 1, bias: false), new BatchNorm2d(6), new ReLU(), new MaxPool2d(2),
        new Dropout(0.3), new Flatten(), new Linear(24, 3),
    ];

    /// <summary>Two layers with dropout between them, and a linear one, over sequences of several lengths.</summary>
    private sealed class Tagger : Module
    {
        private readonly LSTM _lstm = new(3, 5, numLayers: 2, dropout: 0.4, batchFirst: true);
        private readonly Linear _head = new(5, 2);

        public Tagger()
        {
            RegisterModule("lstm", _lstm);
            RegisterModule("head", _head);
        }

        public override Tensor Forward(Tensor x)
        {
            PackedSequence packed =
                RnnUtils.PackPaddedSequence(x, s_lengths, batchFirst: true, enforceSorted: false);
            return _head.Forward(RnnUtils.PadPackedSequence(_lstm.Forward(packed).Output, batchFirst: true).Output);
        }
    }

    [Test]
    public void A_replay_has_the_bits_of_the_eager_step(
        [ValueSource(nameof(Networks))] Network network, [Values("cpu", "cuda")] string device)
    {
        ArgumentNullException.ThrowIfNull(network);
        using IDisposable scope = Device.Use(EmulatedCuda.ByName(device));
        Assert.That(Train(compiled: true), Is.EqualTo(Train(compiled: false)));

        float[] Train(bool compiled)
        {
            Tensor.ManualSeed(3);
            (Module model, Func<Tensor, Tensor, Tensor> step) = Step(network);
            using CompiledStep? replay = compiled ? new(step) : null;
            List<float> losses = [];
            for (int i = 0; i < 6; i++)
            {
                (Tensor x, Tensor t) = network.Batch(i);
                losses.Add((replay is null ? step(x, t) : replay.Run(x, t)).Item<float>());
            }

            Assert.That(replay?.EagerReason, Is.Null);
            return [.. losses,
                .. model.StateDict().Values.SelectMany(value => value.To(DType.Float32).ToArray<float>())];
        }
    }

    [TestCaseSource(nameof(Networks))]
    public void A_replay_allocates_nothing(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        using CompiledStep step = new(Step(network).Step);
        (Tensor x, Tensor t) = network.Batch(1);
        Allocation.RequireNoneOfReplays(step, x, t);
    }

    private static (Module Model, Func<Tensor, Tensor, Tensor> Step) Step(Network network)
    {
        Module model = network.Make();
        Optimizer optimizer = network.Optimizer(model.Parameters());
        return (model, (x, t) =>
        {
            optimizer.ZeroGrad();
            Tensor loss = network.Loss(model, x, t);
            loss.Backward();
            optimizer.Step();
            return loss;
        });
    }
}
