using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab1;

// Exercises 3 to 5: training settings, other data, a network.
internal sealed partial class GradientDescentLab
{
    private static void TryTrainingSettings(LabContext lab)
    {
        lab.Section("Exercise 3: learning rate and number of epochs");
        lab.Exercise(
            """
            Learning rates 0.01, 0.1, 0.5 and 1; 10, 50, 100 and 500 epochs. What happens at high rates? How many
            epochs are needed?
            """);
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

        lab.Table(["learning rate", .. epochs.Select(count => $"after {count} epochs")], rows);
        lab.Figure(curves, "Where a curve leaves the plot upwards, the loss grows without end.");
        double curvature = LargestCurvature(s_data);
        lab.Question("What did you find?",
            $"""
            0.1 has converged before epoch 50; 0.01 needs ten times as long, 500 epochs. 0.5 and 1 diverge, up to
            infinity and then NaN. The limit can be computed: the loss curves most along its steepest axis, by
            {curvature:F2}, so rates above 2 / {curvature:F2} = {2 / curvature:F3} overshoot more at each step.
            """);
    }

    private static void TryDataSettings(LabContext lab)
    {
        lab.Section("Exercise 4: other data");
        lab.Exercise("More samples (500), more noise (2.0), more features (3).");
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

        lab.Table(["samples", "features", "noise", "loss after 100 epochs", "variance of the noise"], rows);
        lab.Figure(curves);
        lab.Text(
            """
            In every case the loss ends near the variance of the noise, slightly below: a fit follows its own points'
            noise a little, and less the more points there are for each parameter.
            """);
    }

    private static void BuildNetwork(LabContext lab)
    {
        lab.Section("Exercise 5: a neural network");
        lab.Text(
            """
            Linear layers alone make a linear model. With a non-linear *activation* between them they make a network:
            16 neurons, then 8, then one output.
            """);
        lab.Source("SimpleNN");
        Tensor.ManualSeed(0);
        var model = new SimpleNN(features: 1);
        lab.Output(model.ToString());
        lab.Check("exercise 5", "parameter count of 1-16-8-1", model.ParameterCount);
        var losses = Train(model, s_data, learningRate: 0.01, epochs: 500);
        lab.Check("exercise 5", "loss at epochs 1,100", At(losses, 1, 100, 200, 300, 400, 500));
        lab.Figure(new Plot("The network's loss", "epoch", "mean squared error") { LogX = true, LogY = true }
            .Line(Series.Count0(500, 1), losses, "network").HorizontalLine(0.2163264, "linear model"));
        lab.Figure(DrawFit("The network's fit", model),
            """
            For data on a line a network has little to add: it ends a bit below the linear model by bending after the
            noise.
            """);
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
