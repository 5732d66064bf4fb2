using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;
using static TorchSharp.torch;

namespace Autodiff.Tests.TorchSharp;

/// <summary>A layer as libtorch computes it, from inputs and parameters of the given shapes.</summary>
internal sealed record LayerCase(string Name, Func<Tensor[], Tensor> Call, long[][] Shapes)
{
    private static readonly string s_helpers = """
        def attention(x, y, w, o):
            q, k, v = w.split(8)
            a, b, c = torch.linear(x, q), torch.linear(y, k), torch.linear(y, v)
            a, b, c = a.unflatten(2, [2, 4]), b.unflatten(2, [2, 4]), c.unflatten(2, [2, 4])
            r = torch.scaled_dot_product_attention(a.transpose(1, 2), b.transpose(1, 2), c.transpose(1, 2))
            return torch.linear(r.transpose(1, 2).flatten(2), o)

        def norm(x, w):
            return torch.layer_norm(x, [8], w, None, 1e-05)


        """;

    /// <summary>TorchScript, which reaches every operator of libtorch's; its last line is the result.</summary>
    /// <param name="name">The layer, and its settings.</param>
    /// <param name="operands">What the script calls inputs and parameters.</param>
    /// <param name="script">The body of a function.</param>
    /// <param name="shapes">The operands' shapes.</param>
    public static LayerCase Script(string name, string operands, string script, params long[][] shapes)
    {
        string[] lines = script.Split('\n');
        lines[^1] = "return " + lines[^1];
        jit.CompilationUnit unit = jit.compile(
            $"{s_helpers}def f({operands}):\n" + string.Concat(lines.Select(line => $"    {line}\n")));
        return new(name, inputs => (Tensor)unit.invoke("f", [.. inputs.Cast<object>()]), shapes);
    }

    /// <summary>
    /// Element i of operand s (from 1) is sin(1.3 i + s), and of the gradient that comes in cos(0.7 i), in float64.
    /// </summary>
    public JsonObject Run()
    {
        Tensor[] inputs = [.. Shapes.Select((shape, i) => Wave(shape, i + 1).requires_grad_())];
        Tensor y = Call(inputs);
        Tensor seed = cos(0.7 * arange(y.numel(), float64)).reshape(y.shape);
        IList<Tensor> gradients = autograd.grad([y], inputs, [seed]);
        return new()
        {
            ["name"] = Name,
            ["inputs"] = new JsonArray([.. Shapes.Select(Sizes)]),
            ["shape"] = Sizes(y.shape),
            ["values"] = Numbers(y),
            ["gradients"] = new JsonArray([.. gradients.Select(Numbers)]),
        };
    }

    private static Tensor Wave(long[] shape, int seed) =>
        sin(1.3 * arange(shape.Aggregate(1L, (all, size) => all * size), float64) + seed).reshape(shape);

    private static JsonArray Sizes(long[] shape) => [.. shape.Select(size => (JsonNode)size)];

    private static JsonArray Numbers(Tensor t) => [.. t.detach().contiguous().data<double>().Select(
        v => JsonNode.Parse(v.ToString("G11", CultureInfo.InvariantCulture)))];
}
