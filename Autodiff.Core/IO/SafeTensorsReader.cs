using System.Buffers.Binary;

namespace Autodiff.IO;

/// <summary>Reads the safetensors container: header first, then each tensor's bytes in the order in which they lie.</summary>
internal static class SafeTensorsReader
{
    private const int PrefixLength = 8;

    /// <summary>Reads the header and checks the data's length where the stream knows it.</summary>
    public static SafeTensorsHeader ReadHeader(Stream stream, string subject)
    {
        byte[] prefix = StreamReading.ReadUpTo(stream, PrefixLength, subject);
        if (prefix.Length < PrefixLength)
        {
            throw new InvalidDataException(
                $"{subject}: it ends after {prefix.Length} bytes; a safetensors file starts with {PrefixLength} that give its header's length.");
        }
        ulong declared = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (declared > SafeTensorsHeader.MaxLength)
        {
            throw new InvalidDataException(
                $"{subject}: its first 8 bytes give a header of {declared} bytes; a safetensors header takes at most {SafeTensorsHeader.MaxLength}.");
        }
        byte[] json = StreamReading.ReadUpTo(stream, (int)declared, subject);
        if (json.Length < (int)declared)
        {
            throw new InvalidDataException(
                $"{subject}: it is truncated: its header takes {declared} bytes, but {json.Length} are there.");
        }
        SafeTensorsHeader header = SafeTensorsHeader.Parse(json, subject);
        if (StreamReading.Remaining(stream) is long there && there != header.DataLength)
        {
            throw WrongLength(header, there.ToString(), there < header.DataLength, subject);
        }
        return header;
    }

    /// <summary>Reads the data that follows a header, tensor by tensor; the stream must end with it.</summary>
    public static IEnumerable<(SafeTensorsEntry Entry, StoredArray Array)> ReadData(
        Stream stream, SafeTensorsHeader header, string subject)
    {
        foreach (SafeTensorsEntry entry in SafeTensorsHeader.InOrderOfData(header.Entries))
        {
            int length = (int)(entry.End - entry.Start);
            byte[] data = StreamReading.ReadUpTo(stream, length, subject);
            if (data.Length < length)
            {
                throw WrongLength(header, (entry.Start + data.Length).ToString(), truncated: true, subject);
            }
            StoredType type = SafeTensorsHeader.TypeOf(entry);
            yield return (entry, new StoredArray(type.TensorType(), [.. entry.Shape], type.ToTensorBytes(data, bigEndianFile: false)));
        }
        if (StreamReading.HasMore(stream, subject))
        {
            throw WrongLength(header, "more", truncated: false, subject);
        }
    }

    private static InvalidDataException WrongLength(SafeTensorsHeader header, string found, bool truncated, string subject) => new(
        $"{subject}: it {(truncated ? "is truncated" : "has trailing bytes")}: its tensors take {header.DataLength} bytes, but {found} are there.");
}
