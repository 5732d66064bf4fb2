namespace Autodiff.Nn;

/// <summary>What is known of a point of a line search.</summary>
/// <param name="Position">How far along the direction.</param>
/// <param name="Loss">The loss there.</param>
/// <param name="Gradient">The gradient there.</param>
/// <param name="Slope">The gradient along the direction.</param>
internal readonly record struct SearchPoint(double Position, double Loss, Tensor Gradient, double Slope);

/// <summary>
/// A line search for the strong Wolfe conditions: enough descent, and a slope small enough. J. Nocedal, S. Wright,
/// "Numerical Optimization", 2nd ed., algorithms 3.5 and 3.6, with the interpolation of M. Schmidt's minFunc, as
/// PyTorch has it.
/// </summary>
internal static class StrongWolfe
{
    private const double SufficientDecrease = 1e-4;
    private const double Curvature = 0.9;
    private const double ChangeTolerance = 1e-9;
    private const int MaxSteps = 25;

    /// <summary>Searches from <paramref name="start"/> (position 0), trying <paramref name="t"/> first.</summary>
    /// <param name="evaluate">Loss, gradient and slope at a position.</param>
    /// <param name="start">The point at position 0.</param>
    /// <param name="t">The first position to try.</param>
    /// <param name="largestMove">The largest component of the direction.</param>
    /// <param name="evaluations">How often <paramref name="evaluate"/> was called.</param>
    public static SearchPoint Search(Func<double, SearchPoint> evaluate, SearchPoint start, double t,
        double largestMove, out int evaluations)
    {
        SearchPoint point = evaluate(t), before = start, low, high;
        evaluations = 1;
        int steps = 0;
        while (true)
        {
            if (steps == MaxSteps)
            {
                (low, high) = (start, point);
                break;
            }

            if (TooHigh(point) || (steps > 1 && point.Loss >= before.Loss))
            {
                (low, high) = (before, point);
                break;
            }

            if (FlatEnough(point))
            {
                return point;
            }

            if (point.Slope >= 0)
            {
                (low, high) = (before, point);
                break;
            }

            double next = Cubic(before, point, point.Position + 0.01 * (point.Position - before.Position),
                point.Position * 10);
            before = point;
            point = evaluate(next);
            evaluations++;
            steps++;
        }

        if (low.Loss > high.Loss)
        {
            (low, high) = (high, low);
        }

        bool stalled = false;
        while (steps < MaxSteps && Math.Abs(high.Position - low.Position) * largestMove >= ChangeTolerance)
        {
            point = evaluate(Inside(low, high, ref stalled));
            evaluations++;
            steps++;
            if (TooHigh(point) || point.Loss >= low.Loss)
            {
                high = point;
                if (low.Loss > high.Loss)
                {
                    (low, high) = (high, low);
                }
            }
            else
            {
                if (FlatEnough(point))
                {
                    return point;
                }

                if (point.Slope * (high.Position - low.Position) >= 0)
                {
                    high = low;
                }

                low = point;
            }
        }

        return low;

        bool TooHigh(SearchPoint p) => p.Loss > start.Loss + SufficientDecrease * p.Position * start.Slope;

        bool FlatEnough(SearchPoint p) => Math.Abs(p.Slope) <= -Curvature * start.Slope;
    }

    /// <summary>
    /// The interpolated minimum, kept a tenth of the bracket away from its ends when progress stalls.
    /// </summary>
    private static double Inside(SearchPoint low, SearchPoint high, ref bool stalled)
    {
        double left = Math.Min(low.Position, high.Position), right = Math.Max(low.Position, high.Position);
        double t = Cubic(low, high, left, right), margin = 0.1 * (right - left);
        if (Math.Min(right - t, t - left) >= margin)
        {
            stalled = false;
        }
        else if (stalled || t >= right || t <= left)
        {
            t = Math.Abs(t - right) < Math.Abs(t - left) ? right - margin : left + margin;
            stalled = false;
        }
        else
        {
            stalled = true;
        }

        return t;
    }

    /// <summary>
    /// The minimum of the cubic through two losses and slopes, within bounds; their middle where it has none or a
    /// loss is infinite.
    /// </summary>
    private static double Cubic(SearchPoint a, SearchPoint b, double left, double right)
    {
        if (a.Position > b.Position)
        {
            (a, b) = (b, a);
        }

        double d1 = a.Slope + b.Slope - 3 * (a.Loss - b.Loss) / (a.Position - b.Position);
        double square = d1 * d1 - a.Slope * b.Slope;
        if (!(square >= 0))
        {
            return (left + right) / 2;
        }

        double d2 = Math.Sqrt(square);
        double minimum = b.Position - (b.Position - a.Position) * ((b.Slope + d2 - d1) / (b.Slope - a.Slope + 2 * d2));
        return double.IsNaN(minimum) ? (left + right) / 2 : Math.Min(Math.Max(minimum, left), right);
    }
}
