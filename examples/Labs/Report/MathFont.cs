namespace Labs.Report;

/// <summary>
/// The font of formulas, inside the page: without one that has a <c>MATH</c> table, sums stay as small as letters and
/// braces don't grow.
/// </summary>
internal static class MathFont
{
    private const string Resource = "Report/Fonts/autodiff-math.woff2";

    private static readonly Lazy<string> s_style = new(() =>
    {
        using var stream = typeof(MathFont).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not embedded in this assembly.");
        byte[] font = new byte[stream.Length];
        stream.ReadExactly(font);
        string data = Convert.ToBase64String(font);
        return $$"""
            @font-face {
              font-family: "Autodiff Math"; src: url(data:font/woff2;base64,{{data}}) format("woff2");
            }
            math { font-family: "Autodiff Math", math; }
            math mtext { font-family: inherit; }

            """;
    });

    /// <summary>The style sheet of a page's formulas; empty for a page that has none.</summary>
    public static string StyleOf(string html) => html.Contains("<math", StringComparison.Ordinal) ? s_style.Value : "";
}
