namespace Labs.Lab5;

// The loss as a chain of three steps, and how a gradient travels back along it.
internal sealed partial class AutodiffLab
{
    private static void FollowTheChain(LabContext lab)
    {
        lab.Section("The chain rule, by a machine");
        lab.Text(
            """
            The gradient above was derived by looking at the loss as one block. Change the model, and the derivation
            starts again. But the loss is a *composition* $h \circ g \circ f$ of three simple steps: the model, the
            squared errors, their average.

            $$\theta \mapsto f(\theta) = \hat{\mathbf{y}}
            \mapsto g(\hat{\mathbf{y}}) = \mathbf{e} \mapsto h(\mathbf{e}) = \mathcal{L}$$
            """);
        lab.Source(nameof(Model));
        lab.Source(nameof(SquaredErrors));
        lab.Source(nameof(Average));
        MultiplyJacobians(lab);
        GoBackwardByVectors(lab);
        WriteOperation(lab);
        CompareCosts(lab);
    }

    private static void MultiplyJacobians(LabContext lab)
    {
        lab.Subsection("The chain of Jacobians");
        lab.Text(
            """
            In one dimension $(h \circ g)'(x) = h'(g(x)) \, g'(x)$. With vectors each derivative is a matrix, the
            *Jacobian*, which holds the derivative of every output by every input, and the factors are multiplied as
            matrices:

            $$\underbrace{\frac{\partial \mathcal{L}}{\partial \theta}}_{1 \times k}
            = \underbrace{\frac{\partial \mathcal{L}}{\partial \mathbf{e}}}_{1 \times n}
            \cdot \underbrace{\frac{\partial \mathbf{e}}{\partial \hat{\mathbf{y}}}}_{n \times n}
            \cdot \underbrace{\frac{\partial \hat{\mathbf{y}}}{\partial \theta}}_{n \times k}$$

            For the parabola through three points, at $\theta = (1, 1, 1)$:
            """);
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys), theta = Tensor.From(1.0, 1.0, 1.0);
        #region jacobians
        Tensor predictions = Model(theta, x), errors = SquaredErrors(predictions, y);
        var jacobianOfModel = Autograd.Jacobian(t => Model(t, x), theta);
        var jacobianOfErrors = Autograd.Jacobian(p => SquaredErrors(p, y), predictions);
        var jacobianOfAverage = Autograd.Jacobian(Average, errors);
        var product = jacobianOfAverage.MatMul(jacobianOfErrors).MatMul(jacobianOfModel);
        #endregion
        lab.Source("jacobians");
        lab.Output(
            $"""
            ∂L/∂e =
            {jacobianOfAverage}

            ∂e/∂ŷ =
            {jacobianOfErrors}

            ∂ŷ/∂θ =
            {jacobianOfModel}

            their product =
            {product}
            """);
        lab.Text(
            """
            Each row of $\partial \hat{\mathbf{y}} / \partial \theta$ is $1, x_i, x_i^2$; the errors' Jacobian is
            diagonal, since every error depends on its own prediction only.
            """);
    }

    private static void GoBackwardByVectors(LabContext lab)
    {
        lab.Subsection("Vector times Jacobian");
        lab.Text(
            """
            Read the product from the left: a row vector times a matrix is a row vector again. So no matrix need ever
            be stored. Each step only has to know how to multiply *a given vector* by its own Jacobian, the
            **vector-Jacobian product** (VJP), and hands the result to the step before it. That is backpropagation:
            """);
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys), theta = Tensor.From(1.0, 1.0, 1.0);
        Tensor predictions = Model(theta, x), errors = SquaredErrors(predictions, y);
        #region vjp
        var v = Tensor.Scalar(1.0);
        var (_, byErrors) = Autograd.Vjp(Average, errors, v);
        var (_, byPredictions) = Autograd.Vjp(p => SquaredErrors(p, y), predictions, byErrors);
        var (_, byTheta) = Autograd.Vjp(t => Model(t, x), theta, byPredictions);
        #endregion
        lab.Source("vjp");
        lab.Output($"v ∂L/∂e = {byErrors}\n  ∂e/∂ŷ = {byPredictions}\n  ∂ŷ/∂θ = {byTheta}");
        lab.Text("And that is what `Backward` does, for every operation that was recorded:");
        #region backward
        theta.RequireGrad();
        var loss = Average(SquaredErrors(Model(theta, x), y));
        loss.Backward();
        #endregion
        lab.Source("backward");
        double[] byHand = LossGradient([1, 1, 1], s_xs, s_ys);
        lab.Output($"theta.Grad = {theta.Grad}\nby hand    = {Tensor.From(byHand)}");
        lab.Text(
            """
            The record is the *tape*. Every line is one operation, its shape, its formula, and the rule by which an
            upstream gradient $g$ goes on to the operands. Backpropagation reads it from bottom to top, once:
            """);
        theta.Name = "theta";
        lab.Output(Tape.Of(Average(SquaredErrors(Model(theta, x), y))).ToString());
        lab.Text(
            """
            `Tape.Record` runs a loss forward and backward and keeps all that happens on the way. Its page steps through
            it: every value and gradient, each rule in letters and in numbers, the Jacobian that is never formed beside
            the vector-Jacobian product, and finite differences:
            """);
        #region record
        x.Name = "x";
        y.Name = "y";
        var tape = Tape.Record(() => Average(SquaredErrors(Model(theta, x), y)));
        #endregion
        lab.Source("record");
        lab.Attach("lab-5-vjp.html", tape.ToHtml("A parabola's loss, step by step"), "The loss, step by step");
    }

    private static void WriteOperation(LabContext lab)
    {
        lab.Subsection("A step with a rule of one's own");
        lab.Text(
            """
            The engine's rules are nothing special. Here the squared errors are one operation with its own VJP, and a
            check against finite differences:
            """);
        lab.Source(nameof(OwnSquaredErrors));
        Tensor x = Tensor.From(s_xs), y = Tensor.From(s_ys);
        var check = Autograd.GradientCheck(
            theta => Average(OwnSquaredErrors(Model(theta, x), y)), Tensor.From(1.0, 1.0, 1.0));
        lab.Output($"gradient check {(check.Passed ? "passed" : "failed")}, largest error {check.LargestError:0.0E0}");
    }

    private static void CompareCosts(LabContext lab)
    {
        lab.Subsection("What it saves");
        lab.Text(
            """
            The errors' Jacobian has $n^2$ entries. The vectors that travel have $n$. Measured: the loss of a
            parabola on $n$ points, forward and backward.
            """);
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

        lab.Table(["$n$", "entries of the errors' Jacobian", "forward", "backward", "ratio"], rows);
        lab.Text(
            """
            A gradient costs about as much as a few evaluations, however many parameters there are. A million points
            would need a Jacobian of $10^{12}$ numbers, four terabytes.
            """);
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
