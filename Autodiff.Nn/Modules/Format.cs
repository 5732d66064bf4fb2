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

    /// <summary>A number as Python writes it: with a point, or with an exponent of at least two digits.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        return size != 0 && (size < 1e-4 || size >= 1e16)
            ? value.ToString("0.################e+00", CultureInfo.InvariantCulture)
            : value.ToString("0.0################", CultureInfo.InvariantCulture);
    }

    /// <summary>Numbers as Python prints a tuple.</summary>
    public static string Tuple(int[] values) =>
        values.Length == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";

    /// <summary>Numbers as PyTorch prints a size: one where all are the same, else a tuple.</summary>
    public static string Size(int[] values) => values.Distinct().Count() == 1 ? $"{values[0]}" : Tuple(values);
}
