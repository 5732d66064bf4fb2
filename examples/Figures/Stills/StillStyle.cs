using ScottPlot;
using ScottPlot.AxisPanels;

namespace Figures.Stills;

/// <summary>What all stills have in common: font, ink, frame and head.</summary>
internal static class StillStyle
{
    public const float AxisFontSize = 14, TickFontSize = 13, RoomAtTheRight = 18;

    public static Color Ink { get; } = Color.FromHex("#22262b");

    public static Color Quiet { get; } = Color.FromHex("#667079");

    private static Color Lines { get; } = Color.FromHex("#e3e6e9");

    /// <summary>An empty plot of the given width with its title.</summary>
    public static ScottPlot.Plot Begin(string title, int width)
    {
        FigureFont.Use();
        var plot = new ScottPlot.Plot();
        plot.Axes.AddPanel(new HeadPanel(plot, title, width));
        plot.Legend.IsVisible = false;
        plot.Axes.Top.IsVisible = false;

        // Nothing stands at the right but room.
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.MinimumSize = RoomAtTheRight;
        plot.Grid.MajorLineColor = Lines;
        foreach (var axis in plot.Axes.GetAxes())
        {
            Dress(axis);
        }

        return plot;
    }

    /// <summary>The axis in the figures' ink.</summary>
    public static void Dress(IAxis axis)
    {
        axis.FrameLineStyle.Color = Quiet;
        if (axis is AxisBase panel)
        {
            panel.MajorTickStyle.Color = panel.MinorTickStyle.Color = Quiet;
            (panel.TickLabelStyle.FontSize, panel.TickLabelStyle.ForeColor) = (TickFontSize, Ink);
            (panel.LabelFontSize, panel.LabelBold, panel.LabelFontColor) = (AxisFontSize, false, Ink);
        }
    }

    /// <summary>A scale from the first colour to the last.</summary>
    public static IColormap Scale(IEnumerable<string> colours) =>
        new ScottPlot.Colormaps.CustomInterpolated([.. colours.Select(Color.FromHex)]);

    public static LinePattern Pattern(string dash) => dash switch
    {
        "dot" => LinePattern.Dotted,
        "dash" => LinePattern.DenselyDashed,
        "longdash" => LinePattern.Dashed,
        _ => LinePattern.Solid,
    };
}
