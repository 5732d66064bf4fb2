namespace Autodiff.IO;

/// <summary>Writes a file so that its name holds either the old content or the whole new one, whatever interrupts the writing.</summary>
internal static class AtomicFile
{
    /// <summary>What ends the name of a file that is still being written.</summary>
    public const string PartSuffix = ".part";

    /// <summary>A fresh name beside <paramref name="path"/>, on the same volume so that the final move is a rename.</summary>
    public static string PartName(string path) => $"{Path.GetFullPath(path)}.{Guid.NewGuid():N}{PartSuffix}";

    /// <summary>Opens <paramref name="part"/>, which must not exist, for writing.</summary>
    public static FileStream Create(string part, FileOptions options = FileOptions.None) =>
        new(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, options);

    /// <summary>Runs <paramref name="write"/> on a temporary file beside <paramref name="path"/>, then renames it over it.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string part = PartName(path);
        try
        {
            using (FileStream stream = Create(part))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
