namespace Autodiff.Tests.Shapes;

/// <summary>Derivatives by central differences, to hold rules against.</summary>
internal static class Numeric
{
    /// <summary>Numbers without pattern, the same each time.</summary>
    public static Tensor Values(params int[] shape) => Values(7, shape);

    public static Tensor Values(int seed, int[] shape)
    {
        Random random = new(seed);
        double[] values = new double[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Math.Round(random.NextDouble() * 4 - 2, 3);
        }

        return Tensor.From<double>(values, shape);
    }

    /// <summary>
    /// Checks first and second derivatives of <paramref name="f"/> in all its arguments, with an upstream gradient that
    /// differs everywhere.
    /// </summary>
    public static void CheckGradients(Func<Tensor[], Tensor> f, params Tensor[] arguments)
    {
        Tensor Weighted(Tensor[] xs)
        {
            // Squares, so that first derivatives depend on the arguments and second ones are not zero.
            Tensor y = f([.. xs.Select(x => x.Square() + x)]);
            return (y * Values(11, y.Shape.ToArray())).Sum();
        }

        Tensor[] xs = [.. arguments.Select(x => x.Detach().Clone().RequireGrad())];
        Weighted(xs).Backward(createGraph: true);
        Tensor[] first = [.. xs.Select(x => x.Grad!)];
        Tensor Slope(Tensor[] at)
        {
            Tensor[] again = [.. at.Select(x => x.Detach().Clone().RequireGrad())];
            Weighted(again).Backward();
            return again.Select((x, k) => (x.Grad! * Values(13 + k, x.Shape.ToArray())).Sum())
                .Aggregate((a, b) => a + b).Detach();
        }

        Compare("first derivative", xs, first, at => Weighted(at).Detach());
        foreach (Tensor x in xs)
        {
            x.Grad = null;
        }

        first.Select((g, k) => (g * Values(13 + k, g.Shape.ToArray())).Sum()).Aggregate((a, b) => a + b).Backward();
        Compare("second derivative", xs, [.. xs.Select(x => x.Grad!)], Slope);
    }

    private static void Compare(string what, Tensor[] xs, Tensor[] gradients, Func<Tensor[], Tensor> f)
    {
        const double Step = 1e-4;
        for (int k = 0; k < xs.Length; k++)
        {
            double[] values = xs[k].ToArray<double>(), gradient = gradients[k].ToArray<double>();
            for (int i = 0; i < values.Length; i++)
            {
                double At(double offset)
                {
                    double[] moved = [.. values];
                    moved[i] += offset;
                    Tensor[] at = [.. xs];
                    at[k] = Tensor.From<double>(moved, xs[k].Shape);
                    return f(at).Item();
                }

                double expected = (At(Step) - At(-Step)) / (2 * Step);
                Assert.That(gradient[i], Is.EqualTo(expected).Within(1e-6 * (1 + Math.Abs(expected))),
                    $"{what} in element {i} of argument {k}");
            }
        }
    }
}
