using ScottPlot;
using ScottPlot.AxisPanels;

namespace Figures.Stills;

/// <summary>Draws a surface from above: its heights as colours, contours, and what lies on it.</summary>
internal sealed class StillMap
{
    private const int DataHeight = 470, Left = 72, Right = 124, Bottom = 58;

    /// <summary>Paths of more points than this are lines, or their points would hide them.</summary>
    private const int MaximumPoints = 150;

    private const int Contours = 20;

    private readonly ScottPlot.Plot _plot;
    private readonly AxisScale _x;
    private readonly AxisScale _y;
    private readonly string _title;
    private readonly int _width;

    private StillMap(string title, Series x, Series y, (string X, string Y, string Z) axes)
    {
        _title = title;
        (_x, _y) = (Whole(x), Whole(y));

        // One unit is as long on both axes, within reason.
        double shape = Math.Clamp((_x.High - _x.Low) / (_y.High - _y.Low), 0.7, 1.5);
        _width = Left + Right + (int)Math.Round(DataHeight * shape);
        _plot = StillStyle.Begin(title, _width);
        _plot.Axes.SetLimits(_x.Low, _x.High, _y.Low, _y.High);
        _plot.Axes.Bottom.TickGenerator = _x.Marks();
        _plot.Axes.Left.TickGenerator = _y.Marks();
        (_plot.Axes.Bottom.Label.Text, _plot.Axes.Left.Label.Text) = (axes.X, axes.Y);
    }

    public static StillFigure Draw(string title, Landscape landscape)
    {
        StillMap map = new(title, landscape.X, landscape.Y, landscape.Axes);
        var heights = landscape.ClippedZ();
        map.AddHeights(landscape.X, landscape.Y, heights, heights.Range(), landscape.Axes.Z);
        foreach (var path in landscape.Paths)
        {
            map.Add(path, isNamed: landscape.Paths.Count > 1);
        }

        if (landscape.Goal is var (x, y))
        {
            // White below black: the goal lies where the map is darkest.
            map.AddPoint(x, y, MarkerShape.Eks, 15, Colors.White, "", lineWidth: 5.5f);
            map.AddPoint(x, y, MarkerShape.Eks, 13, Color.FromHex("#111111"), "", lineWidth: 2.5f);
        }

        return map.Finish();
    }

    public static StillFigure Draw(MovingLandscape moving)
    {
        StillMap map = new(moving.Title, moving.X, moving.Y, moving.Axes);
        map.AddHeights(moving.X, moving.Y, moving.Steps[^1], moving.Range(), moving.Axes.Z);
        foreach (var (name, x, y, _, colour) in moving.Points)
        {
            map.AddPoint(x, y, MarkerShape.FilledCircle, 10, Color.FromHex(colour), name);
        }

        return map.Finish();
    }

    private static AxisScale Whole(Series values) =>
        AxisScale.Of(new("", false, (values[0], values[^1])), [], (0, 0));

    private void AddHeights(Series x, Series y, Grid heights, (double Min, double Max) range, string name)
    {
        // Infinite heights take the colour of the highest; what is no number stays blank.
        double[,] finite = Grid.FromFunction(
            heights.Rows, heights.Columns, (i, j) => Math.Clamp(heights[i, j], range.Min, range.Max)).Values;
        Bands bands = new(range, Contours);
        // ScottPlot colours all cells anew at each setting: the cells come last but one.
        var map = _plot.Add.Heatmap(new double[2, 2]);
        map.FlipVertically = true;
        map.Colormap = bands;
        map.ManualRange = new ScottPlot.Range(range.Min, range.Max);
        map.Intensities = Bands.Refine(finite, DataHeight, _width - Left - Right);
        map.Rectangle = new CoordinateRect(x[0], x[^1], y[0], y[^1]);
        AddColourBar(_plot, map, name);
        if (range.Max > range.Min)
        {
            AddContours(x, y, finite, [.. bands.Borders]);
        }
    }

    public static void AddColourBar(ScottPlot.Plot plot, IHasColorAxis map, string name)
    {
        var bar = plot.Add.ColorBar(map);
        bar.Width = 16;
        bar.Axis.TickGenerator = Ticks.Linear();
        StillStyle.Dress(bar.Axis);
        bar.Label = name;
        if (bar.Axis is AxisBase axis)
        {
            // ScottPlot counts the numbers' width, but not the marks before them.
            axis.PaddingBetweenTickAndAxisLabels = new PixelPadding(14, 4, 0, 0);
        }
    }

    private void AddContours(Series x, Series y, double[,] heights, double[] borders)
    {
        var points = new Coordinates3d[heights.GetLength(0), heights.GetLength(1)];
        for (int i = 0; i < points.GetLength(0); i++)
        {
            for (int j = 0; j < points.GetLength(1); j++)
            {
                points[i, j] = new(x[j], y[i], heights[i, j]);
            }
        }

        var contours = _plot.Add.ContourLines(points, count: 0);
        contours.ContourLineLevels = borders;
        contours.Update(points);
        (contours.LineWidth, contours.LineColor) = (0.8f, Colors.Black.WithAlpha(0.35));
        contours.LabelStyle.IsVisible = false;
    }

    private void Add(LandscapePath path, bool isNamed)
    {
        var colour = Color.FromHex(path.Colour);
        var line = _plot.Add.Scatter(_x.Place(path.X), _y.Place(path.Y), colour);
        (line.LineWidth, line.MarkerSize) = (2, path.X.Count > MaximumPoints ? 0 : 5);
        line.LegendText = isNamed ? path.Name : "";
        AddPoint(path.X[^1], path.Y[^1], MarkerShape.FilledCircle, 11, colour, "");
    }

    private void AddPoint(
        double x, double y, MarkerShape shape, float size, Color colour, string name, float lineWidth = 1)
    {
        var point = _plot.Add.Marker(_x.Place(x), _y.Place(y), shape, size, colour);
        (point.LegendText, point.MarkerLineWidth) = (name, lineWidth);
    }

    private StillFigure Finish()
    {
        int head = StillHead.Height(_plot);
        _plot.Layout.Fixed(new PixelPadding(Left, Right, Bottom, head));
        return new(_plot, _title, _width, head + DataHeight + Bottom);
    }
}
