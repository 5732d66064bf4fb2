using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Autodiff;

namespace Labs.Report;

/// <summary>
/// Writes a function of a few numbers as JavaScript, so that a page can compute it and its slopes: the function is
/// recorded once, and each node of the tape becomes two lines, one from its formula and one from its rule.
/// </summary>
internal static partial class TapeScript
{
    private const string Numbers = "abs acos acosh asin asinh atan atan2 atanh ceil cos cosh exp expm1 floor hypot log "
        + "log10 log1p log2 max min sign sin sinh sqrt tan tanh trunc";

    private static readonly HashSet<string> s_functions = [.. Numbers.Split(' ')];

    /// <summary>
    /// An arrow function of the arguments that gives an array: the value and its derivative by each argument.
    /// </summary>
    /// <param name="f">The function, of scalars, with the same operations for all values of them.</param>
    /// <param name="arguments">The arguments' names; <c>p = 0</c> has a default.</param>
    /// <exception cref="NotSupportedException">An operation has no formula that a page could compute.</exception>
    public static string Of(Func<Tensor[], Tensor> f, params string[] arguments)
    {
        Tensor[] leaves =
            [.. arguments.Select((_, i) => Tensor.Scalar(0.6 + 0.1 * i, DType.Float64).RequireGrad())];
        Tape tape = Tape.Of(f(leaves));
        Dictionary<Node, int> numbers = [];
        for (int i = 0; i < leaves.Length; i++)
        {
            numbers[Tape.Of(leaves[i])[0]] = i;
        }

        Node[] operations = [.. tape.Where(node => !numbers.ContainsKey(node))];
        foreach (Node node in operations)
        {
            numbers[node] = numbers.Count;
        }

        string[] names = [.. arguments.Select(argument => argument.Split(' ')[0])];
        StringBuilder script = new($"({string.Join(", ", arguments)}) => {{\n");
        script.Append(CultureInfo.InvariantCulture,
            $"  let {string.Join(", ", Enumerable.Range(0, numbers.Count - 1).Select(i => $"d{i} = 0"))};\n");
        foreach (Node node in operations)
        {
            script.Append(CultureInfo.InvariantCulture, $"  const t{numbers[node]} = {Write(node, node.Formula)};\n");
        }

        int last = numbers.Count - 1;
        script.Append(CultureInfo.InvariantCulture, $"  const d{last} = 1;\n");
        for (int k = operations.Length - 1; k >= 0; k--)
        {
            Node node = operations[k];
            foreach (Match rule in Gradients().Matches(node.Rule))
            {
                int operand = rule.Groups["letter"].Value[0] switch { 'b' => 1, 'c' => 2, _ => 0 };
                if (node.Input(operand) is { } input)
                {
                    script.Append(CultureInfo.InvariantCulture,
                        $"  d{numbers[input]} += {Write(node, rule.Groups["formula"].Value)};\n");
                }
            }
        }

        string slopes = string.Concat(Enumerable.Range(0, leaves.Length).Select(i => $", d{i}"));
        return script.Append(CultureInfo.InvariantCulture, $"  return [t{last}{slopes}];\n}}").ToString();

        // A formula's letters are the node's operands, its result and its gradient.
        string Write(Node node, string? formula)
        {
            if (formula is null || node.Shape.Rank > 0)
            {
                throw new NotSupportedException($"TapeScript: {node} has no formula of single numbers.");
            }

            string text = Powers(Absolute().Replace(formula, "abs($1)"));
            return Names().Replace(text, name => name.Value switch
            {
                "g" => $"d{numbers[node]}",
                "y" => $"t{numbers[node]}",
                "x" or "a" => Operand(node, 0),
                "b" => Operand(node, 1),
                "c" => Operand(node, 2),
                var function when s_functions.Contains(function) || function == "pow" => $"Math.{function}",
                var other => throw new NotSupportedException(
                    $"TapeScript: a page has no '{other}', which {node.Name}'s '{formula}' needs."),
            });
        }

        string Operand(Node node, int i)
        {
            int number = node.Input(i) is { } input ? numbers[input] : throw new NotSupportedException(
                $"TapeScript: operand {i + 1} of {node.Name} is a tensor that was not recorded; take a plain number.");
            return number < names.Length ? names[number] : $"t{number}";
        }
    }

    /// <summary>a^b as pow(a, b).</summary>
    private static string Powers(string text)
    {
        for (int at = text.IndexOf('^'); at >= 0; at = text.IndexOf('^'))
        {
            int from = at, to = at + 1;
            if (text[at - 1] == ')')
            {
                int open = 0;
                do
                {
                    open += text[--from] switch { ')' => 1, '(' => -1, _ => 0 };
                }
                while (open > 0);
            }

            while (from > 0 && (char.IsLetterOrDigit(text[from - 1]) || text[from - 1] == '.'))
            {
                from--;
            }

            if (text[to] == '(')
            {
                int open = 0;
                do
                {
                    open += text[to++] switch { '(' => 1, ')' => -1, _ => 0 };
                }
                while (open > 0);
            }
            else
            {
                while (to < text.Length && (char.IsLetterOrDigit(text[to]) || text[to] == '.'))
                {
                    to++;
                }
            }

            text = $"{text[..from]}pow({text[from..at]}, {text[(at + 1)..to]}){text[to..]}";
        }

        return text;
    }

    [GeneratedRegex(@"\|([^|]*)\|")]
    private static partial Regex Absolute();

    [GeneratedRegex(@"(?<![\w.])[a-z]\w*")]
    private static partial Regex Names();

    /// <summary>x̄ = ..., or ā = ..., b̄ = ...; only ā has a character of its own.</summary>
    [GeneratedRegex(@"(?<letter>ā|[xabc]\u0304) = (?<formula>.*?)(?=, [bc]\u0304 = |$)")]
    private static partial Regex Gradients();
}
