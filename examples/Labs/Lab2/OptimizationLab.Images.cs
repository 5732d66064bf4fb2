using Autodiff.Nn;

namespace Labs.Lab2;

// The lab's open end: images, convolutions, overfitting, augmentation.
internal sealed partial class OptimizationLab
{
    private const int MaxShift = 4;

    private static readonly string[] s_columns =
        ["network", "training images", "right on them", "on test images", "on shifted ones", "lowest", "highest"];

    /// <summary>Images to learn from, and others to be tested on: as they are, and shifted.</summary>
    private sealed record ImageData(Tensor X, Tensor Y, Tensor TestX, Tensor TestShifted, Tensor TestY);

    /// <summary>Accuracies at the end, in percent, and the losses by epoch where they are watched.</summary>
    private sealed record Learned(
        double Training, double Test, double Shifted, List<double> Losses, List<double> Tests);

    private static void LearnImages(LabContext lab)
    {
        var digits = ImagesOf(OnesAndSevens.Load(MnistSplit.Train), OnesAndSevens.Load(MnistSplit.Test), count: 200);
        lab.Figure("shifted", new DigitGrid("Test digits as they are, and shifted", [
            .. Tensor.Cat([digits.TestX[..8], digits.TestShifted[..8]]).ToArray<float>()
                .Chunk(Mnist.Rows * Mnist.Columns),
        ]));
        lab.Output("networks", $"{Perceptron()}\n\n{Convolutional()}");
        var (rows, curves, right) = CompareOnImages(lab, "digits", digits, seeds: 5);
        lab.Table("digits", s_columns, rows);
        lab.Figure("digits-loss", curves);
        double[] gains = [right[1] - right[0], right[3] - right[2]];
        lab.Check("images", "200 digits", right);
        lab.Check("images", "what augmentation", -gains[0], -gains[1]);
        lab.Value("perceptron-gain", $"{gains[0]:F0}");
        lab.Value("convolutional-gain", $"{gains[1]:F0}");

        var (fashion, said) = FashionMnist.Load(lab.Cancellation);
        if (fashion is { } parts)
        {
            lab.Value("fashion", $"This run has Fashion-MNIST: {said}. Its results stand last.");
            var data = ImagesOf(parts.Train, parts.Test, count: 1000);
            (rows, curves, _) = CompareOnImages(lab, "clothes", data, seeds: 1);
            lab.Table("fashion", s_columns, rows);
            lab.Figure("fashion-loss", curves);
        }
        else
        {
            lab.Value("fashion", $"This run has digits alone: there is no Fashion-MNIST, since {said}.");
            lab.Without("table", "fashion", $"No Fashion-MNIST here: {said}.");
            lab.Without("figure", "fashion-loss", "Its losses would stand here.");
        }
    }

    private static ImageData ImagesOf(Mnist train, Mnist test, int count)
    {
        Tensor.ManualSeed(0);
        train = train.Subset([.. Enumerable.Range(0, count)]);
        test = test.Subset([.. Enumerable.Range(0, 1000)]);
        var testX = test.ToImageTensor();
        return new(train.ToImageTensor(), train.ToLabelTensor(), testX, Shifted(testX), test.ToLabelTensor());
    }

    /// <summary>
    /// Both networks without augmentation and with it: a table's rows, losses, and the percentages of shifted images
    /// that are right.
    /// </summary>
    private static (List<object?[]> Rows, Variants Curves, double[] Right) CompareOnImages(
        LabContext lab, string name, ImageData data, int seeds)
    {
        const int epochs = 20;
        var curves = new Variants($"Losses on {name}", "network");
        var rows = new List<object?[]>();
        var accuracies = new List<double>();
        (string, Func<Sequential>)[] networks = [("perceptron", Perceptron), ("convolutional", Convolutional)];
        using var progress = lab.Progress($"Learning {name}", networks.Length * 2 * seeds);
        foreach (var (network, make) in networks)
        {
            var plot = new Plot($"Loss, {network}", "epoch", "cross entropy") { LogY = true };
            foreach (bool augment in new[] { false, true })
            {
                var runs = new List<Learned>();
                for (int seed = 0; seed < seeds; seed++)
                {
                    Tensor.ManualSeed(seed);
                    runs.Add(TrainOnImages(make(), data, augment, epochs, watch: seed == 0));
                    progress.Advance();
                }

                string how = augment ? "augmented" : "as they are", colour = augment ? Palette.Blue : Palette.Vermilion;
                plot.Line(Series.Count0(epochs, 1), runs[0].Losses, $"training images, {how}", colour, "dash");
                plot.Line(Series.Count0(epochs, 1), runs[0].Tests, $"shifted test images, {how}", colour);
                accuracies.Add(runs.Average(run => run.Shifted));
                rows.Add([network, how, .. new[]
                {
                    runs.Average(run => run.Training), runs.Average(run => run.Test), accuracies[^1],
                    runs.Min(run => run.Shifted), runs.Max(run => run.Shifted),
                }.Select(percent => $"{percent:F1} %")]);
            }

            curves.Add(plot, network);
        }

        return (rows, curves, [.. accuracies]);
    }

    private static Sequential Perceptron() =>
    [
        new Flatten(), new Linear(Mnist.Rows * Mnist.Columns, 64), new ReLU(), new Linear(64, 10),
    ];

    private static Sequential Convolutional() =>
    [
        new Conv2d(1, 8, kernelSize: 3, padding: 1), new ReLU(), new MaxPool2d(2),      // 8 maps of 14 x 14
        new Conv2d(8, 16, kernelSize: 3, padding: 1), new ReLU(), new MaxPool2d(2),     // 16 maps of 7 x 7
        new Flatten(), new Linear(16 * 7 * 7, 10),
    ];

    /// <summary>Each image moved by its own number of pixels in both directions.</summary>
    private static Tensor Shifted(Tensor images)
    {
        int[] by = Tensor.RandInt(0, 2 * MaxShift + 1, [images.Size(0), 2]).ToArray<int>();
        var framed = images.Pad([MaxShift, MaxShift, MaxShift, MaxShift], value: images.Min().Item());
        return Tensor.Stack([.. Enumerable.Range(0, images.Size(0)).Select(i =>
            framed[i].Narrow(1, by[2 * i], Mnist.Rows).Narrow(2, by[2 * i + 1], Mnist.Columns))]);
    }

    private static Learned TrainOnImages(Sequential model, ImageData data, bool augment, int epochs, bool watch)
    {
        var optimizer = new Adam(model.Parameters(), learningRate: 0.002);
        var loader = new DataLoader(new TensorDataset(data.X, data.Y), batchSize: 50, shuffle: true);
        List<double> losses = [], tests = [];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var (x, y) in loader)
            {
                var loss = Functional.CrossEntropyLoss(model.Forward(augment ? Shifted(x) : x), y);
                loss.Backward();
                optimizer.Step();
                optimizer.ZeroGrad();
            }

            if (watch)
            {
                losses.Add(Measure(data.X, data.Y).Loss);
                tests.Add(Measure(data.TestShifted, data.TestY).Loss);
            }
        }

        return new(
            Measure(data.X, data.Y).Right, Measure(data.TestX, data.TestY).Right,
            Measure(data.TestShifted, data.TestY).Right, losses, tests);

        (double Loss, double Right) Measure(Tensor x, Tensor y)
        {
            using var _ = Tensor.NoGrad();
            var scores = model.Forward(x);
            return (Functional.CrossEntropyLoss(scores, y).Item(),
                100 * scores.ArgMax(1).Eq(y).To(DType.Float64).Mean().Item());
        }
    }
}
