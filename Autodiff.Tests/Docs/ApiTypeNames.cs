using System.Reflection;
using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Docs;

/// <summary>Types, operators and constraints as C# spells them.</summary>
internal static class ApiTypeNames
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(char)] = "char", [typeof(short)] = "short", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(uint)] = "uint",
        [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
    };

    private static readonly Dictionary<string, string> s_operators = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_Modulus"] = "%",
        ["op_UnaryNegation"] = "-", ["op_UnaryPlus"] = "+", ["op_LogicalNot"] = "!", ["op_OnesComplement"] = "~",
        ["op_LessThan"] = "<", ["op_GreaterThan"] = ">", ["op_LessThanOrEqual"] = "<=", ["op_GreaterThanOrEqual"] = ">=",
        ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|", ["op_ExclusiveOr"] = "^",
        ["op_AdditionAssignment"] = "+=", ["op_SubtractionAssignment"] = "-=", ["op_MultiplicationAssignment"] = "*=",
        ["op_DivisionAssignment"] = "/=", ["op_Implicit"] = "implicit", ["op_Explicit"] = "explicit",
    };

    public static string Operator(string name) => s_operators.TryGetValue(name, out string? symbol) ? $"operator {symbol}" : name;

    public static string Of(Type type) => Of(type, null);

    public static string Of(Type type, NullabilityInfo? nullability)
    {
        string question = nullability is { ReadState: NullabilityState.Nullable } && !type.IsValueType && !type.IsByRef ? "?" : "";
        if (type.IsByRef) return Of(type.GetElementType()!);
        if (type.IsPointer) return Of(type.GetElementType()!) + "*";
        if (type.IsArray) return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{question}";
        if (s_keywords.TryGetValue(type, out string? keyword)) return keyword + question;
        if (Nullable.GetUnderlyingType(type) is { } value) return Of(value) + "?";
        if (type.IsGenericParameter) return type.Name;
        string name = type.Name.Split('`')[0];
        Type[] arguments = type.GetGenericArguments();
        int inherited = 0;
        if (type is { IsNested: true, DeclaringType: { } outer })
        {
            inherited = outer.GetGenericArguments().Length;
            name = $"{Of(inherited > 0 && !type.IsGenericTypeDefinition ? outer.MakeGenericType(arguments[..inherited]) : outer)}.{name}";
        }
        if (arguments.Length == inherited) return name + question;
        NullabilityInfo[]? states = nullability?.GenericTypeArguments is { Length: > 0 } given ? given : null;
        IEnumerable<string> texts = arguments.Skip(inherited).Select((argument, i) => Of(argument, states?.ElementAtOrDefault(i + inherited)));
        return typeof(ITuple).IsAssignableFrom(type) && type.IsValueType
            ? $"({string.Join(", ", texts)}){question}"
            : $"{name}<{string.Join(", ", texts)}>{question}";
    }

    public static string Constraint(Type parameter)
    {
        GenericParameterAttributes special = parameter.GenericParameterAttributes & GenericParameterAttributes.SpecialConstraintMask;
        bool isValue = special.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        bool isUnmanaged = parameter.CustomAttributes.Any(a => a.AttributeType.Name == "IsUnmanagedAttribute");
        List<string> constraints = [];
        if (isUnmanaged) constraints.Add("unmanaged");
        else if (isValue) constraints.Add("struct");
        else if (special.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)) constraints.Add("class");
        constraints.AddRange(parameter.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(Of).Order(StringComparer.Ordinal));
        if (special.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isValue) constraints.Add("new()");
        return constraints.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", constraints)}";
    }
}
