using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Nn;

/// <summary>Whole training runs from a seed, loss by loss as PyTorch printed them.</summary>
[TestFixture, NonParallelizable]
public class TrainingTraceTests
{
    private static readonly JsonElement Runs = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "Fixtures", "training.json"))).RootElement.GetProperty("runs");

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Runs.GetArrayLength());

    [TestCaseSource(nameof(Numbers))]
    public void Every_loss_of_a_run_is_PyTorchs(int number)
    {
        JsonElement run = Runs[number];
        double[] expected = JsonFixture.Doubles(run.GetProperty("losses"));
        double[] losses = Train(run, expected.Length);
        Assert.That(losses[0], Is.EqualTo(expected[0]).Within(2e-7 * expected[0]),
            "the first loss shows data and weights");
        for (int i = 0; i < losses.Length; i++)
        {
            Assert.That(losses[i], Is.EqualTo(expected[i]).Within(2e-5 * expected[i]), $"loss {i}");
        }
    }

    private static double[] Train(JsonElement run, int steps)
    {
        int samples = run.GetProperty("samples").GetInt32(), features = run.GetProperty("features").GetInt32(),
            classes = run.GetProperty("classes").GetInt32();
        Tensor.ManualSeed(run.GetProperty("seed").GetInt64());
        Tensor x = Tensor.Randn([samples, features]);
        Tensor y = classes > 0
            ? Tensor.RandInt(classes, [samples])
            : x.Sum(1, keepDim: true) * 0.5 + Tensor.Randn([samples, 1]) * 0.1;
        Sequential model = [];
        int width = features;
        foreach (int hidden in run.GetProperty("hidden").EnumerateArray().Select(h => h.GetInt32()))
        {
            model.Add(new Linear(width, hidden));
            model.Add(new ReLU());
            width = hidden;
        }

        model.Add(new Linear(width, Math.Max(classes, 1)));
        JsonElement options = run.GetProperty("options");
        double rate = options.GetProperty("lr").GetDouble();
        Optimizer optimizer = run.GetProperty("optimizer").GetString() == "Adam"
            ? new Adam(model.Parameters(), rate)
            : new SGD(model.Parameters(), rate,
                options.TryGetProperty("momentum", out JsonElement momentum) ? momentum.GetDouble() : 0);
        Loss lossFunction = classes > 0 ? new CrossEntropyLoss() : new MSELoss();
        double[] losses = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            Tensor loss = lossFunction.Forward(model.Forward(x), y);
            losses[i] = loss.Item();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        return losses;
    }
}
