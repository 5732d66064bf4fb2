namespace Labs.Lab4;

// Why the document's losses of exercise 5 are lower than ours: where it began, and how heavy its ball was.
internal sealed partial class LinearRegressionLab
{
    private const int Starts = 4000;
    private const double Published = 2.2992875576019287;

    private static void BeginElsewhere(LabContext lab, List<double> ours, double ourStart)
    {
        lab.Table("published", ["", "published", "ours"],
        [
            ["loss at the start", 28292.6953125, ourStart],
            ["SGD, after 100 epochs", Published, ours[0]],
            ["momentum", 1.1301101446151733, ours[1]],
            ["Nesterov", 1.1042059659957886, ours[2]],
        ]);

        #region starts
        var plain = TrainFromManyStarts(gamma: 0);
        double median = plain.Median().Item(), share = (plain <= Published).To(DType.Float64).Mean().Item();
        var alike = (plain - Published).Abs() < 0.15;
        var light = TrainFromManyStarts(gamma: 0.1)[alike];
        var heavy = TrainFromManyStarts(gamma: 0.5)[alike];
        #endregion

        lab.Check("exercise 5", "SGD from 4000 starts", median, share);
        lab.Check("exercise 5", "momentum 0.1 from those", Spread(light));
        lab.Check("exercise 5", "momentum 0.5 from those", Spread(heavy));
        lab.Figure("many-starts",
            new Plot("SGD from 4,000 random starts", "loss after 100 epochs", "share of starts below it")
        {
            LogX = true,
        }
            .Line(plain.Sort().Values.ToArray<float>(), Series.Linspace(0, 1, Starts))
            .VerticalLine(Published, "published").VerticalLine(ours[0], "ours"));
        lab.Value("median", $"{median:F2}");
        lab.Value("share", $"{share * 100:F0}");
        lab.Value("ours", $"{ours[0]:F1}");
        lab.Value("alike", $"{light.ElementCount}");
        lab.Value("least", $"{light.Min().Item():F2}");
        lab.Value("greatest", $"{light.Max().Item():F2}");
        lab.Value("heavy", $"{heavy.Median().Item():F2}");
    }

    private static double[] Spread(Tensor x) => [x.Min().Item(), x.Median().Item(), x.Max().Item()];

    /// <summary>
    /// The losses after 100 epochs of single observations from many random starts at once: weights [starts, 2, 3] and
    /// biases [starts, 2].
    /// </summary>
    private static Tensor TrainFromManyStarts(double gamma)
    {
        Tensor.ManualSeed(0);
        Tensor w = Tensor.Randn([Starts, 2, 3]), b = Tensor.Randn([Starts, 2]);
        Tensor vw = Tensor.ZerosLike(w), vb = Tensor.ZerosLike(b);
        for (int epoch = 0; epoch < 100; epoch++)
        {
            var order = Tensor.Rand([Starts, 15]).ArgSort(1);
            for (int k = 0; k < 15; k++)
            {
                var (x, t) = (s_moreInputs[order[.., k]], s_moreTargets[order[.., k]]);
                var gradient = (w * x.Unsqueeze(1)).Sum(-1) + b - t;        // by b; by w it is this times x
                vw = gamma * vw + LearningRate * gradient.Unsqueeze(-1) * x.Unsqueeze(1);
                vb = gamma * vb + LearningRate * gradient;
                (w, b) = (w - vw, b - vb);
            }
        }

        return (s_moreInputs.MatMul(w.MT) + b.Unsqueeze(1) - s_moreTargets).Square().Mean([1, 2]);
    }
}
