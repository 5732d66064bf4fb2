namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>The types that PTX instructions name.</summary>
internal enum ScalarType
{
    Pred,
    B8,
    U8,
    S8,
    B16,
    U16,
    S16,
    F16,
    BF16,
    B32,
    U32,
    S32,
    F32,
    TF32,
    F16x2,
    BF16x2,
    B64,
    U64,
    S64,
    F64,
}

/// <summary>How an instruction reads the bits of a type.</summary>
internal enum Kind
{
    Predicate,
    Bits,
    Unsigned,
    Signed,
    Float,
}

/// <summary>Facts about <see cref="ScalarType"/>.</summary>
internal static class ScalarTypes
{
    private static readonly Dictionary<string, ScalarType> s_byName =
        Enum.GetValues<ScalarType>().ToDictionary(type => type.ToString().ToLowerInvariant());

    /// <summary>The type of this name (<c>f32</c>, <c>pred</c>), or null.</summary>
    public static ScalarType? Find(string name) => s_byName.TryGetValue(name, out ScalarType type) ? type : null;

    /// <summary>The name as PTX spells it.</summary>
    public static string Spelling(this ScalarType type) => type.ToString().ToLowerInvariant();

    /// <summary>Bytes of a value.</summary>
    public static int Size(this ScalarType type) => type switch
    {
        ScalarType.B8 or ScalarType.U8 or ScalarType.S8 => 1,
        ScalarType.B16 or ScalarType.U16 or ScalarType.S16 or ScalarType.F16 or ScalarType.BF16 => 2,
        ScalarType.B64 or ScalarType.U64 or ScalarType.S64 or ScalarType.F64 => 8,
        _ => 4,
    };

    public static Kind Kind(this ScalarType type) => type switch
    {
        ScalarType.Pred => Syntax.Kind.Predicate,
        ScalarType.U8 or ScalarType.U16 or ScalarType.U32 or ScalarType.U64 => Syntax.Kind.Unsigned,
        ScalarType.S8 or ScalarType.S16 or ScalarType.S32 or ScalarType.S64 => Syntax.Kind.Signed,
        ScalarType.F32 or ScalarType.F64 or ScalarType.F16 => Syntax.Kind.Float,
        _ => Syntax.Kind.Bits,
    };

    /// <summary>
    /// Whether an operand declared as <paramref name="declared"/> may stand where an instruction takes
    /// <paramref name="asked"/>, sizes aside: untyped bits go with everything, signed with unsigned, floats only with
    /// floats.
    /// </summary>
    public static bool Fits(this ScalarType declared, ScalarType asked)
    {
        (Kind d, Kind a) = (declared.Kind(), asked.Kind());
        return (d == Syntax.Kind.Predicate) == (a == Syntax.Kind.Predicate)
            && (d == Syntax.Kind.Bits || a == Syntax.Kind.Bits || (d == Syntax.Kind.Float) == (a == Syntax.Kind.Float));
    }
}
