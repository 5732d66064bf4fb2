using Autodiff.Nn;

namespace Labs.Lab2;

// Optimization in one dimension: guess, try, descend.
internal sealed partial class OptimizationLab
{
    private const double Start = 2;
    private const int Steps = 1000;

    private static void MinimizeSquare(LabContext lab)
    {
        #region minimize
        var (x, calls) = Minimize(F, Start);
        #endregion
        lab.Output("minimum", $"x = {x.Item():G4}   f was evaluated {calls} times");

        var random = RandomSearch(x => Value(x[0]), Start);
        lab.Check("random search", "x^2 from 2",
            [random.X[0], .. new[] { 1, 100, 500, 1000 }.Select(step => random.Values[step - 1])]);

        var exhaustive = ExhaustiveSearch(Start);
        lab.Check("exhaustive search", "x^2 from 2", Math.Abs(exhaustive.X));

        var byHand = DescendByHand(Start);
        lab.Check("gradient descent by hand", "x after 1000 steps", byHand.X);

        var byAutodiff = DescendByAutodiff((float)Start);
        var byOptimizer = DescendByOptimizer(F, Tensor.Scalar((float)Start));
        lab.Check("gradient descent by autodiff", "x after 1000 SGD steps", byOptimizer.X.Item());
        lab.Table("descents", ["", "$x$ after 1000 steps"],
        [
            ["by hand, 64 bits", byHand.X],
            ["by autodiff, 32 bits", byAutodiff.X],
            ["by autodiff with `SGD`, 32 bits", byOptimizer.X.Item()],
        ]);

        lab.Figure("five-ways-down", new Plot("Five ways down", "step", "f(x)") { LogY = true, YRange = (1e-18, 10) }
                .Line(random.Values, "random search")
                .Line(exhaustive.Values, "exhaustive search")
                .Line(byHand.Values, "descent by hand")
                .Line(byAutodiff.Values, "descent by autodiff", dash: "dash")
                .Line(byOptimizer.Values, "descent by SGD", dash: "dot"));
        lab.Figure("descent", new Plot("The descent on its curve", "x", "f(x)")
                .Function(Value, -0.5, 2.2, "x²")
                .AnimatedPath(Shown(exhaustive.Values).Map(Math.Sqrt), Shown(exhaustive.Values), "exhaustive search")
                .AnimatedPath(Shown(byHand.Values).Map(Math.Sqrt), Shown(byHand.Values), "gradient descent")
                .Frames("step", [.. Enumerable.Range(0, 61).Select(i => $"{i * 5}")]));

        static Series Shown(double[] values) => Enumerable.Range(0, 61).Select(i => values[i * 5]).ToArray();
    }

    private static Tensor F(Tensor x) => x.Pow(2);

    private static double Value(double x) => F(Tensor.Scalar(x)).Item();

    /// <summary>The minimum near a start, in 64 bits, and how often f was asked.</summary>
    private static (Tensor X, int Calls) Minimize(Func<Tensor, Tensor> f, params double[] start)
    {
        var x = Tensor.From(start).RequireGrad();
        var optimizer = new LBFGS([x], lineSearch: LineSearch.StrongWolfe);
        int calls = 0;
        optimizer.Step(() =>
        {
            calls++;
            optimizer.ZeroGrad();
            var loss = f(x).Sum();
            loss.Backward();
            return loss;
        });
        return (x.Detach(), calls);
    }

    /// <summary>From a point of one number or of several.</summary>
    private static (double[] X, double[] Values) RandomSearch(Func<double[], double> f, params double[] x)
    {
        var random = new NumpyRandomState(0);
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            double[] sample = Array.ConvertAll(x, number => number + random.Normal(scale: 0.01));
            if (f(sample) < f(x))
            {
                x = sample;
            }

            values[step] = f(x);
        }

        return (x, values);
    }

    private static (double X, double[] Values) ExhaustiveSearch(double x)
    {
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            double[] neighbours = [x, x - 0.01, x + 0.01];
            x = neighbours.MinBy(Value);
            values[step] = Value(x);
        }

        return (x, values);
    }

    private static (double X, double[] Values) DescendByHand(double x)
    {
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            values[step] = Value(x);
            x -= 0.01 * (2 * x);
        }

        return (x, values);
    }

    private static (double X, double[] Values) DescendByAutodiff(float start)
    {
        var x = Tensor.Scalar(start).RequireGrad();
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            var y = F(x);
            y.Backward();
            using (Tensor.NoGrad())
            {
                x -= 0.01 * x.Grad!;
            }

            x.Grad = null;
            values[step] = y.Item();
        }

        return (x.Item(), values);
    }

    private static (Tensor X, double[] Values) DescendByOptimizer(
        Func<Tensor, Tensor> f, Tensor start, double learningRate = 0.01, Action<Tensor>? watch = null)
    {
        var x = start.RequireGrad();
        var optimizer = new SGD([x], learningRate);
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            watch?.Invoke(x);
            var y = f(x);
            y.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            values[step] = y.Item();
        }

        return (x.Detach(), values);
    }
}
