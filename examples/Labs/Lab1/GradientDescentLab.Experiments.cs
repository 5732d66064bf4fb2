using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab1;

// Exercises 3 to 5: training settings, other data, a network.
internal sealed partial class GradientDescentLab
{
    private static void TryTrainingSettings(LabContext lab)
    {
        int[] epochs = [10, 50, 100, 500];
        var curves = new Plot("Loss by learning rate", "epoch", "mean squared error")
        {
            LogX = true,
            LogY = true,
            YRange = (0.1, 1e6),
        };
        var rows = new List<object?[]>();
        foreach (string rate in new[] { "0.01", "0.1", "0.5", "1.0" })
        {
            Tensor.ManualSeed(0);
            var losses = Train(new Linear(1, 1), s_data, double.Parse(rate, CultureInfo.InvariantCulture), epochs: 500);
            foreach (int count in epochs)
            {
                lab.Check("exercise 3", $"lr {rate}, {count} epochs", losses[count - 1]);
            }

            rows.Add([rate, .. epochs.Select(count => (object?)losses[count - 1])]);
            int finite = losses.FindIndex(loss => !(loss < 1e30));
            int shown = finite < 0 ? losses.Count : finite;
            curves.Line(Series.Count0(shown, 1), losses.Take(shown).ToArray(), $"η = {rate}");
        }

        lab.Table("loss-by-rate", ["learning rate", .. epochs.Select(count => $"after {count} epochs")], rows);
        lab.Figure("loss-by-rate", curves);
        double curvature = LargestCurvature(s_data);
        lab.Value("curvature", $"{curvature:F2}");
        lab.Value("largest-rate", $"{2 / curvature:F3}");
    }

    private static void TryDataSettings(LabContext lab)
    {
        var curves = new Plot("Loss by samples, features, noise", "epoch", "mean squared error")
        {
            LogX = true,
            LogY = true,
        };
        var rows = new List<object?[]>();
        (int, int, string)[] settings = [(100, 1, "0.5"), (500, 1, "0.5"), (100, 1, "2.0"), (100, 3, "0.5")];
        foreach (var (samples, features, noise) in settings)
        {
            double deviation = double.Parse(noise, CultureInfo.InvariantCulture);
            var data = LinearData.Generate(samples, features, deviation, seed: 42);
            Tensor.ManualSeed(0);
            var losses = Train(new Linear(features, 1), data, learningRate: 0.1, epochs: 100);
            string name = $"n_samples {samples}, n_features {features}, noise {noise}";
            if ((samples, features, noise) != (100, 1, "0.5"))
            {
                lab.Check("exercise 4", name, losses[^1]);
            }

            rows.Add([samples, features, noise, losses[^1], deviation * deviation]);
            curves.Line(Series.Count0(100, 1), losses, $"{samples}, {features}, {noise}");
        }

        lab.Table("loss-by-data", ["samples", "features", "noise", "loss after 100 epochs", "variance of the noise"],
            rows);
        lab.Figure("loss-by-data", curves);
    }

    private static void BuildNetwork(LabContext lab)
    {
        Tensor.ManualSeed(0);
        var model = new SimpleNN(features: 1);
        lab.Output("network", model.ToString());
        lab.Check("exercise 5", "parameter count of 1-16-8-1", model.ParameterCount);
        var losses = Train(model, s_data, learningRate: 0.01, epochs: 500);
        lab.Check("exercise 5", "loss at epochs 1,100", At(losses, 1, 100, 200, 300, 400, 500));
        lab.Figure("networks-loss",
            new Plot("The network's loss", "epoch", "mean squared error") { LogX = true, LogY = true }
            .Line(Series.Count0(500, 1), losses, "network").HorizontalLine(0.2163264, "linear model"));
        lab.Figure("networks-fit", DrawFit("The network's fit", model));
    }

    /// <summary>The Hessian's largest eigenvalue, by power iteration with Hessian-vector products.</summary>
    private static double LargestCurvature(LinearData data)
    {
        // The loss is quadratic: its Hessian is the same everywhere.
        Tensor at = Tensor.Zeros([2, 1]), v = Tensor.Ones([2, 1]);
        double curvature = 0;
        for (int i = 0; i < 50; i++)
        {
            (_, v) = Autograd.Hvp(theta => (data.X * theta[0] + theta[1] - data.Y).Square().Mean(), at, v);
            curvature = v.Square().Sum().Sqrt().Item();
            v /= curvature;
        }

        return curvature;
    }
}
