using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Figures.Stills;

/// <summary>Where axes are marked and what stands there.</summary>
internal static class Ticks
{
    /// <summary>At most so many powers of ten are written along an axis.</summary>
    private const int MaximumPowers = 8;

    /// <summary>Marks of a linear axis.</summary>
    public static ITickGenerator Linear() => new NumericAutomatic { LabelFormatter = Text };

    /// <summary>
    /// Marks of an axis on which x stands at log10 x: powers of ten with the tenths between them; where fewer than two
    /// powers lie on it, 1, 2 and 5 of each, and where there is no room for these either, round numbers.
    /// </summary>
    /// <param name="low">The axis's lower end: a logarithm.</param>
    /// <param name="high">Its upper end.</param>
    public static ITickGenerator Log(double low, double high)
    {
        int first = (int)Math.Ceiling(low - 1e-9), last = (int)Math.Floor(high + 1e-9);
        NumericManual marks = new();
        if (last - first >= 1)
        {
            int every = (last - first) / MaximumPowers + 1;
            for (int power = first - 1; power <= last; power++)
            {
                if (power >= first && power % every == 0)
                {
                    marks.AddMajor(power, Power(power));
                }
                else if (power >= first)
                {
                    marks.AddMinor(power);
                }

                for (int digit = 2; digit <= 9 && last - first <= MaximumPowers; digit++)
                {
                    marks.AddMinor(power + Math.Log10(digit));
                }
            }

            return marks;
        }

        double[] round = [.. RoundNumbers(low, high)];
        foreach (double value in round)
        {
            marks.AddMajor(Math.Log10(value), Text(value));
        }

        return marks;
    }

    /// <summary>
    /// The distance of about <paramref name="count"/> marks over a span: 1, 2 or 5 times a power of ten.
    /// </summary>
    public static double Step(double span, int count) => RoundStep.Of(span / count);

    /// <summary>A number as it stands at a mark: with a true minus, and with few digits.</summary>
    public static string Text(double value)
    {
        double size = Math.Abs(value);
        string text = size >= 1e6 || size is > 0 and < 1e-4
            ? Scientific(value)
            : Math.Round(value, 10).ToString("#,0.##########", CultureInfo.InvariantCulture);
        return text.Replace('-', '−');
    }

    /// <summary>10 with its exponent: 10⁻³.</summary>
    public static string Power(int exponent) => $"10{Raised(exponent)}";

    private static IEnumerable<double> RoundNumbers(double low, double high)
    {
        var decades = Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1);
        double[] some =
        [
            .. decades.SelectMany(_ => (double[])[1, 2, 5], (power, digit) => digit * Math.Pow(10, power))
                .Where(value => Math.Log10(value) >= low && Math.Log10(value) <= high),
        ];
        if (some.Length >= 3)
        {
            return some;
        }

        double from = Math.Pow(10, low), to = Math.Pow(10, high), step = Step(to - from, 5);
        double first = Math.Ceiling(from / step);
        return Enumerable.Range(0, 20).Select(i => (first + i) * step).TakeWhile(value => value <= to);
    }

    private static string Scientific(double value)
    {
        int exponent = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        double digits = Math.Round(value / Math.Pow(10, exponent), 3);
        string power = Power(exponent);
        return digits switch
        {
            1 => power,
            -1 => $"-{power}",
            _ => string.Create(CultureInfo.InvariantCulture, $"{digits}·{power}"),
        };
    }

    private static string Raised(int number) => string.Concat(
        number.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
}
