using ScottPlot;

namespace Figures.Stills;

/// <summary>How high the title and the legend of a plot are: known when all is added that the legend names.</summary>
internal static class StillHead
{
    public static int Height(ScottPlot.Plot plot)
    {
        using var paint = Paint.NewDisposablePaint();
        return (int)MathF.Ceiling(plot.Axes.GetPanels().OfType<HeadPanel>().Single().Measure(paint));
    }
}
