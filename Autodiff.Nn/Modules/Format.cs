using System.Globalization;

namespace Autodiff.Nn;

/// <summary>Settings as PyTorch prints them.</summary>
internal static class Format
{
    /// <summary>Named numbers: <c>alpha=1.0</c>.</summary>
    public static string Settings(params ReadOnlySpan<(string Name, double Value)> settings)
    {
        string[] parts = new string[settings.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = $"{settings[i].Name}={Number(settings[i].Value)}";
        }

        return string.Join(", ", parts);
    }

    /// <summary>
    /// A number as Python writes it: with the fewest digits that tell it from its neighbours, and a point or an
    /// exponent.
    /// </summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        double size = Math.Abs(value);
        bool isFar = size != 0 && (size < 1e-4 || size >= 1e16);
        string text;
        int digits = isFar ? 0 : 1;
        do
        {
            text = isFar ? NumberFormatter.Scientific(value, digits) : NumberFormatter.Fixed(value, digits);
            digits++;
        }
        while (double.Parse(text, CultureInfo.InvariantCulture) != value);
        return text;
    }

    /// <summary>Numbers as Python prints a tuple.</summary>
    public static string Tuple(int[] values) =>
        values.Length == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";

    /// <summary>Numbers as PyTorch prints a size: one where all are the same, else a tuple.</summary>
    public static string Size(int[] values) => values.Distinct().Count() == 1 ? $"{values[0]}" : Tuple(values);
}
