using Autodiff.Nn;

namespace Labs.Lab5;

// Part 7: the fit again, with tensors, an optimizer and no derivation.
internal sealed partial class AutodiffLab
{
    private static void PortToTensors(LabContext lab)
    {
        lab.Section("The modern training loop");
        lab.Text(
            """
            Throw the hand-made gradient away. Tensors that require a gradient record what is done with them, an
            optimizer does the update, and the loop has four lines that look the same for every model:

            1. **Zero the gradients**, because backward passes add to them.
            2. **Forward**: write the mathematics down.
            3. **Backward**: the chain of vector-Jacobian products.
            4. **Step**: move each parameter against its gradient.
            """);
        lab.Source(nameof(FitWithTensors));
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys);
        var theta = Tensor.Zeros([3], DType.Float64).RequireGrad();
        var losses = FitWithTensors(() => Model(theta, x), y, new SGD([theta], learningRate: 0.01), steps: 20000);
        var byHand = Fit(s_xs, s_ys, degree: 2, rate: 0.01, steps: 20000);
        lab.Table(["", "$c$", "$b$", "$a$"],
        [
            ["by hand", .. byHand.Theta.Select(value => (object?)value)],
            ["with autodiff", .. theta.ToArray<double>().Select(value => (object?)value)],
            ["difference", .. theta.ToArray<double>().Zip(byHand.Theta, (a, b) => (object?)Math.Abs(a - b))],
        ]);
        int[] shown = Series.LogSteps(19999);
        Series steps = At(shown, step => step + 1);
        lab.Figure(
            new Plot("The same losses, by hand and by machine", "step", "mean squared error")
            {
                LogX = true,
                LogY = true,
            }
                .Line(steps, At(shown, step => byHand.Losses[step]), "gradient by hand")
                .Line(steps, At(shown, step => losses[step]), "gradient by autodiff", dash: "dash"));
        AskForCurvature(lab, x, y);
        ChangeTheModel(lab);
    }

    private static void AskForCurvature(LabContext lab, Tensor x, Tensor y)
    {
        lab.Subsection("Gradients of gradients");
        lab.Text(
            """
            The rules are written in the same operations, so a gradient can be differentiated again. The matrix of
            second derivatives, the *Hessian*, knows why a learning rate of 0.14 was too large above: its largest
            eigenvalue is the curvature $h$ there.
            """);
        #region hessian
        var hessian = Autograd.Hessian(t => Average(SquaredErrors(Model(t, x), y)), Tensor.From(0.0, 0.0, 0.0));
        #endregion
        lab.Source("hessian");
        var v = Tensor.Ones([3], DType.Float64);
        for (int i = 0; i < 100; i++)
        {
            v = hessian.MatMul(v);
            v /= v.Square().Sum().Sqrt();
        }

        double largest = v.MatMul(hessian).MatMul(v).Item();
        lab.Output($"{hessian}\nlargest eigenvalue {largest:F4}; rates up to {2 / largest:F4} converge");
    }

    private static void ChangeTheModel(LabContext lab)
    {
        lab.Subsection("Another model? Change one line");
        lab.Text(
            """
            By hand, a network in place of the parabola would have meant a new derivation. Now it means a new model
            and the same loop: 30 noisy points of a wave, a polynomial of degree 5, and a network with 20 neurons.
            """);
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
        lab.Source("two-models");
        var line = Series.Linspace(-2.2, 2.2, 121);
        var column = Tensor.From(line.Values).To(DType.Float32);
        using (Tensor.NoGrad())
        {
            lab.Figure(
                new Plot("Two models, one training loop", "x", "y") { YRange = (-2, 2) }
                    .Function(at => Math.Sin(2.5 * at), -2.2, 2.2, "sin 2.5x", Palette.Grey, "dash")
                    .Points(xs, ys, "points", Palette.Vermilion)
                    .Line(line, Model(theta, column).ToArray<float>(), "degree 5", Palette.Amber)
                    .Line(line, network.Forward(column.Unsqueeze(1)).ToArray<float>(), "network", Palette.Blue));
        }

        lab.Figure(
            new Plot("Their losses", "step", "mean squared error") { LogX = true, LogY = true }
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
