using Autodiff.Nn;

namespace Labs.Lab2;

// Optimization in one dimension: guess, try, descend.
internal sealed partial class OptimizationLab
{
    private const double Start = 2;
    private const int Steps = 1000;

    private static void MinimizeSquare(LabContext lab)
    {
        lab.Section("The bottom of a parabola");
        lab.Text(
            """
            Before any learning, plain optimization: find the $x$ at which $f(x) = x^2$ is smallest, starting from
            $x_0 = 2$. Everybody knows the answer, so every method can be judged.
            """);
        lab.Source(nameof(F));

        lab.Subsection("In one line");
        lab.Text(
            """
            Numerical libraries have a ready-made minimizer. Ours is L-BFGS, a quasi-Newton method: it asks for
            slopes, learns the curvature from how they change, and steps to where the slope should be zero.
            """);
        lab.Source(nameof(Minimize));
        #region minimize
        var (x, calls) = Minimize(F, Start);
        #endregion
        lab.Source("minimize");
        lab.Output($"x = {x.Item():G4}   f was evaluated {calls} times");

        lab.Subsection("Random search");
        lab.Exercise(
            """
            1000 times: take a random neighbour of $x$ (normal, standard deviation 0.01) and move there if it is
            better.
            """);
        lab.Source(nameof(RandomSearch));
        var random = RandomSearch(Start);
        lab.Check("random search", "x^2 from 2",
            [random.X, .. new[] { 1, 100, 500, 1000 }.Select(step => random.Values[step - 1])]);
        lab.Text(
            """
            Half of the guesses go uphill and are thrown away, but it works: no slope, no formula, only comparisons.
            """);

        lab.Subsection("Exhaustive search");
        lab.Exercise("1000 times: try both neighbours at distance 0.01 and move to the best of the three.");
        lab.Source(nameof(ExhaustiveSearch));
        var exhaustive = ExhaustiveSearch(Start);
        lab.Check("exhaustive search", "x^2 from 2", Math.Abs(exhaustive.X));
        lab.Text(
            """
            It marches straight down at 0.01 a step and arrives after 200. Nearer than its stride allows it can't
            come: it hits zero because 2 is 200 strides away; from 2.005 it would stop 0.005 off.
            """);

        lab.Subsection("Gradient descent by hand");
        lab.Exercise(@"With $\frac{df}{dx} = 2x$, 1000 times: $x \gets x - 0.01 \frac{df}{dx}$.");
        lab.Source(nameof(DescendByHand));
        var byHand = DescendByHand(Start);
        lab.Check("gradient descent by hand", "x after 1000 steps", byHand.X);

        lab.Subsection("Gradient descent with automatic differentiation");
        lab.Text(
            """
            The same again, but nobody tells the program what the derivative is: `Backward` finds it, the rest is
            still ours.
            """);
        lab.Source(nameof(DescendByAutodiff));
        var byAutodiff = DescendByAutodiff((float)Start);
        lab.Text("And the proper way: an optimizer owns the update.");
        lab.Source(nameof(DescendByOptimizer));
        var byOptimizer = DescendByOptimizer((float)Start);
        lab.Check("gradient descent by autodiff", "x after 1000 SGD steps", byOptimizer.X);
        lab.Table(["", "$x$ after 1000 steps"],
        [
            ["by hand, 64 bits", byHand.X],
            ["by autodiff, 32 bits", byAutodiff.X],
            ["by autodiff with `SGD`, 32 bits", byOptimizer.X],
        ]);
        lab.Question("Do we get the same results?",
            """
            Yes, up to rounding. The tape multiplies by the same 2x that we derived; the first five digits agree, and
            the rest differ because the labs' tensors keep 32 bits, some seven digits, at each of the 1000 steps.
            """);

        lab.Figure(
            new Plot("Five ways down", "step", "f(x)") { LogY = true, YRange = (1e-18, 10) }
                .Line(random.Values, "random search")
                .Line(exhaustive.Values, "exhaustive search")
                .Line(byHand.Values, "descent by hand")
                .Line(byAutodiff.Values, "descent by autodiff", dash: "dash")
                .Line(byOptimizer.Values, "descent by SGD", dash: "dot"),
            """
            A straight line on this scale: each descent step takes off the same 4 % of what is left, at first slower
            than marching, but never stopping. The three descents lie on top of each other.
            """);
        lab.Figure(
            new Plot("The descent on its curve", "x", "f(x)")
                .Function(Value, -0.5, 2.2, "x²")
                .AnimatedPath(Shown(exhaustive.Values).Map(Math.Sqrt), Shown(exhaustive.Values), "exhaustive search")
                .AnimatedPath(Shown(byHand.Values).Map(Math.Sqrt), Shown(byHand.Values), "gradient descent")
                .Frames("step", [.. Enumerable.Range(0, 61).Select(i => $"{i * 5}")]),
            "Steps of a fixed length against steps that shrink with the slope: every fifth of the first 300.");

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

    private static (double X, double[] Values) RandomSearch(double x)
    {
        var random = new NumpyRandomState(0);
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            double sample = x + random.Normal(scale: 0.01);
            if (Value(sample) < Value(x))
            {
                x = sample;
            }

            values[step] = Value(x);
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

    private static (double X, double[] Values) DescendByOptimizer(float start)
    {
        var x = Tensor.Scalar(start).RequireGrad();
        var optimizer = new SGD([x], learningRate: 0.01);
        double[] values = new double[Steps];
        for (int step = 0; step < Steps; step++)
        {
            var y = F(x);
            y.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            values[step] = y.Item();
        }

        return (x.Item(), values);
    }
}
