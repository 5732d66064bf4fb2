using System.Globalization;
using System.Text.Json;

namespace Autodiff.Tests.Shapes;

public class PrintingTests
{
    private static readonly JsonElement[] Prints = [.. JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "prints.json")))
            .RootElement.GetProperty("cases").EnumerateArray()];

    private static IEnumerable<int> Numbers() => Enumerable.Range(0, Prints.Length);

    [TestCaseSource(nameof(Numbers))]
    public void Prints_as_PyTorch_prints(int number)
    {
        JsonElement print = Prints[number];
        string expected = string.Join('\n',
            print.GetProperty("text").EnumerateArray().Select(line => line.GetString()));
        Assert.That(Load(print).ToString(Options(print)), Is.EqualTo(expected));
    }

    [Test]
    public void A_computed_tensor_names_its_operation()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        Assert.That((x + 1).ToString(), Is.EqualTo("tensor([2., 3.], grad_fn=<Add>)"));
    }

    [Test]
    public void A_format_applies_to_the_elements()
    {
        Assert.That($"{Tensor.Scalar(0.12345f):F3}", Is.EqualTo("0.123"));
        Assert.That($"{Tensor.From(1.5, -20.25):F2}", Is.EqualTo("tensor([  1.50, -20.25], dtype=float64)"));
        Assert.That($"{Tensor.Scalar(7L):D3}", Is.EqualTo("007"));
    }

    [Test]
    public void What_stands_behind_a_single_line_goes_to_the_next_where_it_is_too_long_with_the_prefix()
    {
        Tensor x = Tensor.From(0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f, 0.7f).RequireGrad();
        Assert.That(x.ToString(), Is.EqualTo("""
            tensor([0.1000, 0.2000, 0.3000, 0.4000, 0.5000, 0.6000, 0.7000],
                   requires_grad=True)
            """));
        Assert.That(x[..6].Detach().RequireGrad().ToString(), Is.EqualTo(
            "tensor([0.1000, 0.2000, 0.3000, 0.4000, 0.5000, 0.6000], requires_grad=True)"));
    }

    [Test]
    public void Prints_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("")
            {
                NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" }
            };
            Assert.That(Tensor.From(-1.5f).ToString(), Is.EqualTo("tensor([-1.5000])"));
            Assert.That(Tensor.From(-3L).ToString(), Is.EqualTo("tensor([-3])"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static PrintOptions Options(JsonElement print)
    {
        PrintOptions options = new();
        if (print.TryGetProperty("options", out JsonElement json))
        {
            options = options with
            {
                Precision = json.TryGetProperty("precision", out JsonElement p) ? p.GetInt32() : options.Precision,
                ScientificNotation = json.TryGetProperty("sci", out JsonElement s) ? s.GetBoolean() : null,
                LineWidth = json.TryGetProperty("linewidth", out JsonElement w) ? w.GetInt32() : options.LineWidth,
                Threshold = json.TryGetProperty("threshold", out JsonElement t) ? t.GetInt32() : options.Threshold,
                EdgeItems = json.TryGetProperty("edgeitems", out JsonElement e) ? e.GetInt32() : options.EdgeItems,
            };
        }

        return options;
    }

    private static Tensor Load(JsonElement print)
    {
        int[] shape = [.. print.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())];
        double[] values = print.TryGetProperty("range", out JsonElement range)
            ? [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b))
                .Select(i => i * range[1].GetDouble() + range[0].GetDouble())]
            : [.. print.GetProperty("values").EnumerateArray().Select(Number)];
        Tensor t = Tensor.From<double>(values, shape)
            .To(Enum.Parse<DType>(print.GetProperty("dtype").GetString()!, ignoreCase: true));
        return t.RequireGrad(print.TryGetProperty("requiresGrad", out _));
    }

    private static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number => value.GetDouble(),
        _ => value.GetString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            string text => double.Parse(text, CultureInfo.InvariantCulture),
            null => throw new InvalidDataException(),
        },
    };
}
