using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Autodiff.IO;

namespace Autodiff.Tests.IO;

/// <summary>
/// Spoiled files: bits flipped, bytes changed, lengths replaced, parts cut, repeated or moved. A reader gives tensors
/// or an <see cref="InvalidDataException"/> that names the file, and takes little memory either way. With
/// AUTODIFF_MUTATIONS=n, n mutations a format.
/// </summary>
public class FileMutationTests
{
    private static readonly int Mutations =
        int.TryParse(Environment.GetEnvironmentVariable("AUTODIFF_MUTATIONS"), out int n) ? n : 3000;

    public static readonly string[] Formats = ["npy", "npy2", "npz", "npz-deflate", "safetensors", "idx", "idx.gz"];

    [TestCaseSource(nameof(Formats))]
    public void A_reader_gives_tensors_or_invalid_data(string format)
    {
        byte[] good = Good(format);
        Read(format, good);
        var random = new Random(format.Length * 1000 + format[^1]);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] bad = Mutate(good, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Read(format, bad);
            }
            catch (InvalidDataException e)
                when (e.Message.Contains("File: 'x'") || e.Message.Contains("SafeTensors: 'x'"))
            {
                refused++;
            }
            catch (Exception e) when (e is not InvalidDataException)
            {
                Assert.Fail($"{format}, mutation {i}: {e}\n{Convert.ToHexString(bad)}");
            }
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20),
                $"{format}, mutation {i}");
        }
        Assert.That(refused, Is.GreaterThan(Mutations / 4));
    }

    private static void Read(string format, byte[] file)
    {
        using var stream = new MemoryStream(file, writable: false);
        switch (format)
        {
            case "npy" or "npy2":
                NpyFile.Load(stream, "x");
                break;
            case "npz" or "npz-deflate":
                using (NpzFile archive = NpzFile.Open(stream, "x"))
                {
                    InvalidDataException? first = null;
                    foreach (string name in archive.Keys)
                    {
                        try
                        {
                            _ = archive[name];
                        }
                        catch (InvalidDataException e)
                        {
                            first ??= e;
                        }
                    }
                    if (first is not null)
                    {
                        throw new InvalidDataException(first.Message, first);
                    }
                }
                break;
            case "safetensors":
                SafeTensors.Load(stream, "x");
                break;
            default:
                IdxFile.Read(stream, "x").ToTensor();
                break;
        }
    }

    private static byte[] Good(string format)
    {
        using var stream = new MemoryStream();
        Tensor a = StoredTensors.Random(DType.Float32, 1, 3, 5), b = StoredTensors.Random(DType.Int64, 2, 7),
            c = Tensor.Zeros([40]);
        switch (format)
        {
            case "npy":
                NpyFile.Save(stream, a);
                break;
            case "npy2":
                byte[] text =
                    Encoding.ASCII.GetBytes("{u'descr': u'>u2', 'fortran_order': True, 'shape': (2L, 3L, 1), }\n");
                stream.Write([0x93, .. "NUMPY"u8, 2, 0, .. BitConverter.GetBytes(text.Length), .. text,
                    .. new byte[12]]);
                break;
            case "npz" or "npz-deflate":
                NpzFile.Save(stream, [new("a", a), new("b/ü", b), new("c", c)], compressed: format == "npz-deflate");
                break;
            case "safetensors":
                SafeTensors.Save(stream, [new("a", a), new("b", b), new("c", c)],
                    new Dictionary<string, string> { ["k"] = "v" });
                break;
            default:
                IdxFile.Write(stream, IdxArray.Create<short>([1, 2, 3, 4, 5, 6], 3, 2), gzip: format == "idx.gz");
                break;
        }
        return stream.ToArray();
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        List<byte> file = [.. good];
        for (int changes = random.Next(1, 4); changes > 0 && file.Count > 0; changes--)
        {
            int at = random.Next(file.Count), length = random.Next(1, 1 + Math.Min(32, file.Count - at));
            byte[] part = [.. file.GetRange(at, length)];
            switch (random.Next(9))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    Overwrite(file, at, Extreme(random));
                    break;
                case 3:
                    file.RemoveRange(at, file.Count - at);
                    break;
                case 4:
                    file.RemoveRange(at, length);
                    break;
                case 5:
                    file.InsertRange(random.Next(file.Count), part);
                    break;
                case 6:
                    Overwrite(file, random.Next(file.Count), part);
                    break;
                case 7:
                    // A digit for a digit, so that what is text stays text.
                    int digit = file.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    file[digit < 0 ? at : digit] = (byte)('0' + random.Next(10));
                    break;
                default:
                    file.AddRange(part);
                    break;
            }
        }
        return [.. file];
    }

    /// <summary>A number where a length may stand, of 2, 4 or 8 bytes in either order.</summary>
    private static byte[] Extreme(Random random)
    {
        long[] values = [0, 1, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 0xFFFF,
            0x7FFF, 1 << 20, 1L << 40];
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, values[random.Next(values.Length)]);
        bytes = bytes[..(2 << random.Next(3))];
        if (random.Next(2) == 0)
        {
            Array.Reverse(bytes);
        }
        return bytes;
    }

    private static void Overwrite(List<byte> file, int at, byte[] part)
    {
        for (int i = 0; i < part.Length && at + i < file.Count; i++)
        {
            file[at + i] = part[i];
        }
    }
}
