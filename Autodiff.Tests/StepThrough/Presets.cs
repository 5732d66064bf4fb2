using Autodiff.Nn;

namespace Autodiff.Tests.StepThrough;

/// <summary>Six functions that show what a backward pass can do.</summary>
internal static class Presets
{
    public static readonly (string Name, Func<Func<Tensor>> Make)[] All =
    [
        ("a function of one number", OneNumber),
        ("a parabola through three points", Parabola),
        ("logistic regression on four pixels", Logistic),
        ("a network with a dead neuron", DeadNeuron),
        ("a matrix product with a bias", Broadcast),
        ("a value used twice", UsedTwice),
    ];

    /// <summary>y = sin(x²) e^-x.</summary>
    private static Func<Tensor> OneNumber()
    {
        Tensor x = Named("x", Tensor.Scalar(0.7).RequireGrad());
        return () => (x * x).Sin() * (-x).Exp();
    }

    private static Func<Tensor> Parabola()
    {
        Tensor theta = Named("theta", Tensor.From(1.0, 1.0, 1.0).RequireGrad());
        Tensor x = Named("x", Tensor.From(-1.0, 0.0, 2.0)), y = Named("y", Tensor.From(2.0, 1.0, 5.0));
        return () => (y - (theta[0] + theta[1] * x + theta[2] * x.Square())).Pow(2).Mean();
    }

    private static Func<Tensor> Logistic()
    {
        Tensor pixels = Named("pixels", Tensor.From(new[,] { { 0.0, 0.9, 0.1, 0.8 }, { 0.7, 0.1, 0.6, 0.0 } }));
        Tensor labels = Named("labels", Tensor.From(1.0, 0.0));
        Tensor w = Named("w", Tensor.From(0.1, -0.2, 0.3, 0.4).RequireGrad()),
            b = Named("b", Tensor.Scalar(0.05).RequireGrad());
        return () => Functional.BCEWithLogitsLoss(pixels.MatMul(w) + b, labels);
    }

    /// <summary>One of two neurons is below zero at the only point, so its weight gets no gradient.</summary>
    private static Func<Tensor> DeadNeuron()
    {
        Tensor x = Named("x", Tensor.From(new[,] { { 1.5 } })),
            target = Named("target", Tensor.From(new[,] { { 2.0 } }));
        Tensor w1 = Named("w1", Tensor.From(new[,] { { 0.8 }, { -0.5 } }).RequireGrad()),
            b1 = Named("b1", Tensor.From(0.1, 0.2).RequireGrad());
        Tensor w2 = Named("w2", Tensor.From(new[,] { { 1.2, 0.7 } }).RequireGrad()),
            b2 = Named("b2", Tensor.From(-0.3).RequireGrad());
        return () => Functional.MSELoss(x.Linear(w1, b1).Relu().Linear(w2, b2), target);
    }

    private static Func<Tensor> Broadcast()
    {
        Tensor a = Named("a", Tensor.From(new[,] { { 1.0, -2.0, 0.5 }, { 0.0, 3.0, -1.0 } }).RequireGrad());
        Tensor b = Named("b", Tensor.From(new[,] { { 0.5, 1.0 }, { -1.0, 2.0 }, { 1.5, 0.25 } }).RequireGrad());
        Tensor bias = Named("bias", Tensor.From(0.1, -0.2).RequireGrad());
        return () => (a.MatMul(b) + bias).Tanh().Sum();
    }

    private static Func<Tensor> UsedTwice()
    {
        Tensor x = Named("x", Tensor.Scalar(3.0).RequireGrad());
        return () => x * x + x;
    }

    private static Tensor Named(string name, Tensor x)
    {
        x.Name = name;
        return x;
    }
}
