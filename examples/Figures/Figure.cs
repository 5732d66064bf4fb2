namespace Figures;

/// <summary>
/// Numbers as a figure, described once. <see cref="Plotly.PlotlyFigure"/> draws it in a page, where it moves and
/// answers to the pointer; <see cref="Stills.Still"/> draws it as PNG and SVG.
/// </summary>
public abstract class Figure(string title)
{
    public string Title { get; } = title;

    /// <summary>Height in CSS pixels; the width is the page's.</summary>
    public int Height { get; set; } = 420;
}
