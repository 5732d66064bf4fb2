namespace Autodiff.IO;

/// <summary>
/// Writes a file so that its name holds either the old content or the whole new one, whatever interrupts the writing.
/// </summary>
/// <remarks>
/// The new content goes to a temporary file in the same folder, onto the disk, and then under the name by a rename.
/// What a plain write would have kept is kept: a symbolic link (its target is replaced), the file's mode, and its owner
/// and group where the system lets us set them.
/// </remarks>
internal static class AtomicFile
{
    /// <summary>What ends the name of a file that is still being written.</summary>
    public const string PartSuffix = ".part";

    /// <summary>
    /// As many characters of a file's name as fit, with the rest of a temporary name, into the 255 bytes of a file
    /// name.
    /// </summary>
    private const int MaxKept = 50;

    /// <summary>
    /// A fresh name beside <paramref name="path"/>, on the same volume so that the final move is a rename.
    /// </summary>
    public static string PartName(string path)
    {
        string full = Path.GetFullPath(path), name = Path.GetFileName(full);
        int kept = name.Length <= MaxKept
            ? name.Length
            : char.IsHighSurrogate(name[MaxKept - 1]) ? MaxKept - 1 : MaxKept;
        return Path.Combine(Path.GetDirectoryName(full) ?? "", $"{name[..kept]}.{Guid.NewGuid():N}{PartSuffix}");
    }

    /// <summary>Opens <paramref name="part"/>, which must not exist, for writing.</summary>
    public static FileStream Create(string part, FileOptions options = FileOptions.None) =>
        new(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, options);

    /// <summary>
    /// Runs <paramref name="write"/> on a temporary file beside <paramref name="path"/>, then renames it over it.
    /// </summary>
    /// <exception cref="IOException">The path names something else than a regular file, or the file cannot be
    /// written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        FileStatus? old = FileStatus.Of(path);
        string target = FinalTarget(path);
        Check(path, target, old);
        string part = PartName(target);
        try
        {
            using (FileStream stream = old is null ? Create(part) : CreatePrivate(part))
            {
                write(stream);
                stream.Flush();
                if (old is not null)
                {
                    old.Value.GiveTo(stream.SafeFileHandle, part);
                }
                stream.Flush(flushToDisk: true);
            }
            File.Move(part, target, overwrite: true);
        }
        catch
        {
            Discard(part);
            throw;
        }
    }

    /// <summary>
    /// Where writing to <paramref name="path"/> ends: behind all symbolic links, each taken from the folder in which it
    /// really lies, as the system does it. The target need not exist.
    /// </summary>
    internal static string FinalTarget(string path)
    {
        const int mostLinks = 40; // As in Linux.
        string full = Path.GetFullPath(path), root = Path.GetPathRoot(full) ?? "", reached = root;
        var ahead = new Stack<string>(Parts(full[root.Length..]));
        for (int links = 0; ahead.TryPop(out string? name);)
        {
            if (name is "." or "..")
            {
                reached = name == "." ? reached : Path.GetDirectoryName(reached) ?? reached;
                continue;
            }
            string next = Path.Combine(reached, name);
            if (new FileInfo(next).LinkTarget is not { } link)
            {
                reached = next;
                continue;
            }
            if (++links > mostLinks)
            {
                throw new IOException(
                    $"'{path}' cannot be saved to: it leads through more than {mostLinks} symbolic links.");
            }
            string linkRoot = Path.IsPathRooted(link) ? Path.GetPathRoot(link) ?? "" : "";
            reached = linkRoot.Length > 0 ? linkRoot : reached;
            foreach (string part in Parts(link[linkRoot.Length..]))
            {
                ahead.Push(part);
            }
        }
        return reached;

        // Last first, so that the stack gives the first.
        static IEnumerable<string> Parts(string path) => path
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
            .Reverse();
    }

    private static void Check(string path, string target, FileStatus? old)
    {
        string? kind = Directory.Exists(target) ? "a directory"
            : Path.EndsInDirectorySeparator(path) ? "the name of a folder"
            : OperatingSystem.IsWindows() && target.StartsWith(@"\\.\", StringComparison.Ordinal) ? "a device"
            : old?.OtherKind;
        if (kind is not null)
        {
            throw new IOException($"'{path}' cannot be saved to: it is {kind}; only a regular file is replaced.");
        }
        if (Path.GetDirectoryName(target) is { } folder && !Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"'{path}' cannot be saved to: there is no folder '{folder}'.");
        }
        if (File.Exists(target))
        {
            // A rename needs no right to the old file; saving to one that is write-protected must fail all the same.
            File.OpenHandle(target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete).Dispose();
        }
    }

    /// <summary>
    /// Creates the temporary file for its owner alone: until it has the old file's mode, it must not show more than
    /// that did.
    /// </summary>
    private static FileStream CreatePrivate(string part)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 16,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return new FileStream(part, options);
    }

    private static void Discard(string part)
    {
        try
        {
            File.Delete(part);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The exception that is on its way says what went wrong first.
        }
    }
}
