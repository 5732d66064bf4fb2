using SkiaSharp;

namespace Figures.Stills;

/// <summary>
/// A figure drawn by ScottPlot: what <c>savefig</c> is in a notebook. A surface shows its contours from above, an
/// animation its last frame, variants the one that is shown first.
/// </summary>
public sealed class StillFigure : IDisposable
{
    /// <summary>The width in pixels of a figure that has no shape of its own.</summary>
    public const int UsualWidth = 800;

    /// <summary>A PNG's pixels along one of the figure's: enough for sharp screens and for paper.</summary>
    public const int PngScale = 2;

    private readonly ScottPlot.Plot _plot;
    private readonly string _title;
    private readonly bool _isGrid;

    /// <param name="plot">The drawing.</param>
    /// <param name="title">The figure's title.</param>
    /// <param name="width">In CSS pixels.</param>
    /// <param name="height">In CSS pixels.</param>
    /// <param name="isGrid">Whether it shows a grid of squares.</param>
    internal StillFigure(ScottPlot.Plot plot, string title, int width, int height, bool isGrid = false) =>
        (_plot, _title, Width, Height, _isGrid) = (plot, title, width, height, isGrid);

    /// <summary>In CSS pixels.</summary>
    public int Width { get; }

    /// <summary>In CSS pixels.</summary>
    public int Height { get; }

    /// <summary>Draws the figure, on white.</summary>
    /// <exception cref="ArgumentException">Variants that hold nothing.</exception>
    public static StillFigure Of(Figure figure) => figure switch
    {
        Plot plot => StillPlot.Draw(plot),
        Landscape landscape => StillMap.Draw(landscape.Title, landscape),
        ContourPlot contour => StillMap.Draw(contour.Title, contour.Landscape),
        MovingLandscape moving => StillMap.Draw(moving),
        Image image => StillImages.Draw(image),
        DigitGrid digits => StillImages.Draw(digits),
        Variants { All: [var (_, first), ..] } => Of(first),
        LiveFigure live => Of(live.Still),
        _ => throw new ArgumentException(
            $"There is no still of '{figure.Title}', a {figure.GetType().Name}.", nameof(figure)),
    };

    /// <summary>The bytes of a PNG file, <see cref="PngScale"/> times as wide and high as the figure.</summary>
    public byte[] ToPng()
    {
        _plot.ScaleFactor = PngScale;
        SKImageInfo size = new(Width * PngScale, Height * PngScale, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var surface = SKSurface.Create(size)
            ?? throw new InvalidOperationException(
                $"'{_title}': there is no room for {size.Width} by {size.Height} pixels.");
        surface.Canvas.Clear(SKColors.White);
        _plot.Render(surface.Canvas, size.Width, size.Height);

        // Rows are told by the row above, which in drawings is mostly the same: fast, and small.
        using var pixels = surface.PeekPixels();
        using var png = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Up, zLibLevel: 3))
            ?? throw new InvalidOperationException($"'{_title}' can't be packed as PNG.");
        return png.ToArray();
    }

    /// <summary>The text of an SVG file, whose words can be searched and copied.</summary>
    public string ToSvg()
    {
        _plot.ScaleFactor = 1;
        string xml = SvgDashes.Draw(_plot, () => _plot.GetSvgXml(Width, Height));
        return SvgText.Finish(xml, _title, Width, Height, _isGrid);
    }

    public void Dispose() => _plot.Dispose();
}
