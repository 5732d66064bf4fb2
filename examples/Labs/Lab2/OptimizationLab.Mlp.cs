using Autodiff.Nn;

namespace Labs.Lab2;

// A network with one hidden layer: ready-made, by hand, and as a module.
internal sealed partial class OptimizationLab
{
    private const int MlpSteps = 2000;

    private static readonly Points s_data = Sample(80, noise: 1, seed: 42);

    private static void FitLibraryNetwork(LabContext lab)
    {
        lab.Section("A ready-made network");
        lab.Text(
            """
            A line can't bend. A *multilayer perceptron* can: scikit-learn has one behind two calls, `fit` and
            `predict`. With a tensor library it is no magic; this is the same class with the same defaults, and the
            two calls look the same.
            """);
        lab.Source("MlpRegressor");
        Tensor.ManualSeed(0);
        #region ready-made
        var regressor = new MlpRegressor(maxIterations: 5000).Fit(s_data.Inputs, s_data.Targets);
        var predicted = regressor.Predict(Column(s_line.Values));
        #endregion
        lab.Source("ready-made");
        lab.Figure(Draw("The ready-made network's fit", s_data)
            .Line(s_line, predicted.ToArray<float>(), "network", Palette.Amber));
        lab.Figure(
            new Plot("Its loss (half the mean squared error)", "epoch", "loss") { LogY = true }
                .Line(Series.Count0(regressor.Losses.Count, 1), regressor.Losses),
            $"It stopped by itself after {regressor.Losses.Count} of at most 5000 epochs.");
    }

    private static double BuildNetworkByHand(LabContext lab)
    {
        lab.Section("The same by hand");
        lab.Text(
            """
            What does such a network compute? The input, a column of $n$ numbers, is multiplied by a row of 100
            weights and shifted by 100 biases; $\text{relu}(z) = \max(z, 0)$ cuts off what is negative; the 100
            results are weighted and summed to one number:

            $$\hat{y} = \text{relu}(x W_1 + b_1) \, W_2 + b_2
            \qquad \underbrace{x}_{n \times 1} \; \underbrace{W_1}_{1 \times 100} \; \underbrace{W_2}_{100 \times 1}$$

            Each neuron is one kink, so $\hat{y}$ is a chain of straight pieces, whose places and slopes are learned.
            """);
        lab.Source(nameof(TrainByHand));
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
        lab.Output("The prediction for 80 inputs has the shape " + run.Predict(s_data.Inputs).Shape + ".");
        lab.Figure(Draw("The network bends into place", s_data)
            .AnimatedLine(s_line, curves, "network", Palette.Vermilion)
            .Frames("step", [.. shown.Select(step => $"{step}")]));
        lab.Figure(
            new Plot("Loss of the network by hand", "step", "mean squared error") { LogY = true, LogX = true }
                .Line(Series.Count0(MlpSteps, 1), run.Losses)
                .HorizontalLine(4.317, "the straight line").HorizontalLine(1, "variance of the noise"),
            """
            It goes below the variance of the noise: with 301 parameters it starts to learn the noise of these 80
            points.
            """);
        return run.Losses[^1];
    }

    private static void BuildModule(LabContext lab, double lossByHand)
    {
        lab.Section("A module of one's own");
        lab.Text(
            """
            The same computation as a class. A module knows its parameters, so that an optimizer, a printer or a file
            can ask it for them.
            """);
        lab.Source("MyOwnMlp");
        Tensor.ManualSeed(0);
        var model = new MyOwnMlp();
        lab.Output($"{model}\noutput for 80 inputs: {model.Forward(s_data.Inputs).Shape}");
        var optimizer = new Adam(model.Parameters(), learningRate: 0.01);
        var losses = Train(model, optimizer, s_data.Inputs, s_data.Targets, MlpSteps);
        lab.Source(nameof(Train));
        lab.Text(
            $"The same seed draws the same start. The last loss is {losses[^1]:R}, and by hand it was {lossByHand:R}.");
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
        List<double> losses = [];
        for (int step = 0; step < MlpSteps; step++)
        {
            watch(step, Predict);
            var loss = (y - Predict(x)).Pow(2).Mean();
            loss.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            losses.Add(loss.Item());
        }

        return (Predict, losses);
    }

    /// <summary>The loop that all the following models share: forward, backward, step, zero.</summary>
    private static List<double> Train(Module model, Optimizer optimizer, Tensor x, Tensor y, int steps)
    {
        var lossFunction = new MSELoss();
        List<double> losses = [];
        for (int step = 0; step < steps; step++)
        {
            var loss = lossFunction.Forward(model.Forward(x), y);
            loss.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            losses.Add(loss.Item());
        }

        return losses;
    }
}
