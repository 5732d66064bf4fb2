namespace Figures;

/// <summary>A <see cref="Figures.Landscape"/> seen from above.</summary>
public sealed class ContourPlot : Figure
{
    public ContourPlot(string title, Landscape landscape)
        : base(title)
    {
        Landscape = landscape;
        Height = 560;
    }

    public Landscape Landscape { get; }
}
