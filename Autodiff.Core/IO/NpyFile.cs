namespace Autodiff.IO;

/// <summary>Reads and writes NumPy's .npy files (NEP 1): one array of numbers with its shape.</summary>
/// <remarks>
/// Versions 1 to 3, either byte order, C and Fortran order can be read; b1, i4, i8, f4 and f8 as they are, f2 as
/// float32, u1, i1, u2 and i2 as int32, u4 as int64, exactly; u8 as int64 where that holds its values. Python objects
/// (pickles) and records never are: nothing in a file is executed. <see cref="NpzFile"/> has several arrays under
/// names.
/// </remarks>
public static class NpyFile
{
    /// <summary>
    /// Reads the array in the file at <paramref name="path"/> (NumPy's <c>np.load</c>), onto the CPU.
    /// </summary>
    /// <returns>
    /// The tensor; of a Fortran-ordered array with Fortran's strides, as in NumPy. Of an .npz archive the array that
    /// was written first, as readers of pictures give the first page: <see cref="NpzFile"/> has all of them by name.
    /// </returns>
    /// <exception cref="InvalidDataException">The file is no npy file, holds what cannot be read, or declares another
    /// size than it holds, or a uint64 that int64 does not hold; the message names it and what was
    /// expected.</exception>
    /// <exception cref="IOException">The file cannot be opened or read.</exception>
    public static Tensor Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (NpzFile.IsZip(stream))
        {
            using NpzFile archive = NpzFile.Open(stream, path);
            return archive.First();
        }
        return Load(stream, Subject(path), whole: true);
    }

    /// <summary>Reads one array from a stream and stops behind it, so that several may follow each other.</summary>
    /// <param name="stream">The stream, left open; it need not be seekable.</param>
    /// <param name="name">What to call it in error messages.</param>
    /// <inheritdoc cref="Load(string)" path="/returns"/>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static Tensor Load(Stream stream, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Load(stream, Subject(name), whole: false);
    }

    /// <summary>
    /// Writes a tensor (NumPy's <c>np.save</c>) in C order. An existing file is replaced only once the new one is
    /// complete; its mode, and a symbolic link that leads to it, stay.
    /// </summary>
    /// <exception cref="IOException">The file cannot be written, or the path names something else than a regular
    /// file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder may not be written.</exception>
    public static void Save(string path, Tensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Save(stream, tensor));
    }

    /// <summary>Writes a tensor to a stream, which is left open.</summary>
    public static void Save(Stream stream, Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensor);
        byte[] data = TensorBytes.ToBytes(tensor);
        ByteOrder.Convert(data, tensor.DType.SizeOf(), bigEndianFile: false);
        stream.Write(new NpyHeader(StoredTypes.Of(tensor.DType), false, false, tensor.Shape.ToArray()).ToBytes());
        stream.Write(data);
    }

    /// <summary>Reads one array; <paramref name="whole"/> demands that the stream end with it.</summary>
    internal static Tensor Load(Stream stream, string subject, bool whole)
    {
        NpyHeader header = NpyHeader.Read(stream, subject);
        byte[] data = StreamReading.ReadExactly(stream, header.ByteLength, subject, whole, (found, _) => new(
            $"{subject}: it declares {ShapeMath.Format(header.Shape)}, {header.ByteLength} bytes of data, but holds "
                + $"{found}."));
        return TensorBytes.ToTensor(header.Type.ToArray(data, header.Shape, subject, header.BigEndian,
            header.FortranOrder));
    }

    private static string Subject(string name) => $"NpyFile: '{name}'";
}
