using System.Globalization;
using System.Text.Json;

namespace Labs.Reference;

/// <summary>A reference row beside our figure; <see cref="Actual"/> is null where the lab never reported one.</summary>
internal sealed record Comparison(ReferenceRow Row, double[]? Actual, Verdict Verdict)
{
    public static Comparison Of(ReferenceRow row, ReadOnlySpan<double> actual) =>
        new(row, actual.ToArray(), Tolerance.Compare(row, actual));

    public static Comparison Missing(ReferenceRow row) =>
        new(row, null, new Verdict(false, "the lab reported no figure for this row"));

    public bool Within => Verdict.Within;

    /// <summary>The published numbers, digits as printed.</summary>
    public string PublishedText(int limit) => Row.HasPublished ? Texts(Row.Published, null, limit) : "";

    /// <summary>PyTorch's numbers to seven digits.</summary>
    public string ExpectedText(int limit) =>
        (Row.AtMost ? "≤ " : "") + Texts(Row.Value, Format, limit);

    /// <summary>Our numbers to seven digits.</summary>
    public string ActualText(int limit) =>
        Actual is null ? "(none)" : Abbreviate([.. Actual.Select(Format)], limit);

    /// <summary>A figure to seven significant digits, the same on every machine.</summary>
    public static string Format(double value) => value.ToString("G7", CultureInfo.InvariantCulture);

    private static string Texts(JsonElement element, Func<double, string>? format, int limit)
    {
        var texts = new List<string>();
        Collect(element);
        return Abbreviate(texts, limit);

        void Collect(JsonElement node)
        {
            switch (node.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var item in node.EnumerateArray())
                    {
                        Collect(item);
                    }

                    break;
                case JsonValueKind.Number when format is not null:
                    texts.Add(format(node.GetDouble()));
                    break;
                default:
                    texts.Add(node.ValueKind == JsonValueKind.String ? node.GetString()! : node.GetRawText());
                    break;
            }
        }
    }

    /// <summary>The first numbers, a mark, and the last, where there are more than <paramref name="limit"/>.</summary>
    private static string Abbreviate(List<string> texts, int limit) => texts.Count <= limit
        ? string.Join(", ", texts)
        : $"{string.Join(", ", texts.Take(limit - 1))}, …, {texts[^1]} ({texts.Count})";
}
