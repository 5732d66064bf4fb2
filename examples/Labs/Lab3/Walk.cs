using Autodiff.Nn;

namespace Labs.Lab3;

/// <summary>
/// An optimizer's way over a landscape: where it was before the first and after each step, and how high.
/// </summary>
internal sealed record Walk(List<double> X, List<double> Y, List<double> Height)
{
    public Walk() : this([], [], [])
    {
    }

    /// <summary>Where it was after so many steps: x, y, f; by default at its end.</summary>
    public double[] At(Index step) => [X[step], Y[step], Height[step]];

    public double[] End => At(^1);

    public void Add(Tensor x, Tensor y, Tensor height)
    {
        X.Add(x.Item());
        Y.Add(y.Item());
        Height.Add(height.Item());
    }

    /// <summary>Lets an optimizer look for the minimum of f.</summary>
    public static Walk Minimize(
        Func<Tensor, Tensor, Tensor> f, (double X, double Y) start, Func<Tensor[], Optimizer> method,
        int steps = 50, Func<Optimizer, LRScheduler>? schedule = null)
    {
        var walk = new Walk();
        var x = Tensor.Scalar((float)start.X).RequireGrad();
        var y = Tensor.Scalar((float)start.Y).RequireGrad();
        var optimizer = method([x, y]);
        var scheduler = schedule?.Invoke(optimizer);
        for (int step = 0; step < steps; step++)
        {
            var height = f(x, y);
            walk.Add(x, y, height);
            height.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            scheduler?.Step();              // after the optimizer's step
        }

        walk.Add(x, y, f(x, y));
        return walk;
    }

    /// <summary>The part up to where it first leaves the square from -limit to limit.</summary>
    public Walk Within(double limit)
    {
        int left = Enumerable.Range(0, X.Count).TakeWhile(i => Math.Abs(X[i]) <= limit && Math.Abs(Y[i]) <= limit)
            .Count();
        return new Walk(X[..left], Y[..left], Height[..left]);
    }
}
