using System.Globalization;

namespace Autodiff.Gpu.Ptx;

/// <summary>
/// What an instruction can take: a register, which never changes once written, or a constant. Operators write the
/// instruction into the <see cref="KernelWriter.Current"/> kernel, unless it stands there already or both sides are
/// constants.
/// </summary>
internal readonly struct Value
{
    private readonly string? _register;
    private readonly long _bits;

    /// <summary>A register.</summary>
    public Value(PtxType type, string register)
    {
        Type = type;
        _register = register;
    }

    private Value(PtxType type, long bits, bool isLiteral = false)
    {
        Type = type;
        _bits = bits;
        IsLiteral = isLiteral;
    }

    public PtxType Type { get; }

    public bool IsConstant => _register is null;

    /// <summary>Whether this is a plain C# integer, which takes the type of what it is combined with.</summary>
    public bool IsLiteral { get; }

    /// <summary>The constant as an integer.</summary>
    public long Integer => _bits;

    /// <summary>The constant as a number.</summary>
    public double Number => Type switch
    {
        PtxType.F32 => BitConverter.Int32BitsToSingle((int)_bits),
        PtxType.F64 => BitConverter.Int64BitsToDouble(_bits),
        _ => _bits,
    };

    /// <summary>As instructions spell it; floating constants by their bits.</summary>
    public string Text => _register ?? Type switch
    {
        PtxType.F32 => $"0f{(uint)_bits:X8}",
        PtxType.F64 => $"0d{(ulong)_bits:X16}",
        PtxType.U32 or PtxType.B32 => ((uint)_bits).ToString(CultureInfo.InvariantCulture),
        PtxType.U64 => ((ulong)_bits).ToString(CultureInfo.InvariantCulture),
        _ => _bits.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A number of the given type.</summary>
    public static Value Constant(PtxType type, double value) => type switch
    {
        PtxType.F32 => new(type, BitConverter.SingleToInt32Bits((float)value)),
        PtxType.F64 => new(type, BitConverter.DoubleToInt64Bits(value)),
        _ => Constant(type, (long)value),
    };

    /// <summary>An integer of the given type.</summary>
    public static Value Constant(PtxType type, long value) => type switch
    {
        PtxType.F32 or PtxType.F64 => Constant(type, (double)value),
        PtxType.S32 => new(type, (int)value),
        PtxType.U32 or PtxType.B32 => new(type, (uint)value),
        _ => new(type, value),
    };

    public static implicit operator Value(int value) => new(PtxType.S32, value, isLiteral: true);

    public static Value operator +(Value a, Value b)
    {
        (a, b) = Align(a, b);
        return !a.Type.IsFloat() && IsInteger(b, 0)
            ? a
            : !a.Type.IsFloat() && IsInteger(a, 0) ? b : Binary("add", a, b, static (x, y) => x + y);
    }

    public static Value operator -(Value a, Value b)
    {
        (a, b) = Align(a, b);
        return !a.Type.IsFloat() && IsInteger(b, 0) ? a : Binary("sub", a, b, static (x, y) => x - y);
    }

    public static Value operator *(Value a, Value b)
    {
        (a, b) = Align(a, b);
        return a.Type.IsFloat() ? Binary("mul", a, b, null)
            : IsInteger(b, 1) ? a : IsInteger(a, 1) ? b : Binary("mul.lo", a, b, static (x, y) => x * y);
    }

    public static Value operator /(Value a, Value b)
    {
        (a, b) = Align(a, b);
        return !a.Type.IsFloat() && IsInteger(b, 1) ? a : Binary("div", a, b, static (x, y) => x / y);
    }

    public static Value operator %(Value a, Value b)
    {
        (a, b) = Align(a, b);
        return Binary("rem", a, b, static (x, y) => x % y);
    }

    public static Value operator &(Value a, Value b) => Bits("and", a, b, static (x, y) => x & y);

    public static Value operator |(Value a, Value b) => Bits("or", a, b, static (x, y) => x | y);

    public static Value operator ^(Value a, Value b) => Bits("xor", a, b, static (x, y) => x ^ y);

    public static Value operator ~(Value a) => KernelWriter.Current.Pure($"not.{a.Type.BitSuffix()}", a.Type, a);

    public static Value operator <<(Value a, int bits) => bits == 0 ? a : Shift($"shl.{a.Type.BitSuffix()}", a, bits);

    /// <summary>Copies of the sign come in from above if the type is signed, else zeros.</summary>
    public static Value operator >>(Value a, int bits) => bits == 0 ? a : Shift($"shr.{a.Type.Suffix()}", a, bits);

    public static Value operator <(Value a, Value b) => Compare("lt", a, b);

    public static Value operator <=(Value a, Value b) => Compare("le", a, b);

    public static Value operator >(Value a, Value b) => Compare("gt", a, b);

    public static Value operator >=(Value a, Value b) => Compare("ge", a, b);

    /// <summary>Whether the two are equal; false for NaN.</summary>
    public Value EqualTo(Value other) => Compare("eq", this, other);

    /// <summary>Whether the two differ; true for NaN.</summary>
    public Value NotEqualTo(Value other) => Compare(Type.IsFloat() ? "neu" : "ne", this, other);

    /// <summary>This predicate ? then : otherwise.</summary>
    public Value Select(Value then, Value otherwise)
    {
        (then, otherwise) = Align(then, otherwise);
        return then.Type == PtxType.Predicate
            ? (this & then) | (~this & otherwise)
            : KernelWriter.Current.Pure($"selp.{SelectSuffix(then.Type)}", then.Type, then, otherwise, this);
    }

    public Value Min(Value other)
    {
        (Value a, other) = Align(this, other);
        return KernelWriter.Current.Pure($"min.{NumberSuffix(a.Type)}", a.Type, a, other);
    }

    /// <summary>this · factor + addend, one rounding for numbers, modulo 2^bits for integers.</summary>
    public Value MultiplyAdd(Value factor, Value addend)
    {
        (Value a, factor) = Align(this, factor);
        (_, addend) = Align(a, addend);
        return KernelWriter.Current.Pure($"{(a.Type.IsFloat() ? "fma.rn" : "mad.lo")}.{NumberSuffix(a.Type)}", a.Type,
            a, factor, addend);
    }

    /// <summary>The product of two 32-bit integers in 64 bits.</summary>
    public Value MultiplyWide(Value other)
    {
        (Value a, other) = Align(this, other);
        PtxType wide = a.Type.IsSigned() ? PtxType.S64 : PtxType.U64;
        return KernelWriter.Current.Pure($"mul.wide.{NumberSuffix(a.Type)}", wide, a, other);
    }

    /// <summary>The product of two 32-bit integers, plus one of 64 bits.</summary>
    public Value MultiplyAddWide(Value factor, Value addend)
    {
        (Value a, factor) = Align(this, factor);
        PtxType wide = a.Type.IsSigned() ? PtxType.S64 : PtxType.U64;
        return KernelWriter.Current.Pure($"mad.wide.{NumberSuffix(a.Type)}", wide, a, factor, addend);
    }

    /// <summary>
    /// The number in another type: integers wrap or widen, floats round to nearest, floats become integers toward zero;
    /// a predicate becomes 1 or 0.
    /// </summary>
    public Value To(PtxType type)
    {
        if (Type == type)
        {
            return this;
        }

        if (IsConstant)
        {
            return Type.IsFloat() ? Constant(type, Number) : Constant(type, _bits);
        }

        if (Type == PtxType.Predicate)
        {
            return Select(Constant(type, 1L), Constant(type, 0L));
        }

        if (type == PtxType.Predicate)
        {
            return NotEqualTo(Constant(Type, 0L));
        }

        if (!Type.IsFloat() && !type.IsFloat() && Type.SizeOf() == type.SizeOf())
        {
            return new(type, _register!); // the same register, read otherwise
        }

        string rounding = (Type.IsFloat(), type.IsFloat()) switch
        {
            (true, true) => Type == PtxType.F64 ? ".rn" : "",
            (false, true) => ".rn",
            (true, false) => ".rzi",
            _ => "",
        };
        return KernelWriter.Current.Pure($"cvt{rounding}.{NumberSuffix(type)}.{NumberSuffix(Type)}", type, this);
    }

    /// <summary>The same bits read as another type of the same size.</summary>
    public Value As(PtxType type) =>
        Type == type ? this
        : IsConstant
        ? new(type, type is PtxType.U32 or PtxType.B32 ? (uint)_bits : type == PtxType.S32 ? (int)_bits : _bits)
        : Type.Register() == type.Register() ? new(type, _register!)
        : KernelWriter.Current.Pure($"mov.{type.BitSuffix()}", type, this);

    private static string NumberSuffix(PtxType type) =>
        type is PtxType.B32 ? "u32" : type.Suffix();

    private static string SelectSuffix(PtxType type) => type.IsFloat() ? type.Suffix() : type.BitSuffix();

    private static bool IsInteger(Value value, long number) =>
        value.IsConstant && !value.Type.IsFloat() && value._bits == number;

    private static Value Bits(string name, Value a, Value b, Func<long, long, long> fold)
    {
        (a, b) = Align(a, b);
        return a.IsConstant && b.IsConstant && !a.Type.IsFloat()
            ? Constant(a.Type, fold(a._bits, b._bits))
            : KernelWriter.Current.Pure($"{name}.{a.Type.BitSuffix()}", a.Type, a, b);
    }

    private static Value Shift(string instruction, Value a, int bits) =>
        KernelWriter.Current.Pure(instruction, a.Type, a, Constant(PtxType.U32, bits));

    // Rounding is spelled out: an addition or multiplication without it may be fused by the assembler, which changes
    // bits.
    private static Value Binary(string name, Value a, Value b, Func<long, long, long>? fold) =>
        a.IsConstant && b.IsConstant && fold is not null && !a.Type.IsFloat()
            && !(name is "div" or "rem" && b._bits == 0)
            ? Constant(a.Type, fold(a._bits, b._bits))
            : KernelWriter.Current.Pure($"{name}{(a.Type.IsFloat() ? ".rn" : "")}.{NumberSuffix(a.Type)}", a.Type, a,
                b);

    private static Value Compare(string relation, Value a, Value b)
    {
        (a, b) = Align(a, b);
        return KernelWriter.Current.Pure($"setp.{relation}.{NumberSuffix(a.Type)}", PtxType.Predicate, a, b);
    }

    private static (Value A, Value B) Align(Value a, Value b)
    {
        if (a.IsLiteral != b.IsLiteral)
        {
            return a.IsLiteral ? (Constant(b.Type, a._bits), b) : (a, Constant(a.Type, b._bits));
        }

        return a.Type == b.Type ? (a, b)
            : !a.Type.IsFloat() && !b.Type.IsFloat() && a.Type != PtxType.Predicate && b.Type != PtxType.Predicate
            && a.Type.SizeOf() == b.Type.SizeOf()
                ? (a, b.To(a.Type))
            : throw new InvalidOperationException($"A kernel combines {a.Type} with {b.Type}; convert one first.");
    }
}
