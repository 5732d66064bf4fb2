using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Arithmetic on integers and floats.</content>
internal static partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> ArithmeticDecoders() => new()
    {
        ["add"] = static r => Saturated<AddSaturated>(r) ?? Numbers2<Add>(r, isRounded: r.Take("rn")),
        ["sub"] = static r => Saturated<SubtractSaturated>(r) ?? Numbers2<Subtract>(r, isRounded: r.Take("rn")),
        ["mul"] = Multiplication,
        ["mad"] = MultiplicationAndAddition,
        ["fma"] = FusedMultiplication,
        ["div"] = Division,
        ["rem"] = static r => Integers2<Remainder>(r, r.Type()),
        ["min"] = static r => r.Take("NaN") ? Numbers2<MinOrNaN>(r) : Numbers2<Min>(r),
        ["max"] = static r => r.Take("NaN") ? Numbers2<MaxOrNaN>(r) : Numbers2<Max>(r),
        ["abs"] = Numbers1<Absolute>,
        ["neg"] = Numbers1<Negate>,
    };

    private static Instruction Numbers1<TF>(Reading r) where TF : INumberFunction1
    {
        r.Expect(2);
        bool flush = r.Take("ftz");
        ScalarType type = r.Type();
        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        return type switch
        {
            ScalarType.S16 => new Unary<short, short, Number1<short, TF>>(d, a),
            ScalarType.S32 => new Unary<int, int, Number1<int, TF>>(d, a),
            ScalarType.S64 => new Unary<long, long, Number1<long, TF>>(d, a),
            ScalarType.F32 when flush => new Unary<float, float, Flushed1<Number1<float, TF>>>(d, a),
            ScalarType.F32 => new Unary<float, float, Number1<float, TF>>(d, a),
            ScalarType.F64 => new Unary<double, double, Number1<double, TF>>(d, a),
            _ => throw Unsuited(r, type),
        };
    }

    // Floats are rounded to nearest, by name or because nothing else is said; other directions are no part of the
    // subset.
    private static Instruction Numbers2<TF>(Reading r, bool isRounded = false) where TF : INumberFunction2
    {
        r.Expect(3);
        bool flush = r.Take("ftz");
        ScalarType type = r.Type();
        if ((isRounded || flush) && type.Kind() != Kind.Float)
        {
            throw r.Error("Integers are not rounded.");
        }

        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type));
        return type switch
        {
            ScalarType.U16 => new Binary<ushort, ushort, ushort, Number2<ushort, TF>>(d, a, b),
            ScalarType.S16 => new Binary<short, short, short, Number2<short, TF>>(d, a, b),
            ScalarType.U32 => new Binary<uint, uint, uint, Number2<uint, TF>>(d, a, b),
            ScalarType.S32 => new Binary<int, int, int, Number2<int, TF>>(d, a, b),
            ScalarType.U64 => new Binary<ulong, ulong, ulong, Number2<ulong, TF>>(d, a, b),
            ScalarType.S64 => new Binary<long, long, long, Number2<long, TF>>(d, a, b),
            ScalarType.F32 when flush => new Binary<float, float, float, Flushed2<Number2<float, TF>>>(d, a, b),
            ScalarType.F32 => new Binary<float, float, float, Number2<float, TF>>(d, a, b),
            ScalarType.F64 => new Binary<double, double, double, Number2<double, TF>>(d, a, b),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction Integers2<TF>(Reading r, ScalarType type) where TF : IIntegerFunction2
    {
        r.Expect(3);
        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type));
        return type switch
        {
            ScalarType.U16 or ScalarType.B16 => new Binary<ushort, ushort, ushort, Integer2<ushort, TF>>(d, a, b),
            ScalarType.S16 => new Binary<short, short, short, Integer2<short, TF>>(d, a, b),
            ScalarType.U32 or ScalarType.B32 => new Binary<uint, uint, uint, Integer2<uint, TF>>(d, a, b),
            ScalarType.S32 => new Binary<int, int, int, Integer2<int, TF>>(d, a, b),
            ScalarType.U64 or ScalarType.B64 => new Binary<ulong, ulong, ulong, Integer2<ulong, TF>>(d, a, b),
            ScalarType.S64 => new Binary<long, long, long, Integer2<long, TF>>(d, a, b),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction Integers3<TF>(Reading r, ScalarType type) where TF : IIntegerFunction3
    {
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type),
            r.Source(3, type));
        return type switch
        {
            ScalarType.U16 or ScalarType.S16 =>
                new Ternary<ushort, ushort, ushort, ushort, Integer3<ushort, TF>>(d, a, b, c),
            ScalarType.U32 or ScalarType.S32 => new Ternary<uint, uint, uint, uint, Integer3<uint, TF>>(d, a, b, c),
            ScalarType.U64 or ScalarType.S64 =>
                new Ternary<ulong, ulong, ulong, ulong, Integer3<ulong, TF>>(d, a, b, c),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction? Saturated<TOp>(Reading r) where TOp : IBinary<int, int, int>
    {
        if (!r.Take("sat"))
        {
            return null;
        }

        r.Expect(3);
        return r.Type() is ScalarType.S32
            ? new Binary<int, int, int, TOp>(r.Destination(0, ScalarType.S32), r.Source(1, ScalarType.S32),
                r.Source(2, ScalarType.S32))
            : throw r.Error(".sat is known for s32 only.");
    }

    private static Instruction Multiplication(Reading r)
    {
        r.Expect(3);
        bool wide = r.Take("wide");
        if (!wide && !r.Take("hi"))
        {
            bool isFloat = r.Suffixed(ScalarType.F32) || r.Suffixed(ScalarType.F64);
            return r.Take("lo") != isFloat ? Numbers2<Multiply>(r, isRounded: r.Take("rn"))
                : throw r.Error("A product of integers, and none of floats, is .lo, .hi or .wide.");
        }

        ScalarType type = r.Type();
        (int d, int a, int b) = (r.Destination(0, wide ? Wider(r, type) : type), r.Source(1, type), r.Source(2, type));
        return (type, wide) switch
        {
            (ScalarType.U16, true) => new Binary<ushort, ushort, uint, MultiplyWide<ushort, uint>>(d, a, b),
            (ScalarType.S16, true) => new Binary<short, short, int, MultiplyWide<short, int>>(d, a, b),
            (ScalarType.U32, true) => new Binary<uint, uint, ulong, MultiplyWide<uint, ulong>>(d, a, b),
            (ScalarType.S32, true) => new Binary<int, int, long, MultiplyWide<int, long>>(d, a, b),
            (ScalarType.U16, false) => new Binary<ushort, ushort, ushort, MultiplyHigh<ushort, uint>>(d, a, b),
            (ScalarType.S16, false) => new Binary<short, short, short, MultiplyHigh<short, int>>(d, a, b),
            (ScalarType.U32, false) => new Binary<uint, uint, uint, MultiplyHigh<uint, ulong>>(d, a, b),
            (ScalarType.S32, false) => new Binary<int, int, int, MultiplyHigh<int, long>>(d, a, b),
            (ScalarType.U64, false) => new Binary<ulong, ulong, ulong, MultiplyHigh<ulong, UInt128>>(d, a, b),
            (ScalarType.S64, false) => new Binary<long, long, long, MultiplyHigh<long, Int128>>(d, a, b),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction MultiplicationAndAddition(Reading r)
    {
        r.Expect(4);
        bool wide = r.Take("wide"), high = !wide && r.Take("hi");
        if (!wide && !high)
        {
            r.Require("lo");
        }

        ScalarType type = r.Type(), sum = wide ? Wider(r, type) : type;
        if (!wide && !high)
        {
            return Integers3<MultiplyAdd>(r, type);
        }

        (int d, int a, int b, int c) = (r.Destination(0, sum), r.Source(1, type), r.Source(2, type), r.Source(3, sum));
        return (type, wide) switch
        {
            (ScalarType.U16, true) =>
                new Ternary<ushort, ushort, uint, uint, MultiplyAddWide<ushort, uint>>(d, a, b, c),
            (ScalarType.S16, true) => new Ternary<short, short, int, int, MultiplyAddWide<short, int>>(d, a, b, c),
            (ScalarType.U32, true) => new Ternary<uint, uint, ulong, ulong, MultiplyAddWide<uint, ulong>>(d, a, b, c),
            (ScalarType.S32, true) => new Ternary<int, int, long, long, MultiplyAddWide<int, long>>(d, a, b, c),
            (ScalarType.U32, false) => new Ternary<uint, uint, uint, uint, MultiplyAddHigh<uint, ulong>>(d, a, b, c),
            (ScalarType.S32, false) => new Ternary<int, int, int, int, MultiplyAddHigh<int, long>>(d, a, b, c),
            (ScalarType.U64, false) =>
                new Ternary<ulong, ulong, ulong, ulong, MultiplyAddHigh<ulong, UInt128>>(d, a, b, c),
            (ScalarType.S64, false) => new Ternary<long, long, long, long, MultiplyAddHigh<long, Int128>>(d, a, b, c),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction FusedMultiplication(Reading r)
    {
        r.Require("rn");
        r.Expect(4);
        bool flush = r.Take("ftz");
        ScalarType type = r.Type();
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type),
            r.Source(3, type));
        return type switch
        {
            ScalarType.F32 when flush =>
                new Ternary<float, float, float, float, Flushed3<Float3<float, FusedMultiplyAdd>>>(d, a, b, c),
            ScalarType.F32 => new Ternary<float, float, float, float, Float3<float, FusedMultiplyAdd>>(d, a, b, c),
            ScalarType.F64 => new Ternary<double, double, double, double, Float3<double, FusedMultiplyAdd>>(d, a, b, c),
            _ => throw Unsuited(r, type),
        };
    }

    // div.full and div.approx are a few units in the last place off on the device; here they are exact.
    private static Instruction Division(Reading r)
    {
        string? rounding = r.TakeAny("rn", "full", "approx");
        return r.Suffixed(ScalarType.F32) || r.Suffixed(ScalarType.F64)
            ? rounding is "rn" || (rounding is not null && r.Suffixed(ScalarType.F32))
            ? Numbers2<Divide>(r, isRounded: true)
                : throw r.Error("A float's quotient is .rn, an f32's perhaps .full or .approx.")
            : Numbers2<Divide>(r, isRounded: rounding is not null);
    }

    private static ScalarType Wider(Reading r, ScalarType type) => type switch
    {
        ScalarType.U16 => ScalarType.U32,
        ScalarType.S16 => ScalarType.S32,
        ScalarType.U32 => ScalarType.U64,
        ScalarType.S32 => ScalarType.S64,
        _ => throw Unsuited(r, type),
    };

    private static PtxException Unsuited(Reading r, ScalarType type) =>
        r.Error($"'{r.Mnemonic}' is not known for {type.Spelling()} in this form.");
}
