using System.Text;
using Autodiff.IO;
using FsCheck;
using FsCheck.Fluent;

namespace Autodiff.Tests.IO;

[Parallelizable]
public class NpyFileTests : FolderFixture
{
    [Test]
    public void Round_trip_keeps_type_shape_and_bits([ValueSource(typeof(StoredTensors),
        nameof(StoredTensors.Types))] DType type)
    {
        string path = Path.Combine(Folder, "a.npy");
        foreach (int[] shape in (int[][])[[], [0], [5], [2, 3], [2, 0, 4], [1, 2, 3, 4]])
        {
            Tensor tensor = StoredTensors.Random(type, shape.Length, shape);
            NpyFile.Save(path, tensor);
            StoredTensors.AssertSame(NpyFile.Load(path), tensor);
        }
        Assert.That(Directory.GetFiles(Folder), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Save_gives_NumPys_bytes()
    {
        using var stream = new MemoryStream();
        NpyFile.Save(stream, Tensor.From(1f, -2f, 0.5f));
        byte[] bytes = stream.ToArray();
        string text = Encoding.Latin1.GetString(bytes, 0, 128);
        Assert.Multiple(() =>
        {
            Assert.That(text,
                Does.StartWith("\x93NUMPY\x01\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } "));
            Assert.That(text, Does.EndWith(" \n"));
            Assert.That(bytes[128..], Is.EqualTo(Hex("0000803F 000000C0 0000003F")));
        });
    }

    [TestCase(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }   \n")]
    [TestCase(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n")]
    [TestCase(3, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}")]
    [TestCase(1, "{u'descr': u'<f4', 'fortran_order': False, u'shape': (2L, 1L), }\n")]
    [TestCase(1, "{'descr': U\"<f4\", 'fortran_order': False, 'shape': ( 2 , ), }\n")]
    [TestCase(1, "{\"shape\":(2L,),\"fortran_order\":True,\"descr\":\"=f4\"}")]
    public void Load_knows_every_version_and_spelling(int version, string header) =>
        Assert.That(Load(File(header, "0000803F 000000C0", version)).Values<float>(), Is.EqualTo(new[] { 1f, -2f }));

    [Test]
    public void Load_of_fortran_order_gives_its_indices_and_strides()
    {
        // np.asfortranarray([[1, 2, 3], [4, 5, 6]], dtype='<i4')
        Tensor tensor = Load(File(Header("<i4", "(2, 3)", fortran: true),
            "01000000 04000000 02000000 05000000 03000000 06000000"));
        Assert.Multiple(() =>
        {
            Assert.That(tensor.Shape.ToArray(), Is.EqualTo(new[] { 2, 3 }));
            Assert.That(tensor.Strides.ToArray(), Is.EqualTo(new long[] { 1, 2 }));
            Assert.That(tensor.Values<int>(), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6 }));
        });
        using var stream = new MemoryStream();
        NpyFile.Save(stream, tensor);
        StoredTensors.AssertSame(Load(stream.ToArray()), tensor);
    }

    [Test]
    public void Load_reads_both_byte_orders_and_widens() => Assert.Multiple(() =>
    {
        Assert.That(One(">f4", "3F800000").Values<float>(), Is.EqualTo(new[] { 1f }));
        Assert.That(One(">f8", "C000000000000000").Values<double>(), Is.EqualTo(new[] { -2.0 }));
        Assert.That(One("<f8", "00000000000000C0").Values<double>(), Is.EqualTo(new[] { -2.0 }));
        Assert.That(One(">i8", "FFFFFFFFFFFFFFFE").Values<long>(), Is.EqualTo(new[] { -2L }));
        Assert.That(One("<i8", "FEFFFFFFFFFFFFFF").Values<long>(), Is.EqualTo(new[] { -2L }));
        Assert.That(One(">i4", "00000102").Values<int>(), Is.EqualTo(new[] { 258 }));
        Assert.That(One(">u2", "0102").Values<int>(), Is.EqualTo(new[] { 258 }));
        Assert.That(One("<f2", "003C").Values<float>(), Is.EqualTo(new[] { 1f }));
        Assert.That(One("|u1", "FF").Values<int>(), Is.EqualTo(new[] { 255 }));
        Assert.That(One("|i1", "FF").Values<int>(), Is.EqualTo(new[] { -1 }));
        Assert.That(One("<u4", "FFFFFFFF").Values<long>(), Is.EqualTo(new[] { 4294967295L }));
        Assert.That(One("<u8", "FFFFFFFFFFFFFF7F").Values<long>(), Is.EqualTo(new[] { long.MaxValue }));
        Assert.That(One(">u8", "0000000000000102").Values<long>(), Is.EqualTo(new[] { 258L }));
        Assert.That(One("|b1", "02").Values<bool>(), Is.EqualTo(new[] { true }));
    });

    [Test]
    public void Load_of_a_stream_stops_behind_the_array()
    {
        byte[] file = [.. File(Header("<i4", "()"), "01000000"), .. File(Header("<i4", "()"), "02000000")];
        var seekable = new MemoryStream(file);
        using var forward = new TrickleStream(file);
        foreach (Stream stream in (Stream[])[seekable, forward])
        {
            Assert.That(NpyFile.Load(stream).Values<int>(), Is.EqualTo(new[] { 1 }));
            Assert.That(NpyFile.Load(stream).Values<int>(), Is.EqualTo(new[] { 2 }));
        }
    }

    private static IEnumerable<TestCaseData> HostileFiles()
    {
        yield return Bytes("", "it is no npy file: it starts with bytes , expected 934E554D5059 and a version");
        yield return Bytes("504B0304 14000000", "it is no npy file: it starts with bytes 504B030414000000");
        yield return Bytes("934E554D5059 0400 0000", "its version is 4.0; 1.0, 2.0 and 3.0 can be read");
        yield return Bytes("934E554D5059 0101 0000", "its version is 1.1");
        yield return Bytes("934E554D5059 0100 00", "it ends inside the length of its header");
        yield return Bytes("934E554D5059 0200 FFFF", "it ends inside the length of its header");
        yield return Bytes("934E554D5059 0200 FFFFFFFF",
            "it declares a header of 4294967295 bytes; at most 10000 are read");
        yield return Bytes("934E554D5059 0100 1027 7B7D", "its header takes 10000 bytes, but 2 are there");
        yield return Text("", "malformed at character 0, where '{' was expected");
        yield return Text("{}", "its header lacks descr, fortran_order or shape: {}");
        yield return Text("{'descr': '<f4', 'shape': (1,)}", "its header lacks");
        yield return Text("{'descr' '<f4'}", "malformed at character 9, where ':' was expected");
        yield return Text("{'descr: 1}", "where a text in quotes was expected");
        yield return Text("{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (1,)}",
            "holds records of several fields");
        yield return Text("{'descr': '<f4', 'descr': '<f4'}", "unknown or repeated key 'descr'");
        yield return Text("{'x': __import__('os')}", "unknown or repeated key 'x'");
        yield return Text("{'shape': __import__('os')}", "malformed at character 10, where '(' was expected");
        yield return Text("{'fortran_order': 1}", "where True or False was expected");
        yield return Text("{'shape': (1, -2)}", "where a whole number from 0");
        yield return Text("{'shape': (,)}", "where a whole number from 0");
        yield return Text("{'shape': (99999999999999999999,)}", "where a whole number from 0");
        yield return Text("{'shape': (1, 2", "where ')' was expected");
        yield return Text("{'shape': (1, ", "where a whole number from 0");
        yield return Text("{'descr': u<f4'}", "where a text in quotes was expected");
        yield return Text("{'descr': u", "where a text in quotes was expected");
        yield return Text("\0{'shape': (1,)}", "malformed at character 0, a NUL, which no Python literal holds");
        yield return Text("{'shape': (1,\0)}", "malformed at character 13, a NUL");
        yield return Text(Header("<f4\0", "(1,)"), "a NUL");
        yield return Text(Header("<f4", "(0,)") + " \0", "a NUL");
        yield return Text(Header("<u8", "()"), "element [] is 18446744073709551615, a uint64 above 9223372036854775807",
            "FFFFFFFFFFFFFFFF");
        yield return Text(Header("|u1", "(536870898,)"), "more than the 2147483591 bytes");
        yield return Text(Header("<f4", "(0,)") + "x", "where its end was expected");
        yield return Text(Header("|O", "(1,)"),
            "its element type is '|O', Python objects (pickles), which are never read; b1, u1");
        yield return Text(Header("|O8", "(1,)"), "its element type is '|O8', Python objects (pickles)");
        yield return Text(Header("<c8", "(1,)"), "its element type is '<c8'");
        yield return Text(Header("|f4", "(1,)"), "its element type is '|f4'");
        yield return Text(Header("<f4x", "(1,)"), "its element type is '<f4x'");
        yield return Text(Header("<f4", "(4294967296, 0)"), "declares '<f4' [4294967296, 0], more than");
        yield return Text(Header("<f4", "(65536, 65536, 65536, 65536)"),
            "declares '<f4' [65536, 65536, 65536, 65536], more than");
        yield return Text(Header("<f8", "(268435456,)"), "more than the 2147483591 bytes");
        yield return Text(Header("<f8", $"({string.Join(", ", Enumerable.Repeat(1, 25))})"),
            "it has rank 25; at most 24");
        yield return Text(Header("<f4", "(3,)"), "it declares [3], 12 bytes of data, but holds 7.", "01020304050607");

        static TestCaseData Bytes(string hex, string message) =>
            new TestCaseData(Hex(hex), message).SetArgDisplayNames(message);
        static TestCaseData Text(string header, string message, string data = "") =>
            new TestCaseData(File(header, data), message)
                .SetArgDisplayNames(header.Length > 80 ? header[..80] : header);
    }

    [TestCaseSource(nameof(HostileFiles))]
    public void Load_refuses_and_names_the_file_and_problem(byte[] file, string message)
    {
        using var forward = new TrickleStream(file, 64);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => NpyFile.Load(new MemoryStream(file), "x.npy"),
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("NpyFile: 'x.npy': ")
                    .And.Message.Contains(message));
            Assert.That(() => NpyFile.Load(forward),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
        });
    }

    [Test]
    public void Load_names_the_UInt64_that_has_no_place_and_its_index()
    {
        // NumPy wrote it, in Fortran order.
        string path = Path.Combine(AppContext.BaseDirectory, "Fixtures", "files", "uint64-too-large.npy");
        Assert.That(
            () => NpyFile.Load(path),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                $"NpyFile: '{path}': element [1, 1] is 18446744073709551615, a uint64 above 9223372036854775807; "
                    + "tensors hold whole numbers as int64."));
        Assert.That(
            () =>
                Load(File(Header(">u8", "(1, 2, 3)"),
                    string.Concat(Enumerable.Repeat("00000000000000FF", 5)) + "8000000000000000")),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("element [0, 1, 2] is 9223372036854775808,"));
    }

    [Test]
    public void Load_of_a_path_refuses_trailing_bytes()
    {
        string path = Path.Combine(Folder, "a.npy");
        System.IO.File.WriteAllBytes(path, File(Header("|u1", "(2,)"), "010203"));
        Assert.That(
            () => NpyFile.Load(path),
            Throws.TypeOf<InvalidDataException>()
                .With.Message.Contains($"'{path}': it declares [2], 2 bytes of data, but holds 3."));
    }

    [Test]
    public void Load_of_a_huge_declared_size_allocates_only_what_the_data_supports()
    {
        using var forward = new TrickleStream(File(Header("|u1", "(2147483591,)"), "0102"), 64);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => NpyFile.Load(forward), Throws.TypeOf<InvalidDataException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Load_of_a_spoiled_file_gives_a_tensor_or_invalid_data()
    {
        byte[] good = File(Header("<f4", "(2, 1)"), "0000803F 000000C0");
        Prop.ForAll<byte, ushort, ushort>((value, at, cut) =>
        {
            byte[] bad = [.. good];
            bad[at % bad.Length] = value;
            bad = cut % 4 == 0 ? bad[..(cut % bad.Length)] : bad;
            try
            {
                Assert.That(Load(bad).ElementCount, Is.LessThan(9));
            }
            catch (InvalidDataException e)
            {
                Assert.That(e.Message, Does.StartWith("NpyFile: 'stream': "));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static Tensor Load(byte[] file) => NpyFile.Load(new MemoryStream(file));

    private static Tensor One(string descr, string hex) => Load(File(Header(descr, "(1,)"), hex));

    private static string Header(string descr, string shape, bool fortran = false) =>
        $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}";

    private static byte[] File(string header, string hex, int version = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. Hex(hex)];
    }

    private static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
