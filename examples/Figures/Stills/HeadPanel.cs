using ScottPlot;

namespace Figures.Stills;

/// <summary>The title and, under it, the legend: both from the left edge, on as many lines as they need.</summary>
internal sealed class HeadPanel : IPanel
{
    private const float Side = 14, Above = 10, Below = 8, LineHeight = 23;

    private readonly ScottPlot.Plot _plot;
    private readonly string _title;
    private readonly float _width;
    private readonly LabelStyle _style = new()
    {
        FontSize = 17,
        Bold = true,
        ForeColor = StillStyle.Ink,
        Alignment = Alignment.UpperLeft,
    };

    public HeadPanel(ScottPlot.Plot plot, string title, int figureWidth)
    {
        (_plot, _title, _width) = (plot, title, figureWidth - 2 * Side);
        var legend = plot.Legend;
        legend.Orientation = Orientation.Horizontal;
        legend.TightHorizontalWrapping = true;
        legend.OutlineStyle = LineStyle.None;
        legend.ShadowColor = legend.BackgroundColor = Colors.Transparent;
        (legend.Padding, legend.InterItemPadding) = (new(0, 0, 2, 2), new(0, 18, 5, 0));
        (legend.FontSize, legend.FontColor, legend.SymbolWidth) = (StillStyle.TickFontSize, StillStyle.Ink, 22);
    }

    public bool IsVisible { get; set; } = true;

    public float MinimumSize { get; set; }

    public float MaximumSize { get; set; } = float.MaxValue;

    public Edge Edge => Edge.Top;

    public bool ShowDebugInformation { get; set; }

    public float Measure(Paint paint) => Above + LineHeight * Lines(paint).Count + LegendHeight(paint) + Below;

    public PixelRect GetPanelRect(PixelRect dataRect, float size, float offset, Paint paint) =>
        new(dataRect.Left, dataRect.Right, dataRect.Top - offset, dataRect.Top - offset - size);

    public void Render(RenderPack rp, float size, float offset)
    {
        float y = Above;
        foreach (string line in Lines(rp.Paint))
        {
            _style.Render(rp.Canvas, new Pixel(Side, y), rp.Paint, line);
            y += LineHeight;
        }

        float height = LegendHeight(rp.Paint);
        if (height > 0)
        {
            _plot.Legend.Render(
                rp.Canvas, rp.Paint, new PixelRect(Side, Side + _width, y + height, y), Alignment.UpperLeft);
        }
    }

    private float LegendHeight(Paint paint) => _plot.Legend.GetItems().Length == 0
        ? 0
        : _plot.Legend.GetLayout(new PixelSize(_width, 4000), paint).LegendRect.Height + 1;

    /// <summary>The title's words on lines of the figure's width.</summary>
    private List<string> Lines(Paint paint)
    {
        List<string> lines = [];
        foreach (string word in _title.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && _style.Measure($"{lines[^1]} {word}", paint).Width <= _width)
            {
                lines[^1] += $" {word}";
            }
            else
            {
                lines.Add(word);
            }
        }

        return lines;
    }
}
