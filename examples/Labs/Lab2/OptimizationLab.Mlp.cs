using Autodiff.Nn;

namespace Labs.Lab2;

// A network with one hidden layer: ready-made, by hand, and as a module.
internal sealed partial class OptimizationLab
{
    private const int MlpSteps = 2000;

    private static readonly Points s_data = Sample(80, noise: 1, seed: 42);

    private static void FitLibraryNetwork(LabContext lab)
    {
        Tensor.ManualSeed(0);
        #region ready-made
        var regressor = new MlpRegressor(maxIterations: 5000).Fit(s_data.Inputs, s_data.Targets);
        var predicted = regressor.Predict(Column(s_line.Values));
        #endregion
        lab.Figure("ready-made-fit", Draw("The ready-made network's fit", s_data)
            .Line(s_line, predicted.ToArray<float>(), "network", Palette.Amber));
        lab.Figure("ready-made-loss",
            new Plot("Its loss (half the mean squared error)", "epoch", "loss") { LogY = true }
                .Line(Series.Count0(regressor.Losses.Count, 1), regressor.Losses));
        lab.Value("epochs", $"{regressor.Losses.Count}");
    }

    private static double BuildNetworkByHand(LabContext lab)
    {
        int[] shown = Series.LogSteps(MlpSteps - 1);
        List<Series> curves = [];
        using var bar = lab.Progress("Training a network by hand", MlpSteps);
        var run = TrainByHand(s_data.Inputs, s_data.Targets, (step, model) =>
        {
            bar.Advance();
            if (shown.Contains(step))
            {
                curves.Add(Curve(model));
            }
        });
        lab.Check("MLP by hand", "w1=normal(0,.1,(1,100))",
            [.. new[] { 0, 10, 100, 500, 1000, 1999 }.Select(step => run.Losses[step])]);
        lab.Output("shape", "The prediction for 80 inputs has the shape " + run.Predict(s_data.Inputs).Shape + ".");
        lab.Figure("network", Draw("The network bends into place", s_data)
            .AnimatedLine(s_line, curves, "network", Palette.Vermilion)
            .Frames("step", [.. shown.Select(step => $"{step}")]));
        lab.Figure("network-loss",
            Plot.LogLog("Loss of the network by hand", "step", "mean squared error")
                .Line(Series.Count0(MlpSteps, 1), run.Losses)
                .HorizontalLine(4.317, "the straight line").HorizontalLine(1, "variance of the noise"));
        return run.Losses[^1];
    }

    private static void BuildModule(LabContext lab, double lossByHand)
    {
        Tensor.ManualSeed(0);
        var model = new MyOwnMlp();
        lab.Output("module", $"{model}\noutput for 80 inputs: {model.Forward(s_data.Inputs).Shape}");
        var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
        var losses = Train(model.Forward, optimizer, s_data.Inputs, s_data.Targets, MlpSteps);
        lab.Value("module-loss", $"{losses[^1]:R}");
        lab.Value("hand-loss", $"{lossByHand:R}");
    }

    private static (Func<Tensor, Tensor> Predict, List<double> Losses) TrainByHand(
        Tensor x, Tensor y, Action<int, Func<Tensor, Tensor>> watch)
    {
        Tensor.ManualSeed(0);
        var w1 = Tensor.Normal(0, 0.1, [1, 100]).RequireGrad();
        var b1 = Tensor.Normal(0, 0.1, [100]).RequireGrad();
        var w2 = Tensor.Normal(0, 0.1, [100, 1]).RequireGrad();
        var b2 = Tensor.Normal(0, 0.1, [1]).RequireGrad();
        Tensor Predict(Tensor x) => (x.MatMul(w1) + b1).Relu().MatMul(w2) + b2;

        var optimizer = new Adam([w1, b1, w2, b2], learningRate: 0.01);
        return (Predict, Train(Predict, optimizer, x, y, MlpSteps, step => watch(step, Predict)));
    }

    /// <summary>The lab's network of one hidden layer, from ready-made parts.</summary>
    private static Sequential Network(int hidden) => [new Linear(1, hidden), new ReLU(), new Linear(hidden, 1)];

    /// <summary>The loop that all models share: forward, backward, step, zero.</summary>
    private static List<double> Train(
        Func<Tensor, Tensor> model, Optimizer optimizer, Tensor x, Tensor y, int steps, Action<int>? watch = null)
    {
        List<double> losses = [];
        for (int step = 0; step < steps; step++)
        {
            watch?.Invoke(step);
            var loss = (y - model(x)).Pow(2).Mean();
            loss.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            losses.Add(loss.Item());
        }

        return losses;
    }
}
