using System.Reflection;

namespace Autodiff.Tests.Docs;

/// <summary>
/// What the libraries promise, line by line, against the checked-in public-api.*.txt: a change of the public surface is
/// always seen in review. With AUTODIFF_UPDATE_API=1 the test rewrites the files in the source tree.
/// </summary>
public class PublicApiTests
{
    private static Assembly Library(string name) => name switch
    {
        "Autodiff.Core" => typeof(Tensor).Assembly,
        "Autodiff.Gpu" => typeof(Autodiff.Cuda).Assembly,
        _ => typeof(Autodiff.Nn.Module).Assembly,
    };

    [TestCase("Autodiff.Core")]
    [TestCase("Autodiff.Nn")]
    [TestCase("Autodiff.Gpu")]
    public void PublicSurfaceIsTheReviewedOne(string library)
    {
        string[] actual = ApiText.Lines(Library(library));
        string file = $"public-api.{library}.txt";
        if (Environment.GetEnvironmentVariable("AUTODIFF_UPDATE_API") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(), file), string.Join('\n', actual) + "\n");
        }
        else
        {
            string[] reviewed = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Docs", file));
            Assert.That(Difference(reviewed, actual), Is.Empty, () =>
                $"{library}'s public surface is not the reviewed one (- gone, + new). If the change is meant, run this test with "
                + $"AUTODIFF_UPDATE_API=1, which rewrites Autodiff.Tests/Docs/{file}, and commit that file.\n"
                + string.Join('\n', Difference(reviewed, actual)));
        }
        Assert.That(actual, Has.Length.GreaterThan(20));
    }

    [Test]
    public void AddedAndRemovedLinesAreNamed() =>
        Assert.That(Difference(["a", "b"], ["b", "c"]), Is.EqualTo(["- a", "+ c"]));

    private static string[] Difference(string[] reviewed, string[] actual) =>
        [.. reviewed.Except(actual).Select(line => $"- {line}"), .. actual.Except(reviewed).Select(line => $"+ {line}")];

    private static string SourceFolder()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Autodiff.sln"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new DirectoryNotFoundException(
            $"No Autodiff.sln above {AppContext.BaseDirectory}: update the API files from a build in the source tree."), "Autodiff.Tests", "Docs");
    }
}
