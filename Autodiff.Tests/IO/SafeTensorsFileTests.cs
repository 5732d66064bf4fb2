using System.Text;
using Autodiff.IO;
using Autodiff.Nn;

namespace Autodiff.Tests.IO;

/// <summary>Safetensors files read by name, among them those with tensors of types that ours lack.</summary>
public class SafeTensorsFileTests : FolderFixture
{
    [TestCase("C64", "[1]", 8)]
    [TestCase("F4", "[2,8]", 8)]
    [TestCase("F6_E2M3", "[4]", 3)]
    [TestCase("I1024_OF_TOMORROW", "[3]", 17)]
    [TestCase("U8", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", 1)]
    public void A_tensor_of_a_type_that_we_lack_hinders_no_other(string type, string shape, int bytes)
    {
        string path = File(
            ("a", "F32", "[2]", "0000803F000000C0"), ("odd", type, shape, new string('0', 2 * bytes)),
            ("c", "I64", "[]", "0700000000000000"));
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        Assert.Multiple(() =>
        {
            Assert.That(file.Keys, Is.EqualTo(new[] { "a", "odd", "c" }));
            Assert.That(file.Header.Entries.Select(e => e.DType),
                Is.EqualTo(new DType?[] { DType.Float32, null, DType.Int64 }));
            Assert.That(SafeTensors.ReadHeader(path).Entries[1].StoredType, Is.EqualTo(type));
            Assert.That(file["c"].Item(), Is.EqualTo(7));
            Assert.That(file["a"].Values<float>(), Is.EqualTo(new[] { 1f, -2f }));
            Assert.That(SafeTensors.Load(path, ["c", "a"]).Keys, Is.EqualTo(new[] { "c", "a" }));
            string start = $"SafeTensors: '{path}': tensor 'odd' ";
            Assert.That(() => file["odd"],
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(start).And.Message.Contains(type));
            Assert.That(() => SafeTensors.Load(path, ["a", "odd"]),
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(start));
            Assert.That(() => SafeTensors.Load(path),
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(start));
            Assert.That(() => SafeTensors.Load(path, ["b"]),
                Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("has no 'b'; it has a, odd, c."));
        });
    }

    [Test]
    public void A_module_loads_by_name_what_it_has()
    {
        string path = File(
            ("weight", "F32", "[1,2]", "0000803F000000C0"), ("odd", "C64", "[1]", "0000000000000000"),
            ("bias", "F8_E5M2", "[1]", "3C"));
        var linear = new Linear(2, 1);
        Assert.That(() => linear.Load(path), Throws.ArgumentException.With.Message.Contains("the module lacks odd"));
        IncompatibleKeys keys = linear.Load(path, strict: false);
        Assert.Multiple(() =>
        {
            Assert.That(keys.UnexpectedKeys, Is.EqualTo(new[] { "odd" }));
            Assert.That(linear.Weight.ToArray<float>(), Is.EqualTo(new[] { 1f, -2f }));
            Assert.That(linear.Bias!.ToArray<float>(), Is.EqualTo(new[] { 1f }));
        });
    }

    [Test]
    public void The_file_stays_as_it_was_opened_when_it_is_replaced()
    {
        string path = File(("a", "F32", "[2]", "0000803F000000C0"));
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        if (!OperatingSystem.IsWindows())
        {
            SafeTensors.Save(path, [new("a", Tensor.From(5f, 6f))]);
        }
        Assert.That(file["a"].Values<float>(), Is.EqualTo(new[] { 1f, -2f }));
        file.Dispose();
        Assert.That(() => file["a"], Throws.TypeOf<ObjectDisposedException>());
    }

    // The values are those of the OCP's OFP8 (table 1) and MX specifications, and of ONNX's table of 8-bit floats.
    [TestCase("F8_E4M3", 0x00, 0.0)]
    [TestCase("F8_E4M3", 0x01, 0.001953125)] // 2^-9
    [TestCase("F8_E4M3", 0x07, 0.013671875)] // 0.875 * 2^-6
    [TestCase("F8_E4M3", 0x08, 0.015625)] // 2^-6
    [TestCase("F8_E4M3", 0x38, 1.0)]
    [TestCase("F8_E4M3", 0x7E, 448.0)]
    [TestCase("F8_E4M3", 0x7F, double.NaN)]
    [TestCase("F8_E4M3", 0xFE, -448.0)]
    [TestCase("F8_E4M3", 0xFF, double.NaN)]
    [TestCase("F8_E5M2", 0x01, 0.0000152587890625)] // 2^-16
    [TestCase("F8_E5M2", 0x04, 0.00006103515625)] // 2^-14
    [TestCase("F8_E5M2", 0x3C, 1.0)]
    [TestCase("F8_E5M2", 0x7B, 57344.0)]
    [TestCase("F8_E5M2", 0x7C, double.PositiveInfinity)]
    [TestCase("F8_E5M2", 0xFC, double.NegativeInfinity)]
    [TestCase("F8_E5M2", 0x7D, double.NaN)]
    [TestCase("F8_E5M2", 0xFF, double.NaN)]
    [TestCase("F8_E8M0", 0x00, 5.8774717541114375e-39)] // 2^-127
    [TestCase("F8_E8M0", 0x7F, 1.0)]
    [TestCase("F8_E8M0", 0xFE, 1.7014118346046923e38)] // 2^127
    [TestCase("F8_E8M0", 0xFF, double.NaN)]
    [TestCase("F8_E4M3FNUZ", 0x01, 0.0009765625)] // 2^-10
    [TestCase("F8_E4M3FNUZ", 0x7F, 240.0)]
    [TestCase("F8_E4M3FNUZ", 0x80, double.NaN)]
    [TestCase("F8_E4M3FNUZ", 0xFF, -240.0)]
    [TestCase("F8_E5M2FNUZ", 0x01, 0.00000762939453125)] // 2^-17
    [TestCase("F8_E5M2FNUZ", 0x7F, 57344.0)]
    [TestCase("F8_E5M2FNUZ", 0x80, double.NaN)]
    [TestCase("F8_E5M2FNUZ", 0xFF, -57344.0)]
    public void Eight_bit_floats_are_read_exactly_by_name(string type, int bits, double value)
    {
        string path = File(("a", type, "[1]", bits.ToString("X2")));
        Assert.That(SafeTensors.Load(path, ["a"])["a"].Values<float>(), Is.EqualTo(new[] { (float)value }));
    }

    [TestCase("F8_E4M3", 0x7F)]
    [TestCase("F8_E5M2", 0x7C)]
    [TestCase("F8_E8M0", 0xFF)]
    [TestCase("F8_E4M3FNUZ", 0x80)]
    [TestCase("F8_E5M2FNUZ", 0x80)]
    public void Eight_bit_floats_are_ordered_and_signed(string type, int end)
    {
        string all = string.Concat(Enumerable.Range(0, 256).Select(b => b.ToString("X2")));
        float[] values = SafeTensors.Load(File(("a", type, "[256]", all)), ["a"])["a"].Values<float>();
        Assert.That(values[..end], Is.Ordered.And.Unique);
        if (type != "F8_E8M0")
        {
            Assert.That(values[129..(128 + Math.Min(end, 128))],
                Is.EqualTo(values[1..Math.Min(end, 128)].Select(v => -v)));
        }
    }

    [Test]
    public void Eight_bit_floats_are_not_taken_unasked()
    {
        string path = File(("w", "F8_E4M3", "[2]", "3840"), ("w_scale", "F32", "[]", "0000803F"));
        Assert.That(
            () => SafeTensors.Load(path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("tensor 'w' has dtype F8_E4M3, 8-bit floats"));
        Assert.That(SafeTensors.Load(path, ["w"])["w"].Values<float>(), Is.EqualTo(new[] { 1f, 2f }));
    }

    private string File(params (string Name, string Type, string Shape, string Hex)[] tensors)
    {
        int end = 0;
        var json = new List<string>();
        foreach ((string name, string type, string shape, string hex) in tensors)
        {
            json.Add(
                $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},"
                + $"\"data_offsets\":[{end},{end + hex.Length / 2}]}}");
            end += hex.Length / 2;
        }
        byte[] header = Encoding.UTF8.GetBytes("{" + string.Join(',', json) + "}");
        string path = Path.Combine(Folder, "a.safetensors");
        System.IO.File.WriteAllBytes(
            path, [.. BitConverter.GetBytes((long)header.Length), .. header,
                .. Convert.FromHexString(string.Concat(tensors.Select(t => t.Hex)))]);
        return path;
    }
}
