using System.Globalization;
using System.Text.RegularExpressions;

namespace Autodiff;

/// <summary>How PyTorch's users write a recorded operation.</summary>
internal static partial class PyTorchSpelling
{
    /// <summary>
    /// The operations' forms: {0}, {1}, {2} are the operands, {all} those in their order; what the tape doesn't know
    /// stands as an ellipsis.
    /// </summary>
    private static readonly Dictionary<string, string> Forms = new(
    [
        .. Each("torch.{name}({all})",
            "Abs", "Acos", "Acosh", "AddCDiv", "AddCMul", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "CDist", "Ceil",
            "Clone", "CopySign", "Cos", "Cosh", "Deg2Rad", "Det", "Erf", "Erfc", "Exp", "Exp2", "Expm1", "Floor",
            "Fmax", "Fmin", "Frac", "Hypot", "Inverse", "Lerp", "Log", "Log10", "Log1p", "Log2", "LogAddExp", "Logit",
            "MatMul", "Maximum", "Mean", "Minimum", "NanMean", "NanSum", "Prod", "Rad2Deg", "Reciprocal", "Relu",
            "Round", "Rsqrt", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Sqrt", "Squeeze", "Std", "Sum", "Tan", "Tanh",
            "Trunc", "Var", "Where", "XLogY"),
        .. Each("torch.{name}({0}, ...)",
            "Amax", "Amin", "Clamp", "CumProd", "CumSum", "Diagonal", "Flip", "LogCumSumExp", "LogSumExp"),
        .. Each("torch.linalg.{name}({all})", "Cholesky", "Solve"),
        .. Each("F.{name}({all})",
            "Celu", "Elu", "Gelu", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "Linear", "LogSigmoid", "Mish",
            "Prelu", "Relu6", "Silu", "Softplus", "Softshrink", "Softsign", "Tanhshrink"),
        .. Each("F.{name}({0}, ...)", "Pad", "Softmax"),
        .. Each("{0}.{name}(...)", "Expand", "Norm", "Permute", "Reshape", "To", "Transpose", "Unfold", "Unsqueeze"),
        .. Each("{0}[...]", "Index", "Select", "Slice"),
        new("AbsoluteError", "F.l1_loss({0}, {1}, reduction=\"none\")"),
        new("BinaryCrossEntropy", "F.binary_cross_entropy({0}, {1}, reduction=\"none\")"),
        new("BinaryCrossEntropyWithLogits", "F.binary_cross_entropy_with_logits({0}, {1}, reduction=\"none\")"),
        new("Cat", "torch.cat([{all}], ...)"),
        new("GeluTanh", "F.gelu({0}, approximate=\"tanh\")"),
        new("HuberError", "F.huber_loss({0}, {1}, reduction=\"none\")"),
        new("LeakyRelu", "F.leaky_relu({0})"),
        new("LogSoftmax", "F.log_softmax({0}, ...)"),
        new("NanToNum", "torch.nan_to_num({0})"),
        new("SmoothL1Error", "F.smooth_l1_loss({0}, {1}, reduction=\"none\")"),
        new("Square", "{0} ** 2"),
        new("SquaredError", "F.mse_loss({0}, {1}, reduction=\"none\")"),
    ]);

    [GeneratedRegex(@"^[abcx0-9.()^*/+\- ]+$")]
    private static partial Regex Arithmetic();

    [GeneratedRegex("[abcx]")]
    private static partial Regex Letter();

    /// <summary>The names that the spellings use, for the test that they are documented.</summary>
    internal static IEnumerable<string> Names => Forms.Values;

    /// <summary>The operation in Python: <c>z = x * y</c>, <c>p = torch.sigmoid(z)</c>.</summary>
    /// <param name="node">The operation.</param>
    /// <param name="name">Its result's name.</param>
    /// <param name="operands">Its operands' names.</param>
    /// <returns>The line; null where PyTorch has no such operation.</returns>
    public static string? Of(Node node, string name, string[] operands)
    {
        if (Forms.TryGetValue(node.Name, out string? form))
        {
            return $"{name} = " + Filled(form, operands);
        }

        if (node.Formula is not { } formula || !Arithmetic().IsMatch(formula))
        {
            return null;
        }

        string spelled = Letter().Replace(
            formula, letter => operands[letter.ValueSpan[0] == 'x' ? 0 : letter.ValueSpan[0] - 'a']);
        return $"{name} = " + spelled.Replace("^", " ** ", StringComparison.Ordinal);
    }

    /// <summary>One form for several operations, whose names in lower case stand for {name}.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Each(string form, params string[] names) =>
        from name in names
        select KeyValuePair.Create(name, form.Replace("{name}", name.ToLowerInvariant(), StringComparison.Ordinal));

    private static string Filled(string form, string[] operands)
    {
        for (int i = 0; i < operands.Length; i++)
        {
            form = form.Replace(string.Create(CultureInfo.InvariantCulture, $"{{{i}}}"), operands[i],
                StringComparison.Ordinal);
        }

        return form.Replace("{all}", string.Join(", ", operands), StringComparison.Ordinal);
    }
}
