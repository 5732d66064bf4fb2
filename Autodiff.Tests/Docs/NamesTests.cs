using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>Every Autodiff name that docs/pytorch-names.md gives exists, with the arguments it names.</summary>
[Parallelizable]
public partial class NamesTests
{
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
            | BindingFlags.FlattenHierarchy;

    private static readonly Type[] s_types = [.. typeof(Tensor).Assembly.GetExportedTypes(),
        .. typeof(Autodiff.Nn.Module).Assembly.GetExportedTypes(),
        .. typeof(Autodiff.Cuda).Assembly.GetExportedTypes()];

    /// <summary>What the document's lower-case receivers are; all others are tensors.</summary>
    private static readonly Dictionary<string, string> s_receivers = new()
    {
        ["model"] = "Module", ["optimizer"] = "Optimizer", ["scheduler"] = "LRScheduler", ["step"] = "CompiledStep",
        ["parameters"] = "GradientExtensions",
    };

    private static readonly Dictionary<string, string> s_operators = new()
    {
        ["+"] = "op_Addition", ["-"] = "op_Subtraction", ["*"] = "op_Multiply", ["/"] = "op_Division",
        ["%"] = "op_Modulus",
        ["<"] = "op_LessThan", ["<="] = "op_LessThanOrEqual", [">"] = "op_GreaterThan",
        [">="] = "op_GreaterThanOrEqual",
        ["&"] = "op_BitwiseAnd", ["|"] = "op_BitwiseOr", ["^"] = "op_ExclusiveOr", ["+="] = "op_AdditionAssignment",
        ["-="] = "op_SubtractionAssignment", ["*="] = "op_MultiplicationAssignment", ["/="] = "op_DivisionAssignment",
    };

    private static readonly Dictionary<string, string> s_prefixes = new()
    {
        ["-"] = "op_UnaryNegation", ["!"] = "op_LogicalNot", ["~"] = "op_OnesComplement",
    };

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex ColumnBorder();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<![\w).])([A-Za-z]\w*)(?:<\w+>)?\.([A-Z]\w*)")]
    private static partial Regex Member();

    [GeneratedRegex(@"\bnew ([A-Z]\w*)")]
    private static partial Regex Construction();

    [GeneratedRegex(@"^[a-z] (\S+) [a-z]$")]
    private static partial Regex BinaryOperator();

    [GeneratedRegex(@"^([-!~])[a-z]$")]
    private static partial Regex UnaryOperator();

    [GeneratedRegex(@"^([A-Z]\w*)(<T>)?$")]
    private static partial Regex TypeAlone();

    [GeneratedRegex(@"[(,] ?([a-z]\w*): ")]
    private static partial Regex NamedArgument();

    private static IEnumerable<string> Snippets() =>
        from line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Docs", "pytorch-names.md"))
        where line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| PyTorch", StringComparison.Ordinal)
        from code in Code().Matches(ColumnBorder().Split(line)[2])
        select code.Groups[1].Value.Replace(@"\|", "|", StringComparison.Ordinal);

    [Test]
    public void Every_name_of_the_second_column_exists()
    {
        string[] snippets = [.. Snippets()];
        Assert.That(snippets, Has.Length.GreaterThan(400));
        Assert.That(snippets.SelectMany(Faults).Distinct(), Is.Empty);
    }

    [TestCase("x.Reluu()", "x.Reluu()': Tensor has no Reluu")]
    [TestCase("new Sgd(w)", "new Sgd(w)': there is no type Sgd")]
    [TestCase("x.Sum(0, keepdim: true)", "x.Sum(0, keepdim: true)': nothing called keepdim")]
    [TestCase("relu(x)", "relu(x)': names nothing that can be looked up")]
    public void Wrong_names_are_found(string snippet, string fault) =>
        Assert.That(Faults(snippet), Has.Exactly(1).Contains(fault));

    private static IEnumerable<string> Faults(string snippet)
    {
        List<MemberInfo> found = [];
        List<string> faults = [];
        void Look(string type, string member)
        {
            MemberInfo[] members = [.. Members(type, member)];
            found.AddRange(members);
            if (members.Length == 0)
            {
                faults.Add(Named(type).Any()
                    ? $"'{snippet}': {type} has no {member}"
                    : $"'{snippet}': there is no type {type}");
            }
        }

        foreach (Match match in Member().Matches(snippet))
        {
            string receiver = match.Groups[1].Value;
            Look(char.IsUpper(receiver[0]) ? receiver : s_receivers.GetValueOrDefault(receiver, "Tensor"),
                match.Groups[2].Value);
        }

        foreach (Match match in Construction().Matches(snippet)) Look(match.Groups[1].Value, ".ctor");
        if (BinaryOperator().Match(snippet) is { Success: true } binary) Look("Tensor",
            s_operators.GetValueOrDefault(binary.Groups[1].Value, snippet));
        if (UnaryOperator().Match(snippet) is { Success: true } unary) Look("Tensor",
            s_prefixes[unary.Groups[1].Value]);
        if (TypeAlone().Match(snippet) is { Success: true } alone) Look(alone.Groups[1].Value, "ToString");
        if (snippet.StartsWith("x[", StringComparison.Ordinal)) Look("Tensor", "Item");
        if (found.Count == 0 && faults.Count == 0) faults.Add($"'{snippet}': names nothing that can be looked up");
        HashSet<string?> parameters = [.. found.OfType<MethodBase>().SelectMany(method => method.GetParameters())
            .Select(p => p.Name)];
        faults.AddRange(from Match match in NamedArgument().Matches(snippet)
                        where found.Count > 0 && !parameters.Contains(match.Groups[1].Value)
                        select $"'{snippet}': nothing called {match.Groups[1].Value}");
        return faults;
    }

    private static IEnumerable<Type> Named(string type) => s_types.Where(t => t.Name.Split('`')[0] == type);

    /// <summary>The members of that name that a caller or a deriving class sees, extensions included.</summary>
    private static IEnumerable<MemberInfo> Members(string type, string member) =>
        Named(type).SelectMany(t => t.GetMember(member, Any).Where(Visible).Concat(Extensions(t, member)));

    private static bool Visible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily,
        PropertyInfo property => property.GetMethod is { IsPublic: true },
        FieldInfo field => field.IsPublic,
        _ => false,
    };

    private static IEnumerable<MethodInfo> Extensions(Type type, string member) =>
        from holder in s_types
        where holder is { IsAbstract: true, IsSealed: true }
        from method in holder.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.Name == member && (method.IsDefined(typeof(ExtensionAttribute))
            ? Takes(method.GetParameters()[0].ParameterType, type)
            : StaticReceivers(holder).Any(receiver => Takes(receiver, type)))
        select method;

    private static bool Takes(Type receiver, Type type) => receiver.IsGenericParameter
        ? receiver.GetGenericParameterConstraints().All(c => c.IsAssignableFrom(type))
        : receiver.IsAssignableFrom(type);

    /// <summary>The types that a class's extension blocks extend: the compiler notes each in a nested type.</summary>
    private static IEnumerable<Type> StaticReceivers(Type holder) =>
        from block in holder.GetNestedTypes(Any)
        from nested in block.GetNestedTypes(Any).Append(block)
        from marker in nested.GetMethods(Any)
        where marker.Name == "<Extension>$"
        select marker.GetParameters()[0].ParameterType;
}
