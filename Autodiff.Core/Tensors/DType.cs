namespace Autodiff;

/// <summary>The type of a tensor's elements.</summary>
public enum DType
{
    /// <summary>True or false, one byte.</summary>
    Bool,

    /// <summary>32-bit integers.</summary>
    Int32,

    /// <summary>64-bit integers: indices, labels, counts.</summary>
    Int64,

    /// <summary>Single precision, the default.</summary>
    Float32,

    /// <summary>Double precision.</summary>
    Float64,
}

/// <summary>Facts about <see cref="DType"/>.</summary>
public static class DTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int SizeOf(this DType type) =>
        (uint)type <= (uint)DType.Float64 ? 1 << type.SizeShift() : throw Unknown(type);

    /// <summary>The logarithm to base 2 of <see cref="SizeOf"/>.</summary>
    internal static int SizeShift(this DType type) => (0x32_320 >> (4 * (int)type)) & 7;

    private static ArgumentOutOfRangeException Unknown(DType type) => new(nameof(type), type, "Not a DType.");

    /// <summary>Whether elements are float32 or float64: the types that have gradients.</summary>
    public static bool IsFloatingPoint(this DType type) => type >= DType.Float32;

    /// <summary>The DType of a .NET element type: bool, int, long, float or double.</summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of them.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(long) ? DType.Int64
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(bool) ? DType.Bool
        : throw new NotSupportedException($"Tensors hold bool, int, long, float or double, not {typeof(T).Name}.");

    /// <summary>PyTorch's name of the type, as printing shows it: float32, int64, ...</summary>
    public static string DisplayName(this DType type) => type switch
    {
        DType.Bool => "bool",
        DType.Int32 => "int32",
        DType.Int64 => "int64",
        DType.Float32 => "float32",
        _ => "float64",
    };

    /// <summary>
    /// The smallest type that holds both, by PyTorch's lattice bool &lt; int32 &lt; int64 &lt; float32 &lt; float64.
    /// </summary>
    public static DType Promote(DType a, DType b) => a > b ? a : b;
}
