using System.Xml.Linq;
using System.Xml.XPath;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Autodiff.Tests.Docs;

/// <summary>
/// What a reader of the public surface is shown is whole: a summary for every member, and all parameters or none,
/// with what is inherited taken from where an editor takes it.
/// </summary>
/// <remarks>
/// As Roslyn does it, a member without documentation that overrides or implements another has that one's, and a path
/// of <c>inheritdoc</c> that begins with a slash begins below the element of the member.
/// </remarks>
[Parallelizable]
public class DocumentationTests
{
    private static readonly Dictionary<string, XElement> s_members = (
        from type in (Type[])[typeof(Tensor), typeof(Autodiff.Nn.Module), typeof(Autodiff.Cuda)]
        from member in XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member")
        select member).DistinctBy(Id).ToDictionary(Id);

    private static readonly CSharpCompilation s_compilation = CSharpCompilation.Create(
        "Documented", references: CompiledCode.References);

    [TestCase(typeof(Tensor))]
    [TestCase(typeof(Autodiff.Nn.Module))]
    [TestCase(typeof(Autodiff.Cuda))]
    public void Every_public_member_is_documented(Type oneOfTheLibrary)
    {
        IAssemblySymbol library = s_compilation.SourceModule.ReferencedAssemblySymbols
            .Single(a => a.Name == oneOfTheLibrary.Assembly.GetName().Name);
        ISymbol[] symbols = [.. Types(library.GlobalNamespace).SelectMany(Documented)];
        Assert.That(symbols, Has.Length.GreaterThan(10));
        string[] bare = [.. symbols.Where(s => Shown(s).All(e => e.Name != "summary")).Select(Name)],
            without = [.. symbols.SelectMany(MissingParameters)];
        Assert.That(bare, Is.Empty, () => string.Join('\n', bare));
        Assert.That(without, Is.Empty, () => string.Join('\n', without));
    }

    [Test]
    public void A_path_to_several_elements_finds_them_all()
    {
        ISymbol huber = s_compilation.GetTypeByMetadataName("Autodiff.Nn.Functional")!.GetMembers("HuberLoss").Single();
        Assert.That(Shown(huber).Select(e => e.Name.LocalName),
            Is.EquivalentTo((string[])["summary", "param", "param", "param", "param", "exception", "exception"]));
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol parent) =>
        from inner in parent.GetMembers().OfType<INamespaceOrTypeSymbol>()
        where inner is INamespaceSymbol || IsVisible(inner)
        from type in Types(inner).Concat(inner is INamedTypeSymbol self ? [self] : [])
        select type;

    private static string Id(XElement member) => member.Attribute("name")!.Value;

    // An extension block is compiled to types whose names no code can say.
    private static bool IsVisible(ISymbol symbol) => !Name(symbol).Contains('<') && symbol.DeclaredAccessibility
        is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal;

    /// <summary>The type and those of its members that somebody wrote.</summary>
    private static IEnumerable<ISymbol> Documented(INamedTypeSymbol type) => type.TypeKind == TypeKind.Delegate
        ? [type]
        : type.GetMembers().Where(m => IsVisible(m) && m is not INamedTypeSymbol && !IsMade(m)).Prepend(type);

    private static bool IsMade(ISymbol member) => member is IMethodSymbol
        {
            MethodKind: not (MethodKind.Ordinary or MethodKind.Constructor or MethodKind.UserDefinedOperator
                or MethodKind.Conversion)
        }
        || member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0 }
        || member.GetAttributes().Any(a => a.AttributeClass?.Name == "CompilerGeneratedAttribute")
        || member.ContainingType.IsRecord && member.Name is "Deconstruct" or "Equals" or "GetHashCode" or "ToString"
            or "PrintMembers" or "<Clone>$" or "EqualityContract"
        || member is IMethodSymbol { MethodKind: MethodKind.Constructor } copy && member.ContainingType.IsRecord
            && SymbolEqualityComparer.Default.Equals(copy.Parameters[0].Type, member.ContainingType);

    private static IEnumerable<string> MissingParameters(ISymbol symbol)
    {
        if (symbol is not IMethodSymbol method)
        {
            return [];
        }

        string?[] names = [.. Shown(symbol).Where(e => e.Name == "param").Select(e => e.Attribute("name")?.Value)];
        return names.Length == 0
            ? []
            : from p in method.Parameters.Skip(IsOfBlock(method) ? 1 : 0)
              where !names.Contains(p.Name)
              select $"{Name(symbol)}: {p.Name}";
    }

    /// <summary>Whether the first parameter is an extension block's, which has the documentation of it.</summary>
    private static bool IsOfBlock(IMethodSymbol method) =>
        method.IsStatic && method.ContainingType.GetTypeMembers().Any(t => Name(t).Contains('<'));

    private static string Name(ISymbol symbol) => symbol.GetDocumentationCommentId() ?? symbol.Name;

    /// <summary>The elements that an editor shows.</summary>
    private static IEnumerable<XElement> Shown(ISymbol symbol)
    {
        if (!s_members.TryGetValue(Name(symbol.OriginalDefinition), out XElement? member))
        {
            return symbol is INamedTypeSymbol || Above(symbol) is not { } above ? []
                : above.ContainingAssembly.Name.StartsWith("Autodiff", StringComparison.Ordinal) ? Shown(above)
                : [new XElement("summary")];
        }

        return member.Elements().SelectMany(e => e.Name == "inheritdoc" ? Inherited(symbol, e) : [e]);
    }

    private static IEnumerable<XElement> Inherited(ISymbol symbol, XElement from)
    {
        string? cref = from.Attribute("cref")?.Value, path = from.Attribute("path")?.Value;
        ISymbol? source = cref is null ? Above(symbol)
            : DocumentationCommentId.GetFirstSymbolForDeclarationId(cref, s_compilation);
        if (source is null || !source.ContainingAssembly.Name.StartsWith("Autodiff", StringComparison.Ordinal))
        {
            return source is null ? [] : [new XElement("summary")];
        }

        var document = new XDocument(new XElement("member", Shown(source)));
        return path is null ? document.Root!.Elements()
            : document.XPathSelectElements(path.StartsWith('/') ? "/*" + path : path);
    }

    /// <summary>What a symbol inherits documentation from if it names nothing.</summary>
    private static ISymbol? Above(ISymbol symbol) => symbol switch
    {
        INamedTypeSymbol { BaseType: { SpecialType: not SpecialType.System_Object } above } => above.OriginalDefinition,
        INamedTypeSymbol => null,
        IMethodSymbol { MethodKind: MethodKind.Constructor } own => own.ContainingType.BaseType?.InstanceConstructors
            .FirstOrDefault(c => c.Parameters.Select(p => p.Type).SequenceEqual(
                own.Parameters.Select(p => p.Type), SymbolEqualityComparer.Default))?.OriginalDefinition,
        IMethodSymbol { OverriddenMethod: { } method } => method.OriginalDefinition,
        IPropertySymbol { OverriddenProperty: { } property } => property.OriginalDefinition,
        _ => symbol.ContainingType.AllInterfaces.SelectMany(i => i.GetMembers())
            .FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(
                symbol.ContainingType.FindImplementationForInterfaceMember(m), symbol))?.OriginalDefinition,
    };
}
