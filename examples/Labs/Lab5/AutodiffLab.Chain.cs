namespace Labs.Lab5;

// The loss as a chain of three steps, and how a gradient travels back along it.
internal sealed partial class AutodiffLab
{
    private static void FollowTheChain(LabContext lab)
    {
        MultiplyJacobians(lab);
        GoBackwardByVectors(lab);
        WriteOperation(lab);
        CompareCosts(lab);
    }

    private static void MultiplyJacobians(LabContext lab)
    {
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys), theta = Tensor.From(1.0, 1.0, 1.0);
        #region jacobians
        Tensor predictions = Model(theta, x), errors = SquaredErrors(predictions, y);
        var jacobianOfModel = Autograd.Jacobian(t => Model(t, x), theta);
        var jacobianOfErrors = Autograd.Jacobian(p => SquaredErrors(p, y), predictions);
        var jacobianOfAverage = Autograd.Jacobian(Average, errors);
        var product = jacobianOfAverage.MatMul(jacobianOfErrors).MatMul(jacobianOfModel);
        #endregion
        lab.Output("jacobians", $"""
            ∂L/∂e =
            {jacobianOfAverage}

            ∂e/∂ŷ =
            {jacobianOfErrors}

            ∂ŷ/∂θ =
            {jacobianOfModel}

            their product =
            {product}
            """);
    }

    private static void GoBackwardByVectors(LabContext lab)
    {
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys), theta = Tensor.From(1.0, 1.0, 1.0);
        Tensor predictions = Model(theta, x), errors = SquaredErrors(predictions, y);
        #region vjp
        var v = Tensor.Scalar(1.0);
        var (_, byErrors) = Autograd.Vjp(Average, errors, v);
        var (_, byPredictions) = Autograd.Vjp(p => SquaredErrors(p, y), predictions, byErrors);
        var (_, byTheta) = Autograd.Vjp(t => Model(t, x), theta, byPredictions);
        #endregion
        lab.Output("vjp", $"v ∂L/∂e = {byErrors}\n  ∂e/∂ŷ = {byPredictions}\n  ∂ŷ/∂θ = {byTheta}");
        #region backward
        theta.RequireGrad();
        var loss = Average(SquaredErrors(Model(theta, x), y));
        loss.Backward();
        #endregion
        double[] byHand = LossGradient([1, 1, 1], s_xs, s_ys);
        lab.Output("gradient", $"theta.Grad = {theta.Grad}\nby hand    = {Tensor.From(byHand)}");
        theta.Name = "theta";
        lab.Output("tape", Tape.Of(Average(SquaredErrors(Model(theta, x), y))).ToString());
        #region record
        x.Name = "x";
        y.Name = "y";
        var tape = Tape.Record(() => Average(SquaredErrors(Model(theta, x), y)));
        #endregion
        lab.Attach("lab-5-vjp.html", tape.ToHtml("A parabola's loss, step by step"));
    }

    private static void WriteOperation(LabContext lab)
    {
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys);
        var check = Autograd.GradientCheck(
            theta => Average(OwnSquaredErrors(Model(theta, x), y)), Tensor.From(1.0, 1.0, 1.0));
        lab.Output("check",
            $"gradient check {(check.Passed ? "passed" : "failed")}, largest error {check.LargestError:0.0E0}");
    }

    private static void CompareCosts(LabContext lab)
    {
        var rows = new List<object?[]>();
        foreach (int n in new[] { 3, 1000, 1_000_000 })
        {
            var random = new TorchGenerator(0);
            var x = Tensor.Rand([n], generator: random);
            var y = Tensor.Rand([n], generator: random);
            var theta = Tensor.From(1f, 1f, 1f).RequireGrad();
            double forward = double.PositiveInfinity, backward = double.PositiveInfinity;
            for (int run = 0; run < 10; run++)
            {
                Tensor? loss = null;
                var there = LabContext.Time(() => loss = Average(SquaredErrors(Model(theta, x), y)));
                var back = LabContext.Time(() => loss!.Backward());
                (forward, backward) = (Math.Min(forward, there.TotalMilliseconds),
                    Math.Min(backward, back.TotalMilliseconds));
            }

            rows.Add([$"{n:N0}", $"{(double)n * n:N0}", $"{forward:F3} ms", $"{backward:F3} ms",
                $"{backward / forward:F1}"]);
        }

        lab.Table("costs", ["$n$", "entries of the errors' Jacobian", "forward", "backward", "ratio"], rows);
    }

    /// <summary>f: θ₀ + θ₁x + θ₂x² + ... for every x.</summary>
    private static Tensor Model(Tensor theta, Tensor x)
    {
        var y = theta[0];
        for (int k = 1; k < theta.Size(0); k++)
        {
            y = y + theta[k] * x.Pow(k);
        }

        return y;
    }

    /// <summary>g: how far each prediction is off, squared.</summary>
    private static Tensor SquaredErrors(Tensor predictions, Tensor targets) => (targets - predictions).Pow(2);

    /// <summary>h: one number for all errors.</summary>
    private static Tensor Average(Tensor errors) => errors.Mean();

    private static Tensor OwnSquaredErrors(Tensor predictions, Tensor targets) => Autograd.Function(
        "OwnSquaredErrors", [predictions, targets],
        forward: inputs => (inputs[1] - inputs[0]).Pow(2),
        vjp: (g, inputs, value) => [g * 2 * (inputs[0] - inputs[1]), g * 2 * (inputs[1] - inputs[0])]);
}
