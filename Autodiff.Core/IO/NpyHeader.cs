using System.Buffers.Binary;
using System.Text;

namespace Autodiff.IO;

/// <summary>
/// The header of NumPy's .npy format (NEP 1): the magic <c>\x93NUMPY</c>, a version, the length of the text, and a text
/// that is a Python dictionary with <c>descr</c>, <c>fortran_order</c> and <c>shape</c>.
/// </summary>
internal sealed record NpyHeader(StoredType Type, bool BigEndian, bool FortranOrder, int[] Shape)
{
    private const int PrefixLength = 8;
    private const int Alignment = 64;

    /// <summary>
    /// The longest header text: NumPy itself asks for trust beyond 10,000 characters; 255 dimensions fit thrice.
    /// </summary>
    private const int MaxLength = 10_000;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The bytes of data that follow the header.</summary>
    public int ByteLength => (int)ShapeMath.TryCount(Shape)! * Type.SizeOf();

    /// <summary>Reads a header of version 1, 2 or 3.</summary>
    /// <exception cref="InvalidDataException">It is not one; the message begins with
    /// <paramref name="subject"/>.</exception>
    public static NpyHeader Read(Stream stream, string subject)
    {
        byte[] prefix = StreamReading.ReadUpTo(stream, PrefixLength, subject);
        if (prefix.Length < PrefixLength || !prefix.AsSpan(0, Magic.Length).SequenceEqual(Magic))
        {
            string hint = prefix.AsSpan().StartsWith(NpzFile.Magic)
                ? " It is a zip archive, as .npz files are: NpzFile reads those."
                : "";
            throw new InvalidDataException(
                $"{subject}: it is no npy file: it starts with bytes {Convert.ToHexString(prefix)}, expected "
                    + $"{Convert.ToHexString(Magic)} and a version.{hint}");
        }
        int version = prefix[6];
        if (version is < 1 or > 3 || prefix[7] != 0)
        {
            throw new InvalidDataException(
                $"{subject}: its version is {version}.{prefix[7]}; 1.0, 2.0 and 3.0 can be read.");
        }

        byte[] length = StreamReading.ReadUpTo(stream, version == 1 ? 2 : 4, subject);
        uint declared = length.Length switch
        {
            2 when version == 1 => BinaryPrimitives.ReadUInt16LittleEndian(length),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(length),
            _ => throw new InvalidDataException($"{subject}: it ends inside the length of its header."),
        };
        if (declared > MaxLength)
        {
            throw new InvalidDataException(
                $"{subject}: it declares a header of {declared} bytes; at most {MaxLength} are read.");
        }
        byte[] text = StreamReading.ReadUpTo(stream, (int)declared, subject);
        if (text.Length < declared)
        {
            throw new InvalidDataException(
                $"{subject}: it is truncated: its header takes {declared} bytes, but {text.Length} are there.");
        }
        Encoding encoding = version == 3 ? Encoding.UTF8 : Encoding.Latin1;
        return Parse(encoding.GetString(text), subject);
    }

    /// <summary>
    /// The whole header, version 1.0, as NumPy writes it: padded so that the data begins at a multiple of 64.
    /// </summary>
    public byte[] ToBytes()
    {
        string shape = Shape.Length == 1 ? $"({Shape[0]},)" : $"({string.Join(", ", Shape)})";
        string text =
            $"{{'descr': '{NpyTypes.NameOf(Type)}', 'fortran_order': {(FortranOrder ? "True" : "False")}, 'shape': "
                + $"{shape}, }}";
        int before = PrefixLength + sizeof(ushort);
        int total = (before + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[total];
        Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(PrefixLength), (ushort)(total - before));
        header.AsSpan(before).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, header.AsSpan(before));
        header[^1] = (byte)'\n';
        return header;
    }

    private static NpyHeader Parse(string text, string subject)
    {
        if (text.IndexOf('\0') is >= 0 and int at)
        {
            throw new InvalidDataException(
                $"{subject}: its header is malformed at character {at}, a NUL, which no Python literal holds.");
        }
        var literal = new PythonLiteral(text, subject);
        string? descr = null;
        bool? fortranOrder = null;
        long[]? shape = null;
        literal.Expect('{');
        while (!literal.TryTake('}'))
        {
            string key = literal.Text();
            literal.Expect(':');
            switch (key)
            {
                case "descr" when descr is null:
                    descr = literal.Peek() == '['
                        ? throw new InvalidDataException(
                            $"{subject}: it holds records of several fields; arrays of one number type can be read.")
                        : literal.Text();
                    break;
                case "fortran_order" when fortranOrder is null:
                    fortranOrder = literal.Boolean();
                    break;
                case "shape" when shape is null:
                    shape = literal.Numbers();
                    break;
                default:
                    throw new InvalidDataException(
                        $"{subject}: its header has an unknown or repeated key '{PythonLiteral.Excerpt(key)}'; "
                            + "expected descr, fortran_order and shape.");
            }
            if (!literal.TryTake(','))
            {
                literal.Expect('}');
                break;
            }
        }
        literal.ExpectEnd();
        if (descr is null || fortranOrder is null || shape is null)
        {
            throw new InvalidDataException(
                $"{subject}: its header lacks descr, fortran_order or shape: {PythonLiteral.Excerpt(text)}");
        }
        return Check(descr, fortranOrder.Value, shape, subject);
    }

    private static NpyHeader Check(string descr, bool fortranOrder, long[] shape, string subject)
    {
        if (NpyTypes.TryParse(descr) is not var (type, bigEndian))
        {
            string what = descr is "O" or ['|', 'O', ..] ? ", Python objects (pickles), which are never read" : "";
            throw new InvalidDataException(
                $"{subject}: its element type is '{PythonLiteral.Excerpt(descr)}'{what}; {NpyTypes.Readable} can be "
                    + "read.");
        }
        long? count = shape.All(size => size <= int.MaxValue) ? ShapeMath.TryCount<long>(shape) : null;
        if (count is null || count > type.MaxCount())
        {
            throw new InvalidDataException(
                $"{subject}: it declares '{descr}' {ShapeMath.Format(shape)}, more than the {StreamReading.MaxBytes} "
                    + "bytes that can be read.");
        }
        if (shape.Length > Layout.MaxRank)
        {
            throw new InvalidDataException(
                $"{subject}: it has rank {shape.Length}; at most {Layout.MaxRank} can be read.");
        }
        return new NpyHeader(type, bigEndian, fortranOrder, Array.ConvertAll(shape, size => (int)size));
    }
}

/// <summary>NumPy's names of element types: byte order, kind, bytes.</summary>
internal static class NpyTypes
{
    private static readonly (string Name, StoredType Type)[] Names =
    [
        ("b1", StoredType.Bool), ("u1", StoredType.UInt8), ("i1", StoredType.Int8), ("u2", StoredType.UInt16),
        ("i2", StoredType.Int16), ("u4", StoredType.UInt32), ("i4", StoredType.Int32), ("i8", StoredType.Int64),
        ("u8", StoredType.UInt64),
        ("f2", StoredType.Float16), ("f4", StoredType.Float32), ("f8", StoredType.Float64),
    ];

    /// <summary>The names that can be read, for messages.</summary>
    public static string Readable => string.Join(", ", Names.Select(n => n.Name));

    /// <summary>The name under which a type is written: little-endian, or <c>|</c> for single bytes.</summary>
    public static string NameOf(StoredType type) =>
        (type.SizeOf() == 1 ? "|" : "<") + Names.First(n => n.Type == type).Name;

    /// <summary>The type and the byte order behind a name such as <c>&lt;f4</c>, or null.</summary>
    public static (StoredType Type, bool BigEndian)? TryParse(string descr)
    {
        int index = descr.Length == 3
            ? Array.FindIndex(Names, n => descr.EndsWith(n.Name, StringComparison.Ordinal))
            : -1;
        if (index < 0)
        {
            return null;
        }
        StoredType type = Names[index].Type;
        return descr[0] switch
        {
            '<' => (type, false),
            '>' => (type, true),
            '=' => (type, !BitConverter.IsLittleEndian),
            '|' when type.SizeOf() == 1 => (type, false),
            _ => null,
        };
    }
}
