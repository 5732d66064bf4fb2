using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Autodiff.IO;

/// <summary>Turns elements between the byte order of a file and the machine's, in place.</summary>
internal static class ByteOrder
{
    /// <summary>
    /// Makes elements of a big-endian (or else little-endian) file the machine's own, or the other way round.
    /// </summary>
    public static void Convert(Span<byte> data, int elementSize, bool bigEndianFile)
    {
        if (bigEndianFile != BitConverter.IsLittleEndian)
        {
            return;
        }
        switch (elementSize)
        {
            case 2:
                Span<short> i16 = MemoryMarshal.Cast<byte, short>(data);
                BinaryPrimitives.ReverseEndianness(i16, i16);
                break;
            case 4:
                Span<int> i32 = MemoryMarshal.Cast<byte, int>(data);
                BinaryPrimitives.ReverseEndianness(i32, i32);
                break;
            case 8:
                Span<long> i64 = MemoryMarshal.Cast<byte, long>(data);
                BinaryPrimitives.ReverseEndianness(i64, i64);
                break;
            default:
                break;
        }
    }
}
