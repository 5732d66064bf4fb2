using System.Globalization;
using System.Text.Json;

namespace Labs.Reference;

/// <summary>One figure that a lab must reproduce.</summary>
/// <param name="Lab">The lab's key, for instance <c>1-gradient-descent</c>.</param>
/// <param name="Cell">The part of the lab.</param>
/// <param name="What">What is measured, and the settings.</param>
/// <param name="Value">PyTorch's figure: a number, nested arrays of numbers, or the word <c>diverges</c>.</param>
/// <param name="Published">The figure as printed in the lab's document, or undefined where it prints none.</param>
internal sealed record ReferenceRow(string Lab, string Cell, string What, JsonElement Value, JsonElement Published)
{
    public double Rtol { get; init; }

    public double Atol { get; init; }

    /// <summary>The value is an upper bound.</summary>
    public bool AtMost { get; init; }

    /// <summary>The lab starts from weights that were themselves printed rounded, to four decimals.</summary>
    public bool RoundedStart { get; init; }

    /// <summary>What was seeded just before, in words.</summary>
    public string? Seed { get; init; }

    /// <summary>PyTorch's run diverged, so any run that diverges agrees with it.</summary>
    public bool Diverges => Value.ValueKind == JsonValueKind.String;

    public bool HasPublished => Published.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>PyTorch's numbers in row-major order; empty where the run diverges.</summary>
    public double[] Expected => Diverges ? [] : [.. Leaves(Value).Select(Number)];

    /// <summary>
    /// The published numbers in row-major order, each with one unit of its last printed digit. A number printed as
    /// text has the digits of its text; numbers printed as one array share the array's longest fraction, as
    /// PyTorch's printing does (1.0370 appears there as -1.037).
    /// </summary>
    public IReadOnlyList<(double Value, double Unit)> PublishedDigits
    {
        get
        {
            if (!HasPublished)
            {
                return [];
            }

            var leaves = Leaves(Published).ToArray();
            int longest = leaves.Max(leaf => leaf.ValueKind == JsonValueKind.String ? 0 : Decimals(leaf.GetRawText()));
            return [.. leaves.Select(leaf => (Number(leaf), Unit(leaf)))];

            double Unit(JsonElement leaf) =>
                Math.Pow(10, -(leaf.ValueKind == JsonValueKind.String ? Decimals(leaf.GetString()!) : longest));
        }
    }

    private static int Decimals(string text) => text.IndexOf('.') is var dot and >= 0 ? text.Length - dot - 1 : 0;

    private static double Number(JsonElement leaf) => leaf.ValueKind == JsonValueKind.String
        ? double.Parse(leaf.GetString()!, CultureInfo.InvariantCulture)
        : leaf.GetDouble();

    private static IEnumerable<JsonElement> Leaves(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany(Leaves) : [element];
}
