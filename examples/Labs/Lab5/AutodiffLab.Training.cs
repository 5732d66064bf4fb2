using Autodiff.Nn;

namespace Labs.Lab5;

// Part 7: the fit again, with tensors, an optimizer and no derivation.
internal sealed partial class AutodiffLab
{
    private static void PortToTensors(LabContext lab)
    {
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys);
        var theta = Tensor.Zeros([3], DType.Float64).RequireGrad();
        var losses = FitWithTensors(() => Model(theta, x), y, new SGD([theta], learningRate: 0.01), steps: 20000);
        var byHand = Fit(s_xs, s_ys, degree: 2, rate: 0.01, steps: 20000);
        lab.Table("by-hand-and-machine", ["", "$c$", "$b$", "$a$"],
        [
            ["by hand", .. byHand.Theta.Select(value => (object?)value)],
            ["with autodiff", .. theta.ToArray<double>().Select(value => (object?)value)],
            ["difference", .. theta.ToArray<double>().Zip(byHand.Theta, (a, b) => (object?)Math.Abs(a - b))],
        ]);
        int[] shown = Series.LogSteps(19999);
        Series steps = At(shown, step => step + 1);
        lab.Figure("same-losses", Plot.LogLog("The same losses, by hand and by machine", "step", "mean squared error")
                .Line(steps, At(shown, step => byHand.Losses[step]), "gradient by hand")
                .Line(steps, At(shown, step => losses[step]), "gradient by autodiff", dash: "dash"));
        AskForCurvature(lab, x, y);
        ChangeTheModel(lab);
    }

    private static void AskForCurvature(LabContext lab, Tensor x, Tensor y)
    {
        #region hessian
        var hessian = Autograd.Hessian(t => Average(SquaredErrors(Model(t, x), y)), Tensor.From(0.0, 0.0, 0.0));
        #endregion
        double largest = LargestEigenvalue(v => hessian.MatMul(Tensor.From(v)).ToArray<double>(), 3);
        lab.Output("hessian", $"{hessian}\nlargest eigenvalue {largest:F4}; rates up to {2 / largest:F4} converge");
    }

    private static void ChangeTheModel(LabContext lab)
    {
        var random = new NumpyRandomState(0);
        double[] xs = Linspace(-2, 2, 30);
        double[] ys = Array.ConvertAll(xs, at => Math.Sin(2.5 * at) + random.Normal(scale: 0.1));
        Tensor x = Tensor.From(xs).To(DType.Float32), y = Tensor.From(ys).To(DType.Float32);
        Tensor.ManualSeed(0);
        #region two-models
        var theta = Tensor.Zeros([6]).RequireGrad();
        Sequential network = [new Linear(1, 20), new Tanh(), new Linear(20, 1)];
        var losses = FitWithTensors(() => Model(theta, x), y, new Adam([theta], learningRate: 0.05), steps: 3000);
        var networkLosses = FitWithTensors(
            () => network.Forward(x.Unsqueeze(1)).Squeeze(1), y,
            new Adam(network.Parameters(), learningRate: 0.02), steps: 3000);
        #endregion
        var line = Series.Linspace(-2.2, 2.2, 121);
        var column = Tensor.From(line.Values).To(DType.Float32);
        using (Tensor.NoGrad())
        {
            lab.Figure("two-models", new Plot("Two models, one training loop", "x", "y") { YRange = (-2, 2) }
                    .Function(at => Math.Sin(2.5 * at), -2.2, 2.2, "sin 2.5x", Palette.Grey, "dash")
                    .Points(xs, ys, "points", Palette.Vermilion)
                    .Line(line, Model(theta, column).ToArray<float>(), "degree 5", Palette.Amber)
                    .Line(line, network.Forward(column.Unsqueeze(1)).ToArray<float>(), "network", Palette.Blue));
        }

        lab.Figure("their-losses", Plot.LogLog("Their losses", "step", "mean squared error")
                .Line(Series.Count0(3000, 1), losses, "degree 5", Palette.Amber)
                .Line(Series.Count0(3000, 1), networkLosses, "network", Palette.Blue)
                .HorizontalLine(0.01, "variance of the noise"));
    }

    private static List<double> FitWithTensors(
        Func<Tensor> predict, Tensor targets, Optimizer optimizer, int steps)
    {
        List<double> losses = [];
        for (int step = 0; step < steps; step++)
        {
            optimizer.ZeroGrad();
            var loss = Average(SquaredErrors(predict(), targets));
            loss.Backward();
            optimizer.Step();
            losses.Add(loss.Item());
        }

        return losses;
    }
}
