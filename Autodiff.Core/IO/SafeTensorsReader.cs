using System.Buffers.Binary;

namespace Autodiff.IO;

/// <summary>
/// Reads the safetensors container: header first, then each tensor's bytes in the order in which they lie.
/// </summary>
internal static class SafeTensorsReader
{
    private const int PrefixLength = 8;

    /// <summary>Reads the header and checks the data's length where the stream knows it.</summary>
    /// <param name="stream">The stream; it then stands where the data begins.</param>
    /// <param name="subject">How error messages begin.</param>
    /// <param name="forAll">Whether all tensors are wanted, so that one that cannot be read is an error.</param>
    public static SafeTensorsHeader ReadHeader(Stream stream, string subject, bool forAll = false)
    {
        byte[] prefix = StreamReading.ReadUpTo(stream, PrefixLength, subject);
        if (prefix.Length < PrefixLength)
        {
            throw new InvalidDataException(
                $"{subject}: it ends after {prefix.Length} bytes; a safetensors file starts with {PrefixLength} that "
                    + "give its header's length.");
        }
        ulong declared = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (declared > SafeTensorsHeader.MaxLength)
        {
            throw new InvalidDataException(
                $"{subject}: its first 8 bytes give a header of {declared} bytes; a safetensors header takes at most "
                    + $"{SafeTensorsHeader.MaxLength}.");
        }
        byte[] json = StreamReading.ReadUpTo(stream, (int)declared, subject);
        if (json.Length < (int)declared)
        {
            throw new InvalidDataException(
                $"{subject}: it is truncated: its header takes {declared} bytes, but {json.Length} are there.");
        }
        SafeTensorsHeader header = SafeTensorsHeader.Parse(json, subject);
        if (forAll)
        {
            CheckAll(header, subject);
        }
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
            yield return (entry, ReadEntry(stream, header, entry, subject));
        }
        if (StreamReading.HasMore(stream, subject))
        {
            throw WrongLength(header, "more", truncated: false, subject);
        }
    }

    /// <summary>Reads the tensor whose bytes come next in the stream.</summary>
    public static StoredArray ReadEntry(Stream stream, SafeTensorsHeader header, SafeTensorsEntry entry, string subject)
    {
        if (entry.Obstacle is not null)
        {
            throw new InvalidDataException($"{subject}: {entry.Obstacle}.");
        }
        int length = (int)(entry.End - entry.Start);
        byte[] data = StreamReading.ReadUpTo(stream, length, subject);
        if (data.Length < length)
        {
            throw WrongLength(header, (entry.Start + data.Length).ToString(), truncated: true, subject);
        }
        return SafeTensorsHeader.TypeOf(entry)!.Value.ToArray(data, [.. entry.Shape],
            $"{subject}: tensor '{entry.Name}'");
    }

    /// <summary>
    /// Who takes all tensors takes none for more than it is: 8-bit floats mean nothing without their scales.
    /// </summary>
    private static void CheckAll(SafeTensorsHeader header, string subject)
    {
        foreach (SafeTensorsEntry entry in header.Entries)
        {
            if (entry.Obstacle is { } obstacle)
            {
                throw new InvalidDataException(
                    $"{subject}: {obstacle}. SafeTensors.Load(path, names) and SafeTensorsFile read the others.");
            }
            if (SafeTensorsHeader.TypeOf(entry) is { } type && type.IsFloat8())
            {
                throw new InvalidDataException(
                    $"{subject}: tensor '{entry.Name}' has dtype {entry.StoredType}, 8-bit floats, which mostly mean "
                        + "something only with the "
                    + "scales in other tensors; SafeTensors.Load(path, names) and SafeTensorsFile read them as float32 "
                    + "when they are asked for by name.");
            }
        }
    }

    private static InvalidDataException WrongLength(SafeTensorsHeader header, string found, bool truncated,
        string subject) => new(
        $"{subject}: it {(truncated ? "is truncated" : "has trailing bytes")}: its tensors take {header.DataLength} "
            + $"bytes, but {found} are there.");
}
