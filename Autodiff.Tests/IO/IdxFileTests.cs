using System.IO.Compression;
using Autodiff.IO;
using FsCheck;
using FsCheck.Fluent;

namespace Autodiff.Tests.IO;

[Parallelizable]
public class IdxFileTests : FolderFixture
{
    [Test]
    public void Round_trip_UInt8() => CheckRoundTrip<byte>(IdxElementType.UInt8);

    [Test]
    public void Round_trip_Int8() => CheckRoundTrip<sbyte>(IdxElementType.Int8);

    [Test]
    public void Round_trip_Int16() => CheckRoundTrip<short>(IdxElementType.Int16);

    [Test]
    public void Round_trip_Int32() => CheckRoundTrip<int>(IdxElementType.Int32);

    [Test]
    public void Round_trip_Float32() => CheckRoundTrip<float>(IdxElementType.Float32);

    [Test]
    public void Round_trip_Float64() => CheckRoundTrip<double>(IdxElementType.Float64);

    [Test]
    public void Write_gives_the_published_byte_order()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Bytes(IdxArray.Create<short>([1, -2], 2)), Is.EqualTo(Hex("00000B01 00000002 0001 FFFE")));
            Assert.That(Bytes(IdxArray.Create<int>([1, -2], 1, 2)),
                Is.EqualTo(Hex("00000C02 00000001 00000002 00000001 FFFFFFFE")));
            Assert.That(Bytes(IdxArray.Create<float>([1.5f], 1)), Is.EqualTo(Hex("00000D01 00000001 3FC00000")));
            Assert.That(Bytes(IdxArray.Create<double>([-2], 1)), Is.EqualTo(Hex("00000E01 00000001 C000000000000000")));
            Assert.That(Bytes(IdxArray.Create<sbyte>([-1], [])), Is.EqualTo(Hex("00000900 FF")));
        });
    }

    [TestCase("a.idx", 0x00)]
    [TestCase("a.idx.gz", 0x1F)]
    public void Path_gzip_is_chosen_by_name_and_recognised_by_content(string name, int firstByte)
    {
        string path = Path.Combine(Folder, name);
        IdxFile.Write(path, IdxArray.Create<int>([1, 2, 3], 3));
        Assert.That(File.ReadAllBytes(path)[0], Is.EqualTo(firstByte));
        File.Move(path, path + ".renamed");
        Assert.That(IdxFile.Read(path + ".renamed").AsSpan<int>().ToArray(), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Write_replaces_a_file_and_leaves_no_temporary_one()
    {
        string path = Path.Combine(Folder, "a.idx");
        IdxFile.Write(path, IdxArray.Create<byte>([1, 2, 3, 4], 4));
        IdxFile.Write(path, IdxArray.Create<byte>([5], 1));
        Assert.That(IdxFile.Read(path).AsSpan<byte>().ToArray(), Is.EqualTo(new byte[] { 5 }));
        Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Read_leaves_the_stream_open_and_works_without_seeking()
    {
        byte[] bytes = Bytes(IdxArray.Create<float>([1, 2, 3, 4, 5, 6], 2, 3));
        using var forward = new TrickleStream(bytes);
        IdxArray array = IdxFile.Read(forward);
        Assert.That(array.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(forward.CanRead);
    }

    [Test]
    public void Rank255_and_rank0_are_read()
    {
        int[] shape = Enumerable.Repeat(1, 255).ToArray();
        IdxArray deep = Read(Bytes(IdxArray.Create<byte>([7], shape)));
        IdxArray number = Read(Hex("00000800 2A"));
        Assert.Multiple(() =>
        {
            Assert.That(deep.Shape.ToArray(), Is.EqualTo(shape));
            Assert.That(number.Shape.Length, Is.Zero);
            Assert.That(number.AsSpan<byte>()[0], Is.EqualTo(42));
        });
    }

    [TestCase("", "'x.idx' ends after 0 bytes; an idx file starts with a magic number of 4.")]
    [TestCase("0000 08", "'x.idx' ends after 3 bytes; an idx file starts with a magic number of 4.")]
    [TestCase("89504E47 0D0A", "'x.idx' is no idx file: it starts with bytes 89504E47, expected 0000")]
    [TestCase("00000A01 00000001 00", "'x.idx' declares element type 0x0A; expected 0x08 (uint8)")]
    [TestCase("00000803 00000001 000000", "'x.idx' ends after 11 bytes, inside its header; rank 3 needs 16.")]
    [TestCase("000008FF", "'x.idx' ends after 4 bytes, inside its header; rank 255 needs 1024.")]
    [TestCase("00000801 80000000", "declares size 2147483648 for dimension 0; an idx size is at most 2147483647.")]
    [TestCase("00000802 00010000 00010000", "declares UInt8 [65536, 65536], more than the 2147483591 bytes")]
    [TestCase("00000E01 10000000", "declares Float64 [268435456], more than the 2147483591 bytes")]
    [TestCase("00000E03 7FFFFFFF 7FFFFFFF 7FFFFFFF",
        "declares Float64 [2147483647, 2147483647, 2147483647], more than")]
    [TestCase("00000802 00000002 00000003 0102030405",
        "is truncated: it declares UInt8 [2, 3], 6 bytes of data, but holds 5.")]
    [TestCase("00000B01 00000002 00010002 99",
        "has trailing bytes: it declares Int16 [2], 4 bytes of data, but holds 5.")]
    [TestCase("00000803 7FFFFFFF 00000000 7FFFFFFF 01",
        "declares UInt8 [2147483647, 0, 2147483647], 0 bytes of data, but holds 1.")]
    public void Read_names_the_file_and_what_was_expected(string hex, string message)
    {
        string path = Path.Combine(Folder, "x.idx");
        File.WriteAllBytes(path, Hex(hex));
        Assert.That(
            () => IdxFile.Read(path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(message.Replace("'x.idx'", $"'{path}'")));
    }

    [Test]
    public void Read_of_a_huge_declared_size_allocates_only_what_the_data_supports([Values] bool gzip)
    {
        byte[] bytes = Hex("00000801 7FFFFFC7 010203");
        using var forward = new TrickleStream(gzip ? GZip(bytes) : bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => IdxFile.Read(forward, "x"),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("2147483591 bytes of data, but holds 3."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Read_stops_a_gzip_bomb_at_the_declared_size()
    {
        byte[] bomb = GZip([.. Hex("00000801 00000004"), .. new byte[1 << 26]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => Read(bomb),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("4 bytes of data, but holds more."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Read_of_damaged_gzip_says_so()
    {
        byte[] good = GZip(Bytes(IdxArray.Create<int>([.. Enumerable.Range(0, 5000)], 5000)));
        byte[] flipped = [.. good];
        flipped[^6] ^= 1; // in the checksum
        Assert.Multiple(() =>
        {
            Assert.That(() => Read(good), Throws.Nothing);
            Assert.That(() => Read(flipped),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream' is damaged gzip"));
            Assert.That(() => Read(good[..(good.Length / 2)]),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream'"));
            Assert.That(() => Read(Hex("1F8B")),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream'"));
        });
    }

    [Test]
    public void Read_of_gzip_needs_the_whole_checksum_and_takes_members_in_a_row([Values(1, 3, 1000)] int atOnce)
    {
        byte[] bytes = Bytes(IdxArray.Create<int>([.. Enumerable.Range(0, 200)], 200));
        byte[] one = GZip(bytes), two = [.. GZip(bytes[..100]), .. GZip([]), .. GZip(bytes[100..])];
        Assert.Multiple(() =>
        {
            foreach (byte[] good in (byte[][])[one, two])
            {
                Assert.That(ReadForward(good), Is.EqualTo(bytes));
                for (int missing = 1; missing < good.Length; missing++)
                {
                    Assert.That(
                        () => ReadForward(good[..^missing]),
                        Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream'"), $"{missing} missing");
                }
                Assert.That(() => ReadForward(good[..^8]),
                    Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream' is damaged gzip"));
                Assert.That(() => ReadForward([.. good, 0]),
                    Throws.TypeOf<InvalidDataException>().With.Message.Contains("'stream' is damaged gzip"));
                Assert.That(() => ReadForward([.. good, .. good[..3]]), Throws.TypeOf<InvalidDataException>());
            }
        });

        byte[] ReadForward(byte[] file)
        {
            using var forward = new TrickleStream(file, atOnce);
            return Bytes(IdxFile.Read(forward));
        }
    }

    [Test]
    public async Task Whole_GZip_read_asynchronously()
    {
        byte[] bytes = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i >> 7))];
        byte[] good = GZip(bytes);
        Assert.That(await ReadAsync(good), Is.EqualTo(bytes));
        Assert.That(async () => await ReadAsync(good[..^3]), Throws.TypeOf<InvalidDataException>());

        static async Task<byte[]> ReadAsync(byte[] file)
        {
            using var forward = new TrickleStream(file, 777);
            await using Stream content = await StreamReading.OpenMaybeGZipAsync(forward, CancellationToken.None);
            using var all = new MemoryStream();
            await content.CopyToAsync(all);
            return all.ToArray();
        }
    }

    [Test]
    public void Read_of_any_bytes_gives_an_array_or_invalid_data() =>
        Prop.ForAll<byte[], byte, byte>((tail, type, rank) =>
        {
            byte[] bytes = [0, 0, (byte)(8 + type % 8), (byte)(rank % 4), .. tail.Select(b => (byte)(b % 3))];
            try
            {
                IdxArray array = Read(bytes);
                Assert.That(Bytes(array), Is.EqualTo(bytes));
            }
            catch (InvalidDataException e)
            {
                Assert.That(e.Message, Does.StartWith("IdxFile: 'stream' "));
            }
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Create_refuses_a_shape_that_does_not_hold_the_values_and_types_that_idx_lacks() => Assert.Multiple(() =>
    {
        Assert.That(() => IdxArray.Create<byte>([1, 2, 3], 2),
            Throws.ArgumentException.With.Message.Contains("[2] does not hold 3"));
        Assert.That(() => IdxArray.Create<byte>([1], -1, -1),
            Throws.ArgumentException.With.Message.Contains("[-1, -1]"));
        Assert.That(() => IdxArray.Create<long>([1], 1), Throws.ArgumentException.With.Message.Contains("Int64"));
        Assert.That(() => IdxArray.Create<byte>([1], new int[256]),
            Throws.ArgumentException.With.Message.Contains("rank 256"));
        Assert.That(
            () => IdxArray.Create<byte>([1], 1).AsSpan<sbyte>().Length,
            Throws.InvalidOperationException.With.Message.Contains("UInt8, not SByte"));
    });

    [Test]
    public void To_tensor_widens_small_integers_and_keeps_the_rest() => Assert.Multiple(() =>
    {
        Assert.That(IdxArray.Create<byte>([0, 255], 2).ToTensor().Values<int>(), Is.EqualTo(new[] { 0, 255 }));
        Assert.That(IdxArray.Create<sbyte>([-1], 1).ToTensor().Values<int>(), Is.EqualTo(new[] { -1 }));
        Assert.That(IdxArray.Create<short>([-300], 1).ToTensor().Values<int>(), Is.EqualTo(new[] { -300 }));
        Assert.That(IdxArray.Create<int>([70000], 1).ToTensor().Values<int>(), Is.EqualTo(new[] { 70000 }));
        Assert.That(IdxArray.Create<float>([1.5f], 1).ToTensor().Values<float>(), Is.EqualTo(new[] { 1.5f }));
        Assert.That(IdxArray.Create<double>([1, 2], 2, 1).ToTensor().Values<double>(), Is.EqualTo(new[] { 1.0, 2 }));
        Assert.That(IdxArray.Create<double>([1, 2], 2, 1).ToTensor().Shape.ToArray(), Is.EqualTo(new[] { 2, 1 }));
    });

    private static void CheckRoundTrip<T>(IdxElementType type) where T : unmanaged =>
        Prop.ForAll<T[], byte, bool>((values, split, gzip) =>
        {
            int rows = split % 3 + 1;
            int[] shape = [rows, values.Length / rows];
            values = values[..(shape[0] * shape[1])];
            using var stream = new MemoryStream();
            IdxFile.Write(stream, IdxArray.Create<T>(values, shape), gzip);
            stream.Position = 0;
            IdxArray back = IdxFile.Read(stream);
            Assert.Multiple(() =>
            {
                Assert.That(back.ElementType, Is.EqualTo(type));
                Assert.That(back.Shape.ToArray(), Is.EqualTo(shape));
                Assert.That(back.AsSpan<T>().ToArray(), Is.EqualTo(values));
            });
        }).QuickCheckThrowOnFailure();

    private static IdxArray Read(byte[] bytes) => IdxFile.Read(new MemoryStream(bytes));

    private static byte[] Bytes(IdxArray array)
    {
        using var stream = new MemoryStream();
        IdxFile.Write(stream, array);
        return stream.ToArray();
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    private static byte[] GZip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }
        return stream.ToArray();
    }
}
