using System.IO.Compression;
using Autodiff.IO;

namespace Autodiff.Tests.IO;

/// <summary>Reading an archive's entry, which demands the archive's length and checksum, either way.</summary>
public class ZipEntryStreamTests
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)(i * i))];

    [Test]
    public async Task An_entry_reads_the_same_asynchronously()
    {
        using ZipArchive archive = new(new MemoryStream(Archive()));
        using ZipEntryStream stream = new(archive.Entries[0].Open(), archive.Entries[0]);
        MemoryStream all = new();
        await stream.CopyToAsync(all);
        Assert.That(all.ToArray(), Is.EqualTo(s_content));
    }

    [Test]
    public void A_changed_byte_is_found_either_way()
    {
        byte[] bytes = Archive();
        bytes[1000] ^= 1;
        using ZipArchive archive = new(new MemoryStream(bytes));
        using ZipEntryStream stream = new(archive.Entries[0].Open(), archive.Entries[0]),
            again = new(archive.Entries[0].Open(), archive.Entries[0]);
        Assert.That(() => stream.CopyTo(Stream.Null),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("checksum"));
        Assert.That(async () => await again.CopyToAsync(Stream.Null),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("checksum"));
    }

    private static byte[] Archive()
    {
        MemoryStream file = new();
        using (ZipArchive archive = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream entry = archive.CreateEntry("x", CompressionLevel.NoCompression).Open();
            entry.Write(s_content);
        }

        return file.ToArray();
    }
}
