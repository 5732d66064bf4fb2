using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Labs.Reference;

/// <summary>
/// Writes comparisons as an array of rows <c>{lab, cell, what, published, expected, actual, within}</c>.
/// </summary>
internal static class ResultsFile
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One row a line. Numbers that JSON cannot hold (NaN, infinities) are written as their names.</summary>
    public static void Write(Stream stream, IEnumerable<Comparison> comparisons)
    {
        string separator = "[\n";
        foreach (var comparison in comparisons)
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(separator));
            separator = ",\n";
            using var writer = new Utf8JsonWriter(stream, Options);
            WriteRow(writer, comparison);
        }

        stream.Write(separator == "[\n" ? "[]\n"u8 : "\n]\n"u8);
    }

    private static void WriteRow(Utf8JsonWriter writer, Comparison comparison)
    {
        var row = comparison.Row;
        writer.WriteStartObject();
        writer.WriteString("lab", row.Lab);
        writer.WriteString("cell", row.Cell);
        writer.WriteString("what", row.What);
        writer.WritePropertyName("published");
        if (row.HasPublished)
        {
            row.Published.WriteTo(writer);
        }
        else
        {
            writer.WriteNullValue();
        }

        writer.WritePropertyName("expected");
        row.Value.WriteTo(writer);
        writer.WritePropertyName("actual");
        if (comparison.Actual is not { } actual)
        {
            writer.WriteNullValue();
        }
        else
        {
            int next = 0;
            bool sameShape = !row.Diverges && row.Expected.Length == actual.Length;
            if (sameShape)
            {
                WriteAs(row.Value);
            }
            else
            {
                WriteFlat();
            }

            void WriteAs(JsonElement shape)
            {
                if (shape.ValueKind != JsonValueKind.Array)
                {
                    WriteNumber(writer, actual[next++]);
                    return;
                }

                writer.WriteStartArray();
                foreach (var item in shape.EnumerateArray())
                {
                    WriteAs(item);
                }

                writer.WriteEndArray();
            }

            void WriteFlat()
            {
                if (actual.Length == 1)
                {
                    WriteNumber(writer, actual[0]);
                    return;
                }

                writer.WriteStartArray();
                Array.ForEach(actual, value => WriteNumber(writer, value));
                writer.WriteEndArray();
            }
        }

        writer.WriteBoolean("within", comparison.Within);
        writer.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }
}
