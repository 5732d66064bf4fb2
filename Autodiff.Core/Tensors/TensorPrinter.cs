using System.Globalization;
using System.Text;

namespace Autodiff;

/// <summary>A tensor as text, laid out as PyTorch lays it out.</summary>
internal static class TensorPrinter
{
    private const string Prefix = "tensor(";

    /// <param name="x">The tensor.</param>
    /// <param name="options">Digits, widths and when to summarise.</param>
    /// <param name="number">How to write a number, instead of the options' way.</param>
    public static string Print(Tensor x, PrintOptions options, Format? number = null)
    {
        StringBuilder text = new(Prefix);
        if (x.ElementCount == 0)
        {
            text.Append("[]");
        }
        else
        {
            bool summarize = x.ElementCount > options.Threshold;
            Tensor shown = summarize ? Edges(x, options.EdgeItems) : x.Detach();
            (string[] elements, int width) = Elements(shown, options, number);
            Body body = new(text, elements, options.EdgeItems, summarize, options.LineWidth, width);
            body.Append(x.Shape, 0);
        }

        AppendSuffixes(text, x, options.LineWidth);
        return text.Append(')').ToString();
    }

    private static void AppendSuffixes(StringBuilder text, Tensor x, int lineWidth)
    {
        List<string> suffixes = [];
        if (x.Device.Type != "cpu")
        {
            suffixes.Add($"device='{x.Device}'");
        }

        bool empty = x.ElementCount == 0;
        if (empty && x.Rank != 1)
        {
            suffixes.Add($"size=({string.Join(", ", x.Shape.ToArray())})");
        }

        if (x.DType is DType.Float64 or DType.Int32 || (empty && x.DType != DType.Float32))
        {
            suffixes.Add($"dtype={x.DType.DisplayName()}");
        }

        if (x.GradFn is { } node)
        {
            suffixes.Add($"grad_fn=<{node.Name}>");
        }
        else if (x.RequiresGrad)
        {
            suffixes.Add("requires_grad=True");
        }

        int line = text.Length - text.ToString().LastIndexOf('\n') + 1; // PyTorch counts so, one character too many
        foreach (string suffix in suffixes)
        {
            if (line + suffix.Length + 2 > lineWidth)
            {
                text.Append(",\n").Append(' ', Prefix.Length).Append(suffix);
                line = Prefix.Length + suffix.Length;
            }
            else
            {
                text.Append(", ").Append(suffix);
                line += suffix.Length + 2;
            }
        }
    }

    /// <summary>The entries at both ends of every dimension.</summary>
    private static Tensor Edges(Tensor x, int edge)
    {
        Tensor y = x.Detach();
        for (int d = 0; d < x.Rank; d++)
        {
            int size = x.Size(d);
            y = size > 2L * edge ? Tensor.Cat([y.Narrow(d, 0, edge), y.Narrow(d, size - edge, edge)], d) : y;
        }

        return y;
    }

    /// <summary>
    /// The elements' texts and the width they are aligned to, which numbers that are not finite may pass.
    /// </summary>
    private static (string[] Texts, int Width) Elements(Tensor x, PrintOptions options, Format? number)
    {
        string[] texts;
        if (x.DType.IsFloatingPoint())
        {
            double[] values = x.ToArray<double>();
            if (number is null)
            {
                NumberFormatter formatter = new(values, options);
                return (Array.ConvertAll(values, formatter.Format), formatter.Width);
            }

            texts = Array.ConvertAll(values, v => number.Text(v));
        }
        else if (x.DType == DType.Bool)
        {
            texts = Array.ConvertAll(x.ToArray<bool>(), v => v ? "True" : "False");
        }
        else
        {
            texts = Array.ConvertAll(x.ToArray<long>(),
                v => number is null ? v.ToString(CultureInfo.InvariantCulture) : number.Text(v));
        }

        int width = texts.Select(t => t.Length).DefaultIfEmpty(1).Max();
        return (Array.ConvertAll(texts, t => t.PadLeft(width)), width);
    }

    /// <summary>A .NET format for every number.</summary>
    public sealed class Format(string format, IFormatProvider provider)
    {
        public string Text<T>(T number) where T : IFormattable => number.ToString(format, provider);
    }

    private sealed class Body(StringBuilder text, string[] elements, int edge, bool summarize, int lineWidth, int width)
    {
        private int _next;

        /// <summary>
        /// One bracketed level, whose brackets stand at column <paramref name="depth"/> behind the prefix.
        /// </summary>
        public void Append(ReadOnlySpan<int> dims, int depth)
        {
            if (dims.Length == 0)
            {
                text.Append(elements[_next++]);
                return;
            }

            int indent = Prefix.Length + depth;
            int perLine = dims.Length > 1 ? 1 : Math.Max(1, (lineWidth - indent) / (width + 2));
            bool cut = summarize && dims[0] > 2L * edge;
            int count = cut ? 2 * edge + 1 : dims[0];
            text.Append('[');
            for (int i = 0; i < count; i++)
            {
                if (i > 0)
                {
                    _ = i % perLine == 0
                        ? text.Append(',').Append('\n', Math.Max(dims.Length - 1, 1)).Append(' ', indent + 1)
                        : text.Append(", ");
                }

                if (cut && i == edge)
                {
                    text.Append(dims.Length == 1 ? " ..." : "...");
                }
                else
                {
                    Append(dims[1..], depth + 1);
                }
            }

            text.Append(']');
        }
    }
}
