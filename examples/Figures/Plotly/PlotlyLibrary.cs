using System.IO.Compression;

namespace Figures.Plotly;

/// <summary>
/// Plotly.js itself, as its npm package <c>plotly.js-dist-min</c> has it, packed by Brotli. It travels with the
/// project, so that figures need neither npm nor a network. Its licence: <c>plotly.LICENSE.txt</c>.
/// </summary>
public static class PlotlyLibrary
{
    public const string Version = "3.1.0";
    public const string FileName = "plotly.min.js";

    /// <summary>The library's text, to be disposed.</summary>
    public static Stream Open() => new BrotliStream(
        typeof(PlotlyLibrary).Assembly.GetManifestResourceStream($"{FileName}.br")
            ?? throw new InvalidOperationException($"{FileName}.br is not embedded in this assembly."),
        CompressionMode.Decompress);

    /// <summary>Puts the library into <paramref name="folder"/>, whole or not at all.</summary>
    public static void WriteTo(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using (var library = Open())
        using (var file = File.Create(path + ".new"))
        {
            library.CopyTo(file);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
