using Autodiff.Nn;

namespace Labs.Lab2;

// A bigger input space.
internal sealed partial class OptimizationLab
{
    private static readonly double[] s_fiveNumbers = [1, 2, 3, 4, 5];

    private static void SearchFiveNumbers(LabContext lab)
    {
        lab.Section("A bigger input space");
        lab.Text(
            """
            Now five numbers go in, and $f_2(x_1, \ldots, x_5) = (x_1 + x_2 + x_3 + x_4 + x_5)^2$ comes out. From
            $(1, 2, 3, 4, 5)$ it starts at $15^2 = 225$.
            """);
        lab.Exercise(
            """
            Try the random search, now with a random step in each of the five directions, and then gradient descent.
            """);
        lab.Source(nameof(RandomSearchOfFive));
        var (found, values) = RandomSearchOfFive();
        lab.Check("bigger input space", "random search", [.. found, values[^1]]);
        lab.Source(nameof(DescendOfFive));
        var (x, losses) = DescendOfFive();
        lab.Check("bigger input space", "(x1+..+x5)^2", [.. x.ToArray<double>(), F2(x).Item()]);
        lab.Figure(
            new Plot("f₂ by random search and by gradient descent", "step", "f₂(x)")
            {
                LogY = true,
                YRange = (1e-32, 1e3),
            }
                .Line(values, "random search").Line(losses, "gradient descent"));
        lab.Question("What can you say about the two methods?",
            """
            Only the sum matters, so the gradient is the same in all five directions: every number goes down by 3,
            and the sum shrinks by a tenth a step, until it is zero to the last digit after some 350 steps. The
            random search moves the sum by about 0.02 where it moves at all, and half of its steps are lost: after
            1000 of them it is still at 33.8. It doesn't know that far away it should hurry.
            """);
        CompareDimensions(lab);
    }

    private static void CompareDimensions(LabContext lab)
    {
        lab.Subsection("And in a hundred dimensions?");
        lab.Text(
            """
            $f_2$ is kind to the random search, because only one direction matters. A bowl is not:
            $f(x) = \frac{1}{d}\lVert x \rVert^2$ from $(2, 2, \ldots, 2)$ starts at 4 whatever the number $d$ of
            dimensions. 1000 steps of each method:
            """);
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
        lab.Table(["$d$", "random search", "gradient descent (each number times 0.98 a step)"], rows);
        lab.Figure(plot,
            "The gradient costs one backward pass in any dimension; good guesses get rarer with every dimension.");
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
