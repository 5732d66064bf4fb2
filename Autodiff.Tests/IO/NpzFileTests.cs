using System.Buffers.Binary;
using System.IO.Compression;
using Autodiff.IO;

namespace Autodiff.Tests.IO;

public class NpzFileTests : FolderFixture
{
    [Test]
    public void Round_trip_keeps_names_order_types_shapes_and_bits([Values] bool compressed)
    {
        string path = Path.Combine(Folder, "a.npz");
        Dictionary<string, Tensor> arrays = StoredTensors.Types.ToDictionary(t => t.ToString(),
            t => StoredTensors.Random(t, 1, 3, 50));
        arrays["größe \"n\""] = Tensor.Scalar(1.5f);
        arrays["dir/../a.npy"] = Tensor.Zeros([0, 2]);
        arrays[""] = Tensor.From(1, 2, 3);
        arrays["T"] = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).RequireGrad().T;
        NpzFile.Save(path, arrays, compressed);
        Dictionary<string, Tensor> back = NpzFile.Load(path);
        Assert.That(back.Keys, Is.EqualTo(arrays.Keys));
        foreach ((string name, Tensor array) in arrays)
        {
            StoredTensors.AssertSame(back[name], array.Detach());
        }
        Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
        byte[] first = File.ReadAllBytes(path);
        NpzFile.Save(path, arrays, compressed);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(first), "equal arrays make equal files");
    }

    [Test]
    public void Save_is_smaller_where_compressed()
    {
        string plain = Path.Combine(Folder, "plain"), small = Path.Combine(Folder, "small");
        NpzFile.Save(plain, [new("zeros", Tensor.Zeros([1000])), new("x", Tensor.From(1, 2))]);
        NpzFile.Save(small, [new("zeros", Tensor.Zeros([1000])), new("x", Tensor.From(1, 2))], compressed: true);
        Assert.Multiple(() =>
        {
            Assert.That(NpzFile.Load(small)["x"].Values<int>(), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(new FileInfo(plain).Length, Is.GreaterThan(4000));
            Assert.That(new FileInfo(small).Length, Is.LessThan(1000));
        });
    }

    [TestCase("plain")]
    [TestCase("compressed")]
    public void Load_reads_what_NumPy_wrote(string name)
    {
        Dictionary<string, Tensor> a = NpzFile.Load(Fixture(name + ".npz"));
        Assert.Multiple(() =>
        {
            Assert.That(a["b1"].Values<bool>(), Is.EqualTo(new[] { false, true, true, false }));
            Assert.That(a["u1"].Values<int>(), Is.EqualTo(new[] { 0, 255, 0, 1 }));
            Assert.That(a["i1"].Values<int>(), Is.EqualTo(new[] { 0, 127, -128, 1 }));
            Assert.That(a["u2"].Values<int>(), Is.EqualTo(new[] { 0, 65535, 0, 1 }));
            Assert.That(a["i2"].Values<int>(), Is.EqualTo(new[] { 0, 32767, -32768, 1 }));
            Assert.That(a["u4"].Values<long>(), Is.EqualTo(new[] { 0, uint.MaxValue, 0L, 1 }));
            Assert.That(a["i4"].Values<int>(), Is.EqualTo(new[] { 0, int.MaxValue, int.MinValue, 1 }));
            Assert.That(a["u8"].Values<long>(), Is.EqualTo(new[] { 0, long.MaxValue, 0, 1 }));
            Assert.That(a["i8"].Values<long>(), Is.EqualTo(new[] { 0, long.MaxValue, long.MinValue, 1 }));
            Assert.That(a["f2"].Values<float>(),
                Is.EqualTo(new[] { 0, 65504, MathF.ScaleB(1, -24), float.NegativeInfinity }));
            Assert.That(a["f4"].Values<float>(),
                Is.EqualTo(new[] { 0, float.MaxValue, float.Epsilon, float.NegativeInfinity }));
            Assert.That(a["f8"].Values<double>(),
                Is.EqualTo(new[] { 0, double.MaxValue, double.Epsilon, double.NegativeInfinity }));
            Assert.That(a["u8"].Shape.ToArray(), Is.EqualTo(new[] { 2, 2 }));
            Assert.That(a["big/f8"].Values<double>(), Is.EqualTo(new[] { 1.5, -2 }));
            Assert.That(a["fortran"].Values<int>(), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5 }));
            Assert.That(a["fortran"].Strides.ToArray(), Is.EqualTo(new[] { 1L, 2 }));
            Assert.That(a["scalar"].Item(), Is.EqualTo(0.5));
            Assert.That(a["empty"].Shape.ToArray(), Is.EqualTo(new[] { 0, 3 }));
            Assert.That(a["größe"].Values<long>(), Is.EqualTo(new long[] { 0, 1, 2 }));
        });
    }

    [Test]
    public void Open_reads_one_array_at_a_time_and_refuses_Python_objects_in_words()
    {
        using NpzFile archive = NpzFile.Open(Fixture("objects.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(archive.Keys, Is.EqualTo(new[] { "good", "bad" }));
            Assert.That(archive, Has.Count.EqualTo(2));
            Assert.That(archive.ContainsKey("bad"), Is.True);
            Assert.That(archive["good"].Values<int>(), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(
                () => archive["bad"],
                Throws.TypeOf<InvalidDataException>()
                    .With.Message.Contains("array 'bad': its element type is '|O', Python objects (pickles)"));
            Assert.That(() => NpzFile.Load(Fixture("objects.npz")),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("array 'bad'"));
            Assert.That(archive.TryGetValue("none", out _), Is.False);
            Assert.That(() => archive["none"],
                Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("has no 'none'; it has good, bad."));
        });
        archive.Dispose();
        Assert.That(() => archive["good"], Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Open_of_a_stream_serves_threads_at_once_and_leaves_it_open()
    {
        using var stream = new MemoryStream();
        NpzFile.Save(stream, Enumerable.Range(0, 8).Select(i => KeyValuePair.Create($"{i}", Tensor.Full([500], i))),
            compressed: true);
        using (NpzFile archive = NpzFile.Open(stream))
        {
            Parallel.For(0, 64, i => Assert.That(archive[$"{i % 8}"].Sum().Item(), Is.EqualTo(500 * (i % 8))));
        }
        Assert.That(stream.CanRead);
        using var forward = new TrickleStream(stream.ToArray(), 100);
        using NpzFile copy = NpzFile.Open(forward);
        Assert.That(copy.Values.Select(v => v.Mean().Item()), Is.EqualTo(new double[] { 0, 1, 2, 3, 4, 5, 6, 7 }));
    }

    [Test]
    public void Npy_file_takes_the_first_array_of_an_archive()
    {
        string one = Path.Combine(Folder, "one.npz");
        NpzFile.Save(one, [new("a", Tensor.From(7))]);
        Assert.Multiple(() =>
        {
            Assert.That(NpyFile.Load(one).Item(), Is.EqualTo(7));
            Assert.That(NpyFile.Load(Fixture("positional.npz")).ToArray<double>(),
                Is.EqualTo(NpzFile.Load(Fixture("positional.npz"))["arr_0"].ToArray<double>()));
            Assert.That(
                () => NpyFile.Load(new MemoryStream(File.ReadAllBytes(one))),
                Throws.TypeOf<InvalidDataException>()
                    .With.Message.Contains("It is a zip archive, as .npz files are: NpzFile reads those."));
        });
    }

    [Test]
    public void Open_refuses_what_is_no_archive_and_names_that_come_twice()
    {
        byte[] twice = Zip(("a.npy", Npy(1)), ("a.npy", Npy(2)));
        byte[] both = Zip(("a.npy", Npy(1)), ("a", Npy(2)));
        Assert.Multiple(() =>
        {
            Refuses([], "'x' is no zip archive");
            Refuses("no archive at all, but long enough to be one"u8.ToArray(), "'x' is no zip archive");
            Refuses(twice, "it names 'a' twice");
            Refuses(both, "it names 'a' twice");
            Refuses(twice[..^5], "'x' is no zip archive, as .npz files are, or a damaged one");
            Refuses([.. twice.AsSpan(40)], "'x'");
        });
        static void Refuses(byte[] file, string message) => Assert.That(
            () => Load(file),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("NpzFile: 'x'")
                .And.Message.Contains(message));
    }

    [Test]
    public void Names_are_never_paths()
    {
        byte[] file = Zip(("../../escaped.npy", Npy(1)), ("/rooted.npy", Npy(2)), ("folder/", []), ("plain", Npy(3)));
        Dictionary<string, Tensor> arrays = Load(file);
        Assert.That(arrays.Select(a => (a.Key, a.Value.Item())),
            Is.EqualTo(new[] { ("../../escaped", 1.0), ("/rooted", 2.0), ("plain", 3.0) }));
    }

    [Test]
    public void Read_checks_length_checksum_and_that_an_entry_is_an_array()
    {
        byte[] good = Zip(("a.npy", Npy(1, 2, 3)), ("readme.txt", "not an array"u8.ToArray()));
        byte[] flipped = [.. good];
        flipped[good.AsSpan().IndexOf("\n\x1\0\0\0"u8) + 1] = 9; // The 1 of the data, which no other check sees.
        Assert.Multiple(() =>
        {
            Assert.That(Open(good)["a"].Values<int>(), Is.EqualTo(new[] { 1, 2, 3 }));
            Refuses(good, "readme.txt", "array 'readme.txt': it is no npy file");
            Refuses(flipped, "a", "array 'a' is damaged: Its checksum is 0x");
            // The central directory, which counts, has the lengths 20 and 24 bytes behind its signature.
            int entry = good.AsSpan().IndexOf("PK\x1\x2"u8);
            Refuses(Changed(good, entry + 24, 5000), "a", "array 'a' is damaged: ");
            Refuses(Changed(good, entry + 8, 1), "a", "array 'a' is encrypted");
            Refuses(Changed(good, entry + 10, 99), "a", "array 'a'");
        });

        static void Refuses(byte[] file, string name, string message) => Assert.That(
            () => Open(file)[name],
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("NpzFile: 'x': ")
                .And.Message.Contains(message));
    }

    [Test]
    public void Bombs_are_stopped_before_they_take_memory()
    {
        // 64 MiB of zeros behind an array of 4 bytes; a header that declares 2 GiB of zeros of which few are there; and
        // entries that share their bytes, which the central directory makes of one.
        byte[] behind = Zip(CompressionLevel.Optimal, ("a.npy", [.. Npy(1), .. new byte[1 << 26]]));
        byte[] declared = Zip(CompressionLevel.Optimal, ("a.npy", Header("|u1", "(500000000,)", new byte[1 << 16])));
        byte[] shared = SharedEntries(50);
        Assert.Multiple(() =>
        {
            Stops(behind, "it declares [1], 4 bytes of data, but holds more");
            Stops(declared, "it declares [500000000], 500000000 bytes of data, but holds 65536");
            Stops(shared, "but the whole archive has");
        });

        static void Stops(byte[] file, string message)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => Load(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        }
    }

    [Test]
    public void Save_refuses_names_that_come_twice_and_keeps_the_old_file()
    {
        string path = Path.Combine(Folder, "a.npz");
        NpzFile.Save(path, [new("a", Tensor.From(1))]);
        Assert.That(
            () => NpzFile.Save(path, [new("a", Tensor.From(1)), new("a", Tensor.From(2))]),
            Throws.ArgumentException.With.Message.Contains("two arrays are named 'a'"));
        Assert.That(NpzFile.Load(path)["a"].Item(), Is.EqualTo(1));
        Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
    }

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "files", name);

    private static NpzFile Open(byte[] file) => NpzFile.Open(new MemoryStream(file), "x");

    private static Dictionary<string, Tensor> Load(byte[] file)
    {
        using NpzFile archive = Open(file);
        return archive.ToDictionary();
    }

    private static byte[] Npy(params int[] values)
    {
        using var stream = new MemoryStream();
        NpyFile.Save(stream, Tensor.From(values));
        return stream.ToArray();
    }

    private static byte[] Header(string descr, string shape, byte[] data)
    {
        byte[] text =
            System.Text.Encoding.ASCII.GetBytes(
                $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)text.Length), .. text, .. data];
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries) =>
        Zip(CompressionLevel.NoCompression, entries);

    private static byte[] Zip(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    /// <summary>An archive whose central directory points many times, under other names, to one entry.</summary>
    private static byte[] SharedEntries(int count)
    {
        byte[] one = Zip(("0000.npy", Npy([.. Enumerable.Range(0, 5000)])));
        int start = one.AsSpan().IndexOf("PK\x1\x2"u8), end = one.AsSpan().IndexOf("PK\x5\x6"u8);
        byte[] record = one[start..end], last = one[end..];
        IEnumerable<byte> records = Enumerable.Range(0, count).SelectMany(i =>
        {
            byte[] copy = [.. record];
            System.Text.Encoding.ASCII.GetBytes($"{i:0000}", copy.AsSpan(46));
            return copy;
        });
        BinaryPrimitives.WriteUInt16LittleEndian(last.AsSpan(8), (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(last.AsSpan(10), (ushort)count);
        BinaryPrimitives.WriteInt32LittleEndian(last.AsSpan(12), record.Length * count);
        return [.. one.AsSpan(0, start), .. records, .. last];
    }

    private static byte[] Changed(byte[] file, int at, int value)
    {
        byte[] changed = [.. file];
        BinaryPrimitives.WriteUInt16LittleEndian(changed.AsSpan(at), (ushort)value);
        return changed;
    }
}
