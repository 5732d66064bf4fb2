using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework.Interfaces;

namespace Autodiff.Tests.Docs;

/// <summary>
/// A test's name is a sentence, its words joined by underscores: what is so. It may begin with a member's name.
/// </summary>
public class TestNameTests
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
               where (method.Name.Contains('_') ? method.Name.Split('_').Skip(1) : [method.Name])
                   .Any(word => Regex.IsMatch(word, "[a-z0-9][A-Z]|^[A-Z]{2}[a-z]") && !s_names.Contains(word))
               select $"{type.Name}.{method.Name}",
        ];
        Assert.That(wrong, Is.Empty);
    }
}
