using System.Buffers.Binary;

namespace Autodiff.IO;

/// <summary>
/// Reads and writes safetensors files, the format in which PyTorch's and Hugging Face's models are exchanged: eight
/// bytes with the length of a JSON header, the header (name, element type, shape and place of each tensor), then the
/// elements, little-endian, in C order.
/// </summary>
/// <remarks>
/// Nothing in a file is executed, and nothing it declares is believed unchecked: names that repeat, sizes that do not
/// fit shapes, tensors that overlap or leave gaps, and headers longer than the file are refused, as the reference
/// implementation does. F16 and BF16 are read as float32, U8, I8, U16 and I16 as int32, U32 as int64: exactly, by
/// widening; U64 as int64 where that holds its values. The 8-bit floats (F8_E4M3 and its kin) become float32 only when
/// they are asked for by name, because they mostly mean something only with a scale that another tensor holds. A tensor
/// of a type that we lack (F4, C64) is an error when it is asked for and no hindrance to reading the others by name.
/// </remarks>
public static class SafeTensors
{
    /// <summary>Reads all tensors of the file at <paramref name="path"/>, onto the CPU.</summary>
    /// <returns>The tensors under their names, without gradients.</returns>
    /// <exception cref="InvalidDataException">The file is no safetensors file or contradicts itself; the message names
    /// it, the tensor, and what was expected.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream, path);
    }

    /// <summary>
    /// Reads the named tensors of the file at <paramref name="path"/>, onto the CPU, and leaves the others alone.
    /// <see cref="SafeTensorsFile"/> reads one at a time.
    /// </summary>
    /// <returns>The tensors under their names, in the order of <paramref name="names"/>, without gradients.</returns>
    /// <exception cref="KeyNotFoundException">The file has no tensor of one of the names.</exception>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static Dictionary<string, Tensor> Load(string path, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        var tensors = new Dictionary<string, Tensor>();
        foreach (string name in names)
        {
            tensors.TryAdd(name, file[name]);
        }
        return tensors;
    }

    /// <summary>Reads all tensors from the stream's position to its end.</summary>
    /// <param name="stream">The stream, left open; it need not be seekable.</param>
    /// <param name="name">What to call it in error messages.</param>
    /// <inheritdoc cref="Load(string)" path="/returns"/>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static Dictionary<string, Tensor> Load(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        string subject = Subject(name);
        SafeTensorsHeader header = SafeTensorsReader.ReadHeader(stream, subject, forAll: true);
        var tensors = new Dictionary<string, Tensor>();
        foreach (SafeTensorsEntry entry in header.Entries)
        {
            tensors.Add(entry.Name, null!); // Holds the header's order; the data may lie in another.
        }
        foreach ((SafeTensorsEntry entry, StoredArray array) in SafeTensorsReader.ReadData(stream, header, subject))
        {
            tensors[entry.Name] = TensorBytes.ToTensor(array);
        }
        return tensors;
    }

    /// <summary>
    /// Reads what the file says about itself (names, types, shapes, metadata) and leaves its data alone.
    /// </summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static SafeTensorsHeader ReadHeader(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return SafeTensorsReader.ReadHeader(stream, Subject(path));
    }

    /// <summary>
    /// Writes tensors under their names, in their own element types. An existing file is replaced only once the new one
    /// is complete; its mode, and a symbolic link that leads to it, stay.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and tensors, on any device and with any strides.</param>
    /// <param name="metadata">Texts to keep with them, such as <c>("format", "pt")</c>.</param>
    /// <exception cref="ArgumentException">A name comes twice or is <c>__metadata__</c>, or names, shapes and
    /// <paramref name="metadata"/> take more than the 100,000,000 bytes that readers accept.</exception>
    /// <inheritdoc cref="NpyFile.Save(string, Tensor)" path="/exception"/>
    public static void Save(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(stream, tensors, metadata));
    }

    /// <summary>Writes tensors under their names to a stream, which is left open.</summary>
    /// <inheritdoc
    /// cref="Save(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    /// <param name="stream">Where to write.</param>
    public static void Save(
        Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        KeyValuePair<string, Tensor>[] all = [.. tensors];
        var names = new HashSet<string>();
        foreach ((string name, Tensor tensor) in all)
        {
            ArgumentNullException.ThrowIfNull(tensor, name);
            SafeTensorsHeader.CheckName(name);
            if (!names.Add(name))
            {
                throw new ArgumentException($"SafeTensors.Save: two tensors are named '{name}'.", nameof(tensors));
            }
        }

        (byte[] json, int[] order) = SafeTensorsHeader.Build(
            [.. all.Select(t =>
                (t.Key, StoredTypes.Of(t.Value.DType), t.Value.Shape.ToArray(),
                    t.Value.ElementCount * t.Value.DType.SizeOf()))],
            metadata);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        stream.Write(length);
        stream.Write(json);
        foreach (int i in order)
        {
            byte[] data = TensorBytes.ToBytes(all[i].Value);
            ByteOrder.Convert(data, all[i].Value.DType.SizeOf(), bigEndianFile: false);
            stream.Write(data);
        }
    }

    internal static string Subject(string name) => $"SafeTensors: '{name}'";
}
