using System.Globalization;
using System.Runtime.InteropServices;

namespace Figures.Plotly;

/// <summary>
/// Lists of numbers as bytes in base64, which the page's script unpacks: half as long as the same numbers in decimal.
/// </summary>
internal static class PackedNumbers
{
    /// <summary>The place in a scale of 16 bits that means: no number.</summary>
    private const ushort Gap = ushort.MaxValue;

    /// <summary>Single precision, some seven digits: <c>{"f4": bytes}</c>, of a grid with its <c>columns</c>.</summary>
    /// <param name="values">Row by row.</param>
    /// <param name="columns">Of a grid; of a list none.</param>
    public static string Floats(ReadOnlySpan<double> values, int? columns = null)
    {
        float[] floats = new float[values.Length];
        for (int i = 0; i < floats.Length; i++)
        {
            floats[i] = float.IsFinite((float)values[i]) ? (float)values[i] : float.NaN;
        }

        return $"{{\"f4\":\"{Base64(MemoryMarshal.AsBytes<float>(floats))}\"{Columns(columns)}}}";
    }

    /// <summary>
    /// Places on a scale of 65,535 from the smallest number to the largest, <c>{"u2": bytes, "from": .., "step":
    /// ..}</c>: more than an image's colours can tell.
    /// </summary>
    public static string Scaled(Grid grid)
    {
        var (min, max) = grid.Range();
        double step = max > min ? (max - min) / (Gap - 1) : 1;
        ushort[] places = new ushort[grid.Values.Length];
        foreach (var (i, value) in MemoryMarshal.CreateSpan(ref grid.Values[0, 0], places.Length).ToArray().Index())
        {
            places[i] = double.IsFinite(value) ? (ushort)Math.Round((value - min) / step) : Gap;
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{{\"u2\":\"{Base64(MemoryMarshal.AsBytes<ushort>(places))}\","
            + $"\"from\":{min:R},\"step\":{step:R}{Columns(grid.Columns)}}}");
    }

    private static string Columns(int? columns) =>
        columns is { } count ? string.Create(CultureInfo.InvariantCulture, $",\"columns\":{count}") : "";

    private static string Base64(ReadOnlySpan<byte> bytes) => BitConverter.IsLittleEndian
        ? Convert.ToBase64String(bytes)
        : throw new PlatformNotSupportedException("Figures are written on little-endian machines only.");
}

/// <summary>A grid of which only colours are seen.</summary>
internal sealed record Shades(Grid Grid);
