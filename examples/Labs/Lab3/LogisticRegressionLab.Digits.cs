using Autodiff.Nn;

namespace Labs.Lab3;

// The ones and the sevens.
internal sealed partial class LogisticRegressionLab
{
    /// <summary>Loaders whose only batch is all there is, in a new order each pass.</summary>
    private sealed record Digits(DataLoader Train, DataLoader Test);

    private static Digits LoadDigits(LabContext lab)
    {
        var train = Load(MnistSplit.Train);
        var test = Load(MnistSplit.Test);
        lab.Check("dataset", "ones and sevens", train.Count, test.Count);

        // In the whole of MNIST this image has the number 42.
        var example = train.ToImageTensor()[10, 0];
        lab.Output("size", $"An MNIST sample has size ({example.Size(0)}, {example.Size(1)})");
        lab.Figure("one-or-seven", new Image("One or seven?", Pixels(example)) { ShowScale = false, Height = 360 });
        return new Digits(Loader(train), Loader(test));
    }

    private static Mnist Load(MnistSplit part) => OnesAndSevens.Load(part).MapLabels(digit => digit == 1 ? 1 : 0);

    private static DataLoader Loader(Mnist digits) => new(
        new TensorDataset(digits.ToImageTensor(), digits.ToLabelTensor()),
        batchSize: digits.Count, shuffle: true);

    private static void LookAtDigits(LabContext lab, Digits digits)
    {
        #region warm-up
        var (images, labels) = digits.Train.First();
        #endregion

        const int rows = 4, columns = 8;
        int[] all = [.. Enumerable.Range(0, rows * columns)];
        string[] names = [.. labels[..all.Length].ToArray<int>().Select(label => label == 1 ? "1" : "7")];
        lab.Figure("warm-up", new LiveFigure("How well do you do?", "digits",
            new DigitGrid("How well do you do?", [.. all.Select(i => Pixels(images[i]))], columns: columns))
        {
            Height = 320,
            Scripts = [EmbeddedText.Read("Lab3/digits.js")],
            Controls = [new Slider("columns", "columns", 1, columns, 4), new Slider("rows", "rows", 1, rows, 3),
                new Toggle("answers", "show the answers")],
            Data = new()
            {
                ["said"] = "{shown} images.",
                ["sets"] = new Dictionary<string, object?>
                {
                    ["training"] = new Dictionary<string, object?>
                    {
                        ["pixels"] = Greys(images, all), ["captions"] = names,
                    },
                },
            },
        });
        string answers = string.Join("\n\n", names.Chunk(columns).Select(row => string.Join("  ", row)));
        lab.Value("answers", $"{answers}");
    }

    /// <summary>The greys of some images, one of sixteen a pixel, as hexadecimal digits.</summary>
    private static string Greys(Tensor images, int[] which) => string.Concat(which.SelectMany(i =>
        images[i].ToArray<float>().Select(v => "0123456789abcdef"[(int)Math.Round((v * 0.3081 + 0.1307) * 15)])));

    private static Grid Pixels(Tensor image) => Grid.FromRowMajor(image.ToArray<float>(), Mnist.Rows, Mnist.Columns);
}
