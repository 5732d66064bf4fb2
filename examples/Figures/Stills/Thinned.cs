namespace Figures.Stills;

/// <summary>Long lines without what no eye can see.</summary>
internal static class Thinned
{
    /// <summary>Lines below this many points stay as they are.</summary>
    private const int Enough = 4000;

    /// <summary>Columns of the figure, each of which keeps a line's first, lowest, highest and last point.</summary>
    private const int Columns = 2 * StillFigure.UsualWidth;

    /// <summary>The line, or one that looks the same; x that goes back and forth stays.</summary>
    public static (double[] X, double[] Y) Of(double[] xs, double[] ys, double low, double high)
    {
        if (xs.Length <= Enough || !IsRising(xs))
        {
            return (xs, ys);
        }

        List<double> keptX = [], keptY = [];
        int from = 0;
        while (from < xs.Length)
        {
            // A point without a height, or x, breaks the line, and its column there.
            if (double.IsNaN(xs[from]) || double.IsNaN(ys[from]))
            {
                Keep(from++);
                continue;
            }

            int to = from;
            while (to + 1 < xs.Length && !double.IsNaN(ys[to + 1]) && Column(xs[to + 1]) == Column(xs[from]))
            {
                to++;
            }

            var range = Enumerable.Range(from, to - from + 1);
            foreach (int i in new SortedSet<int> { from, range.MinBy(i => ys[i]), range.MaxBy(i => ys[i]), to })
            {
                Keep(i);
            }

            from = to + 1;
        }

        return ([.. keptX], [.. keptY]);

        int Column(double x) => double.IsNaN(x) ? -1 : (int)Math.Floor((x - low) / (high - low) * Columns);

        void Keep(int i)
        {
            keptX.Add(xs[i]);
            keptY.Add(ys[i]);
        }
    }

    private static bool IsRising(double[] xs)
    {
        double last = double.NegativeInfinity;
        foreach (double x in xs)
        {
            if (x < last)
            {
                return false;
            }

            last = double.IsNaN(x) ? last : x;
        }

        return true;
    }
}
