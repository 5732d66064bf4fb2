using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Autodiff.Tests.Docs;
using Figures.Plotly;

namespace Autodiff.Tests.LabReport;

/// <summary>Plotly.js travels with the project, as its publisher packed it.</summary>
public sealed class PlotlyLibraryTests
{
    private const long MostBytes = 1_600_000;

    [Test]
    public void The_library_is_the_published_file()
    {
        using var library = PlotlyLibrary.Open();
        using MemoryStream text = new();
        library.CopyTo(text);

        // The SHA-256 of plotly.min.js in the npm package plotly.js-dist-min 3.1.0.
        Assert.That(
            Convert.ToHexStringLower(SHA256.HashData(text.ToArray())),
            Is.EqualTo("122e3be346d66616944d0b83eaaf7242581508c3c1cfa0995a17af0d83eff770"));
        Assert.That(
            Encoding.UTF8.GetString(text.ToArray(), 0, 100), Does.Contain($"plotly.js v{PlotlyLibrary.Version}"));
    }

    [Test]
    public void It_is_small_and_its_licence_stands_beside()
    {
        string folder = Path.Combine(SourceTree.Root, "examples", "Figures", "Plotly");
        Assert.That(new FileInfo(Path.Combine(folder, $"{PlotlyLibrary.FileName}.br")).Length, Is.LessThan(MostBytes));
        Assert.That(File.ReadAllText(Path.Combine(folder, "plotly.LICENSE.txt")), Does.StartWith("MIT License"));
    }

    [Test]
    public void It_is_written_beside_the_report()
    {
        string folder = Directory.CreateTempSubdirectory("autodiff-plotly").FullName;
        try
        {
            PlotlyLibrary.WriteTo(folder);
            PlotlyLibrary.WriteTo(folder);
            Assert.That(
                Directory.GetFiles(folder).Select(Path.GetFileName), Is.EqualTo(new[] { PlotlyLibrary.FileName }));
            Assert.That(new FileInfo(Path.Combine(folder, PlotlyLibrary.FileName)).Length, Is.EqualTo(4_763_993));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void ScottPlot_is_referenced_by_the_figures_alone()
    {
        var projects = Directory.GetFiles(SourceTree.Root, "*.csproj", SearchOption.AllDirectories);
        Regex reference = new("PackageReference Include=\"(ScottPlot|SkiaSharp)");
        Assert.That(
            projects.Where(path => reference.IsMatch(File.ReadAllText(path)))
                .Select(path => Path.GetRelativePath(SourceTree.Root, path)),
            Is.EqualTo(new[] { Path.Combine("examples", "Figures", "Figures.csproj") }));
    }
}
