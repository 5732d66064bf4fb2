using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Autodiff.IO;
using Autodiff.Nn;
using Autodiff.Tests.IO;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Files as other programs write them, made here byte by byte: npy, safetensors, idx.</summary>
public class FileReportTests : FolderFixture
{
    private static byte[] Npy(string header, params byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), start = [0x93, .. "NUMPY"u8, 1, 0, 0, 0];
        BinaryPrimitives.WriteUInt16LittleEndian(start.AsSpan(8), (ushort)text.Length);
        return [.. start, .. text, .. data];
    }

    private static string Header(string type, string shape, bool fortran = false) =>
        $"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}\n";

    private static Tensor LoadNpy(byte[] file) => NpyFile.Load(new MemoryStream(file));

    private static byte[] Element(string type, double value)
    {
        byte[] little = type[1..] switch
        {
            "f2" => BitConverter.GetBytes((Half)value),
            "f4" => BitConverter.GetBytes((float)value),
            "f8" => BitConverter.GetBytes(value),
            "b1" or "u1" => [(byte)value],
            "i1" => [(byte)(sbyte)value],
            "i2" => BitConverter.GetBytes((short)value),
            "u2" => BitConverter.GetBytes((ushort)value),
            "i4" => BitConverter.GetBytes((int)value),
            "u4" => BitConverter.GetBytes((uint)value),
            _ => BitConverter.GetBytes((long)value),
        };
        return type[0] == '>' ? [.. little.Reverse()] : little;
    }

    private static IEnumerable<string> Types() =>
    [
        .. new[] { "f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8",
            "b1" }.SelectMany(t => new[] { "<" + t, ">" + t }), "|i1", "|u1", "|b1",
    ];

    /// <summary>
    /// npyio, ndarray-npy, xtensor, npy-matlab and NumSharp write these types, in both orders of bytes and of
    /// dimensions.
    /// </summary>
    [Test]
    public void Every_type_is_read_in_both_orders_of_bytes_and_of_dimensions([ValueSource(nameof(Types))] string type,
        [Values] bool fortran)
    {
        double[] values = type[1..] switch
        {
            "b1" => [0, 1, 1, 0, 0, 1],
            "i1" or "i2" or "i4" or "i8" or "f4" => [-3, 2, 0, 100, -128, 127],
            "f8" => [NaN, Inf, -Inf, 0.1, -0.0, double.Epsilon],
            _ => [0, 1, 2, 3, 200, 255],
        };
        byte[] data = [.. values.SelectMany(v => Element(type, v))];
        Tensor matrix = LoadNpy(Npy(Header(type, fortran ? "(3, 2)" : "(2, 3)", fortran), data));
        Assert.That((fortran ? matrix.T : matrix).To(DType.Float64).ToArray<double>(), Is.EqualTo(values));
        Assert.That(LoadNpy(Npy(Header(type, "()", fortran), data[..(data.Length / 6)])).Item(), Is.EqualTo(values[0]));
        Assert.That(LoadNpy(Npy(Header(type, "(0, 3)", fortran))).Shape.ToArray(), Is.EqualTo(new[] { 0, 3 }));
    }

    private static IEnumerable<TestCaseData> Headers()
    {
        yield return Row("stdlib#581 a comma behind the last size", Header("<f8", "(1,2,)"));
        yield return Row("no space, no last comma", "{'descr':'<f8','fortran_order':False,'shape':(2,)}");
        yield return Row("filled up to 16 bytes, as older versions",
            Header("<f8", "(2,)").TrimEnd('\n').PadRight(69) + "\n");
        yield return Row("filled up to 64 bytes, as npy-matlab's fixed ones",
            Header("<f8", "(2,)").TrimEnd('\n').PadRight(117) + "\n");

        static TestCaseData Row(string claim, string header) => new TestCaseData(header).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(Headers))]
    public void Headers_of_other_writers_are_read(string header) =>
        Assert.That(LoadNpy(Npy(header, [.. Element("<f8", 1), .. Element("<f8", 2)])).ToArray<double>(),
            Is.EqualTo(new[] { 1.0, 2 }));

    private static IEnumerable<TestCaseData> RefusedNpy()
    {
        yield return Row("objects of Python 2", Header("|O8", "(2,)"));
        yield return Row("complex numbers", Header(">c16", "(2,)"));
        yield return Row("records with names beyond ASCII",
            "{'descr': [('données', '<f8')], 'fortran_order': False, 'shape': (1,), }\n");
        yield return Row("a header above 10,000 bytes", Header("<f8", "(2,)").TrimEnd('\n').PadRight(20_000) + "\n");
        yield return Row("a billion elements in 16 bytes", Header("<f8", "(1000000000,)"));
        yield return Row("a count beyond 2^63", Header("<f8", "(4294967296, 4294967296)"));

        static TestCaseData Row(string claim, string header) => new TestCaseData(header).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(RefusedNpy))]
    public void What_is_no_array_of_numbers_is_refused(string header) =>
        Assert.That(() => LoadNpy(Npy(header, new byte[16])), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void Views_are_saved_as_what_they_show()
    {
        Tensor[] views = [Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).T,
            Tensor.From(1.0, 2, 3)[TensorIndex.Slice(step: 2)], Tensor.From(5.0).Expand(3), Leaf(1, 2),
            Tensor.From(1.0, 2, 3).Flip(0)[..1]];
        foreach (Tensor view in views)
        {
            StoredTensors.AssertSame(Through(view), view.Detach().Clone());
        }

        Tensor floats = Tensor.From(BitConverter.Int32BitsToSingle(0x7fc12345), -0f, 1e-45f);
        Assert.That(Through(floats).ToArray<float>().Select(BitConverter.SingleToInt32Bits),
            Is.EqualTo(floats.ToArray<float>().Select(BitConverter.SingleToInt32Bits)));

        static Tensor Through(Tensor x)
        {
            using MemoryStream file = new();
            NpyFile.Save(file, x);
            return LoadNpy(file.ToArray());
        }
    }

    [Test]
    public void A_name_may_hold_spaces_and_any_letters()
    {
        string path = Path.Combine(Folder, "ä b", "ü x.npy");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        NpyFile.Save(path, Tensor.From(1.0));
        Assert.That(NpyFile.Load(path).Item(), Is.EqualTo(1));
    }

    private const string One = "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";

    private static Dictionary<string, Tensor> LoadTensors(string json, int data)
    {
        byte[] text = Encoding.UTF8.GetBytes(json), start = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(start, text.Length);
        return SafeTensors.Load(new MemoryStream([.. start, .. text, .. new byte[data]]));
    }

    [TestCase("{" + One + "}      ", Description = "spaces behind the header")]
    [TestCase("{" + One + "} ", Description = "safetensors#231 a header of odd length")]
    [TestCase("{\"__metadata__\":{}," + One + "}", Description = "fastsafetensors#89 empty metadata")]
    public void A_safetensors_header_may_be_written_as(string json) =>
        Assert.That(LoadTensors(json, 4)["a"].ToArray<float>(), Is.EqualTo(new float[1]));

    [Test]
    public void A_safetensors_file_may_hold_little()
    {
        Assert.That(LoadTensors("{}", 0), Is.Empty);
        Assert.That(LoadTensors("""{"__metadata__":{"format":"pt"}}""", 0), Is.Empty);
        Assert.That(LoadTensors("""{"t":{"dtype":"I32","shape":[2,0],"data_offsets":[0,0]}}""", 0)["t"].Shape.ToArray(),
            Is.EqualTo(new[] { 2, 0 }));
        Assert.That(LoadTensors("{" + One.Replace("[1]", "[]") + "}", 4)["a"].Rank, Is.Zero);
    }

    private static IEnumerable<TestCaseData> RefusedTensors()
    {
        yield return Row("safetensors#401 a name twice", "{" + One + "," + One + "}", 4);
        yield return Row("lattice#752 two tensors over the same bytes",
            "{" + One + "," + One.Replace("\"a\"", "\"b\"") + "}", 4);
        yield return Row("a size beyond 2^63", "{" + One.Replace("[1]", "[2,18446744073709551615]") + "}", 4);
        yield return Row("5000 brackets", "{\"a\":" + new string('[', 5000) + new string(']', 5000) + "}", 0);

        static TestCaseData Row(string claim, string json, int data) =>
            new TestCaseData(json, data).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(RefusedTensors))]
    public void A_safetensors_header_that_contradicts_itself_is_refused(string json, int data) =>
        Assert.That(() => LoadTensors(json, data), Throws.TypeOf<InvalidDataException>());

    /// <summary>
    /// Some tools write these; the format is silent, so either is right, and any other exception is wrong.
    /// </summary>
    [TestCase("{\"__metadata__\":null," + One + "}")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}}""")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4e0]}}""")]
    public void What_the_format_leaves_open_is_read_or_refused(string json)
    {
        try
        {
            Assert.That(LoadTensors(json, 4)["a"].Item(), Is.Zero);
        }
        catch (InvalidDataException e)
        {
            Assert.That(e.Message, Does.StartWith("SafeTensors: "));
        }
    }

    [Test]
    public void Tensors_may_have_any_name()
    {
        Dictionary<string, Tensor> tensors = new()
        {
            ["a\"b\n"] = Tensor.From(1.0), ["ü🙂"] = Tensor.From(2.0), [""] = Tensor.From(3.0)
        };
        using MemoryStream file = new();
        SafeTensors.Save(file, tensors);
        file.Position = 0;
        Assert.That(SafeTensors.Load(file).Select(t => (t.Key, t.Value.Item())),
            Is.EqualTo(tensors.Select(t => (t.Key, t.Value.Item()))));
    }

    private static byte[] Idx(byte type, int[] sizes, params byte[] data) =>
        [0, 0, type, (byte)sizes.Length,
            .. sizes.SelectMany(s => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(s))), .. data];

    private static IdxArray ReadIdx(byte[] file) => IdxFile.Read(new MemoryStream(file));

    [Test]
    public void An_idx_file_of_two_gzip_members_is_one()
    {
        byte[] file = Idx(8, [2], 1, 2);
        Assert.That(ReadIdx([.. Zip(file[..5]), .. Zip(file[5..])]).ToTensor().To(DType.Float64).ToArray<double>(),
            Is.EqualTo(new[] { 1.0, 2 }));

        static byte[] Zip(byte[] bytes)
        {
            using MemoryStream stream = new();
            using (GZipStream zip = new(stream, CompressionLevel.Fastest))
            {
                zip.Write(bytes);
            }

            return stream.ToArray();
        }
    }

    [Test]
    public void A_page_of_text_or_too_many_labels_are_no_idx_file()
    {
        Assert.That(() => ReadIdx([.. "<!DOCTYPE html><html></html>"u8]), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => ReadIdx(Idx(8, [10], new byte[11])), Throws.TypeOf<InvalidDataException>());
        Assert.That(ReadIdx(Idx(8, [0, 28, 28])).Length, Is.Zero);
    }

    [Test]
    public void Letters_are_no_digits_and_digits_are_images_of_one_channel()
    {
        string images = Path.Combine(Folder, "images"), labels = Path.Combine(Folder, "labels");
        File.WriteAllBytes(images, Idx(8, [1, 28, 28], new byte[784]));
        File.WriteAllBytes(labels, Idx(8, [1], 26));
        Assert.That(() => Mnist.FromFiles(images, labels),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("26"));
        File.WriteAllBytes(labels, Idx(8, [1], 9));
        Tensor digits = Mnist.FromFiles(images, labels).ToImageTensor();
        Assert.That((digits.DType, string.Join(' ', digits.Shape.ToArray())), Is.EqualTo((DType.Float32, "1 1 28 28")));
    }
}
