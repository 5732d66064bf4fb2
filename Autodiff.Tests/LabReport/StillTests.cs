using System.Text.RegularExpressions;
using System.Xml.Linq;
using Figures;
using Figures.Stills;
using SkiaSharp;

namespace Autodiff.Tests.LabReport;

/// <summary>What ScottPlot draws of a figure.</summary>
public sealed partial class StillTests
{
    [GeneratedRegex("font-family=\"([^\"]*)\"")]
    private static partial Regex FontFamily();

    private static Plot Losses(string title = "Loss") =>
        new Plot(title, "epoch", "mean squared error") { LogY = true }.Line([1, 0.1, 0.01, 0.001], "training");

    private static Landscape Slope(string title = "slope") =>
        new Landscape(title, (x, y) => y, (-1, 1), (-1, 1), resolution: 11).Path([-1, 0, 1], [-1, 0.5, -1]);

    private static IEnumerable<TestCaseData> Kinds()
    {
        Image image = new("image", new double[,] { { 0, 1 }, { 2, 3 } });
        DigitGrid digits = new("digits", [new float[784], new float[784]], ["one", "seven"]);
        MovingLandscape moving = new("moving", [0, 1, 2], [0, 1, 2], [new double[3, 3], new double[3, 3]])
        {
            Points = [("a", 1, 1, 0, "#ff0000")],
        };
        Figure[] figures =
        [
            Losses(), Slope(), Slope().Contour("contour"), moving,
            image, digits, new DigitGrid("none", Array.Empty<Grid>()),
            new Variants("variants", "rate").Add(Losses("first"), "0.1").Add(Slope("second"), "1"),
            new Plot("bars").Bars(["a", "b"], [1, 2], "x").Bars(["a", "b"], [3, double.NaN], "y"),
            new Plot("lying") { BarsLie = true, LogX = true, BarsFrom = 1 }
                .Bars(["a", "b"], [0.5, 20], texts: ["½", "20"]),
            new Plot("empty"), new Plot("one point").Points([1], [1]),
            new Plot("nothing finite").Line([double.NaN, double.NaN]),
        ];
        return figures.Select(figure => new TestCaseData(figure).SetArgDisplayNames(figure.Title));
    }

    private static SKBitmap Pixels(Figure figure)
    {
        using var still = StillFigure.Of(figure);
        return SKBitmap.Decode(still.ToPng());
    }

    private static string Svg(Figure figure)
    {
        using var still = StillFigure.Of(figure);
        return still.ToSvg();
    }

    [TestCaseSource(nameof(Kinds))]
    public void Every_kind_has_a_png_and_an_svg_of_its_size(Figure figure)
    {
        using var still = StillFigure.Of(figure);
        using var png = SKBitmap.Decode(still.ToPng());
        Assert.That((png.Width, png.Height), Is.EqualTo((2 * still.Width, 2 * still.Height)));
        var svg = XDocument.Parse(still.ToSvg()).Root!;
        Assert.That(svg.Attribute("viewBox")!.Value, Is.EqualTo($"0 0 {still.Width} {still.Height}"));
        Assert.That(svg.Elements().First().Value, Is.EqualTo(figure is Variants ? "first" : figure.Title));
    }

    /// <summary>In place of the system's fonts: there are none, and asking for one is an error.</summary>
    private sealed class NoFonts : ScottPlot.IFontResolver
    {
        public SKTypeface CreateTypeface(
            string fontName, ScottPlot.FontWeight weight, ScottPlot.FontSlant slant, ScottPlot.FontSpacing spacing) =>
            throw new AssertionException($"{fontName}, {weight}, was not taken from the figures' own font.");

        public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) =>
            throw new AssertionException($"{fontName} was not taken from the figures' own font.");
    }

    [Test, NonParallelizable]
    public void Without_system_fonts_the_title_stands_in_the_picture()
    {
        const string title = "From θ₀ = −2 down to 10⁻³";
        FigureFont.Use();
        var resolvers = ScottPlot.Fonts.FontResolvers;
        ScottPlot.IFontResolver[] usual = [.. resolvers];
        try
        {
            resolvers.RemoveAll(resolver => resolver is ScottPlot.FontResolvers.SystemFontResolver);
            resolvers.Add(new NoFonts());
            using var with = Pixels(Losses(title));
            using var without = Pixels(Losses(" "));
            var typeface = ScottPlot.Fonts.GetTypeface(FigureFont.Name, bold: true, italic: false);
            using SKFont font = new(typeface, 17 * StillFigure.PngScale);
            Assert.That(typeface.GetGlyphs(title), Has.None.EqualTo(0), "glyphs that the font lacks");
            var (left, right) = Ink(with, 0, 66);
            Assert.That(right - left, Is.EqualTo(font.MeasureText(title)).Within(6), "the title's width");
            Assert.That(left, Is.EqualTo(28).Within(6), "where the title begins");

            // Under the title everything is as it is without one.
            Assert.That(Ink(without, 0, 20), Is.EqualTo((-1, -1)));
        }
        finally
        {
            resolvers.Clear();
            resolvers.AddRange(usual);
        }
    }

    /// <summary>
    /// The first and the last column that are not white in the rows from top to bottom; -1 where there are none.
    /// </summary>
    private static (int Left, int Right) Ink(SKBitmap picture, int top, int bottom)
    {
        int[] columns = [.. Enumerable.Range(0, picture.Width).Where(x =>
            Enumerable.Range(top, bottom - top).Any(y => picture.GetPixel(x, y) != SKColors.White))];
        return columns.Length == 0 ? (-1, -1) : (columns[0], columns[^1]);
    }

    [TestCaseSource(nameof(Kinds))]
    public void All_text_is_in_the_font_that_travels_along(Figure figure) => Assert.That(
        FontFamily().Matches(Svg(figure)).Select(match => match.Groups[1].Value), Is.All.StartsWith("Inter, "));

    [Test]
    public void Words_of_an_svg_can_be_read()
    {
        var texts = XDocument.Parse(Svg(Losses())).Descendants().Where(e => e.Name.LocalName == "text");
        string[] words = [.. texts.Select(text => text.Value.Trim())];
        Assert.That(words, Is.SupersetOf(new[] { "Loss", "training", "epoch", "mean squared error", "10⁻³" }));
    }

    [TestCase("dot", "3 5")]
    [TestCase("dash", "6 6")]
    [TestCase("longdash", "10 10")]
    public void Dashes_are_there_in_an_svg_too(string dash, string pattern)
    {
        var paths = XDocument.Parse(Svg(new Plot("p").Line([1, 2], "a", dash: dash).Line([2, 1]).HorizontalLine(1.5)))
            .Descendants().Where(e => e.Attribute("stroke-dasharray") is not null).ToArray();
        string[] dashes = [.. paths.Select(path => (string)path.Attribute("stroke-dasharray")!)];
        Assert.That(dashes, Is.EquivalentTo(new[] { pattern, pattern, "3 5" }), "the line, its legend, the guide line");
        Assert.That(paths.Select(path => (string)path.Attribute("stroke-width")!), Is.All.AnyOf("2.2", "1.2"));
    }

    [Test]
    public void An_animation_shows_its_last_frame() => Assert.That(
        Svg(new Plot("p").AnimatedPath([0, 1, 2], [4, 1, 0])),
        Is.EqualTo(Svg(new Plot("p").Path([0, 1, 2], [4, 1, 0], size: 7))));

    [Test]
    public void Variants_show_the_first() => Assert.That(
        Svg(new Variants("v", "rate").Add(Losses("first"), "0.1").Add(Slope(), "1")), Is.EqualTo(Svg(Losses("first"))));

    [Test]
    public void A_surface_is_shown_from_above() => Assert.That(Svg(Slope()), Is.EqualTo(Svg(Slope().Contour())));

    [Test]
    public void Heights_rise_with_y_and_paths_lie_on_them()
    {
        using var picture = Pixels(Slope());
        double scale = StillFigure.PngScale;
        var low = picture.GetPixel((int)(200 * scale), picture.Height - (int)(62 * scale));
        var high = picture.GetPixel((int)(200 * scale), (int)(60 * scale));
        Assert.That(low.Red < 100 && low.Green < 60, $"dark violet at the bottom: {low}");
        Assert.That(high.Red > 200 && high.Green > 200 && high.Blue < 80, $"yellow at the top: {high}");
        Assert.That(Count(picture, new SKColor(0xff, 0x4d, 0x2e)), Is.GreaterThan(500), "the path's own colour");
    }

    private static int Count(SKBitmap picture, SKColor colour) => picture.Pixels.Count(pixel => pixel == colour);

    [Test]
    public void An_images_first_row_stands_at_the_top()
    {
        Image image = new("i", new double[,] { { 1, 0 }, { 0, 0 } }) { ShowScale = false, Height = 360 };
        using var picture = Pixels(image);
        var corner = picture.GetPixel(60, 140);
        Assert.That(corner.Red > 200 && corner.Green > 200, $"yellow: {corner}");
        Assert.That(picture.GetPixel(picture.Width - 60, 140).Green, Is.LessThan(60));
        Assert.That(picture.GetPixel(60, picture.Height - 60).Green, Is.LessThan(60));
    }

    [Test]
    public void A_signed_image_is_pale_at_zero()
    {
        Image image = new("i", new double[,] { { -1, 0, 0.5 } }) { Signed = true, ShowScale = false };
        using var picture = Pixels(image);
        Assert.That(Count(picture, new SKColor(0xf4, 0xf4, 0xf2)), Is.GreaterThan(1000), "the middle of the scale");
        Assert.That(Count(picture, new SKColor(0x1f, 0x5f, 0x9e)), Is.GreaterThan(1000), "its lower end");
    }

    [Test]
    public void Pixels_of_an_image_are_sharp_in_an_svg_too() => Assert.That(
        Svg(new Image("i", new double[,] { { 1, 0 }, { 0, 0 } })), Does.Contain("image-rendering:pixelated"));
}
