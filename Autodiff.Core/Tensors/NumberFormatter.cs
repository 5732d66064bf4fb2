using System.Globalization;

namespace Autodiff;

/// <summary>
/// Writes the numbers of one tensor alike: as integers with a point, with a fixed number of digits, or with exponents.
/// </summary>
/// <remarks>The rules are PyTorch's, so that prints compare line by line: exponents where magnitudes differ by more
/// than 1000, pass 10⁸ or, unless all are whole, stay below 10⁻⁴.</remarks>
internal sealed class NumberFormatter
{
    private readonly int _precision;
    private readonly bool _whole = true;
    private readonly bool _scientific;

    public NumberFormatter(ReadOnlySpan<double> values, PrintOptions options)
    {
        _precision = options.Precision;
        double least = double.PositiveInfinity, most = 0;
        foreach (double value in values)
        {
            if (double.IsFinite(value) && value != 0)
            {
                least = Math.Min(least, Math.Abs(value));
                most = Math.Max(most, Math.Abs(value));
                _whole &= value == Math.Ceiling(value);
            }
        }

        bool wide = most > 0 && (most / least > 1000 || most > 1e8 || (!_whole && least < 1e-4));
        _scientific = wide;
        foreach (double value in values)
        {
            if (double.IsFinite(value) && value != 0)
            {
                Width = Math.Max(Width, Text(value).Length);
            }
        }

        _scientific = options.ScientificNotation ?? wide;
    }

    /// <summary>The characters that numbers are aligned to.</summary>
    public int Width { get; } = 1;

    public string Format(double value) => Text(value).PadLeft(Width);

    private string Text(double value) =>
        !double.IsFinite(value) ? double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"
        : _scientific ? Scientific(value, _precision)
        : _whole ? Fixed(value, 0) + "."
        : Fixed(value, _precision);

    /// <summary>
    /// A fixed number of digits behind the point, rounded as C and Python round: an exact tie goes to the even digit.
    /// </summary>
    internal static string Fixed(double value, int precision) => Untie(value, "F", precision);

    /// <summary>One digit, the point, more digits, and an exponent of two digits at least.</summary>
    internal static string Scientific(double value, int precision)
    {
        string text = Untie(value, "E", precision);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        string exponent = text[(e + 2)..].TrimStart('0').PadLeft(2, '0');
        return string.Concat(text.AsSpan(0, e), "e", text.AsSpan(e + 1, 1), exponent);
    }

    private static string Untie(double value, string format, int precision)
    {
        // .NET rounds ties away from zero. A tie's next digit is a 5 with nothing behind it, which enough digits show.
        const int Enough = 60;
        string rounded = value.ToString(format + precision, CultureInfo.InvariantCulture);
        string exact = value.ToString(format + (precision + 1), CultureInfo.InvariantCulture);
        int end = Mantissa(exact);
        if (exact[end - 1] != '5')
        {
            return rounded;
        }

        string digits = value.ToString(format + (precision + 1 + Enough), CultureInfo.InvariantCulture);
        int last = Mantissa(digits);
        bool tie = digits.AsSpan(last - Enough - 1, Enough + 1).TrimEnd('0') is "5";
        int even = precision == 0 ? end - 3 : end - 2; // the digit before the 5, perhaps across the point
        return tie && (exact[even] - '0') % 2 == 0
            ? string.Concat(exact.AsSpan(0, even + 1), exact.AsSpan(end))
            : rounded;
    }

    private static int Mantissa(string text)
    {
        int e = text.IndexOf('E', StringComparison.Ordinal);
        return e < 0 ? text.Length : e;
    }
}
