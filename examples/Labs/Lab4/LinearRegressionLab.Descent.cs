using System.Globalization;

namespace Labs.Lab4;

// Gradients, the update and full-batch descent: exercise 3.
internal sealed partial class LinearRegressionLab
{
    private const double LearningRate = 1e-5;

    private static void TakeFirstStep(LabContext lab, Tensor w, Tensor b)
    {
        lab.Section("Which way is down?");
        lab.Text(
            "`Backward` walks the tape from the loss back to `w` and `b`, and leaves in their `Grad` by how much the "
                + "loss grows with each number.");
        var model = LinearModel(w, b);
        #region backward
        var loss = Mse(model(s_inputs), s_targets);
        loss.Backward();
        #endregion
        lab.Source("backward");
        lab.Output($"w.Grad = {w.Grad}\nb.Grad = {b.Grad}");
        lab.Check("gradients", "w.grad", w.Grad!.ToArray<float>());
        lab.Text("For once we can check it by hand. With the residuals $R = X W^\\top + b - T$ the chain rule gives");
        lab.Formula(@"\nabla_W = \frac{2}{nm} R^\top X, \qquad \nabla_b = \frac{2}{nm} \sum_i R_i");
        lab.Source(nameof(GradientByHand));
        var (byHandW, byHandB) = GradientByHand(w, b);
        lab.Output(
            $"largest difference from the tape's: {(byHandW - w.Grad!).Abs().Max():G2} and "
                + $"{(byHandB - b.Grad!).Abs().Max():G2}");

        lab.Text(
            """
            The gradients are huge and point uphill, so we go against them by a hundred-thousandth: that factor is the
            *learning rate*. `NoGrad` keeps the update itself off the tape.
            """);
        #region update
        using (Tensor.NoGrad())
        {
            w -= w.Grad! * LearningRate;
            b -= b.Grad! * LearningRate;
        }
        #endregion
        lab.Source("update");
        lab.Check("after one step", "loss", Mse(model(s_inputs), s_targets).Item());

        lab.Subsection("Gradients add up");
        Mse(model(s_inputs), s_targets).Backward();
        float added = w.Grad![0, 0].Item<float>();
        #region reset
        w.Grad.Zero();
        b.Grad!.Zero();
        #endregion
        lab.Text(string.Create(CultureInfo.InvariantCulture,
            $"A second `Backward` adds to what the first one left: the first entry of `w.Grad` is now {added:F1}, the "
                + $"sum of both. So before the next step they are reset."));
        lab.Source("reset");
        lab.Output($"w.Grad = {w.Grad}\nb.Grad = {b.Grad}");
    }

    private static (Tensor W, Tensor B) GradientByHand(Tensor w, Tensor b)
    {
        using var noGrad = Tensor.NoGrad();
        var residuals = LinearModel(w, b)(s_inputs) - s_targets;
        double scale = 2.0 / residuals.ElementCount;
        return (scale * residuals.T.MatMul(s_inputs), scale * residuals.Sum(0));
    }

    private static void TakeSecondStep(LabContext lab, Tensor w, Tensor b)
    {
        lab.Section("Predict, judge, differentiate, step, reset");
        lab.Text("Training is these five, over and over. Once more in slow motion:");
        lab.Source("second-step");
        #region second-step
        var model = LinearModel(w, b);
        var loss = Mse(model(s_inputs), s_targets);         // predict, judge
        loss.Backward();                                    // differentiate
        var (wGrad, bGrad) = (w.Grad!.Clone(), b.Grad!.Clone());
        using (Tensor.NoGrad())
        {
            w -= w.Grad * LearningRate;                     // step
            b -= b.Grad * LearningRate;
            w.Grad.Zero();                                  // reset
            b.Grad.Zero();
        }
        #endregion
        lab.Check("after one step", "w.grad", wGrad.ToArray<float>());
        lab.Check("after one step", "b.grad", bGrad.ToArray<float>());
        lab.Check("after two steps", "w", w.ToArray<float>());
        lab.Check("after two steps", "b", b.ToArray<float>());
        lab.Check("after two steps", "loss", Mse(model(s_inputs), s_targets).Item());

        lab.Exercise("**Exercise 3.** Gather the update in one function.");
        lab.Source(nameof(PerformOneUpdate));
        double before = Mse(model(s_inputs), s_targets).Item();
        PerformOneUpdate(s_inputs, s_targets, w, b);
        double after = Mse(model(s_inputs), s_targets).Item();
        lab.Output($"Exercise 3: {(after < before ? "OK" : "not OK")}, the loss went from {before:F1} to {after:F1}.");
    }

    /// <summary>One step of gradient descent on these observations; gives the loss before it.</summary>
    private static double PerformOneUpdate(
        Tensor inputs, Tensor targets, Tensor w, Tensor b, double learningRate = LearningRate)
    {
        var loss = Mse(LinearModel(w, b)(inputs), targets);
        loss.Backward();
        using (Tensor.NoGrad())
        {
            w -= w.Grad! * learningRate;
            b -= b.Grad! * learningRate;
            w.Grad = null;
            b.Grad = null;
        }

        return loss.Item();
    }

    private static void TrainOnFullBatch(LabContext lab, Tensor w, Tensor b)
    {
        lab.Section("Full-batch gradient descent");
        lab.Text(
            "One pass over all data is an *epoch*. Here every step sees all five regions, so a step is an epoch. A "
                + "hundred of them:");
        lab.Source(nameof(TrainWithGD));
        var losses = TrainWithGD(s_inputs, s_targets, w, b, epochs: 100);
        var predictions = LinearModel(w, b)(s_inputs).Detach();
        double last = Mse(predictions, s_targets).Item();
        lab.Check("full-batch descent", "loss after one more update", last);
        lab.Figure(
            new Plot("Loss of full-batch gradient descent", "epoch",
                "mean squared error") { LogY = true }.Line([.. losses, last]),
            "Steep at first; from the 20th epoch on each takes off little more than 1 %.");
        ShowPredictions(lab, predictions);
        lab.Text(
            "Now the predictions are of the right size, but not good yet: oranges in the fourth region are still more "
                + "than twice what they should be.");
    }

    private static List<double> TrainWithGD(
        Tensor inputs, Tensor targets, Tensor w, Tensor b, int epochs, double learningRate = LearningRate)
    {
        List<double> losses = [];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            losses.Add(PerformOneUpdate(inputs, targets, w, b, learningRate));
        }

        return losses;
    }
}
