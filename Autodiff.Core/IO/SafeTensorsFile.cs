using System.Diagnostics.CodeAnalysis;

namespace Autodiff.IO;

/// <summary>
/// An open safetensors file whose tensors are read by name, one at a time (<c>safetensors.safe_open</c>).
/// </summary>
/// <remarks>
/// What <see cref="SafeTensors"/> checks is checked here, too. A tensor of a type that tensors lack hinders none of the
/// others; the 8-bit floats are read as float32, without any scale that another tensor may hold.
/// </remarks>
[SuppressMessage("Naming", "CA1710",
    Justification = "A file that can be read like a dictionary, named after the format as its siblings are.")]
public sealed class SafeTensorsFile : TensorArchive
{
    private readonly Stream _stream;
    private readonly long _dataStart;

    private SafeTensorsFile(Stream stream, SafeTensorsHeader header, string subject)
        : base(subject, header.Entries.Select(e => e.Name))
    {
        _stream = stream;
        _dataStart = stream.Position;
        Header = header;
    }

    /// <summary>Names, types, shapes and metadata.</summary>
    public SafeTensorsHeader Header { get; }

    /// <summary>Opens the file at <paramref name="path"/> and reads its header.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file or contradicts itself; the message names
    /// it, the tensor, and what was expected.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static SafeTensorsFile Open(string path)
    {
        FileStream stream = File.OpenRead(path);
        try
        {
            string subject = SafeTensors.Subject(path);
            if (!stream.CanSeek)
            {
                throw new IOException(
                    $"{subject}: it can only be read from begin to end, as SafeTensors.Load(stream) does.");
            }
            return new SafeTensorsFile(stream, SafeTensorsReader.ReadHeader(stream, subject), subject);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private protected override Tensor Read(int index)
    {
        SafeTensorsEntry entry = Header.Entries[index];
        _stream.Position = _dataStart + entry.Start;
        return TensorBytes.ToTensor(SafeTensorsReader.ReadEntry(_stream, Header, entry, Subject));
    }

    private protected override void Close() => _stream.Dispose();
}
