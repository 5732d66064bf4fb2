using System.Text.Json;

namespace Autodiff.Tests.StepThrough;

/// <summary>The page and the drawings of a tape, as text.</summary>
public class TapePageTests
{
    private static JsonElement Data(string html)
    {
        const string begin = "<script type=\"application/json\" id=\"tape\">";
        int from = html.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return JsonDocument.Parse(html[from..html.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }

    [Test]
    public void A_page_needs_nothing_beside_it()
    {
        foreach ((string name, Func<Func<Tensor>> make) in Presets.All)
        {
            string html = Tape.Record(make()).ToHtml(name);
            Assert.That(html, Does.StartWith("<!doctype html>").And.Contains($"<title>{name}</title>"));
            Assert.That(html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal),
                Does.Not.Contain("://").And.Not.Contain("src="));
            Assert.That(html, Does.Not.Contain("{{"));
            Assert.That(html, Has.Length.LessThan(70_000));
        }
    }

    [Test]
    public void Names_are_escaped_wherever_they_stand()
    {
        const string evil = "</script><img src=x onerror=\"alert(1)\">{{data}}\"#;\\";
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        x.Name = evil;
        Tape tape = Tape.Record(() => x * x);
        string html = tape.ToHtml(evil);
        Assert.That(html, Does.Not.Contain("<img"));
        Assert.That(Data(html).GetProperty("boxes")[0].GetProperty("name").GetString(), Is.EqualTo(evil));
        Assert.That(tape.ToDot(), Does.Contain("\\\"alert(1)\\\"").And.Contains("\\\\"));
        Assert.That(tape.ToMermaid(), Does.Not.Contain("<img").And.Not.Contain("=\"alert"));
    }

    [Test]
    public void The_data_says_rules_operand_by_operand_and_both_languages()
    {
        JsonElement data = Data(Tape.Record(Presets.All[4].Make()).ToHtml());
        JsonElement product = data.GetProperty("boxes").EnumerateArray()
            .First(box => box.GetProperty("kind").GetString() == "operation");
        Assert.That(product.GetProperty("rules").EnumerateArray().Select(rule => rule.GetString()),
            Is.EqualTo(new[] { "ā = g @ bᵀ", "b̄ = aᵀ @ g" }));
        Assert.That(product.GetProperty("pytorch").GetString(), Is.EqualTo("%3 = torch.matmul(a, b)"));
        Assert.That(product.GetProperty("place").GetString(), Does.StartWith("Presets.cs:"));
        // A build for release maps its paths, so that no source line can be read there.
        string? path = CallerPath();
        Assert.That(product.GetProperty("code").GetString(), Is.EqualTo(
            File.Exists(path) ? "return () => (a.MatMul(b) + bias).Tanh().Sum();" : null));
        Assert.That(data.GetProperty("notes").GetArrayLength(), Is.Zero);
    }

    private static string CallerPath([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;

    [Test]
    public void A_tape_that_was_not_recorded_says_what_is_gone()
    {
        Tensor x = Tensor.Scalar(0.7).RequireGrad(), y = x.Sin().Exp().Sin() + 1;
        JsonElement data = Data(Tape.Of(y).ToHtml());
        Assert.That(data.GetProperty("notes")[0].GetString(), Does.Contain("Tape.Record(() => loss)"));
        Assert.That(data.GetProperty("boxes").EnumerateArray().Select(box => box.TryGetProperty("value", out _)),
            Is.EqualTo(new[] { true, false, true, false, true }));
        Assert.That(data.GetProperty("visits").GetArrayLength(), Is.EqualTo(5));
    }

    [Test]
    public void A_large_tape_leaves_out_and_says_so()
    {
        Tensor x = Tensor.Rand([30, 40], DType.Float64).RequireGrad();
        Tape tape = Tape.Record(
            () =>
            {
                Tensor y = x;
                for (int i = 0; i < 300; i++)
                {
                    y = y.Sin();
                }

                return y.Sum();
            },
            checkedElements: 2);
        byte[] fitting = TapePage.Fitting(tape);
        Assert.That(fitting, Has.Length.LessThanOrEqualTo(200_000));
        JsonElement data = JsonDocument.Parse(fitting).RootElement;
        int shown = data.GetProperty("boxes").GetArrayLength();
        Assert.That(shown, Is.InRange(10, 200));
        string[] notes = [.. data.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!)];
        Assert.That(notes, Has.Some.EqualTo(
            $"The first {302 - shown} of 302 operations are left out: a page shows the last {shown}."));
        Assert.That(notes, Has.Some.Contains("only the first are shown"));
        Assert.That(data.GetProperty("boxes")[shown - 1].GetProperty("operation").GetString(), Is.EqualTo("Sum"));
    }

    [Test]
    public void Numbers_without_a_JSON_form_are_texts()
    {
        Tensor x = Tensor.From(0.0, -1.0).RequireGrad();
        JsonElement value = Data(Tape.Record(() => x.Log().Sum()).ToHtml()).GetProperty("boxes")[1].GetProperty("value")
            .GetProperty("values");
        Assert.That(value.EnumerateArray().Select(each => each.GetString()), Is.EqualTo(new[] { "-Infinity", "NaN" }));
    }

    [Test]
    public void Boxes_stand_behind_their_operands_and_none_upon_another()
    {
        foreach ((string name, Func<Func<Tensor>> make) in Presets.All)
        {
            TapeGraph graph = new(Tape.Record(make()), 200);
            Assert.That(graph.Lines.Select(line => line.To.Column - line.From.Column), Is.All.Positive, name);
            Assert.That(graph.Lines.Select(line => line.Rows.Count),
                Is.EqualTo(graph.Lines.Select(line => line.To.Column - line.From.Column - 1)), name);
            Assert.That(graph.Boxes.Select(box => (box.Column, box.Row)), Is.Unique, name);
        }
    }

    [Test]
    public void A_tape_is_drawn_by_Graphviz_and_Mermaid()
    {
        Tensor x = Tensor.Scalar(3.0).RequireGrad(), b = Tensor.Scalar(2.0);
        (x.Name, b.Name) = ("x", "b");
        Tape tape = Tape.Record(() => x * b.Clone() * x);
        Assert.That(tape.ToDot(), Is.EqualTo("""
            digraph tape {
              rankdir=LR;
              node [shape=box];
              n0 [label="x\n[]", style=rounded];
              n1 [label="c0\nConstant", style=dashed];
              n2 [label="%1 = Mul\n[]"];
              n3 [label="%2 = Mul\n[]"];
              n0 -> n2;
              n1 -> n2 [style=dashed];
              n2 -> n3;
              n0 -> n3;
            }

            """));
        Assert.That(tape.ToMermaid(), Is.EqualTo("""
            flowchart LR
              n0(["x<br>[]"])
              n1(["c0<br>Constant"])
              n2["%1 = Mul<br>[]"]
              n3["%2 = Mul<br>[]"]
              n0 --> n2
              n1 -.-> n2
              n2 --> n3
              n0 --> n3
              style n1 stroke-dasharray: 5 5

            """));
    }

    [Test]
    public void PyTorchs_spellings_are_documented()
    {
        string document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Docs", "pytorch-names.md"));
        Assert.That(
            PyTorchSpelling.Names.Select(static spelling => spelling.Split('(', '[')[0].Split('.')[^1])
                .Where(name => !name.StartsWith('{') && !document.Contains(name, StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public void Arithmetic_is_spelled_by_its_formula()
    {
        Tensor x = Tensor.Scalar(3.0).RequireGrad();
        JsonElement boxes = Data(Tape.Record(() => x * 2 + 1).ToHtml()).GetProperty("boxes");
        Assert.That(boxes[2].GetProperty("pytorch").GetString(), Is.EqualTo("%2 = %1 + 1"));
    }
}
