using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// The model, its loss, and its gradient by hand.
internal sealed partial class LogisticRegressionLab
{
    private const int Weights = Mnist.Rows * Mnist.Columns;

    private static void DefineModel(LabContext lab, Digits digits)
    {
        lab.Section("A weight for each pixel");
        lab.Text(
            """
            An image becomes a row $x$ of $28 \cdot 28 = 784$ pixels. (Neighbours are torn apart; a model that knows
            what is near what would have it easier.) The model weighs each pixel and squeezes the sum into a
            probability, that of a one:

            $$p = f_\theta(x) = \sigma(a^\top x + b), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \theta = (a, b)$$

            A pixel that is dark in ones and bright in sevens will get a negative weight. The loss is the *cross
            entropy*, small if the right answer was thought probable:

            $$E(\theta) = -\frac{1}{N} \sum_{i=1}^{N} \left( t_i \ln p_i + (1 - t_i) \ln(1 - p_i) \right)$$
            """);
        lab.Exercise(
            "Write a function that gives the loss, its gradient and the predictions for all images at once, without a "
                + "loop. A column of ones, as a 785th pixel, takes care of the bias.");
        lab.Question("A hint for the gradient",
            @"With $\sigma' = \sigma (1 - \sigma)$ the logarithms' denominators cancel, and what is left is as "
            + @"simple as linear regression: $\nabla E = \frac{1}{N} X^\top (p - t)$.");
        lab.Source(nameof(LossAndGradient));

        #region test
        var (x, t) = digits.Train.First();
        var theta = Tensor.Full([Weights + 1], 0.01);
        var (loss, gradient, _) = LossAndGradient(theta, x, t);
        #endregion
        lab.Text("For $\\theta = (0.01, \\ldots, 0.01)$:");
        lab.Source("test");
        lab.Check("loss and gradient", "theta = ones/100: loss", loss.Item());
        lab.Check("loss and gradient", "theta = ones/100: sum", gradient.Sum().Item());

        lab.Subsection("Checked against the tape");
        lab.Text(
            "The tape needs no hint. From the loss alone it finds the same 785 derivatives, and the library's own "
                + "loss, which takes the sums before $\\sigma$ and can't overflow, agrees:");
        #region tape
        theta.RequireGrad();
        LossAndGradient(theta, x, t).Loss.Backward();
        var difference = (theta.Grad! - gradient).Abs().Max();
        #endregion
        lab.Source("tape");
        var library = new BCEWithLogitsLoss().Forward(WithOnes(x).MatMul(theta), t.To(DType.Float32));
        lab.Output(string.Create(CultureInfo.InvariantCulture,
            $"largest difference of a derivative  {difference.Item():E1}\nthe loss by BCEWithLogitsLoss        "
                + $"{library.Item():F6}, by hand {loss.Item():F6}"));
    }

    /// <summary>The loss of theta on images x with labels t, its gradient, and the predictions.</summary>
    private static (Tensor Loss, Tensor Gradient, Tensor Prediction) LossAndGradient(
        Tensor theta, Tensor x, Tensor t)
    {
        x = WithOnes(x);
        var p = x.MatMul(theta).Sigmoid();
        var loss = -(t * p.Log() + (1 - t) * (1 - p).Log()).Mean();
        var gradient = x.T.MatMul(p - t) / x.Size(0);
        return (loss, gradient, p);
    }

    /// <summary>Images as rows of 784 pixels and a one.</summary>
    private static Tensor WithOnes(Tensor x) => Tensor.Cat([x.Flatten(1), Tensor.Ones([x.Size(0), 1])], dim: 1);
}
