using System.Globalization;
using System.Text.RegularExpressions;

namespace Autodiff;

/// <summary>How PyTorch's users write a recorded operation.</summary>
internal static partial class PyTorchSpelling
{
    /// <summary>
    /// Operations that are <c>torch.</c> and their name in lower case, with the operands in their order.
    /// </summary>
    private static readonly HashSet<string> Plain =
    [
        "Abs", "Acos", "Acosh", "AddCDiv", "AddCMul", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "CDist", "Ceil",
            "Clone", "CopySign", "Cos",
        "Cosh", "Deg2Rad", "Det", "Erf", "Erfc", "Exp", "Exp2", "Expm1", "Floor", "Fmax", "Fmin", "Frac", "Hypot",
            "Inverse", "Log", "Log10",
        "Log1p", "Log2", "LogAddExp", "Logit", "MatMul", "Maximum", "Minimum", "NanMean", "NanSum", "Prod", "Rad2Deg",
            "Reciprocal", "Relu",
        "Round", "Rsqrt", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Sqrt", "Squeeze", "Std", "Sum", "Mean", "Tan",
            "Tanh", "Trunc",
        "Var", "Where", "XLogY",
    ];

    /// <summary>The others: {0}, {1}, {2} are the operands; what the tape doesn't know stands as an ellipsis.</summary>
    private static readonly Dictionary<string, string> Others = new()
    {
        ["AbsoluteError"] = "F.l1_loss({0}, {1}, reduction=\"none\")",
        ["Amax"] = "torch.amax({0}, ...)",
        ["Amin"] = "torch.amin({0}, ...)",
        ["BinaryCrossEntropy"] = "F.binary_cross_entropy({0}, {1}, reduction=\"none\")",
        ["BinaryCrossEntropyWithLogits"] = "F.binary_cross_entropy_with_logits({0}, {1}, reduction=\"none\")",
        ["Cat"] = "torch.cat([{all}], ...)",
        ["Celu"] = "F.celu({0})",
        ["Cholesky"] = "torch.linalg.cholesky({0})",
        ["Clamp"] = "torch.clamp({0}, ...)",
        ["CumProd"] = "torch.cumprod({0}, ...)",
        ["CumSum"] = "torch.cumsum({0}, ...)",
        ["Diagonal"] = "torch.diagonal({0}, ...)",
        ["Elu"] = "F.elu({0})",
        ["Expand"] = "{0}.expand(...)",
        ["Flip"] = "torch.flip({0}, ...)",
        ["Gelu"] = "F.gelu({0})",
        ["GeluTanh"] = "F.gelu({0}, approximate=\"tanh\")",
        ["Hardshrink"] = "F.hardshrink({0})",
        ["Hardsigmoid"] = "F.hardsigmoid({0})",
        ["Hardswish"] = "F.hardswish({0})",
        ["Hardtanh"] = "F.hardtanh({0})",
        ["HuberError"] = "F.huber_loss({0}, {1}, reduction=\"none\")",
        ["Index"] = "{0}[...]",
        ["LeakyRelu"] = "F.leaky_relu({0})",
        ["Lerp"] = "torch.lerp({0}, {1}, {2})",
        ["Linear"] = "F.linear({all})",
        ["LogCumSumExp"] = "torch.logcumsumexp({0}, ...)",
        ["LogSigmoid"] = "F.logsigmoid({0})",
        ["LogSoftmax"] = "F.log_softmax({0}, ...)",
        ["LogSumExp"] = "torch.logsumexp({0}, ...)",
        ["Mish"] = "F.mish({0})",
        ["NanToNum"] = "torch.nan_to_num({0})",
        ["Norm"] = "{0}.norm(...)",
        ["Pad"] = "F.pad({0}, ...)",
        ["Permute"] = "{0}.permute(...)",
        ["Prelu"] = "F.prelu({0}, {1})",
        ["Relu6"] = "F.relu6({0})",
        ["Reshape"] = "{0}.reshape(...)",
        ["Select"] = "{0}[...]",
        ["Silu"] = "F.silu({0})",
        ["Slice"] = "{0}[...]",
        ["SmoothL1Error"] = "F.smooth_l1_loss({0}, {1}, reduction=\"none\")",
        ["Softmax"] = "F.softmax({0}, ...)",
        ["Softplus"] = "F.softplus({0})",
        ["Softshrink"] = "F.softshrink({0})",
        ["Softsign"] = "F.softsign({0})",
        ["Solve"] = "torch.linalg.solve({0}, {1})",
        ["Square"] = "{0} ** 2",
        ["SquaredError"] = "F.mse_loss({0}, {1}, reduction=\"none\")",
        ["Tanhshrink"] = "F.tanhshrink({0})",
        ["To"] = "{0}.to(...)",
        ["Transpose"] = "{0}.transpose(...)",
        ["Unfold"] = "{0}.unfold(...)",
        ["Unsqueeze"] = "{0}.unsqueeze(...)",
    };

    [GeneratedRegex(@"^[abcx0-9.()^*/+\- ]+$")]
    private static partial Regex Arithmetic();

    [GeneratedRegex("[abcx]")]
    private static partial Regex Letter();

    /// <summary>The names that the spellings use, for the test that they are documented.</summary>
    internal static IEnumerable<string> Names =>
        [.. Plain.Select(static name => name.ToLowerInvariant()), .. Others.Values];

    /// <summary>The operation in Python: <c>z = x * y</c>, <c>p = torch.sigmoid(z)</c>.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="name">Its result's name.</param>
    /// <param name="operands">Its operands' names.</param>
    /// <returns>The line; null where PyTorch has no such operation.</returns>
    public static string? Of(Node node, string name, string[] operands)
    {
        string all = string.Join(", ", operands);
        if (Plain.Contains(node.Name))
        {
            return $"{name} = torch.{node.Name.ToLowerInvariant()}({all})";
        }

        if (Others.TryGetValue(node.Name, out string? form))
        {
            return $"{name} = " + Filled(form, operands, all);
        }

        if (node.Formula is not { } formula || !Arithmetic().IsMatch(formula))
        {
            return null;
        }

        string spelled = Letter().Replace(
            formula, letter => operands[letter.ValueSpan[0] == 'x' ? 0 : letter.ValueSpan[0] - 'a']);
        return $"{name} = " + spelled.Replace("^", " ** ", StringComparison.Ordinal);
    }

    private static string Filled(string form, string[] operands, string all)
    {
        for (int i = 0; i < operands.Length; i++)
        {
            form = form.Replace(string.Create(CultureInfo.InvariantCulture, $"{{{i}}}"), operands[i],
                StringComparison.Ordinal);
        }

        return form.Replace("{all}", all, StringComparison.Ordinal);
    }
}
