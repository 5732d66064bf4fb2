using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab2;

// What the lab suggests at its end: few points and much noise, overfitting, other optimizers.
internal sealed partial class OptimizationLab
{
    private static void UseFewPoints(LabContext lab)
    {
        Points few = Sample(10, noise: 3, seed: 2), fresh = Sample(500, noise: 3, seed: 4);
        var fits = new Variants("Fits of ten noisy points", "network");
        var curves = new Variants("Training and fresh points", "network");
        var rows = new List<object?[]>();
        (string, int, double)[] networks =
        [
            ("1000 neurons", 1000, 0), ("100 neurons", 100, 0), ("10 neurons", 10, 0),
            ("300 neurons, weight decay", 300, 3),
        ];
        foreach (var (name, hidden, decay) in networks)
        {
            var run = Watch(lab, name, few, fresh, hidden, decay, steps: 3000);
            int[] steps = Array.ConvertAll(run.Steps, step => step + 1);
            int best = run.Fresh.IndexOf(run.Fresh.Min());
            rows.Add([name, run.Training[^1], run.Fresh[^1], run.Fresh[best], run.Steps[best]]);
            fits.Add(Draw($"Ten points, {name}", few)
                .AnimatedLine(s_line, run.Curves, "network", Palette.Vermilion)
                .Frames("step", [.. run.Steps.Select(step => $"{step}")]), name);
            curves.Add(Plot.LogLog($"Loss, {name}", "step", "mean squared error")
                .Line(steps, run.Training, "10 training points", Palette.Vermilion)
                .Line(steps, run.Fresh, "500 fresh points", Palette.Blue)
                .HorizontalLine(9, "variance of the noise"), name);
        }

        lab.Figure("fits", fits);
        lab.Figure("fresh-points", curves);
        lab.Table("few-points",
            ["network", "last loss", "last loss on fresh points", "lowest on fresh points", "at step"], rows);
    }

    private static void CompareOptimizers(LabContext lab)
    {
        double[] rates = [0.0001, 0.001, 0.01, 0.03, 0.1];
        string[] names = ["SGD", "SGD with momentum 0.9", "RMSprop", "Adam"];
        var byRate = new Variants("Four optimizers", "learning rate");
        var final = names.Select(name => new List<object?> { name }).ToList();
        using var progress = lab.Progress("Comparing optimizers", names.Length * rates.Length);
        foreach (double rate in rates)
        {
            string label = rate.ToString(CultureInfo.InvariantCulture);
            var plot = Plot.LogLog($"Learning rate {label}", "step", "mean squared error", (0.5, 1000));
            foreach (var (row, name) in names.Index())
            {
                var losses = Contest(name, rate);
                final[row].Add(losses[^1]);
                plot.Line(Series.Count0(losses.Count, 1), losses, name);
                progress.Advance();
            }

            byRate.Add(plot, label);
        }

        lab.Figure("optimizers", byRate);
        lab.Table("optimizers", ["loss after 1000 steps",
                .. rates.Select(rate => "rate " + rate.ToString(CultureInfo.InvariantCulture))],
            final.Select(row => row.ToArray()));
    }

    private static (int[] Steps, List<double> Training, List<double> Fresh, List<Series> Curves) Watch(
        LabContext lab, string name, Points few, Points fresh, int hidden, double decay, int steps)
    {
        Tensor.ManualSeed(0);
        var model = Network(hidden);
        var optimizer = new AdamW(model.Parameters(), learningRate: 0.01, weightDecay: decay);
        int[] shown = [.. Enumerable.Range(0, 100).Select(i => (int)Math.Pow(steps, i / 99.0) - 1).Distinct()];
        List<double> training = [], onFresh = [];
        List<Series> curves = [];
        using var bar = lab.Progress($"Ten points, {name}", steps);
        Train(model.Forward, optimizer, few.Inputs, few.Targets, steps, step =>
        {
            bar.Advance();
            if (shown.Contains(step))
            {
                using var still = Tensor.NoGrad();
                training.Add(Functional.MSELoss(model.Forward(few.Inputs), few.Targets).Item());
                onFresh.Add(Functional.MSELoss(model.Forward(fresh.Inputs), fresh.Targets).Item());
                curves.Add(Curve(model.Forward));
            }
        });
        return (shown, training, onFresh, curves);
    }

    private static List<double> Contest(string name, double rate)
    {
        Tensor.ManualSeed(0);
        var model = Network(hidden: 100);
        Optimizer optimizer = name switch
        {
            "SGD" => new SGD(model.Parameters(), rate),
            "SGD with momentum 0.9" => new SGD(model.Parameters(), rate, momentum: 0.9),
            "RMSprop" => new RMSprop(model.Parameters(), rate),
            _ => new Adam(model.Parameters(), rate),
        };
        return Train(model.Forward, optimizer, s_data.Inputs, s_data.Targets, steps: 1000);
    }
}
