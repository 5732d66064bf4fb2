using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Convolutions;

/// <summary>Networks of convolutions, trained from a seed: every loss is PyTorch's.</summary>
[TestFixture, NonParallelizable]
public class ConvolutionTraceTests
{
    private static readonly JsonElement Runs = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "Fixtures", "convolutions.json"))).RootElement.GetProperty("runs");

    private static IEnumerable<string> Names =>
        Runs.EnumerateArray().Select(run => run.GetProperty("name").GetString()!);

    [TestCaseSource(nameof(Names))]
    public void Every_loss_is_PyTorchs(string name)
    {
        double[] expected = [.. Runs.EnumerateArray().First(run => run.GetProperty("name").GetString() == name)
            .GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
        double[] losses = name switch
        {
            "images" => Train(21, [16, 1, 12, 12], 5, () => new Sequential(
                new Conv2d(1, 8, 3, padding: 1), new ReLU(),
                new Conv2d(8, 16, (3, 5), stride: 2, padding: (1, 2), groups: 2), new ReLU(),
                new Conv2d(16, 16, 3, padding: ConvPadding.Same, groups: 16, paddingMode: PadMode.Reflect), new ReLU(),
                new Flatten(), new Linear(16 * 36, 5)), p => new SGD(p, 0.05, momentum: 0.9)),
            "sequences" => Train(22, [8, 3, 20], 0, () => new Sequential(
                new Conv1d(3, 12, 5, stride: 2, padding: 4, dilation: 2), new Tanh(),
                new ConvTranspose1d(12, 3, 4, stride: 2, padding: 1)), p => new Adam(p, 0.01)),
            "volumes" => Train(23, [4, 2, 6, 7, 8], 0, () => new Sequential(
                new Conv3d(2, 6, 3, stride: (1, 2, 2), padding: 1), new ReLU(),
                new ConvTranspose3d(6, 2, 3, stride: (1, 2, 2), padding: 1, outputPadding: (0, 0, 1))),
                p => new Adam(p, 0.01)),
            "batch norms and pools" => Train(25, [12, 3, 12, 12], 4, () => new Sequential(
                new Conv2d(3, 8, 3, padding: 1), new BatchNorm2d(8), new ReLU(), new MaxPool2d(2), new Conv2d(8, 12, 3),
                new BatchNorm2d(12), new ReLU(), new AvgPool2d(2), new Flatten(), new Linear(48, 4)),
                p => new SGD(p, 0.05, momentum: 0.9)),
            "a DCGAN pair" => TrainPair(26),
            _ => Train(24, [4, 6, 9, 9], 0, () => new Sequential(
                new Conv2d(6, 12, 3, stride: 2, padding: 1, paddingMode: PadMode.Circular, bias: false), new Tanh(),
                new ConvTranspose2d(12, 6, 3, stride: 2, padding: 1, groups: 3)), p => new SGD(p, 0.5)),
        };
        Assert.That(losses[0], Is.EqualTo(expected[0]).Within(4e-7 * expected[0]), "the first shows data and weights");
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.That(losses[i], Is.EqualTo(expected[i]).Within(2e-5 * expected[i]), $"loss {i}");
        }
    }

    private static double[] Train(
        long seed, int[] shape, int classes, Func<Sequential> make, Func<IEnumerable<Tensor>, Optimizer> optimize)
    {
        Tensor.ManualSeed(seed);
        Tensor x = Tensor.Randn(shape);
        Tensor y = classes > 0 ? Tensor.RandInt(classes, [shape[0]]) : x;
        Sequential model = make();
        Optimizer optimizer = optimize(model.Parameters());
        Loss error = classes > 0 ? new CrossEntropyLoss() : new MSELoss();
        double[] losses = new double[20];
        for (int i = 0; i < losses.Length; i++)
        {
            Tensor loss = error.Forward(model.Forward(x), y);
            losses[i] = loss.Item();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        return losses;
    }

    /// <summary>
    /// Images from noise against a judge of images (A. Radford et al., 2015): the losses of both, in turn.
    /// </summary>
    private static double[] TrainPair(long seed)
    {
        Tensor.ManualSeed(seed);
        Tensor real = Tensor.Randn([8, 1, 16, 16]).Tanh();
        Sequential generator = new(
            new ConvTranspose2d(8, 16, 4, bias: false), new BatchNorm2d(16), new ReLU(),
            new ConvTranspose2d(16, 8, 4, stride: 2, padding: 1, bias: false), new BatchNorm2d(8), new ReLU(),
            new ConvTranspose2d(8, 1, 4, stride: 2, padding: 1, bias: false), new Tanh());
        Sequential judge = new(
            new Conv2d(1, 8, 4, stride: 2, padding: 1, bias: false), new LeakyReLU(0.2),
            new Conv2d(8, 16, 4, stride: 2, padding: 1, bias: false), new BatchNorm2d(16), new LeakyReLU(0.2),
            new Conv2d(16, 1, 4, bias: false), new Sigmoid());
        foreach (Sequential model in new[] { generator, judge })
        {
            foreach (Tensor parameter in model.Parameters().Where(p => p.Rank == 4 || p.ToArray<float>()[0] == 1))
            {
                Init.Normal(parameter, parameter.Rank == 4 ? 0 : 1, 0.02);
            }
        }

        Adam ofGenerator = new(generator.Parameters(), 0.002, 0.5), ofJudge = new(judge.Parameters(), 0.002, 0.5);
        BCELoss error = new();
        Tensor ones = Tensor.Ones([8]), zeros = Tensor.Zeros([8]);
        double[] losses = new double[40];
        for (int i = 0; i < losses.Length; i += 2)
        {
            ofJudge.ZeroGrad();
            Tensor fake = generator.Forward(Tensor.Randn([8, 8, 1, 1]));
            Tensor loss = error.Forward(judge.Forward(real).Flatten(), ones)
                + error.Forward(judge.Forward(fake.Detach()).Flatten(), zeros);
            loss.Backward();
            ofJudge.Step();
            ofGenerator.ZeroGrad();
            Tensor wanted = error.Forward(judge.Forward(fake).Flatten(), ones);
            wanted.Backward();
            ofGenerator.Step();
            (losses[i], losses[i + 1]) = (loss.Item(), wanted.Item());
        }

        return losses;
    }
}
