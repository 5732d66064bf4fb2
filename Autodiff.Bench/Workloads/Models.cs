using Autodiff.Nn;

namespace Autodiff.Bench.Workloads;

/// <summary>The training workloads, each made anew from the same seed.</summary>
internal static class Models
{
    /// <summary>How to make each, by its key.</summary>
    public static IReadOnlyDictionary<string, Func<TrainingWorkload>> All { get; } =
        new Dictionary<string, Func<TrainingWorkload>>
    {
        ["x-squared"] = XSquared,
        ["linear-regression"] = LinearRegression,
        ["mlp"] = Mlp,
        ["logistic-regression"] = LogisticRegression,
        ["lab-network"] = LabNetwork,
    };

    /// <summary>
    /// Gradient descent on x². A learning rate of 1 sends x to -x: it never shrinks to a number that processors are
    /// slow with.
    /// </summary>
    public static TrainingWorkload XSquared()
    {
        Tensor x = Tensor.Scalar(3f).RequireGrad();
        return new("x-squared", "x² step", x, x, (_, _) =>
        {
            x.Grad = null;
            Tensor loss = x.Pow(2);
            loss.Backward();
            using (Tensor.NoGrad())
            {
                x.SubInPlace(x.Grad!, alpha: 1);
            }

            return loss;
        });
    }

    /// <summary>A line through 100 points.</summary>
    public static TrainingWorkload LinearRegression()
    {
        Tensor.ManualSeed(0);
        Tensor x = Tensor.Randn([100, 1]), y = (2 * x) + 1 + (0.5 * Tensor.Randn([100, 1]));
        return Trained("linear-regression", "linear regression step, 100x1", new Linear(1, 1), new MSELoss(), 0.1, x,
            y);
    }

    /// <summary>The labs' large network: 5000 samples of 20 features, four hidden layers of 256.</summary>
    public static TrainingWorkload LabNetwork() => LabNetwork(Device.Cpu);

    /// <summary>The same on any device.</summary>
    public static TrainingWorkload LabNetwork(Device device)
    {
        Tensor.ManualSeed(0);
        Sequential model = [];
        int width = 20;
        for (int layer = 0; layer < 4; layer++)
        {
            model.Add(new Linear(width, 256));
            model.Add(new ReLU());
            width = 256;
        }

        model.Add(new Linear(width, 1));
        return Trained("lab-network", "lab network step, 5000x20, 4x256", model.To(device), new MSELoss(), 1e-4,
            Tensor.Randn([5000, 20]).To(device), Tensor.Randn([5000, 1]).To(device));
    }

    /// <summary>Two digits of MNIST told apart, in shape: 13007 images of 784 pixels.</summary>
    public static TrainingWorkload LogisticRegression()
    {
        Tensor.ManualSeed(0);
        return Trained("logistic-regression", "MNIST logistic regression epoch, 13007x784, batch 500",
            new Linear(784, 1), new BCEWithLogitsLoss(), 0.01,
            Tensor.Rand([13007, 784]), (Tensor.Rand([13007, 1]) < 0.5).To(DType.Float32), batchSize: 500);
    }

    /// <summary>A perceptron for the ten digits of MNIST.</summary>
    public static TrainingWorkload Mlp()
    {
        Tensor.ManualSeed(0);
        return Trained("mlp", "MLP 784-256-10 step, batch 64", [new Linear(784, 256), new ReLU(), new Linear(256, 10)],
            new CrossEntropyLoss(), 0.01,
            Tensor.Rand([64, 784]), Tensor.RandInt(0, 10, [64]));
    }

    private static TrainingWorkload Trained(
        string key, string name, Sequential model, Loss loss, double rate, Tensor x, Tensor y, int batchSize = 0) =>
        Trained(key, name, (Module)model, loss, rate, x, y, batchSize);

    private static TrainingWorkload Trained(
        string key, string name, Module model, Loss loss, double rate, Tensor x, Tensor y, int batchSize = 0)
    {
        SGD optimizer = new(model.Parameters(), rate);
        return new(key, name, x, y, (input, target) =>
        {
            optimizer.ZeroGrad();
            Tensor error = loss.Forward(model.Forward(input), target);
            error.Backward();
            optimizer.Step();
            return error;
        }, batchSize);
    }
}
