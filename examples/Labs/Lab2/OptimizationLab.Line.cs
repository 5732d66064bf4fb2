using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab2;

// Actual machine learning: a straight line through noisy points.
internal sealed partial class OptimizationLab
{
    private static readonly Series s_line = Series.Linspace(-1, 3, 101);

    /// <summary>The lab's 80 points: noisy samples of a cubic.</summary>
    private sealed record Points(double[] X, double[] Y)
    {
        /// <summary>As float32 columns, which the models take.</summary>
        public Tensor Inputs => Column(X);

        public Tensor Targets => Column(Y);
    }

    private static void FitLine(LabContext lab)
    {
        var data = Sample(80, noise: 1, seed: 42);
        lab.Check("dataset", "xs=uniform(-1,3,80)", [.. data.X[..3], .. data.Y[..3]]);
        lab.Figure("samples", Draw("The hidden function and its samples", data));

        Tensor x = data.Inputs, y = data.Targets;
        double initial = LossOf(Tensor.From(1f, 1f), x, y).Item();
        lab.Check("linear model by hand", "initial loss", initial);
        lab.Output("tape", Tape.Of(LossOf(Named(Tensor.From(1f, 1f).RequireGrad(), "theta"), x, y)).ToString());

        var run = TrainLine(x, y, learningRate: 0.01);
        lab.Check("linear model by hand", "theta, loss after 1000",
            [.. run.Theta.ToArray<float>(), LossOf(run.Theta, x, y).Item()]);
        int[] shown = Series.LogSteps(Steps);
        var lines = shown.Select(step => s_line.Map(at => run.Path[step][1] * at + run.Path[step][0]));
        lab.Figure("line", Draw("The line turns into place", data)
            .AnimatedLine(s_line, [.. lines], "line", Palette.Vermilion)
            .Frames("step", [.. shown.Select(step => $"{step}")]));

        double Height(double theta0, double theta1) => LossOf(Tensor.From((float)theta0, (float)theta1), x, y).Item();
        var landscape = new Landscape("Loss over θ₀ and θ₁", Height, (-2, 12), (-2, 12), resolution: 49)
        {
            Axes = ("θ₀", "θ₁", "loss"),
            Ceiling = 150,
            Goal = (run.Theta[0].Item(), run.Theta[1].Item()),
        };
        var curves = Plot.LogLog("Loss by learning rate", "step", "mean squared error", (3, 1000));
        foreach (double rate in new[] { 0.001, 0.01, 0.1, 0.3, 0.4 })
        {
            var (_, path, losses) = TrainLine(x, y, rate);
            string name = rate.ToString(CultureInfo.InvariantCulture);
            curves.Line(Series.Count0(Steps, 1), losses, name);
            if (rate <= 0.3)
            {
                var first = path.Take(100);
                landscape.Path(first.Select(t => t[0]).ToArray(), first.Select(t => t[1]).ToArray(), $"η = {name}");
            }
        }

        lab.Figure("landscape", landscape);
        lab.Figure("landscape-from-above", landscape.Contour("The same from above"));
        lab.Figure("loss-by-rate", curves);
    }

    private static double Hidden(double x) => 1.3 * Math.Pow(x, 3) - 3 * Math.Pow(x, 2) + 3.6 * x + 6.9;

    private static Points Sample(int count, double noise, long seed)
    {
        var random = new NumpyRandomState(seed);
        double[] x = new double[count], y = new double[count];
        random.Uniform(x, -1, 3);
        random.Normal(y, scale: noise);
        for (int i = 0; i < count; i++)
        {
            y[i] = Hidden(x[i]) + y[i];
        }

        return new(x, y);
    }

    private static Tensor FTheta(Tensor x, Tensor theta) => theta[1] * x + theta[0];

    private static Tensor LossOf(Tensor theta, Tensor x, Tensor y) => (y - FTheta(x, theta)).Pow(2).Mean();

    private static (Tensor Theta, List<float[]> Path, double[] Losses) TrainLine(
        Tensor x, Tensor y, double learningRate)
    {
        List<float[]> path = [];
        var (theta, losses) = DescendByOptimizer(theta => LossOf(theta, x, y), Tensor.From(1f, 1f), learningRate,
            watch: theta => path.Add(theta.ToArray<float>()));
        return (theta, [.. path, theta.ToArray<float>()], losses);
    }

    private static Tensor Column(double[] values) => Tensor.From<double>(values, [values.Length, 1]).To(DType.Float32);

    private static Tensor Named(Tensor tensor, string name)
    {
        tensor.Name = name;
        return tensor;
    }

    private static Plot Draw(string title, Points data) =>
        new Plot(title, "x", "y")
            .Line(s_line, s_line.Map(Hidden), "hidden function", Palette.Grey, "dash")
            .Points(data.X, data.Y, "samples", Palette.Blue);

    /// <summary>What a model says along the plots' x axis.</summary>
    private static Series Curve(Func<Tensor, Tensor> model)
    {
        using (Tensor.NoGrad())
        {
            return model(Column(s_line.Values)).ToArray<float>();
        }
    }
}
