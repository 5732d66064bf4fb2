namespace Labs.Lab5;

// Part 5: noisy targets, more points, more coefficients.
internal sealed partial class AutodiffLab
{
    private static void AddNoise(LabContext lab)
    {
        RepeatTheSurvey(lab);
        AddCoefficients(lab);
        SweepDegrees(lab);
    }

    private static void RepeatTheSurvey(LabContext lab)
    {
        var line = Series.Linspace(-1.6, 2.6, 81);
        var surveys = new Variants("Twelve fits of a parabola, noise of standard deviation 10", "points");
        var spread = new List<object?[]>();
        var random = new NumpyRandomState(0);
        foreach (int count in new[] { 3, 30, 300 })
        {
            double[] xs = Linspace(-1, 2, count);
            var plot = new Plot("Twelve fits of a parabola, noise of standard deviation 10", "x", "y")
            {
                YRange = (-40, 40),
            };
            var curvatures = new List<double>();
            for (int survey = 0; survey < 12; survey++)
            {
                double[] ys = NoisyTargets(xs, scale: 10, random);
                double[] theta = Fit(xs, ys, degree: 2, rate: 0.1, steps: 2000).Theta;
                curvatures.Add(theta[2]);
                plot.Line(line, line.Map(x => Predict(theta, x)), survey == 0 ? "fits" : "", Palette.Sky);
                if (survey == 0)
                {
                    plot.Points(xs, ys, "the first survey's points", Palette.Vermilion, count == 3 ? 10 : 5);
                }
            }

            surveys.Add(plot.Line(line, line.Map(x => Predict(s_truth, x)), "truth", Palette.Amber), $"{count}");
            double mean = curvatures.Average();
            spread.Add([count, mean, Math.Sqrt(curvatures.Average(a => Math.Pow(a - mean, 2)))]);
        }

        lab.Figure("surveys", surveys);
        lab.Table("spread", ["points", "mean of the twelve $a$ (truth 1.5)", "their standard deviation"], spread);
    }

    private static void AddCoefficients(LabContext lab)
    {
        var line = Series.Linspace(-1.15, 1.15, 121);
        foreach (var (count, degree) in new[] { (3, 2), (30, 2), (30, 8) })
        {
            double[] xs = Linspace(-1, 1, count);
            double[] ys = NoisyTargets(xs, scale: 0.5, new NumpyRandomState(0));
            var run = Fit(xs, ys, degree, rate: 0.1, steps: 5000);
            string row = $"{count} points in [-1,1], normal(0,0.5) noise, degree {degree}";
            lab.Check("noise and overfitting", row, [.. run.Theta, run.Losses[^1]]);
        }
    }

    private static void SweepDegrees(LabContext lab)
    {
        const int Steps = 15000;
        int[] degrees = [0, 1, 2, 3, 4, 6, 8, 10, 12], counts = [6, 10, 30, 100];
        double[] testXs = Linspace(-1, 1, 1000), testYs = NoisyTargets(testXs, scale: 0.5, new NumpyRandomState(1));
        var line = Series.Linspace(-1.05, 1.05, 141);
        var fits = new Variants("A fit and its data", "points", "degree");
        var byDegree = new Variants("Loss by degree", "points");
        using var progress = lab.Progress("Fitting polynomials", degrees.Length * counts.Length);
        foreach (int count in counts)
        {
            var random = new NumpyRandomState(7);
            double[] xs = new double[count];
            random.Uniform(xs, -1, 1);
            double[] ys = NoisyTargets(xs, scale: 0.5, random);
            var (training, test) = (new List<double>(), new List<double>());
            foreach (int degree in degrees)
            {
                double[] theta = Fit(xs, ys, degree, rate: 0.3, Steps).Theta;
                training.Add(Loss(theta, xs, ys));
                test.Add(Loss(theta, testXs, testYs));
                fits.Add(
                    new Plot($"Degree {degree}, {count} points: loss {training[^1]:G3}, on fresh points {test[^1]:G3}",
                        "x", "y")
                    {
                        YRange = (-3, 6),
                    }
                        .Line(line, line.Map(x => Predict(s_truth, x)), "truth", Palette.Grey, "dash")
                        .Points(xs, ys, "training points", Palette.Vermilion)
                        .Line(line, line.Map(x => Predict(theta, x)), "fit", Palette.Blue),
                    $"{count}", $"{degree}");
                progress.Advance();
            }

            byDegree.Add(
                new Plot("Loss by degree", "degree", "mean squared error") { LogY = true }
                    .Path(degrees, training, "training points", Palette.Vermilion)
                    .Path(degrees, test, "1000 fresh points", Palette.Blue)
                    .HorizontalLine(0.25, "variance of the noise"),
                $"{count}");
        }

        lab.Figure("fits", fits);
        lab.Figure("loss-by-degree", byDegree);
    }

    private static double[] NoisyTargets(double[] xs, double scale, NumpyRandomState random) =>
        Array.ConvertAll(xs, x => Predict(s_truth, x) + random.Normal(scale: scale));

    private static double[] Linspace(double from, double to, int count) => Series.Linspace(from, to, count).Values;
}
