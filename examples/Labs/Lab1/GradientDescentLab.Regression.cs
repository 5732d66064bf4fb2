using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab1;

// Part 2: linear regression with a model, a loss and an optimizer.
internal sealed partial class GradientDescentLab
{
    private static readonly LinearData s_data = LinearData.Generate(samples: 100, features: 1, noise: 0.5, seed: 42);

    private static void MakeData(LabContext lab)
    {
        float[] x = s_data.X.ToArray<float>(), y = s_data.Y.ToArray<float>();
        lab.Check("dataset", "RandomState(42)", [s_data.Weights.Item(), .. x[..3], .. y[..3]]);
        lab.Figure("100-noisy-points", new Plot("100 noisy points", "x", "y").Points(x, y));
    }

    private static void StartRegression(LabContext lab)
    {
        Tensor.ManualSeed(0);
        #region model
        var model = new Linear(1, 1);
        var loss = new MSELoss().Forward(model.Forward(s_data.X), s_data.Y);
        #endregion
        lab.Output("linear-model", $"{model}\nweight {model.Weight}\nbias   {model.Bias}\nloss   {loss}");
        lab.Check("linear model", "initial weight, bias, MSE", model.Weight.Item(), model.Bias!.Item(), loss.Item());
        lab.Figure("before-training", DrawFit("Before training", model));
        lab.Output("tape", Tape.Of(loss).ToString());
    }

    private static void TakeOneTrainingStep(LabContext lab)
    {
        Tensor.ManualSeed(0);
        #region optimizer
        var model = new Linear(1, 1);
        var lossFunction = new MSELoss();
        var optimizer = new SGD(model.Parameters(), learningRate: 0.1);
        #endregion
        lab.Output("before", $"before: weight {model.Weight.Item():F4}, bias {model.Bias!.Item():F4}");

        #region forward
        var predictions = model.Forward(s_data.X);
        var loss = lossFunction.Forward(predictions, s_data.Y);
        #endregion
        lab.Output("forward", $"predictions {predictions.Shape}, loss {loss.Item():F6}");

        #region backward
        optimizer.ZeroGrad();
        loss.Backward();
        #endregion
        lab.Output("gradients", $"weight.Grad {model.Weight.Grad!.Item():F4}, bias.Grad {model.Bias.Grad!.Item():F4}");
        lab.Check("detailed training step", "weight.grad, bias.grad", model.Weight.Grad.Item(), model.Bias.Grad.Item());

        #region step
        optimizer.Step();
        #endregion
        lab.Output("after", $"after: weight {model.Weight.Item():F4}, bias {model.Bias.Item():F4}");
        lab.Check("detailed training step", "weight, bias after one SGD step", model.Weight.Item(), model.Bias.Item());
    }

    private static void TrainRegression(LabContext lab)
    {
        Tensor.ManualSeed(0);
        var model = new Linear(1, 1);
        List<(double Weight, double Bias)> path = [(model.Weight.Item(), model.Bias!.Item())];
        var losses = Train(model, s_data, learningRate: 0.1, epochs: 100,
            afterStep: () => path.Add((model.Weight.Item(), model.Bias.Item())));
        lab.Check("full training loop", "loss at epochs 1,20,40",
            [.. At(losses, 1, 20, 40, 60, 80, 100), model.Weight.Item(), model.Bias.Item()]);
        lab.Table("learned", ["", "learned", "true"],
            [["weight", model.Weight.Item(), s_data.Weights.Item()], ["bias", model.Bias.Item(), s_data.Bias]]);

        float[] x = s_data.X.ToArray<float>();
        Series ends = [x.Min(), x.Max()];
        var lines = path.Take(60).Select(p => ends.Map(at => p.Weight * at + p.Bias));
        lab.Figure("line", new Plot("The line while it learns", "x", "y")
                .Points(x, s_data.Y.ToArray<float>(), "data", Palette.Blue)
                .AnimatedLine(ends, [.. lines], "model", Palette.Vermilion)
                .Frames("epoch"));
        lab.Figure("training-loss", new Plot("Training loss", "epoch", "mean squared error") { LogY = true }
            .Line(Series.Count0(100, 1), losses));
        DrawLandscape(lab);
    }

    private static void DrawLandscape(LabContext lab)
    {
        double Height(double weight, double bias)
        {
            var predictions = s_data.X * (float)weight + (float)bias;
            return new MSELoss().Forward(predictions, s_data.Y).Item();
        }

        const string Title = "Mean squared error over weight and bias";
        var landscape = new Landscape(Title, Height, (-4.5, 7.5), (-1, 11), resolution: 49)
        {
            Axes = ("weight", "bias", "loss"),
            Goal = (1.4563, 5.0117),
        };
        foreach (double rate in new[] { 0.01, 0.1, 0.2, 0.25 })
        {
            Tensor.ManualSeed(0);
            var model = new Linear(1, 1);
            List<double> weights = [model.Weight.Item()], biases = [model.Bias!.Item()];
            Train(model, s_data, rate, epochs: 60, afterStep: () =>
            {
                weights.Add(model.Weight.Item());
                biases.Add(model.Bias.Item());
            });
            landscape.Path(weights, biases, string.Create(CultureInfo.InvariantCulture, $"η = {rate}"));
        }

        lab.Figure("landscape", landscape);
        lab.Figure("landscape-from-above", landscape.Contour("The same from above"));
    }

    /// <summary>Full-batch training by gradient descent; the loss of each epoch.</summary>
    private static List<double> Train(
        Module model, LinearData data, double learningRate, int epochs, Action? afterStep = null)
    {
        var lossFunction = new MSELoss();
        var optimizer = new SGD(model.Parameters(), learningRate);
        List<double> losses = [];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            var loss = lossFunction.Forward(model.Forward(data.X), data.Y);
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.Item());
            afterStep?.Invoke();
        }

        return losses;
    }

    /// <summary>The losses of the given epochs, counted from 1.</summary>
    private static double[] At(List<double> losses, params int[] epochs) =>
        Array.ConvertAll(epochs, epoch => losses[epoch - 1]);

    private static Plot DrawFit(string title, Module model)
    {
        using (Tensor.NoGrad())
        {
            float[] x = s_data.X.ToArray<float>();
            var line = Series.Linspace(x.Min(), x.Max(), 121);
            var column = Tensor.From<double>(line.Values, [line.Count, 1]).To(DType.Float32);
            return new Plot(title, "x", "y")
                .Points(x, s_data.Y.ToArray<float>(), "data", Palette.Blue)
                .Line(line, model.Forward(column).ToArray<float>(), "model", Palette.Vermilion);
        }
    }
}
