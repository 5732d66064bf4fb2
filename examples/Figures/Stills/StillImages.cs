using ScottPlot;

namespace Figures.Stills;

/// <summary>
/// Draws an <see cref="Image"/> and a <see cref="DigitGrid"/>: pixels square, the first row at the top.
/// </summary>
internal static class StillImages
{
    private const int Side = 14, ScaleWidth = 96, CellPixels = 128;

    public static StillFigure Draw(Image figure)
    {
        var values = figure.Values;
        var (min, max) = figure.Range();
        int right = figure.ShowScale ? ScaleWidth : Side;
        double pixel = Math.Min(
            (figure.Height - 60.0) / values.Rows, (StillFigure.UsualWidth - Side - right) / (double)values.Columns);
        int width = Side + right + (int)Math.Round(pixel * values.Columns);
        var plot = StillStyle.Begin(figure.Title, width);
        var map = plot.Add.Heatmap(values.Values);
        map.Colormap = figure.Signed ? StillStyle.Scale(Palette.Diverging) : new ScottPlot.Colormaps.Viridis();
        map.ManualRange = new ScottPlot.Range(min, max);
        map.CellAlignment = Alignment.LowerLeft;
        if (figure.ShowScale)
        {
            StillMap.AddColourBar(plot, map, "");
        }

        return Finish(plot, figure.Title, values, width, right, pixel);
    }

    public static StillFigure Draw(DigitGrid figure)
    {
        if (figure.IsEmpty)
        {
            var blank = StillStyle.Begin(figure.Title, StillFigure.UsualWidth);
            return new(blank, figure.Title, StillFigure.UsualWidth, 80);
        }

        var mosaic = figure.Mosaic();
        double pixel = Math.Min(
            (StillFigure.UsualWidth - 2.0 * Side) / mosaic.Columns,
            CellPixels / (mosaic.Columns / (double)figure.Columns));
        int width = Math.Max(2 * Side + (int)Math.Round(pixel * mosaic.Columns), 360);
        var plot = StillStyle.Begin(figure.Title, width);
        var map = plot.Add.Heatmap(mosaic.Values);
        map.Colormap = StillStyle.Scale(Palette.Ink);
        map.CellAlignment = Alignment.LowerLeft;
        foreach (var (column, row, text) in figure.Captions())
        {
            var label = plot.Add.Text(text, column, mosaic.Rows - row);
            (label.LabelFontSize, label.LabelFontColor) = (12, StillStyle.Ink);
            label.LabelAlignment = Alignment.UpperCenter;
        }

        return Finish(plot, figure.Title, mosaic, width, width - Side - (int)Math.Round(pixel * mosaic.Columns), pixel);
    }

    private static StillFigure Finish(
        ScottPlot.Plot plot, string title, Grid values, int width, int right, double pixel)
    {
        plot.Axes.SetLimits(0, values.Columns, 0, values.Rows);
        plot.HideGrid();
        plot.Axes.Bottom.IsVisible = plot.Axes.Left.IsVisible = false;
        int head = StillHead.Height(plot);
        plot.Layout.Fixed(new PixelPadding(Side, right, Side, head));
        return new(plot, title, width, head + (int)Math.Round(pixel * values.Rows) + Side, isGrid: true);
    }
}
