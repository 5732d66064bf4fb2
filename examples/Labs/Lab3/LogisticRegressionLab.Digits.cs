using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// The ones and the sevens.
internal sealed partial class LogisticRegressionLab
{
    /// <summary>Loaders whose only batch is all there is, in a new order each pass.</summary>
    private sealed record Digits(DataLoader Train, DataLoader Test);

    private static Digits LoadDigits(LabContext lab)
    {
        lab.Section("Ones and sevens");
        lab.Text(
            """
            MNIST holds 70,000 handwritten digits of 28 × 28 pixels. We take two kinds only and ask: is this a one
            (label 1) or a seven (label 0)? Pixels are normalised with the mean and the deviation of the whole of MNIST.
            """);
        lab.Source(nameof(Load));
        var train = Load("train");
        var test = Load("t10k");
        lab.Check("dataset", "ones and sevens", train.Count, test.Count);
        lab.Source(nameof(Loader));

        // In the whole of MNIST this image has the number 42.
        lab.Figure(
            new Image("One or seven?", Pixels(train.ToImageTensor()[10])) { ShowScale = false, Height = 360 },
            "That is the question of this lab.");
        return new Digits(Loader(train), Loader(test));
    }

    private static Mnist Load(string part)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Data");
        return Mnist.FromFiles(
                Path.Combine(folder, $"{part}-images-1-7.idx3-ubyte.gz"),
                Path.Combine(folder, $"{part}-labels-1-7.idx1-ubyte.gz"))
            .MapLabels(digit => digit == 1 ? 1 : 0);
    }

    private static DataLoader Loader(Mnist digits) => new(
        new TensorDataset(digits.ToImageTensor(), digits.ToLabelTensor()),
        batchSize: digits.Count, shuffle: true);

    private static void LookAtDigits(LabContext lab, Digits digits)
    {
        lab.Exercise("**Warm-up.** Put some samples in a grid and classify them yourself. What is your accuracy?");
        #region warm-up
        var (images, labels) = digits.Train.First();
        #endregion
        lab.Source("warm-up");
        const int rows = 4, columns = 8;
        lab.Figure(new DigitGrid("How well do you do?",
            [.. Enumerable.Range(0, rows * columns).Select(i => Pixels(images[i]))], columns: columns));
        string answers = string.Join("\n\n", labels[..(rows * columns)].ToArray<int>()
            .Select(label => label == 1 ? '1' : '7').Chunk(columns).Select(row => string.Join("  ", row)));
        lab.Question("The answers, row by row", answers);
        lab.Text("Most people miss none or one of them. That is how much intelligence the task asks for.");
    }

    private static Grid Pixels(Tensor image) => Grid.FromRowMajor(image.ToArray<float>(), Mnist.Rows, Mnist.Columns);
}
