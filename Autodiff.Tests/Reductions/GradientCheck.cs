namespace Autodiff.Tests.Reductions;

/// <summary>
/// Compares gradients, and gradients of gradients, with central differences in float64 under an uneven upstream
/// gradient.
/// </summary>
internal static class GradientCheck
{
    public static Tensor Sample(Shape shape, int seed = 1, double low = -2, double high = 2)
    {
        System.Random random = new(seed);
        double[] data = new double[shape.ElementCount];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = low + (high - low) * random.NextDouble();
        }

        return Tensor.From<double>(data, shape);
    }

    public static void First(Func<Tensor, Tensor> f, Tensor x, double tolerance = 1e-6) => Compare(f, x, tolerance);

    /// <summary>The first derivative, and the derivative of the first derivative along a fixed direction.</summary>
    public static void Second(Func<Tensor, Tensor> f, Tensor x, double tolerance = 1e-5)
    {
        Compare(f, x, tolerance);
        Tensor upstream = Upstream(f(x));
        Compare(
            z =>
            {
                Tensor leaf = z.RequiresGrad ? z : z.Clone().RequireGrad();
                return Autograd.Grad([f(leaf)], [leaf], [upstream], createGraph: true)[0]!;
            },
            x, tolerance);
    }

    private static void Compare(Func<Tensor, Tensor> f, Tensor x, double tolerance)
    {
        double[] at = x.ToArray<double>();
        Tensor leaf = Tensor.From<double>(at, x.Shape).RequireGrad();
        Tensor y = f(leaf);
        Tensor upstream = Upstream(y);
        y.Backward(upstream);
        double[] weights = upstream.ToArray<double>(), actual = (leaf.Grad ?? Tensor.ZerosLike(leaf)).ToArray<double>();
        const double step = 1e-5;
        for (int i = 0; i < at.Length; i++)
        {
            double high = Weighted(step), low = Weighted(-step);
            double expected = (high - low) / (2 * step);
            Assert.That(actual[i], Is.EqualTo(expected).Within(tolerance * Math.Max(1, Math.Abs(expected))),
                $"element {i} of {x.Shape}");

            double Weighted(double by)
            {
                double[] moved = [.. at];
                moved[i] += by;
                double[] values = f(Tensor.From<double>(moved, x.Shape)).ToArray<double>();
                double sum = 0;
                for (int k = 0; k < values.Length; k++)
                {
                    sum += values[k] * weights[k];
                }

                return sum;
            }
        }
    }

    private static Tensor Upstream(Tensor y) => Sample(y.Shape, seed: 99, low: 0.5, high: 1.5);
}
