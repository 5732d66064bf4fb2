using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Autodiff.IO;

/// <summary>The element types that files hold, more than tensors have: those that tensors lack are read by widening.</summary>
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
        StoredType.UInt16 or StoredType.Int16 or StoredType.BFloat16 or StoredType.Float16 => 2,
        StoredType.UInt32 or StoredType.Int32 or StoredType.Float32 => 4,
        _ => 8,
    };

    /// <summary>The tensor type that holds every value of this one exactly.</summary>
    public static DType TensorType(this StoredType type) => type switch
    {
        StoredType.Bool => DType.Bool,
        StoredType.UInt8 or StoredType.Int8 or StoredType.UInt16 or StoredType.Int16 or StoredType.Int32 => DType.Int32,
        StoredType.UInt32 or StoredType.Int64 => DType.Int64,
        StoredType.BFloat16 or StoredType.Float16 or StoredType.Float32 => DType.Float32,
        _ => DType.Float64,
    };

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
    /// A file's elements as those of <see cref="TensorType"/>, in the machine's byte order. May return
    /// <paramref name="data"/> itself, changed in place.
    /// </summary>
    public static byte[] ToTensorBytes(this StoredType type, byte[] data, bool bigEndianFile)
    {
        ByteOrder.Convert(data, type.SizeOf(), bigEndianFile);
        switch (type)
        {
            case StoredType.Bool:
                // .NET's bool is 0 or 1; files may hold any other byte for true.
                foreach (ref byte b in data.AsSpan())
                {
                    b = b == 0 ? (byte)0 : (byte)1;
                }
                return data;
            case StoredType.UInt8:
                return Widen<byte, int>(data, static (x, y) => TensorPrimitives.ConvertTruncating(x, y));
            case StoredType.Int8:
                return Widen<sbyte, int>(data, static (x, y) => TensorPrimitives.ConvertTruncating(x, y));
            case StoredType.UInt16:
                return Widen<ushort, int>(data, static (x, y) => TensorPrimitives.ConvertTruncating(x, y));
            case StoredType.Int16:
                return Widen<short, int>(data, static (x, y) => TensorPrimitives.ConvertTruncating(x, y));
            case StoredType.UInt32:
                return Widen<uint, long>(data, static (x, y) => TensorPrimitives.ConvertTruncating(x, y));
            case StoredType.Float16:
                return Widen<Half, float>(data, static (x, y) => TensorPrimitives.ConvertToSingle(x, y));
            case StoredType.BFloat16:
                return Widen<ushort, float>(data, WidenBFloat16);
            default:
                return data;
        }
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

/// <summary>An array out of a file, ready to become a tensor: bytes of <see cref="Type"/> in the machine's byte order.</summary>
internal sealed record StoredArray(DType Type, int[] Shape, byte[] Data, bool FortranOrder = false);
