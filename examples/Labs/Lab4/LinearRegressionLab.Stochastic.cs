using System.Globalization;

namespace Labs.Lab4;

// Minibatches and single observations: exercise 4, as meant and as published.
internal sealed partial class LinearRegressionLab
{
    private static readonly Tensor s_moreInputs = Tensor.From(new float[,]
    {
        { 73, 67, 43 }, { 91, 88, 64 }, { 87, 134, 58 }, { 102, 43, 37 }, { 69, 96, 70 },
        { 74, 66, 43 }, { 91, 87, 65 }, { 88, 134, 59 }, { 101, 44, 37 }, { 68, 96, 71 },
        { 73, 66, 44 }, { 92, 87, 64 }, { 87, 135, 57 }, { 103, 43, 36 }, { 68, 97, 70 },
    });

    private static readonly Tensor s_moreTargets = Tensor.From(new float[,]
    {
        { 56, 70 }, { 81, 101 }, { 119, 133 }, { 22, 37 }, { 103, 119 },
        { 57, 69 }, { 80, 102 }, { 118, 132 }, { 21, 38 }, { 104, 118 },
        { 57, 69 }, { 82, 100 }, { 118, 134 }, { 20, 38 }, { 102, 120 },
    });

    private static void TrainInBatches(LabContext lab)
    {
        var plot = new Plot("Loss after each epoch", "epoch", "mean squared error") { LogY = true };
        var rows = new List<object?[]>();
        var times = new Dictionary<int, TimeSpan>();
        Train(Begin((w, b) => new PlainDescent(w, b)), batchSize: 1);        // so that none is timed while it compiles
        foreach (var (name, row, size) in new[] { ("full batch", "GD (batch 15)", 15),
            ("minibatches of 5", "minibatch 5", 5), ("SGD", "SGD (batch 1)", 1) })
        {
            List<double> losses = [];
            var time = LabContext.Time(() => losses = Train(Begin((w, b) => new PlainDescent(w, b)), size));
            lab.Check("exercise 4", row, losses[0], losses[^1]);
            plot.Line(losses, name);
            rows.Add([name, 15 / size, losses[^1], Milliseconds(time)]);
            times[size] = time;
        }

        lab.Table("batches", ["", "steps an epoch", "loss after 100 epochs", "time of all epochs"], rows);
        lab.Value("time-by-1", $"{Milliseconds(times[1])}");
        lab.Value("time-by-15", $"{Milliseconds(times[15])}");
        lab.Figure("batches", plot);
    }

    /// <summary>The loss before the first and after each epoch.</summary>
    private static List<double> Train(PlainDescent optimizer, int batchSize, int epochs = 100)
    {
        int count = s_moreInputs.Size(0);
        List<double> losses = [optimizer.Loss(s_moreInputs, s_moreTargets).Item()];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (var batch in Tensor.RandPerm(count).Chunk(count / batchSize))
            {
                optimizer.Step(s_moreInputs[batch], s_moreTargets[batch]);
            }

            losses.Add(optimizer.Loss(s_moreInputs, s_moreTargets).Item());
        }

        return losses;
    }

    /// <summary>The same random start, and the same order of observations, for every method.</summary>
    private static PlainDescent Begin(Func<Tensor, Tensor, PlainDescent> method)
    {
        Tensor.ManualSeed(0);
        return method(Tensor.Randn([2, 3]).RequireGrad(), Tensor.Randn([2]).RequireGrad());
    }

    private static void ShuffleAsPublished(LabContext lab)
    {
        var plot = new Plot("SGD with three shuffles", "epoch", "each one's own loss") { LogY = true };
        int[] distinct = [];
        var asPublished = TrainOnShuffledInputs(inputs => ShuffleLikeNumPy(inputs, new NumpyRandomState(0)),
            ref distinct);
        int[] all = [];
        var inputsAlone = TrainOnShuffledInputs(inputs => inputs.CopyFrom(inputs[Tensor.RandPerm(inputs.Size(0))]),
            ref all);
        double variance = (s_moreTargets - s_moreTargets.Mean(0)).Square().Mean().Item();
        lab.Figure("shuffles", plot
            .Line(asPublished, "as published", Palette.Vermilion)
            .Line(inputsAlone, "inputs alone, properly", Palette.Amber)
            .Line(Train(Begin((w, b) => new PlainDescent(w, b)), 1), "indices, as meant", Palette.Green)
            .HorizontalLine(variance, "variance of the yields"));
        int gone = Array.IndexOf(distinct, 1);
        lab.Value("gone", $"{gone}");
        lab.Figure("rows-left", new Plot("Different rows left in the inputs", "epoch",
                "rows") { XRange = (0, Math.Min(100, gone + 10)) }.Line(distinct));
        lab.Value("variance", $"{variance:F4}");
    }

    /// <summary>NumPy's shuffle of a tensor's rows, which are views.</summary>
    private static void ShuffleLikeNumPy(Tensor x, NumpyRandomState random)
    {
        for (int i = x.Size(0) - 1; i > 0; i--)
        {
            int j = (int)random.RandInt(0, i + 1);
            var (rowI, rowJ) = (x[i], x[j]);
            rowI.CopyFrom(rowJ);
            rowJ.CopyFrom(rowI);
        }
    }

    private static List<double> TrainOnShuffledInputs(Action<Tensor> shuffle, ref int[] distinct)
    {
        var optimizer = Begin((w, b) => new PlainDescent(w, b));
        var inputs = s_moreInputs.Clone();
        List<double> losses = [optimizer.Loss(s_moreInputs, s_moreTargets).Item()];
        List<int> rows = [inputs.Size(0)];
        for (int epoch = 0; epoch < 100; epoch++)
        {
            shuffle(inputs);
            for (int i = 0; i < inputs.Size(0); i++)
            {
                optimizer.Step(inputs[i], s_moreTargets[i]);
            }

            losses.Add(optimizer.Loss(inputs, s_moreTargets).Item());
            rows.Add(inputs.Unbind().Select(row => string.Join(' ', row.ToArray<float>())).Distinct().Count());
        }

        distinct = [.. rows];
        return losses;
    }

    private static string Milliseconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F1} ms");
}
