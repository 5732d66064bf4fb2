using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Docs;

/// <summary>An assembly's public surface as text: one line a type or member, C#-like, in ordinal order.</summary>
internal static class ApiText
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static string[] Lines(Assembly assembly)
    {
        List<string> lines = [];
        foreach (Type type in assembly.GetExportedTypes().Where(type => !type.Name.Contains('<', StringComparison.Ordinal)))
        {
            string owner = $"{type.Namespace}.{ApiTypeNames.Of(type)}";
            lines.Add($"{owner} : {Declaration(type)}");
            if (typeof(Delegate).IsAssignableFrom(type)) continue;
            lines.AddRange(from member in type.GetMembers(Declared) let text = Text(member) where text is not null select $"{owner} :: {text}");
        }
        lines.Sort(StringComparer.Ordinal);
        return [.. lines.Distinct()];
    }

    private static string Declaration(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return $"delegate {Signature(type.GetMethod("Invoke")!)}";
        string kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? (IsReadOnly(type) ? "readonly " : "") + (type.IsByRefLike ? "ref struct" : "struct")
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";
        IEnumerable<string> bases = type.GetInterfaces()
            .Except(type.BaseType?.GetInterfaces() ?? [])
            .Where(i => i.IsPublic && !type.IsEnum)
            .Select(ApiTypeNames.Of).Order(StringComparer.Ordinal);
        if (type is { IsClass: true, BaseType: { } parent } && parent != typeof(object)) bases = bases.Prepend(ApiTypeNames.Of(parent));
        string list = string.Join(", ", bases);
        return kind + (list.Length > 0 ? $" : {list}" : "");
    }

    private static bool IsReadOnly(MemberInfo type) => type.CustomAttributes.Any(a => a.AttributeType.Name == "IsReadOnlyAttribute");

    /// <summary>The member's line; null for what a caller can't see or the compiler made.</summary>
    private static string? Text(MemberInfo member)
    {
        if (member.Name.Contains('<', StringComparison.Ordinal) || member.IsDefined(typeof(CompilerGeneratedAttribute))) return null;
        return member switch
        {
            FieldInfo field when Visible(field) && !field.IsSpecialName => Field(field),
            ConstructorInfo constructor when Visible(constructor) && !constructor.IsStatic =>
                $"{Access(constructor)}new({Parameters(constructor)})",
            PropertyInfo property => Property(property),
            MethodInfo method when Visible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)) =>
                $"{Access(method)}{Modifiers(method)}{Signature(method)}",
            EventInfo occasion when occasion.AddMethod is { } add && Visible(add) =>
                $"{Access(add)}{Modifiers(add)}event {ApiTypeNames.Of(occasion.EventHandlerType!)} {occasion.Name}",
            _ => null,
        };
    }

    private static bool Visible(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method)
    {
        bool inInterface = method.DeclaringType!.IsInterface;
        string text = method.IsStatic ? "static " : "";
        if (method.IsAbstract) return inInterface && !method.IsStatic ? text : text + "abstract ";
        if (!method.IsVirtual || (method.IsFinal && !IsOverride(method))) return text;
        return text + (IsOverride(method) ? "override " : "virtual ");
    }

    private static bool IsOverride(MethodInfo method) => method.GetBaseDefinition() != method;

    private static string Field(FieldInfo field)
    {
        if (field.DeclaringType!.IsEnum) return $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}";
        string modifiers = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? $" = {Value(field.GetRawConstantValue(), field.FieldType)}" : "";
        return $"{(field.IsPublic ? "" : "protected ")}{modifiers}{ApiTypeNames.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string? Property(PropertyInfo property)
    {
        MethodInfo? get = property.GetMethod is { } g && Visible(g) ? g : null;
        MethodInfo? set = property.SetMethod is { } s && Visible(s) ? s : null;
        MethodInfo? first = get ?? set;
        if (first is null) return null;
        bool init = set?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ?? false;
        string accessors = (get is null ? "" : "get; ")
            + (set is null ? "" : (set.IsPublic || !first.IsPublic ? "" : "protected ") + (init ? "init; " : "set; "));
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        string type = ApiTypeNames.Of(property.PropertyType, new NullabilityInfoContext().Create(property));
        return $"{Access(first)}{Modifiers(first)}{type} {name} {{ {accessors}}}";
    }

    private static string Signature(MethodInfo method)
    {
        string type = ApiTypeNames.Of(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter));
        Type[] generics = method.GetGenericArguments();
        string arguments = generics.Length > 0 ? $"<{string.Join(", ", generics.Select(a => a.Name))}>" : "";
        string extension = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return $"{type} {ApiTypeNames.Operator(method.Name)}{arguments}({extension}{Parameters(method)})"
            + string.Concat(generics.Select(ApiTypeNames.Constraint));
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        string value = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue, parameter.ParameterType)}" : "";
        return $"{prefix}{ApiTypeNames.Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter))} {parameter.Name}{value}";
    }

    private static string Value(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        bool flag => flag ? "true" : "false",
        string text => $"\"{text}\"",
        _ when (Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } kind => $"{kind.Name}.{Enum.ToObject(kind, value)}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
