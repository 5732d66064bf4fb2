using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Figures.Plotly;

/// <summary>
/// An object of a figure's JSON, written as <c>new Json { ["type"] = "scatter", ["x"] = xs }</c>. A value is null, a
/// string, a bool, an int, a double, a <see cref="Series"/>, a <see cref="Grid"/>, <see cref="Shades"/>, a
/// <see cref="Json"/> or an array of these. NaN and infinities are written as null, which Plotly leaves out of the
/// drawing.
/// </summary>
internal sealed class Json
{
    private readonly List<KeyValuePair<string, object?>> _members = [];

    public object? this[string name]
    {
        get => _members.Find(member => member.Key == name).Value;
        set
        {
            int at = _members.FindIndex(member => member.Key == name);
            var member = KeyValuePair.Create(name, value);
            if (at < 0)
            {
                _members.Add(member);
            }
            else
            {
                _members[at] = member;
            }
        }
    }

    /// <summary>A copy whose own members can be changed.</summary>
    public Json Copy()
    {
        var copy = new Json();
        copy._members.AddRange(_members);
        return copy;
    }

    /// <summary>Writes the object; large lists and grids go to <paramref name="shared"/>, where there is one.</summary>
    public void WriteTo(Utf8JsonWriter writer, SharedArrays? shared = null)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _members)
        {
            writer.WritePropertyName(name);
            WriteValue(writer, value, shared);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value, SharedArrays? shared)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                WriteNumber(writer, number);
                break;
            case Json child:
                child.WriteTo(writer, shared);
                break;
            case Series series when shared is null || series.Count < SharedArrays.MinimumCount:
                WriteSeries(writer, series);
                break;
            case Series series:
                shared.WriteReference(writer, Shorter(
                    inner => WriteSeries(inner, series), PackedNumbers.Floats(series.Values)));
                break;
            case Grid grid when shared is null || grid.Values.Length < SharedArrays.MinimumCount:
                WriteGrid(writer, grid);
                break;
            case Grid grid:
                shared.WriteReference(writer, Shorter(
                    inner => WriteGrid(inner, grid),
                    PackedNumbers.Floats(
                        MemoryMarshal.CreateSpan(ref grid.Values[0, 0], grid.Values.Length), grid.Columns)));
                break;
            case Shades shades when shared is null || shades.Grid.Values.Length < SharedArrays.MinimumCount:
                WriteGrid(writer, shades.Grid);
                break;
            case Shades shades:
                shared.WriteReference(writer, Shorter(
                    inner => WriteGrid(inner, shades.Grid), PackedNumbers.Scaled(shades.Grid)));
                break;
            case Array items:
                writer.WriteStartArray();
                foreach (object? item in items)
                {
                    WriteValue(writer, item, shared);
                }

                writer.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"A figure's JSON holds no {value.GetType()}.", nameof(value));
        }
    }

    /// <summary>A list in decimal or packed: counts and round numbers are shorter in decimal.</summary>
    private static string Shorter(Action<Utf8JsonWriter> write, string packed)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var inner = new Utf8JsonWriter(buffer))
        {
            write(inner);
        }

        return buffer.WrittenCount <= packed.Length ? Encoding.UTF8.GetString(buffer.WrittenSpan) : packed;
    }

    private static void WriteSeries(Utf8JsonWriter writer, Series series)
    {
        writer.WriteStartArray();
        foreach (double value in series)
        {
            WriteNumber(writer, value);
        }

        writer.WriteEndArray();
    }

    private static void WriteGrid(Utf8JsonWriter writer, Grid grid)
    {
        writer.WriteStartArray();
        for (int i = 0; i < grid.Rows; i++)
        {
            writer.WriteStartArray();
            for (int j = 0; j < grid.Columns; j++)
            {
                WriteNumber(writer, grid[i, j]);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    /// <summary>Seven digits: more than a screen shows, and half the bytes of a double's shortest form.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value))
        {
            writer.WriteNullValue();
            return;
        }

        Span<byte> digits = stackalloc byte[32];
        value.TryFormat(digits, out int length, "G7", CultureInfo.InvariantCulture);
        writer.WriteRawValue(digits[..length], skipInputValidation: true);
    }
}
