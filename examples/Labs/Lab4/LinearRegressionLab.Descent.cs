namespace Labs.Lab4;

// Gradients, the update and full-batch descent: exercise 3.
internal sealed partial class LinearRegressionLab
{
    private const double LearningRate = 1e-5;

    private static void TakeFirstStep(LabContext lab, Tensor w, Tensor b)
    {
        var model = LinearModel(w, b);
        #region backward
        var loss = Mse(model(s_inputs), s_targets);
        loss.Backward();
        #endregion

        lab.Output("gradients", $"w.Grad = {w.Grad}\nb.Grad = {b.Grad}");
        lab.Check("gradients", "w.grad", w.Grad!.ToArray<float>());

        var (byHandW, byHandB) = GradientByHand(w, b);
        lab.Output("by-hand", $"largest difference from the tape's: {(byHandW - w.Grad!).Abs().Max():G2} and "
                + $"{(byHandB - b.Grad!).Abs().Max():G2}");

        #region update
        using (Tensor.NoGrad())
        {
            w -= w.Grad! * LearningRate;
            b -= b.Grad! * LearningRate;
        }
        #endregion

        lab.Check("after one step", "loss", Mse(model(s_inputs), s_targets).Item());
        lab.Check("after one step", "predictions", model(s_inputs).Detach().ToArray<float>());

        Mse(model(s_inputs), s_targets).Backward();
        float added = w.Grad![0, 0].Item<float>();
        #region reset
        w.Grad.Zero();
        b.Grad!.Zero();
        #endregion
        lab.Value("added", $"{added:F1}");

        lab.Output("reset", $"w.Grad = {w.Grad}\nb.Grad = {b.Grad}");
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

        double before = Mse(model(s_inputs), s_targets).Item();
        PerformOneUpdate(s_inputs, s_targets, w, b);
        double after = Mse(model(s_inputs), s_targets).Item();
        lab.Output("exercise-3",
            $"Exercise 3: {(after < before ? "OK" : "not OK")}, the loss went from {before:F1} to {after:F1}.");
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
        var losses = TrainWithGD(s_inputs, s_targets, w, b, epochs: 100);
        var predictions = LinearModel(w, b)(s_inputs).Detach();
        double last = Mse(predictions, s_targets).Item();
        lab.Check("full-batch descent", "loss after one more update", last);
        lab.Check("full-batch descent", "predictions", predictions.ToArray<float>());
        lab.Figure("full-batch", new Plot("Loss of full-batch gradient descent", "epoch",
                "mean squared error") { LogY = true }.Line([.. losses, last]));
        lab.Table("predictions-after-100-epochs", s_predicted, Predicted(predictions));
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
