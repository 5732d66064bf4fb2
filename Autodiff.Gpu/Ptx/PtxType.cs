namespace Autodiff.Gpu.Ptx;

/// <summary>The types of PTX that kernels here use.</summary>
internal enum PtxType
{
    Predicate,
    S32,
    U32,
    B32,
    S64,
    U64,
    F32,
    F64,
}

/// <summary>Facts about <see cref="PtxType"/>.</summary>
internal static class PtxTypes
{
    /// <summary>How instructions spell the type.</summary>
    public static string Suffix(this PtxType type) =>
        type == PtxType.Predicate ? "pred" : type.ToString().ToLowerInvariant();

    /// <summary>Bytes in memory.</summary>
    public static int SizeOf(this PtxType type) => type switch
    {
        PtxType.S32 or PtxType.U32 or PtxType.B32 or PtxType.F32 => 4,
        PtxType.S64 or PtxType.U64 or PtxType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "A predicate has no size in memory."),
    };

    public static bool IsFloat(this PtxType type) => type is PtxType.F32 or PtxType.F64;

    public static bool IsSigned(this PtxType type) => type is PtxType.S32 or PtxType.S64;

    /// <summary>The type that bit operations, moves and shared registers of this size use.</summary>
    public static string BitSuffix(this PtxType type) => type == PtxType.Predicate ? "pred" : $"b{8 * type.SizeOf()}";

    /// <summary>The kind of register: its letter in names, its type where registers are declared.</summary>
    public static (string Letter, string Declared) Register(this PtxType type) => type switch
    {
        PtxType.Predicate => ("%p", "pred"),
        PtxType.F32 => ("%f", "f32"),
        PtxType.F64 => ("%d", "f64"),
        PtxType.S64 or PtxType.U64 => ("%l", "b64"),
        _ => ("%r", "b32"),
    };

    /// <summary>The PTX type of a tensor's elements in memory.</summary>
    public static PtxType Of(DType type) => type switch
    {
        DType.Int32 => PtxType.S32,
        DType.Int64 => PtxType.S64,
        DType.Float32 => PtxType.F32,
        DType.Float64 => PtxType.F64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There are no products of this type."),
    };
}
