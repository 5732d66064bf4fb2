using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework.Interfaces;

namespace Autodiff.Tests.Docs;

/// <summary>
/// A test's name is a sentence, its words joined by underscores: what is so. It may begin with a member's name.
/// </summary>
public partial class TestNameTests
{
    // Names that are written with a capital inside.
    private static readonly string[] s_names =
    [
        "PyTorch", "PyTorchs", "NumPy", "NumPys", "NaN", "GZip", "UInt8", "UInt64", "BFloat16", "NoGrad", "RandomState",
        "EnableAVX", "EnableAVX512", "RMSprop", "MapLabels", "createGraph", "JavaScript",
    ];

    [Test]
    public void Names_of_tests_are_sentences()
    {
        string[] wrong =
        [
            .. from type in typeof(TestNameTests).Assembly.GetTypes()
               from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
               where method.GetCustomAttributes().Any(a => a is ISimpleTestBuilder or ITestBuilder)
               where !IsSentence(method.Name)
               select $"{type.Name}.{method.Name}",
        ];
        Assert.That(wrong, Is.Empty);
    }

    /// <summary>A reader copies them, and the test above then names what the page said.</summary>
    [Test]
    public void Names_of_tests_in_documents_are_sentences()
    {
        (string Place, string Name)[] tests =
        [
            .. from path in Directory.GetFiles(
                   Path.Combine(SourceTree.Root, "docs"), "*.md", SearchOption.AllDirectories)
               from block in CodeBlock.In(Path.GetFileName(path), File.ReadAllText(path))
               from Match test in Declaration().Matches(block.Code)
               select (block.ToString(), test.Groups[1].Value),
        ];
        Assert.That(tests, Is.Not.Empty);
        Assert.That(tests.Where(test => !IsSentence(test.Name)), Is.Empty);
    }

    [TestCase("MultipliesTheLastDimension", false)]
    [TestCase("Sum_OfRows", false)]
    [TestCase("Multiplies_the_last_dimension", true)]
    [TestCase("LogSumExp_of_NaN_is_NaN", true)]
    public void A_sentence_is_known(string name, bool isOne) => Assert.That(IsSentence(name), Is.EqualTo(isOne));

    [GeneratedRegex(@"\[Test(?:Case|CaseSource)?\b[^\n]*\][^;{}]*?\bvoid (\w+)\(")]
    private static partial Regex Declaration();

    private static bool IsSentence(string name) =>
        !(name.Contains('_') ? name.Split('_').Skip(1) : [name])
            .Any(word => Regex.IsMatch(word, "[a-z0-9][A-Z]|^[A-Z]{2}[a-z]") && !s_names.Contains(word));
}
