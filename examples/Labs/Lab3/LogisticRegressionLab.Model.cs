using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// The model, its loss, and its gradient by hand.
internal sealed partial class LogisticRegressionLab
{
    private const int Weights = Mnist.Rows * Mnist.Columns;

    private static void DefineModel(LabContext lab, Digits digits)
    {
        #region test
        var (x, t) = digits.Train.First();
        var theta = Tensor.Full([Weights + 1], 0.01);
        var (loss, gradient, _) = LossAndGradient(theta, x, t);
        #endregion

        lab.Check("loss and gradient", "theta = ones/100: loss", loss.Item());
        lab.Check("loss and gradient", "theta = ones/100: sum", gradient.Sum().Item());

        #region tape
        theta.RequireGrad();
        LossAndGradient(theta, x, t).Loss.Backward();
        var difference = (theta.Grad! - gradient).Abs().Max();
        #endregion

        var library = new BCEWithLogitsLoss().Forward(WithOnes(x).MatMul(theta), t.To(DType.Float32));
        lab.Output("tape", string.Create(CultureInfo.InvariantCulture,
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
