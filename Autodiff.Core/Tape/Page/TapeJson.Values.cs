using System.Globalization;
using System.Text.RegularExpressions;

namespace Autodiff;

/// <summary>How tensors, numbers and places in the code are written.</summary>
internal sealed partial class TapeJson
{
    [GeneratedRegex(" in (?<file>.*):line (?<line>[0-9]+)$")]
    private static partial Regex PlaceInFile();

    private void WritePlace(Node node)
    {
        if (node.CallSite is not { } place)
        {
            return;
        }

        Match match = PlaceInFile().Match(place);
        if (!match.Success)
        {
            _json.WriteString("place", place);
            return;
        }

        string file = match.Groups["file"].Value;
        int line = int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture);
        if (!_files.TryGetValue(file, out string[]? lines))
        {
            _files[file] = lines = Lines(file);
        }

        _json.WriteString("place", $"{Path.GetFileName(file)}:{line}");
        _json.WriteString("code", line >= 1 && line <= lines.Length ? lines[line - 1].Trim() : null);
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // the place is named, the line is not quoted
        }
    }

    /// <summary>A tensor: its sizes and elements; of a large one the first elements and statistics.</summary>
    private void Write(string name, Tensor? x)
    {
        if (x is null)
        {
            return;
        }

        double[] values = x.ToArray<double>();
        _json.WriteStartObject(name);
        WriteArray("shape", x.Layout.Dims, _json.WriteNumberValue);
        bool isWhole = values.Length <= _elements;
        _hasShortened |= !isWhole;
        _json.WritePropertyName("values");
        Write(isWhole ? values : values.AsSpan(0, Math.Min(_elements, 8)));
        if (!isWhole)
        {
            _json.WriteNumber("count", values.Length);
            double mean = values.Average();
            Write("least", values.Min());
            Write("greatest", values.Max());
            Write("mean", mean);
            Write("deviation", Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / values.Length));
        }

        _json.WriteEndObject();
    }

    private void Write(ReadOnlySpan<double> values)
    {
        _json.WriteStartArray();
        foreach (double value in values)
        {
            Write(value);
        }

        _json.WriteEndArray();
    }

    private void Write(string name, double value)
    {
        _json.WritePropertyName(name);
        Write(value);
    }

    /// <summary>A number with seven digits; what JSON has no number for is a text.</summary>
    private void Write(double value)
    {
        if (double.IsFinite(value))
        {
            _json.WriteNumberValue(
                double.Parse(value.ToString("G7", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
        }
        else
        {
            _json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
