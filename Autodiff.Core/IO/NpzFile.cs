using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Autodiff.IO;

/// <summary>
/// Reads and writes NumPy's .npz files: a zip archive with one .npy file an array. An open one reads its arrays by
/// name, one at a time, as <c>np.load</c> does.
/// </summary>
/// <remarks>
/// Compressed (deflate) and plain entries can be read. A name is a name, never a path: nothing is unpacked to disk.
/// Every array's length and checksum are verified; arrays of Python objects (pickles), encrypted entries, names that
/// come twice and entries that share bytes are refused. Reading an array takes memory for what its header declares and
/// its data really hold, which deflate limits to about a thousand times the bytes of its entry.
/// </remarks>
[SuppressMessage("Naming", "CA1710",
    Justification = "A file that can be read like a dictionary, named after the format as its siblings are.")]
public sealed class NpzFile : TensorArchive
{
    private const string Suffix = ".npy";

    /// <summary>The time that NumPy gives all entries, too: equal arrays make equal files.</summary>
    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive _archive;
    private readonly ZipArchiveEntry[] _entries;

    private NpzFile(ZipArchive archive, ZipArchiveEntry[] entries, string subject)
        : base(subject, entries.Select(KeyOf))
    {
        _archive = archive;
        _entries = entries;
    }

    /// <summary>How a zip file with entries begins.</summary>
    internal static ReadOnlySpan<byte> Magic => "PK\x3\x4"u8;

    /// <summary>
    /// Opens the archive at <paramref name="path"/> (<c>np.load</c>) and reads the names of its arrays.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no zip archive, or a damaged one; the message names
    /// it.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static NpzFile Open(string path)
    {
        FileStream stream = File.OpenRead(path);
        try
        {
            return Open(stream, path, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens the archive that a stream holds and that starts at its position 0.</summary>
    /// <param name="stream">The stream, left open. One that cannot seek is read into memory as a whole.</param>
    /// <param name="name">What to call it in error messages.</param>
    /// <inheritdoc cref="Open(string)" path="/exception"/>
    public static NpzFile Open(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Open(stream, name, leaveOpen: true);
    }

    /// <summary>Reads all arrays of the archive at <paramref name="path"/>, onto the CPU.</summary>
    /// <returns>The tensors under their names, in the archive's order.</returns>
    /// <exception cref="InvalidDataException">The archive or one of its arrays is damaged, or holds what cannot be
    /// read; the message names file and array.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using NpzFile archive = Open(path);
        return archive.ToDictionary();
    }

    /// <summary>
    /// Writes arrays under their names (<c>np.savez</c>). An existing file is replaced only once the new one is
    /// complete; its mode, and a symbolic link that leads to it, stay.
    /// </summary>
    /// <param name="path">The file; unlike NumPy, nothing is added to its name.</param>
    /// <param name="arrays">Names and tensors, on any device and with any strides. NumPy names those without one arr_0,
    /// arr_1 and so on.</param>
    /// <param name="compressed">Whether to compress them (<c>np.savez_compressed</c>).</param>
    /// <exception cref="ArgumentException">A name comes twice, or is too long for a zip archive.</exception>
    /// <inheritdoc cref="NpyFile.Save(string, Tensor)" path="/exception"/>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> arrays, bool compressed = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(stream, arrays, compressed));
    }

    /// <summary>Writes arrays under their names to a stream, which is left open.</summary>
    /// <inheritdoc cref="Save(string, IEnumerable{KeyValuePair{string, Tensor}}, bool)"/>
    /// <param name="stream">Where to write.</param>
    public static void Save(Stream stream, IEnumerable<KeyValuePair<string, Tensor>> arrays, bool compressed = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(arrays);
        KeyValuePair<string, Tensor>[] all = [.. arrays];
        CheckNames(all);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, Tensor tensor) in all)
        {
            ZipArchiveEntry entry = archive.CreateEntry(name + Suffix,
                compressed ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = EntryTime;
            entry.ExternalAttributes = 0x01A4 << 16; // rw-r--r--
            using Stream content = entry.Open();
            NpyFile.Save(content, tensor);
        }
    }

    /// <summary>Whether a stream begins as a zip archive does; it stays where it is.</summary>
    internal static bool IsZip(FileStream stream)
    {
        if (!stream.CanSeek)
        {
            return false;
        }
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return read == start.Length && start.SequenceEqual(Magic);
    }

    /// <summary>The array that was written first.</summary>
    internal Tensor First() =>
        Count > 0 ? this[Keys.First()] : throw new InvalidDataException($"{Subject}: it holds no array.");

    private protected override Tensor Read(int index)
    {
        ZipArchiveEntry entry = _entries[index];
        string subject = $"{Subject}: array '{KeyOf(entry)}'";
        if (entry.IsEncrypted)
        {
            throw new InvalidDataException($"{subject} is encrypted, which cannot be read.");
        }
        using Stream content = Guarded(subject, entry.Open);
        using var whole = new ZipEntryStream(content, entry);
        return NpyFile.Load(whole, subject, whole: true);
    }

    private protected override void Close() => _archive.Dispose();

    private static NpzFile Open(Stream stream, string name, bool leaveOpen)
    {
        string subject = $"NpzFile: '{name}'";
        return Guarded(subject, () =>
        {
            var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen);
            // Whatever ends in a slash is a folder.
            ZipArchiveEntry[] entries = [.. archive.Entries.Where(e => !e.FullName.EndsWith('/'))];
            CheckSizes(entries, StreamLength(stream), subject);
            return new NpzFile(archive, entries, subject);
        });
    }

    private static long? StreamLength(Stream stream) => stream.CanSeek ? stream.Length : null;

    /// <summary>
    /// Entries that together take more bytes than there are share some, which lets a small file unpack to anything.
    /// </summary>
    private static void CheckSizes(ZipArchiveEntry[] entries, long? there, string subject)
    {
        Int128 taken = 0;
        foreach (ZipArchiveEntry entry in entries)
        {
            if (entry.Length < 0 || entry.CompressedLength < 0)
            {
                throw new InvalidDataException($"{subject}: array '{KeyOf(entry)}' has a negative length.");
            }
            taken += entry.CompressedLength;
        }
        if (taken > there)
        {
            throw new InvalidDataException(
                $"{subject}: its entries take {taken} bytes, but the whole archive has {there}.");
        }
    }

    /// <summary>Runs a part of the zip reader, whose complaints about a damaged archive are of several types.</summary>
    private static T Guarded<T>(string subject, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e)
            when ((e is not IOException || e is EndOfStreamException)
                && !e.Message.StartsWith(subject, StringComparison.Ordinal))
        {
            throw new InvalidDataException(
                $"{subject} is no zip archive, as .npz files are, or a damaged one: {e.Message}", e);
        }
    }

    private static string KeyOf(ZipArchiveEntry entry) =>
        entry.FullName.EndsWith(Suffix, StringComparison.Ordinal) ? entry.FullName[..^Suffix.Length] : entry.FullName;

    private static void CheckNames(KeyValuePair<string, Tensor>[] arrays)
    {
        var names = new HashSet<string>();
        foreach ((string name, Tensor tensor) in arrays)
        {
            ArgumentNullException.ThrowIfNull(name);
            ArgumentNullException.ThrowIfNull(tensor, name);
            TextEncoding.RequireWellFormed("NpzFile.Save", name, "array name");
            if (!names.Add(name))
            {
                throw new ArgumentException($"NpzFile.Save: two arrays are named '{name}'.");
            }
        }
    }
}
