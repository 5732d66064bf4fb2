using System.Numerics;
using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Comparisons and choices.</content>
internal static partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> PredicateDecoders() => new()
    {
        ["setp"] = Comparison,
        ["selp"] = Choice,
        ["slct"] = ChoiceBySign,
    };

    private static Instruction Comparison(Reading r)
    {
        r.Expect(3, 4);
        string relation = r.Require(
            "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num",
            "nan");
        Junction junction = r.TakeAny("and", "or", "xor") switch
        {
            "and" => Junction.And,
            "or" => Junction.Or,
            "xor" => Junction.Xor,
            _ => Junction.None,
        };
        if ((junction == Junction.None) != (r.Operands.Count == 3))
        {
            throw r.Error("A third operand and .and, .or, .xor belong together.");
        }

        r.Take("ftz");
        ScalarType type = r.Type();
        if (relation is "lo" or "ls" or "hi" or "hs" && type.Kind() != Kind.Unsigned)
        {
            throw r.Error($".{relation} compares unsigned integers.");
        }

        (int p, int q) = r.Pair(0, ScalarType.Pred, ScalarType.Pred);
        (int c, uint flip) = junction == Junction.None ? (0, 0u) : r.Predicate(r.Operands[3]);
        Operation on = new(p, q, r.Source(1, type), r.Source(2, type), junction, c, flip);
        if (type.Kind() == Kind.Float)
        {
            return type switch
            {
                ScalarType.F32 => OfFloats<float>(r, relation, on),
                ScalarType.F64 => OfFloats<double>(r, relation, on),
                _ => throw Unsuited(r, type),
            };
        }

        if (type.Kind() == Kind.Bits && relation is not ("eq" or "ne"))
        {
            throw r.Error("Bits are equal or not; they have no order.");
        }

        return type switch
        {
            ScalarType.U16 or ScalarType.B16 => OfIntegers<ushort>(r, relation, on),
            ScalarType.S16 => OfIntegers<short>(r, relation, on),
            ScalarType.U32 or ScalarType.B32 => OfIntegers<uint>(r, relation, on),
            ScalarType.S32 => OfIntegers<int>(r, relation, on),
            ScalarType.U64 or ScalarType.B64 => OfIntegers<ulong>(r, relation, on),
            ScalarType.S64 => OfIntegers<long>(r, relation, on),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction OfIntegers<T>(Reading r, string relation, Operation on)
        where T : unmanaged, INumber<T> => relation switch
    {
        "eq" => on.Of<T, Equal>(),
        "ne" => on.Of<T, NotEqual>(),
        "lt" or "lo" => on.Of<T, Less>(),
        "le" or "ls" => on.Of<T, LessOrEqual>(),
        "gt" or "hi" => on.Of<T, Greater>(),
        "ge" or "hs" => on.Of<T, GreaterOrEqual>(),
        _ => throw r.Error($".{relation} compares floats."),
    };

    private static Instruction OfFloats<T>(Reading r, string relation, Operation on) where T : unmanaged, INumber<T> =>
        relation switch
    {
        "eq" or "ne" or "lt" or "le" or "gt" or "ge" => OfIntegers<T>(r, relation, on),
        "equ" => on.Of<T, Opposite<NotEqual>>(),
        "neu" => on.Of<T, Opposite<Equal>>(),
        "ltu" => on.Of<T, Opposite<GreaterOrEqual>>(),
        "leu" => on.Of<T, Opposite<Greater>>(),
        "gtu" => on.Of<T, Opposite<LessOrEqual>>(),
        "geu" => on.Of<T, Opposite<Less>>(),
        "num" => on.Of<T, Ordered>(),
        "nan" => on.Of<T, Opposite<Ordered>>(),
        _ => throw r.Error($".{relation} compares integers."),
    };

    private static Instruction Choice(Reading r)
    {
        r.Expect(4);
        ScalarType type = r.Type();
        (int p, uint flip) = r.Predicate(r.Operands[3]);
        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type));
        return type.Size() switch
        {
            2 => new Select<ushort>(d, a, b, p, flip),
            4 => new Select<uint>(d, a, b, p, flip),
            _ => new Select<ulong>(d, a, b, p, flip),
        };
    }

    // slct: c >= 0 ? a : b.
    private static unsafe Instruction ChoiceBySign(Reading r)
    {
        r.Expect(4);
        r.Take("ftz");
        ScalarType type = r.Type(), sign = r.Type();
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type),
            r.Source(3, sign));
        bool isFloat = sign switch
        {
            ScalarType.F32 => true,
            ScalarType.S32 => false,
            _ => throw r.Error("The sign is that of an s32 or f32."),
        };
        return new PerLane((registers, lane) =>
        {
            bool first = isFloat ? ((float*)(registers + c))[lane] >= 0 : ((int*)(registers + c))[lane] >= 0;
            int from = first ? a : b;
            switch (type.Size())
            {
                case 2:
                    ((ushort*)(registers + d))[lane] = ((ushort*)(registers + from))[lane];
                    break;
                case 4:
                    ((uint*)(registers + d))[lane] = ((uint*)(registers + from))[lane];
                    break;
                default:
                    ((ulong*)(registers + d))[lane] = ((ulong*)(registers + from))[lane];
                    break;
            }
        });
    }

    // The operands of a setp while its type and relation are found out.
    private readonly record struct Operation(int P, int Q, int A, int B, Junction Junction, int C, uint Flip)
    {
        public Instruction Of<T, TRelation>() where T : unmanaged, INumber<T> where TRelation : IRelation =>
            new Compare<T, TRelation>(P, Q, A, B, Junction, C, Flip);
    }
}
