using System.Buffers.Binary;
using System.Text;
using Autodiff.IO;
using FsCheck;
using FsCheck.Fluent;

namespace Autodiff.Tests.IO;

[Parallelizable]
public class SafeTensorsTests : FolderFixture
{
    [Test]
    public void Round_trip_keeps_names_order_types_shapes_bits_and_metadata()
    {
        string path = Path.Combine(Folder, "model.safetensors");
        var tensors = new Dictionary<string, Tensor>
        {
            ["fc1.weight"] = StoredTensors.Random(DType.Float32, 1, 3, 2),
            ["mask"] = StoredTensors.Random(DType.Bool, 2, 5),
            ["größe \"n\""] = StoredTensors.Random(DType.Int64, 3),
            ["empty"] = StoredTensors.Random(DType.Float64, 4, 0, 3),
            ["x"] = StoredTensors.Random(DType.Float64, 5, 2, 1, 2),
            ["i"] = StoredTensors.Random(DType.Int32, 6, 7),
        };
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["epoch"] = "3" };
        SafeTensors.Save(path, tensors, metadata);

        Dictionary<string, Tensor> back = SafeTensors.Load(path);
        Assert.That(back.Keys, Is.EqualTo(tensors.Keys));
        foreach ((string name, Tensor tensor) in tensors)
        {
            StoredTensors.AssertSame(back[name], tensor);
        }
        Assert.That(SafeTensors.ReadHeader(path).Metadata, Is.EquivalentTo(metadata));
        Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Save_of_views_and_parameters_writes_their_elements()
    {
        Tensor x = Tensor.From(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        x.RequiresGrad = true;
        using var stream = new MemoryStream();
        SafeTensors.Save(stream, [new("x", x), new("x.T", x.T)]);
        Dictionary<string, Tensor> back = Load(stream.ToArray());
        Assert.Multiple(() =>
        {
            Assert.That(back["x"].Values<float>(), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
            Assert.That(back["x.T"].Values<float>(), Is.EqualTo(new float[] { 1, 4, 2, 5, 3, 6 }));
            Assert.That(back["x"].RequiresGrad, Is.False);
        });
        x.Dispose();
        Assert.That(() => SafeTensors.Save(stream, [new("x", x)]), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Save_aligns_every_tensor_to_its_elements()
    {
        using var stream = new MemoryStream();
        SafeTensors.Save(stream, new Dictionary<string, Tensor>
        {
            ["a"] = StoredTensors.Random(DType.Bool, 1, 3),
            ["b"] = StoredTensors.Random(DType.Float32, 1, 3),
            ["c"] = StoredTensors.Random(DType.Float64, 1, 3),
        });
        byte[] bytes = stream.ToArray();
        long dataStart = 8 + BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.That(dataStart % 8, Is.Zero);
        SafeTensorsHeader header = SafeTensorsReader.ReadHeader(new MemoryStream(bytes), "test");
        Assert.That(header.Entries.Select(e => (e.Name, e.StoredType, e.Start)), Is.EqualTo(new[]
        {
            ("a", "BOOL", 36L), ("b", "F32", 24L), ("c", "F64", 0L),
        }));
    }

    [Test]
    public void Load_reads_the_formats_own_example()
    {
        // Data in an order other than the header's, header padded with spaces, metadata between tensors.
        byte[] file = File(
            """{"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}"""
            + ""","__metadata__":{"k":"v"},"a":{"shape":[2,1],"data_offsets":[0,8],"dtype":"F32"}}   """,
            "0000803F 000000C0 FEFFFFFFFFFFFFFF");
        Dictionary<string, Tensor> tensors = Load(file);
        Assert.Multiple(() =>
        {
            Assert.That(tensors.Keys, Is.EqualTo(new[] { "b", "a" }));
            Assert.That(tensors["a"].Values<float>(), Is.EqualTo(new[] { 1f, -2f }));
            Assert.That(tensors["a"].Shape.ToArray(), Is.EqualTo(new[] { 2, 1 }));
            Assert.That(tensors["b"].Values<long>(), Is.EqualTo(new[] { -2L }));
            Assert.That(tensors["b"].Shape.ToArray(), Is.Empty);
            Assert.That(Load([.. BitConverter.GetBytes(2L), .. "{}"u8]), Is.Empty);
        });
    }

    [Test]
    public void Load_widens_what_tensors_lack_exactly() => Assert.Multiple(() =>
    {
        Assert.That(One("F16", 2, "003C 0001 FF7B 007C").Values<float>(),
            Is.EqualTo(new[] { 1f, 0.0000152587890625f, 65504f, float.PositiveInfinity }));
        Assert.That(One("BF16", 2, "803F 80FF C0FF 0100").Values<float>(), Is.EqualTo(new[]
        {
            1f, float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0x10000),
        }));
        Assert.That(One("U8", 1, "00 FF").Values<int>(), Is.EqualTo(new[] { 0, 255 }));
        Assert.That(One("I8", 1, "7F FF").Values<int>(), Is.EqualTo(new[] { 127, -1 }));
        Assert.That(One("U16", 2, "FFFF").Values<int>(), Is.EqualTo(new[] { 65535 }));
        Assert.That(One("I16", 2, "FEFF").Values<int>(), Is.EqualTo(new[] { -2 }));
        Assert.That(One("U32", 4, "FFFFFFFF").Values<long>(), Is.EqualTo(new[] { 4294967295L }));
        Assert.That(One("U64", 8, "FFFFFFFFFFFFFF7F").Values<long>(), Is.EqualTo(new[] { long.MaxValue }));
        Assert.That(One("BOOL", 1, "00 01 02").Values<bool>(), Is.EqualTo(new[] { false, true, true }));
    });

    [Test]
    public void Load_from_a_stream_that_cannot_seek()
    {
        byte[] file = File(Entry("a", "F32", "[2]", "[0,8]"), "0000803F 000000C0");
        using var stream = new TrickleStream(file);
        Assert.That(SafeTensors.Load(stream)["a"].Values<float>(), Is.EqualTo(new[] { 1f, -2f }));
    }

    private static IEnumerable<TestCaseData> HostileFiles()
    {
        yield return Case("", "it ends after 0 bytes; a safetensors file starts with 8");
        yield return Case("0100", "it ends after 2 bytes");
        yield return Case("FFFFFFFFFFFFFFFF",
            "give a header of 18446744073709551615 bytes; a safetensors header takes at most 100000000");
        yield return Case("01E1F50500000000", "give a header of 100000001 bytes");
        yield return Case("00E1F50500000000 7B7D", "its header takes 100000000 bytes, but 2 are there");
        yield return Json("", "not valid JSON");
        yield return Json("[]", "is no JSON object");
        yield return Json("""{"a":1}""", "tensor 'a' is no JSON object");
        yield return Json("{} x", "not valid JSON");
        yield return Json("{\"a\":{", "not valid JSON");
        yield return Json("""{"a":{"b":[[[[[[[[[[]]]]]]]]]]}}""", "not valid JSON");
        yield return Json("""{"a":{"dtype":"F32"}}""", "tensor 'a' lacks dtype, shape or data_offsets");
        yield return Json("""{"a":{"dtype":"F32","dtype":"F32"}}""", "tensor 'a': dtype is not one text");
        yield return Json("""{"a":{"shape":[1],"shape":[1]}}""", "tensor 'a' has two shapes");
        yield return Json("""{"a":{"shape":3}}""", "tensor 'a': shape is no list");
        yield return Json("{" + Body("a", "F32", "[-1]", "[0,4]") + "}",
            "shape holds something else than a whole number");
        yield return Json("{" + Body("a", "F32", "[1.5]", "[0,4]") + "}",
            "shape holds something else than a whole number");
        yield return Json("{" + Body("a", "F32", "[1]", "[0,99999999999999999999]") + "}",
            "data_offsets holds something else");
        yield return Json("{" + Body("a", "F32", "[1]", "[0]") + "}", "tensor 'a' lacks");
        yield return Json("{" + Body("a", "C64", "[1]", "[0,8]") + "}", "tensor 'a' has dtype C64; BOOL, U8");
        yield return Json("{" + Body("a", "F8_E4M3", "[4]", "[0,4]") + "}",
            "tensor 'a' has dtype F8_E4M3, 8-bit floats");
        yield return Json("{" + Body("a", "F4", "[3]", "[0,2]") + "}",
            "tensor 'a' F4 [3] needs 2 bytes, but its data_offsets are [0, 2]");
        yield return Json("{" + Body("a", "C64", "[2]", "[0,8]") + "}", "tensor 'a' C64 [2] needs 16 bytes");
        yield return Json("{" + Body("a", "U64", "[1,1]", "[0,8]") + "}",
            "tensor 'a': element [0, 0] is 9223372036854775809, a uint64 above", "0100000000000080");
        yield return Json("{" + Body("a", "U8", "[536870898]", "[0,536870898]") + "}",
            "is more than the 2147483591 bytes");
        yield return Json("{" + Body("a", "F32", "[2,3]", "[0,20]") + "}",
            "tensor 'a' F32 [2, 3] needs 24 bytes, but its data_offsets are [0, 20]");
        yield return Json("{" + Body("a", "F32", "[1]", "[4,0]") + "}",
            "needs 4 bytes, but its data_offsets are [4, 0]");
        yield return Json("{" + Body("a", "F32", "[65536,65536,65536,65536]", "[0,0]") + "}",
            "is more than the 2147483591 bytes");
        yield return Json("{" + Body("a", "F32", "[4294967296,0]", "[0,0]") + "}", "is more than the 2147483591 bytes");
        yield return Json("{" + Body("a", "F64", "[268435456]", "[0,2147483648]") + "}",
            "is more than the 2147483591 bytes");
        yield return Json("{" + Body("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 25)) + "]", "[0,1]") + "}",
            "rank 25; at most 24");
        yield return Json("{" + Body("a", "U8", "[2]", "[0,2]") + "," + Body("a", "U8", "[2]", "[2,4]") + "}",
            "names 'a' twice");
        yield return Json("{" + Body("a", "U8", "[2]", "[0,2]") + "," + Body("b", "U8", "[2]", "[1,3]") + "}",
            "tensors 'a' and 'b' overlap at byte 1");
        yield return Json("{" + Body("a", "U8", "[2]", "[0,2]") + "," + Body("b", "U8", "[2]", "[3,5]") + "}",
            "bytes 2 to 3 belong to no tensor");
        yield return Json("{" + Body("a", "U8", "[2]", "[5,7]") + "}", "bytes 0 to 5 belong to no tensor");
        yield return Json("""{"__metadata__":{"a":1}}""", "__metadata__ 'a' is no text");
        yield return Json("""{"__metadata__":[]}""", "__metadata__ is no JSON object");
        yield return Json("""{"__metadata__":{"a":"1","a":"2"}}""", "__metadata__ names 'a' twice");
        yield return Json("{" + Body("a", "U8", "[3]", "[0,3]") + "}",
            "it is truncated: its tensors take 3 bytes, but 2 are there", "0102");
        yield return Json("{" + Body("a", "U8", "[3]", "[0,3]") + "}",
            "it has trailing bytes: its tensors take 3 bytes, but ", "01020304");

        static TestCaseData Case(string hex, string message) =>
            new TestCaseData(Hex(hex), message).SetArgDisplayNames(message);
        static TestCaseData Json(string json, string message, string data = "") =>
            new TestCaseData(File(json, data), message).SetArgDisplayNames(json.Length > 80 ? json[..80] : json);
    }

    [TestCaseSource(nameof(HostileFiles))]
    public void Load_refuses_and_names_the_file_tensor_and_problem(byte[] file, string message)
    {
        using var forward = new TrickleStream(file, 64);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => SafeTensors.Load(new MemoryStream(file), "m.st"),
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("SafeTensors: 'm.st': ")
                    .And.Message.Contains(message));
            Assert.That(() => SafeTensors.Load(forward),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
        });
    }

    [Test]
    public void Load_of_headers_with_invalid_utf8_is_refused()
    {
        byte[] json = [.. "{\""u8, 0xC3, 0x28, .. "\":{}}"u8];
        Assert.That(() => Load([.. BitConverter.GetBytes((long)json.Length), .. json]),
            Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Load_of_a_huge_declared_size_allocates_only_what_the_data_supports()
    {
        byte[] file = File(Entry("a", "U8", "[2147483591]", "[0,2147483591]"), "0102");
        using var forward = new TrickleStream(file, 64);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => SafeTensors.Load(forward), Throws.TypeOf<InvalidDataException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Load_of_a_spoiled_file_gives_tensors_or_invalid_data()
    {
        byte[] good = File("{" + Body("a", "F32", "[2]", "[0,8]") + "," + Body("b", "U8", "[3]", "[8,11]") + "}",
            "0000803F 000000C0 010203");
        Prop.ForAll<byte, ushort, ushort>((value, at, cut) =>
        {
            byte[] bad = [.. good];
            bad[at % bad.Length] = value;
            bad = cut % 4 == 0 ? bad[..(cut % bad.Length)] : bad;
            try
            {
                Assert.That(Load(bad), Has.Count.InRange(1, 2));
            }
            catch (InvalidDataException e)
            {
                Assert.That(e.Message, Does.StartWith("SafeTensors: 'stream': "));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Test]
    public void Save_refuses_what_a_file_cannot_say_and_keeps_the_old_file()
    {
        string path = Path.Combine(Folder, "model.safetensors");
        Tensor tensor = Tensor.From(1f);
        SafeTensors.Save(path, [new("a", tensor)]);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => SafeTensors.Save(path, [new("a", tensor), new("a", tensor)]),
                Throws.ArgumentException.With.Message.Contains("two tensors are named 'a'"));
            Assert.That(
                () => SafeTensors.Save(path, [new("__metadata__", tensor)]),
                Throws.ArgumentException.With.Message.Contains("the format's own word"));
            Assert.That(SafeTensors.Load(path).Keys, Is.EqualTo(new[] { "a" }));
            Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
        });
    }

    [Test]
    public void Save_refuses_a_header_that_no_reader_takes()
    {
        string path = Path.Combine(Folder, "model.safetensors"), part = new('a', 1 << 20);
        Dictionary<string, string> metadata = Enumerable.Range(0, 96).ToDictionary(i => $"{i}", _ => part);
        Assert.That(() => SafeTensors.Save(path, [new("a", Tensor.From(1f))], metadata),
            Throws.ArgumentException.With.Message.Contains("a safetensors header takes at most 100000000"));
        Assert.That(Directory.GetFiles(Folder), Is.Empty);
        metadata.Remove("0");
        SafeTensors.Save(path, [new("a", Tensor.From(1f))], metadata);
        Assert.That(SafeTensors.ReadHeader(path).Metadata, Has.Count.EqualTo(95));
    }

    private static Dictionary<string, Tensor> Load(byte[] file) => SafeTensors.Load(new MemoryStream(file));

    private static Tensor One(string type, int size, string hex)
    {
        int bytes = Hex(hex).Length;
        return Load(File(Entry("a", type, $"[{bytes / size}]", $"[0,{bytes}]"), hex))["a"];
    }

    private static string Entry(string name, string type, string shape, string offsets) =>
        "{" + Body(name, type, shape, offsets) + "}";

    private static string Body(string name, string type, string shape, string offsets) =>
        $$""" "{{name}}":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":{{offsets}}} """.Trim();

    private static byte[] File(string json, string hex)
    {
        byte[] header = Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. Hex(hex)];
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));

    [Test]
    public void A_header_of_many_empty_tensors_takes_little()
    {
        const int count = 100_000;
        string json = "{"
            + string.Join(',',
                Enumerable.Range(0, count)
                    .Select(i => $"\"t{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(json);
        SafeTensorsHeader.Parse("{}"u8, "warm");
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensorsHeader header = SafeTensorsHeader.Parse(bytes, "many");
        Assert.That(header.Entries, Has.Count.EqualTo(count));
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before) / count, Is.LessThan(400),
            "bytes for each tensor");
    }
}
