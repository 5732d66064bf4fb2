using ScottPlot;

namespace Figures.Stills;

/// <summary>
/// Heights in bands of one colour each, as contour maps have them. What lies between two contours then looks alike,
/// and a PNG of it is small and quickly written.
/// </summary>
internal sealed class Bands : IColormap
{
    private readonly Color[] _colours;

    /// <param name="range">The lowest and the highest height.</param>
    /// <param name="count">About how many bands are wanted: their borders are round heights.</param>
    public Bands((double Min, double Max) range, int count)
    {
        double span = range.Max - range.Min;
        Step = span > 0 ? Ticks.Step(span, count) : 1;
        First = Math.Floor(range.Min / Step);
        _colours = new Color[(int)Math.Ceiling(range.Max / Step) - (int)First + 1];
        var scale = new ScottPlot.Colormaps.Viridis();
        for (int i = 0; i < _colours.Length; i++)
        {
            _colours[i] = scale.GetColor(span > 0 ? ((First + i + 0.5) * Step - range.Min) / span : 0);
        }

        (Min, Span) = (range.Min, span);
    }

    public string Name => "Viridis in bands";

    /// <summary>The heights at which one band ends and the next begins.</summary>
    public IEnumerable<double> Borders => Enumerable.Range(1, _colours.Length).Select(i => (First + i) * Step)
        .TakeWhile(height => height < Min + Span);

    private double Step { get; }

    private double First { get; }

    private double Min { get; }

    private double Span { get; }

    public Color GetColor(double position)
    {
        double band = (Min + position * Span) / Step - First;
        return _colours[Math.Clamp((int)band, 0, _colours.Length - 1)];
    }

    /// <summary>The heights at the middles of finer cells, by bilinear interpolation.</summary>
    /// <param name="heights">At the corners: row 0 and column 0 lie on the edge.</param>
    /// <param name="rows">How many cells are wanted from bottom to top.</param>
    /// <param name="columns">How many cells are wanted from left to right.</param>
    public static double[,] Refine(double[,] heights, int rows, int columns)
    {
        int lastRow = heights.GetLength(0) - 1, lastColumn = heights.GetLength(1) - 1;
        var cells = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            double v = (i + 0.5) / rows * lastRow;
            int row = Math.Min((int)v, Math.Max(0, lastRow - 1)), above = Math.Min(row + 1, lastRow);
            v -= row;
            for (int j = 0; j < columns; j++)
            {
                double u = (j + 0.5) / columns * lastColumn;
                int column = Math.Min((int)u, Math.Max(0, lastColumn - 1)), right = Math.Min(column + 1, lastColumn);
                u -= column;
                double low = heights[row, column] + u * (heights[row, right] - heights[row, column]);
                double high = heights[above, column] + u * (heights[above, right] - heights[above, column]);
                cells[i, j] = low + v * (high - low);
            }
        }

        return cells;
    }
}
