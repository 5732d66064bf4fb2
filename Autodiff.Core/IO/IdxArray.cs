using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Autodiff.IO;

/// <summary>The element types of the idx format, with the codes that its magic number carries.</summary>
public enum IdxElementType : byte
{
    /// <summary>Unsigned byte, code 0x08.</summary>
    UInt8 = 0x08,

    /// <summary>Signed byte, code 0x09.</summary>
    Int8 = 0x09,

    /// <summary>16-bit signed integer, code 0x0B.</summary>
    Int16 = 0x0B,

    /// <summary>32-bit signed integer, code 0x0C.</summary>
    Int32 = 0x0C,

    /// <summary>IEEE single precision, code 0x0D.</summary>
    Float32 = 0x0D,

    /// <summary>IEEE double precision, code 0x0E.</summary>
    Float64 = 0x0E,
}

/// <summary>
/// The content of an idx file: an array of one element type, any rank up to 255, in C order and the machine's byte
/// order.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class IdxArray
{
    private readonly int[] _shape;
    private readonly byte[] _data;

    internal IdxArray(IdxElementType elementType, int[] shape, byte[] data)
    {
        ElementType = elementType;
        _shape = shape;
        _data = data;
    }

    /// <summary>The type of the elements.</summary>
    public IdxElementType ElementType { get; }

    /// <summary>The size of each dimension, outermost first; empty for a single number.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of elements.</summary>
    public int Length => _data.Length / SizeOf(ElementType);

    /// <summary>The elements' bytes in the machine's byte order.</summary>
    public ReadOnlyMemory<byte> Bytes => _data;

    /// <summary>An array of <typeparamref name="T"/> with a copy of <paramref name="values"/>.</summary>
    /// <typeparam name="T">byte, sbyte, short, int, float or double.</typeparam>
    /// <param name="values">The elements in C order (last dimension fastest).</param>
    /// <param name="shape">The size of each dimension; their product is the number of values.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is no idx type, or the shape does not hold the
    /// values.</exception>
    public static IdxArray Create<T>(ReadOnlySpan<T> values, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        IdxElementType type = TypeOf<T>() ?? throw new ArgumentException(
            $"IdxArray: idx has no element type for {typeof(T).Name}; it has byte, sbyte, short, int, float and "
                + "double.");
        if (shape.Length > byte.MaxValue)
        {
            throw new ArgumentException($"IdxArray: rank {shape.Length} is over 255, the most that idx holds.",
                nameof(shape));
        }
        if (ShapeMath.TryCount(shape) != values.Length)
        {
            throw new ArgumentException(
                $"IdxArray: shape {ShapeMath.Format(shape)} does not hold {values.Length} values.", nameof(shape));
        }
        return new IdxArray(type, shape.ToArray(), MemoryMarshal.AsBytes(values).ToArray());
    }

    /// <summary>The elements as <typeparamref name="T"/>, in C order.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the array's element
    /// type.</exception>
    public ReadOnlySpan<T> AsSpan<T>() where T : unmanaged =>
        TypeOf<T>() == ElementType
            ? MemoryMarshal.Cast<byte, T>(_data)
            : throw new InvalidOperationException($"IdxArray: the elements are {ElementType}, not {typeof(T).Name}.");

    /// <summary>A tensor with the elements: int32 of the integer types, float32 or float64 of the others.</summary>
    /// <exception cref="ArgumentException">The rank is more than a tensor's can be.</exception>
    public Tensor ToTensor() => TensorBytes.ToTensor(
        Stored(ElementType)!.Value.ToArray(_data, _shape, "IdxArray", bigEndianFile: !BitConverter.IsLittleEndian),
        Device.Current);

    /// <summary>The element type and the shape, as <c>UInt8 [60000, 28, 28]</c>.</summary>
    public override string ToString() => $"{ElementType} {ShapeMath.Format(_shape)}";

    /// <summary>The bytes that one element takes; 0 for a code that idx does not have.</summary>
    internal static int SizeOf(IdxElementType type) => Stored(type)?.SizeOf() ?? 0;

    private static StoredType? Stored(IdxElementType type) => type switch
    {
        IdxElementType.UInt8 => StoredType.UInt8,
        IdxElementType.Int8 => StoredType.Int8,
        IdxElementType.Int16 => StoredType.Int16,
        IdxElementType.Int32 => StoredType.Int32,
        IdxElementType.Float32 => StoredType.Float32,
        IdxElementType.Float64 => StoredType.Float64,
        _ => null,
    };

    private static IdxElementType? TypeOf<T>() =>
        typeof(T) == typeof(byte) ? IdxElementType.UInt8
        : typeof(T) == typeof(sbyte) ? IdxElementType.Int8
        : typeof(T) == typeof(short) ? IdxElementType.Int16
        : typeof(T) == typeof(int) ? IdxElementType.Int32
        : typeof(T) == typeof(float) ? IdxElementType.Float32
        : typeof(T) == typeof(double) ? IdxElementType.Float64
        : null;
}
