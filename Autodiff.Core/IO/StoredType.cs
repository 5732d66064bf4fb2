using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Autodiff.IO;

/// <summary>
/// The element types that files hold, more than tensors have: those that tensors lack are read by widening.
/// </summary>
internal enum StoredType
{
    Bool,
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    Int64,
    UInt64,
    Float8E4M3,
    Float8E5M2,
    Float8E8M0,
    Float8E4M3Fnuz,
    Float8E5M2Fnuz,
    BFloat16,
    Float16,
    Float32,
    Float64,
}

/// <summary>Sizes of <see cref="StoredType"/> and the way from each to a tensor's type.</summary>
internal static class StoredTypes
{
    /// <summary>The bytes of one element.</summary>
    public static int SizeOf(this StoredType type) => type switch
    {
        StoredType.Bool or StoredType.UInt8 or StoredType.Int8 => 1,
        _ when type.IsFloat8() => 1,
        StoredType.UInt16 or StoredType.Int16 or StoredType.BFloat16 or StoredType.Float16 => 2,
        StoredType.UInt32 or StoredType.Int32 or StoredType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether it is one of the floating types of 8 bits.</summary>
    public static bool IsFloat8(this StoredType type) =>
        type is >= StoredType.Float8E4M3 and <= StoredType.Float8E5M2Fnuz;

    /// <summary>
    /// The tensor type that holds every value of this one exactly. No type holds all of uint64: int64 has to hold those
    /// of a file.
    /// </summary>
    public static DType TensorType(this StoredType type) => type switch
    {
        StoredType.Bool => DType.Bool,
        StoredType.UInt8 or StoredType.Int8 or StoredType.UInt16 or StoredType.Int16 or StoredType.Int32 => DType.Int32,
        StoredType.UInt32 or StoredType.Int64 or StoredType.UInt64 => DType.Int64,
        _ when type.IsFloat8() => DType.Float32,
        StoredType.BFloat16 or StoredType.Float16 or StoredType.Float32 => DType.Float32,
        _ => DType.Float64,
    };

    /// <summary>
    /// The most elements of this type that can be read: as they are stored, and as tensors hold them.
    /// </summary>
    public static int MaxCount(this StoredType type) =>
        StreamReading.MaxBytes / Math.Max(type.SizeOf(), type.TensorType().SizeOf());

    /// <summary>The type in which a tensor is stored.</summary>
    public static StoredType Of(DType type) => type switch
    {
        DType.Bool => StoredType.Bool,
        DType.Int32 => StoredType.Int32,
        DType.Int64 => StoredType.Int64,
        DType.Float32 => StoredType.Float32,
        DType.Float64 => StoredType.Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a DType."),
    };

    /// <summary>
    /// A file's elements as an array of <see cref="TensorType"/>. May take over <paramref name="data"/> and change it.
    /// </summary>
    /// <exception cref="InvalidDataException">A value has no place in that type; the message begins with
    /// <paramref name="subject"/> and names value and index.</exception>
    /// <exception cref="NotSupportedException">There are more than <see cref="MaxCount"/> elements.</exception>
    public static StoredArray ToArray(
        this StoredType type, byte[] data, int[] shape, string subject, bool bigEndianFile = false,
        bool fortranOrder = false)
    {
        if (data.Length / type.SizeOf() > type.MaxCount())
        {
            throw new NotSupportedException(
                $"{subject}: {ShapeMath.Format(shape)} as {type.TensorType().DisplayName()} takes more than the "
                    + $"{StreamReading.MaxBytes} bytes "
                + "that can be read.");
        }
        byte[] elements = type.ToTensorBytes(data, bigEndianFile);
        if (type == StoredType.UInt64)
        {
            ReadOnlySpan<long> values = MemoryMarshal.Cast<byte, long>(elements);
            int wrong = values.IndexOfAnyInRange(long.MinValue, -1);
            if (wrong >= 0)
            {
                throw new InvalidDataException(
                    $"{subject}: element {ShapeMath.Format(ShapeMath.IndexOf(wrong, shape, fortranOrder))} is "
                        + $"{(ulong)values[wrong]}, a uint64 above "
                    + $"{long.MaxValue}; tensors hold whole numbers as int64.");
            }
        }
        return new StoredArray(type.TensorType(), shape, elements, fortranOrder);
    }

    /// <summary>
    /// A file's elements as those of <see cref="TensorType"/>, in the machine's byte order. May return
    /// <paramref name="data"/> itself, changed in place.
    /// </summary>
    private static byte[] ToTensorBytes(this StoredType type, byte[] data, bool bigEndianFile)
    {
        ByteOrder.Convert(data, type.SizeOf(), bigEndianFile);
        return type switch
        {
            StoredType.Bool => ZerosAndOnes(data),
            StoredType.UInt8 => Widen<byte, int>(data, TensorPrimitives.ConvertTruncating),
            StoredType.Int8 => Widen<sbyte, int>(data, TensorPrimitives.ConvertTruncating),
            StoredType.UInt16 => Widen<ushort, int>(data, TensorPrimitives.ConvertTruncating),
            StoredType.Int16 => Widen<short, int>(data, TensorPrimitives.ConvertTruncating),
            StoredType.UInt32 => Widen<uint, long>(data, TensorPrimitives.ConvertTruncating),
            StoredType.Float16 => Widen<Half, float>(data, TensorPrimitives.ConvertToSingle),
            StoredType.BFloat16 => Widen<ushort, float>(data, WidenBFloat16),
            _ when type.IsFloat8() => Widen<byte, float>(data, (x, y) => Float8.ToSingle(x, y, type)),
            _ => data,
        };
    }

    // .NET's bool is 0 or 1; files may hold any other byte for true.
    private static byte[] ZerosAndOnes(byte[] data)
    {
        foreach (ref byte b in data.AsSpan())
        {
            b = b == 0 ? (byte)0 : (byte)1;
        }

        return data;
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> x, Span<float> y)
    {
        // A bfloat16 is the upper half of the float32 with the same value.
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = BitConverter.UInt32BitsToSingle((uint)x[i] << 16);
        }
    }

    private delegate void Conversion<TFrom, TTo>(ReadOnlySpan<TFrom> x, Span<TTo> y);

    private static unsafe byte[] Widen<TFrom, TTo>(byte[] data, Conversion<TFrom, TTo> convert)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        ReadOnlySpan<TFrom> from = MemoryMarshal.Cast<byte, TFrom>(data);
        byte[] wide = GC.AllocateUninitializedArray<byte>(from.Length * sizeof(TTo));
        convert(from, MemoryMarshal.Cast<byte, TTo>(wide.AsSpan()));
        return wide;
    }
}

/// <summary>
/// An array out of a file, ready to become a tensor: bytes of <see cref="Type"/> in the machine's byte order.
/// </summary>
internal sealed record StoredArray(DType Type, int[] Shape, byte[] Data, bool FortranOrder = false);
