using System.Numerics;
using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Moves and conversions.</content>
internal static unsafe partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> MoveDecoders() => new()
    {
        ["mov"] = Move,
        ["cvt"] = Conversion,
        ["cvta"] = AddressConversion,
    };

    private static Instruction Move(Reading r)
    {
        r.Expect(2);
        ScalarType type = r.Type();
        if (type == ScalarType.Pred)
        {
            (int p, uint flip) = r.Predicate(r.Operands[1]);
            return new PredicateLogic(PredicateFunction.Copy, r.Destination(0, type), p, flip, p, 0);
        }

        if (r.Operands[0] is VectorOperand parts)
        {
            ScalarType part = Part(r, type, parts.Elements.Count);
            return new Unpack([.. parts.Elements.Select(element => r.DestinationOrNone(element, part))],
                r.Source(1, type), type.Size());
        }

        if (r.Operands[1] is VectorOperand sources)
        {
            ScalarType part = Part(r, type, sources.Elements.Count);
            return new Pack(r.Destination(0, type), type.Size(),
                [.. sources.Elements.Select(element => r.Source(element, part))]);
        }

        if (r.Operands[1] is NameOperand { Name: "%clock" or "%clock64" or "%globaltimer" })
        {
            return new ReadClock(r.Destination(0, type), type.Size());
        }

        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        return type.Size() switch
        {
            2 => new Unary<ushort, ushort, Copy<ushort>>(d, a),
            4 => new Unary<uint, uint, Copy<uint>>(d, a),
            _ => new Unary<ulong, ulong, Copy<ulong>>(d, a),
        };
    }

    private static ScalarType Part(Reading r, ScalarType type, int count) => (type.Size() / count) switch
    {
        2 when type.Kind() == Kind.Bits => ScalarType.B16,
        4 when type.Kind() == Kind.Bits => ScalarType.B32,
        _ => throw r.Error("Parts have 16 or 32 bits, and the whole is of type b32 or b64."),
    };

    private static Instruction Conversion(Reading r)
    {
        r.Expect(2, 3);
        r.Take("ftz");
        bool saturate = r.Take("sat");
        string? rounding = r.TakeAny("rn", "rz", "rm", "rp", "rni", "rzi", "rmi", "rpi", "rna");
        ScalarType to = r.Type(), from = r.Type();
        if (to is ScalarType.TF32 or ScalarType.BF16 or ScalarType.BF16x2 or ScalarType.F16x2
            || from == ScalarType.BF16)
        {
            return ToSmallFloat(r, to, from, rounding);
        }

        (int d, int sizeD) = r.Wide(r.Operands[0], to);
        (int a, int sizeA) = r.Wide(r.Operands[1], from);
        Cvt cvt = new(r, d, sizeD, a, sizeA, rounding, saturate);
        return from switch
        {
            ScalarType.U8 => cvt.FromInteger<byte>(to),
            ScalarType.S8 => cvt.FromInteger<sbyte>(to),
            ScalarType.U16 => cvt.FromInteger<ushort>(to),
            ScalarType.S16 => cvt.FromInteger<short>(to),
            ScalarType.U32 => cvt.FromInteger<uint>(to),
            ScalarType.S32 => cvt.FromInteger<int>(to),
            ScalarType.U64 => cvt.FromInteger<ulong>(to),
            ScalarType.S64 => cvt.FromInteger<long>(to),
            ScalarType.F16 => cvt.FromFloat<Half>(to),
            ScalarType.F32 => cvt.FromFloat<float>(to),
            ScalarType.F64 => cvt.FromFloat<double>(to),
            _ => throw Unsuited(r, from),
        };
    }

    private static Instruction ToSmallFloat(Reading r, ScalarType to, ScalarType from, string? rounding)
    {
        if (from != ScalarType.F32)
        {
            throw Unsuited(r, to);
        }

        int a = r.Source(1, ScalarType.F32);
        switch (to, rounding, r.Operands.Count)
        {
            case (ScalarType.TF32, "rna", 2):
                int d = r.Destination(0, ScalarType.U32); // bits alone: an f32 register is refused
                return new PerLane((registers, lane) =>
                    At(registers, d, lane) = SmallFloats.ToTf32(Float(registers, a, lane)));
            case (ScalarType.BF16, "rn" or "rz", 2):
                int narrow = r.Destination(0, ScalarType.B16);
                return new PerLane((registers, lane) =>
                    ((ushort*)(registers + narrow))[lane] = Small(Float(registers, a, lane), to, rounding));
            case (ScalarType.BF16x2 or ScalarType.F16x2, "rn" or "rz", 3):
                (int pair, int b) = (r.Destination(0, ScalarType.B32), r.Source(2, ScalarType.F32));
                return new PerLane((registers, lane) => At(registers, pair, lane) =
                    ((uint)Small(Float(registers, a, lane), to, rounding) << 16)
                        | Small(Float(registers, b, lane), to, rounding));
            default:
                throw Unsuited(r, to);
        }
    }

    private static ushort Small(float x, ScalarType type, string? rounding) => (type, rounding) switch
    {
        (ScalarType.F16x2, "rz") => BitConverter.HalfToUInt16Bits(Directed<float, Half, TowardZero>.Apply(x)),
        (ScalarType.F16x2, _) => SmallFloats.ToFloat16(x),
        (_, "rz") => SmallFloats.ToBFloat16Down(x),
        _ => SmallFloats.ToBFloat16(x),
    };

    private static float Float(byte* registers, int slot, int lane) => ((float*)(registers + slot))[lane];

    // Global addresses are their own generic addresses; shared ones lie in a window.
    private static Instruction AddressConversion(Reading r)
    {
        r.Expect(2);
        bool toSpace = r.Take("to");
        bool shared = r.Require("global", "shared", "const", "local", "param") == "shared";
        ScalarType type = r.Type();
        if (type != ScalarType.U64)
        {
            throw Unsuited(r, type);
        }

        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        ulong shift = !shared ? 0 : toSpace ? unchecked(0 - Warp.SharedWindow) : Warp.SharedWindow;
        return new PerLane((registers, lane) => At64(registers, d, lane) = At64(registers, a, lane) + shift);
    }

    // A conversion between the number types, while its types are found out.
    private readonly record struct Cvt(Reading Reading, int D, int SizeD, int A, int SizeA, string? Rounding,
        bool Saturate)
    {
        public Instruction FromInteger<TA>(ScalarType to) where TA : unmanaged, IBinaryInteger<TA> => to switch
        {
            ScalarType.U8 => Integers<TA, byte>(),
            ScalarType.S8 => Integers<TA, sbyte>(),
            ScalarType.U16 => Integers<TA, ushort>(),
            ScalarType.S16 => Integers<TA, short>(),
            ScalarType.U32 => Integers<TA, uint>(),
            ScalarType.S32 => Integers<TA, int>(),
            ScalarType.U64 => Integers<TA, ulong>(),
            ScalarType.S64 => Integers<TA, long>(),
            ScalarType.F16 => Floats<TA, Half>(),
            ScalarType.F32 => Floats<TA, float>(),
            ScalarType.F64 => Floats<TA, double>(),
            _ => throw Unsuited(Reading, to),
        };

        public Instruction FromFloat<TA>(ScalarType to) where TA : unmanaged, IFloatingPointIeee754<TA> => to switch
        {
            ScalarType.U8 => Rounded<TA, byte>(),
            ScalarType.S8 => Rounded<TA, sbyte>(),
            ScalarType.U16 => Rounded<TA, ushort>(),
            ScalarType.S16 => Rounded<TA, short>(),
            ScalarType.U32 => Rounded<TA, uint>(),
            ScalarType.S32 => Rounded<TA, int>(),
            ScalarType.U64 => Rounded<TA, ulong>(),
            ScalarType.S64 => Rounded<TA, long>(),
            ScalarType.F16 => Same<TA, Half>() ?? Floats<TA, Half>(),
            ScalarType.F32 => Same<TA, float>() ?? Floats<TA, float>(),
            ScalarType.F64 => Same<TA, double>() ?? Floats<TA, double>(),
            _ => throw Unsuited(Reading, to),
        };

        private Instruction Integers<TA, TR>() where TA : unmanaged, INumber<TA> where TR : unmanaged, INumber<TR> =>
            Rounding is not null ? throw Reading.Error("Between integers nothing is rounded.")
            : Saturate ? Make<TA, TR, SaturatingCast<TA, TR>>()
            : Make<TA, TR, Cast<TA, TR>>();

        private Instruction Floats<TA, TR>()
            where TA : unmanaged, INumber<TA> where TR : unmanaged, IFloatingPointIeee754<TR>
        {
            bool widens = TR.IsNaN(TR.NaN)
                && (typeof(TA) == typeof(Half) || (typeof(TA) == typeof(float) && typeof(TR) == typeof(double)));
            return (Saturate, Rounding) switch
            {
                (true, _) => throw Reading.Error(".sat is known for floats of one type only."),
                (_, null) when widens => Make<TA, TR, Cast<TA, TR>>(),
                (_, not null) when widens => throw Reading.Error("Nothing is rounded where the type becomes wider."),
                (_, "rn") => Make<TA, TR, Cast<TA, TR>>(),
                (_, "rz") => Make<TA, TR, Directed<TA, TR, TowardZero>>(),
                (_, "rm") => Make<TA, TR, Directed<TA, TR, Downward>>(),
                (_, "rp") => Make<TA, TR, Directed<TA, TR, Upward>>(),
                _ => throw Reading.Error("A rounding is missing: .rn, .rz, .rm or .rp."),
            };
        }

        private Instruction Rounded<TA, TR>()
            where TA : unmanaged, IFloatingPointIeee754<TA> where TR : unmanaged, IBinaryInteger<TR> => Rounding switch
            {
                "rni" => Make<TA, TR, ToInteger<TA, TR, ToNearest>>(),
                "rzi" => Make<TA, TR, ToInteger<TA, TR, TowardZero>>(),
                "rmi" => Make<TA, TR, ToInteger<TA, TR, Downward>>(),
                "rpi" => Make<TA, TR, ToInteger<TA, TR, Upward>>(),
                _ => throw Reading.Error("A rounding is missing: .rni, .rzi, .rmi or .rpi."),
            };

        // From a type to itself: to whole numbers, or held within 0 and 1, or a move.
        private Instruction? Same<TA, TR>() where TA : unmanaged, IFloatingPointIeee754<TA> where TR : unmanaged =>
            typeof(TA) != typeof(TR) ? null
            : (Saturate, Rounding) switch
            {
                (false, "rni") => Make<TA, TA, ToWhole<TA, ToNearest>>(),
                (false, "rzi") => Make<TA, TA, ToWhole<TA, TowardZero>>(),
                (false, "rmi") => Make<TA, TA, ToWhole<TA, Downward>>(),
                (false, "rpi") => Make<TA, TA, ToWhole<TA, Upward>>(),
                (true, null) => Make<TA, TA, SaturateToUnit<TA, Copy<TA>>>(),
                (false, null) => Make<TA, TA, Copy<TA>>(),
                _ => throw Reading.Error("This rounding is not known from a type to itself."),
            };

        private Instruction Make<TA, TR, TOp>()
            where TA : unmanaged where TR : unmanaged, INumberBase<TR> where TOp : IUnary<TA, TR> =>
            new Convert<TA, TR, TOp>(D, SizeD, A, SizeA);
    }
}
