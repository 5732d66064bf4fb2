using System.Buffers.Binary;
using System.IO.Compression;

namespace Autodiff.IO;

/// <summary>
/// Reads and writes idx files, the format in which MNIST is published: two zero bytes, a byte for the element type, a
/// byte for the rank, one big-endian 32-bit size per dimension, then the elements, big-endian, in C order.
/// </summary>
/// <remarks>
/// Reading recognises gzip by its first bytes and decompresses it. What a header declares is checked against what is
/// there; memory is taken only as data arrives. The format is the one described on Yann LeCun's MNIST page.
/// </remarks>
public static class IdxFile
{
    /// <summary>Reads the idx file at <paramref name="path"/>, gzip-compressed or not.</summary>
    /// <exception cref="InvalidDataException">The file is no idx file, or declares another size than it holds; the
    /// message names the file and what was expected.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static IdxArray Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads an idx file, gzip-compressed or not, from the stream's position to its end.</summary>
    /// <param name="stream">The stream, left open.</param>
    /// <param name="name">What to call it in error messages.</param>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    public static IdxArray Read(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        using Stream content = StreamReading.OpenMaybeGZip(stream);
        return ReadContent(content, $"IdxFile: '{name}'");
    }

    /// <summary>
    /// Writes an idx file, compressed with gzip where <paramref name="path"/> ends in <c>.gz</c>. An existing file is
    /// replaced only once the new one is complete; its mode, and a symbolic link that leads to it, stay.
    /// </summary>
    /// <inheritdoc cref="NpyFile.Save(string, Tensor)" path="/exception"/>
    public static void Write(string path, IdxArray array)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(array);
        bool gzip = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        AtomicFile.Write(path, stream => Write(stream, array, gzip));
    }

    /// <summary>Writes an idx file to a stream, which is left open.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="array">What to write.</param>
    /// <param name="gzip">Whether to compress it.</param>
    public static void Write(Stream stream, IdxArray array, bool gzip = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(array);
        if (gzip)
        {
            using var compressed = new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
            WriteContent(compressed, array);
        }
        else
        {
            WriteContent(stream, array);
        }
    }

    private static IdxArray ReadContent(Stream stream, string subject)
    {
        byte[] magic = StreamReading.ReadUpTo(stream, 4, subject);
        if (magic.Length < 4)
        {
            throw new InvalidDataException(
                $"{subject} ends after {magic.Length} bytes; an idx file starts with a magic number of 4.");
        }
        if (magic[0] != 0 || magic[1] != 0)
        {
            throw new InvalidDataException(
                $"{subject} is no idx file: it starts with bytes {Convert.ToHexString(magic)}, expected 0000, "
                + "then the element type and the rank.");
        }
        var type = (IdxElementType)magic[2];
        int elementSize = IdxArray.SizeOf(type);
        if (elementSize == 0)
        {
            throw new InvalidDataException(
                $"{subject} declares element type 0x{magic[2]:X2}; expected 0x08 (uint8), 0x09 (int8), 0x0B (int16), "
                + "0x0C (int32), 0x0D (float32) or 0x0E (float64).");
        }

        int[] shape = ReadShape(stream, magic[3], subject);
        long? count = ShapeMath.TryCount(shape);
        if (count is null || count > StreamReading.MaxBytes / elementSize)
        {
            throw new InvalidDataException(
                $"{subject} declares {type} {ShapeMath.Format(shape)}, more than the {StreamReading.MaxBytes} bytes "
                    + "that an array can hold.");
        }
        int length = (int)count * elementSize;
        byte[] data = StreamReading.ReadExactly(stream, length, subject, whole: true, (found, isTruncated) => new(
            $"{subject} {(isTruncated ? "is truncated" : "has trailing bytes")}: it declares {type} "
                + $"{ShapeMath.Format(shape)}, {length} bytes of data, but holds {found}."));
        ByteOrder.Convert(data, elementSize, bigEndianFile: true);
        return new IdxArray(type, shape, data);
    }

    private static int[] ReadShape(Stream stream, int rank, string subject)
    {
        byte[] header = StreamReading.ReadUpTo(stream, 4 * rank, subject);
        if (header.Length < 4 * rank)
        {
            throw new InvalidDataException(
                $"{subject} ends after {4 + header.Length} bytes, inside its header; rank {rank} needs "
                    + $"{4 + 4 * rank}.");
        }
        var shape = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 * i));
            shape[i] = size <= int.MaxValue
                ? (int)size
                : throw new InvalidDataException(
                    $"{subject} declares size {size} for dimension {i}; an idx size is at most {int.MaxValue}.");
        }
        return shape;
    }

    private static void WriteContent(Stream stream, IdxArray array)
    {
        Span<byte> header = new byte[4 + 4 * array.Shape.Length];
        header[2] = (byte)array.ElementType;
        header[3] = (byte)array.Shape.Length;
        for (int i = 0; i < array.Shape.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header[(4 + 4 * i)..], array.Shape[i]);
        }
        stream.Write(header);

        ReadOnlySpan<byte> data = array.Bytes.Span;
        int elementSize = IdxArray.SizeOf(array.ElementType);
        byte[] chunk = new byte[Math.Min(data.Length, 1 << 16)];
        for (int start = 0; start < data.Length; start += chunk.Length)
        {
            Span<byte> part = chunk.AsSpan(0, Math.Min(chunk.Length, data.Length - start));
            data.Slice(start, part.Length).CopyTo(part);
            ByteOrder.Convert(part, elementSize, bigEndianFile: true);
            stream.Write(part);
        }
    }
}
