using ScottPlot;
using SkiaSharp;

namespace Figures.Stills;

/// <summary>
/// Inter, a sans font with Greek letters, indices and exponents, which travels with the figures: a machine may have no
/// font at all, and then nothing would be written. Its licence: <c>Fonts/OFL.txt</c>.
/// </summary>
public static class FigureFont
{
    public const string Name = "Inter";

    private static readonly Lock s_lock = new();
    private static bool s_isUsed;

    /// <summary>Makes it the font of every plot that is begun from now on.</summary>
    public static void Use()
    {
        lock (s_lock)
        {
            if (!s_isUsed)
            {
                Fonts.FontResolvers.Insert(0, new Resolver());
                (Fonts.Default, Fonts.Sans) = (Name, Name);
                s_isUsed = true;
            }
        }
    }

    private sealed class Resolver : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing width) =>
            fontName == Name ? Typeface(weight > FontWeight.Medium) : null;

        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
            fontName == Name ? Typeface(bold) : null;

        private static SKTypeface Typeface(bool isBold)
        {
            string file = isBold ? "Inter-SemiBold.otf" : "Inter-Regular.otf";
            using var stream = typeof(FigureFont).Assembly.GetManifestResourceStream(file)
                ?? throw new InvalidOperationException($"{file} is not embedded in this assembly.");
            return SKTypeface.FromStream(stream)
                ?? throw new InvalidOperationException($"{file} can't be read as a font.");
        }
    }
}
