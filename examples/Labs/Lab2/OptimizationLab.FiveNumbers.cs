using Autodiff.Nn;

namespace Labs.Lab2;

// A bigger input space.
internal sealed partial class OptimizationLab
{
    private static readonly double[] s_fiveNumbers = [1, 2, 3, 4, 5];

    private static void SearchFiveNumbers(LabContext lab)
    {
        var (found, values) = RandomSearchOfFive();
        lab.Check("bigger input space", "random search", [.. found, values[^1]]);
        var (x, losses) = DescendOfFive();
        lab.Check("bigger input space", "(x1+..+x5)^2", [.. x.ToArray<double>(), F2(x).Item()]);
        lab.Figure("five-numbers", new Plot("f₂ by random search and by gradient descent", "step", "f₂(x)")
            {
                LogY = true,
                YRange = (1e-32, 1e3),
            }
                .Line(values, "random search").Line(losses, "gradient descent"));
        CompareDimensions(lab);
    }

    private static void CompareDimensions(LabContext lab)
    {
        var plot = new Plot("Random search in a bowl of d dimensions", "step", "f(x)")
        {
            LogY = true,
            YRange = (1e-6, 10),
        };
        var rows = new List<object?[]>();
        foreach (int dimensions in new[] { 1, 2, 5, 20, 100 })
        {
            var values = RandomSearchInBowl(dimensions);
            plot.Line(values, $"d = {dimensions}");
            rows.Add([dimensions, values[^1], 4 * Math.Pow(1 - 0.02, 2 * Steps)]);
        }

        var descent = Series.Count0(Steps).Map(step => 4 * Math.Pow(1 - 0.02, 2 * step));
        plot.Line(descent, "gradient descent", Palette.Grey, "dash");
        lab.Table("dimensions", ["$d$", "random search", "gradient descent (each number times 0.98 a step)"], rows);
        lab.Figure("bowls", plot);
    }

    private static Tensor F2(Tensor x) => (x[0] + x[1] + x[2] + x[3] + x[4]).Pow(2);

    private static (double[] X, double[] Values) RandomSearchOfFive()
    {
        var random = new NumpyRandomState(0);
        double[] x = [.. s_fiveNumbers], values = new double[Steps], step = new double[5];
        for (int i = 0; i < Steps; i++)
        {
            random.Normal(step, scale: 0.01);
            double[] sample = [.. x.Zip(step, (a, b) => a + b)];
            if (Math.Pow(sample.Sum(), 2) < Math.Pow(x.Sum(), 2))
            {
                x = sample;
            }

            values[i] = Math.Pow(x.Sum(), 2);
        }

        return (x, values);
    }

    private static (Tensor X, double[] Values) DescendOfFive()
    {
        var x = Tensor.From(s_fiveNumbers).RequireGrad();
        var optimizer = new SGD([x], learningRate: 0.01);
        double[] values = new double[Steps];
        for (int i = 0; i < Steps; i++)
        {
            var y = F2(x);
            y.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            values[i] = y.Item();
        }

        return (x.Detach(), values);
    }

    private static double[] RandomSearchInBowl(int dimensions)
    {
        var random = new NumpyRandomState(0);
        double[] x = [.. Enumerable.Repeat(2.0, dimensions)], values = new double[Steps], step = new double[dimensions];
        for (int i = 0; i < Steps; i++)
        {
            random.Normal(step, scale: 0.01);
            double[] sample = [.. x.Zip(step, (a, b) => a + b)];
            if (Bowl(sample) < Bowl(x))
            {
                x = sample;
            }

            values[i] = Bowl(x);
        }

        return values;

        static double Bowl(double[] x) => x.Average(value => value * value);
    }
}
