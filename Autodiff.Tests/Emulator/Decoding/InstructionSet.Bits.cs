using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Bits: logic, shifts, fields, counts.</content>
internal static unsafe partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> BitDecoders() => new()
    {
        ["and"] = static r => LogicOf<And>(r, PredicateFunction.And),
        ["or"] = static r => LogicOf<Or>(r, PredicateFunction.Or),
        ["xor"] = static r => LogicOf<Xor>(r, PredicateFunction.Xor),
        ["not"] = Complement,
        ["shl"] = Shifts<ShiftLeft>,
        ["shr"] = Shifts<ShiftRight>,
        ["shf"] = FunnelShift,
        ["prmt"] = Permutation,
        ["lop3"] = LogicTable,
        ["bfe"] = FieldExtract,
        ["bfi"] = FieldInsert,
        ["brev"] = static r => Integers1<Reverse>(r, r.Type()),
        ["clz"] = Counts<LeadingZeros>,
        ["popc"] = Counts<PopCount>,
        ["bfind"] = Counts<FindHighest>,
    };

    private static Instruction LogicOf<TF>(Reading r, PredicateFunction function) where TF : IIntegerFunction2
    {
        r.Expect(3);
        ScalarType type = r.Type();
        if (type != ScalarType.Pred)
        {
            return Integers2<TF>(r, type);
        }

        ((int a, uint flipA), (int b, uint flipB)) = (r.Predicate(r.Operands[1]), r.Predicate(r.Operands[2]));
        return new PredicateLogic(function, r.Destination(0, type), a, flipA, b, flipB);
    }

    private static Instruction Complement(Reading r)
    {
        r.Expect(2);
        ScalarType type = r.Type();
        if (type != ScalarType.Pred)
        {
            return Integers1<Not>(r, type);
        }

        (int a, uint flip) = r.Predicate(r.Operands[1]);
        return new PredicateLogic(PredicateFunction.Not, r.Destination(0, type), a, flip, a, 0);
    }

    private static Instruction Integers1<TF>(Reading r, ScalarType type) where TF : IIntegerFunction1
    {
        r.Expect(2);
        (int d, int a) = (r.Destination(0, type), r.Source(1, type));
        return type switch
        {
            ScalarType.B16 => new Unary<ushort, ushort, Integer1<ushort, TF>>(d, a),
            ScalarType.B32 => new Unary<uint, uint, Integer1<uint, TF>>(d, a),
            ScalarType.B64 => new Unary<ulong, ulong, Integer1<ulong, TF>>(d, a),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction Shifts<TF>(Reading r) where TF : IShift
    {
        r.Expect(3);
        ScalarType type = r.Type();
        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, ScalarType.U32));
        bool right = typeof(TF) == typeof(ShiftRight);
        return type switch
        {
            ScalarType.B16 => new Binary<ushort, uint, ushort, Shift<ushort, TF>>(d, a, b),
            ScalarType.B32 => new Binary<uint, uint, uint, Shift<uint, TF>>(d, a, b),
            ScalarType.B64 => new Binary<ulong, uint, ulong, Shift<ulong, TF>>(d, a, b),
            ScalarType.U16 when right => new Binary<ushort, uint, ushort, Shift<ushort, TF>>(d, a, b),
            ScalarType.U32 when right => new Binary<uint, uint, uint, Shift<uint, TF>>(d, a, b),
            ScalarType.U64 when right => new Binary<ulong, uint, ulong, Shift<ulong, TF>>(d, a, b),
            ScalarType.S16 when right => new Binary<short, uint, short, Shift<short, TF>>(d, a, b),
            ScalarType.S32 when right => new Binary<int, uint, int, Shift<int, TF>>(d, a, b),
            ScalarType.S64 when right => new Binary<long, uint, long, Shift<long, TF>>(d, a, b),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction Counts<TF>(Reading r) where TF : ICount
    {
        r.Expect(2);
        ScalarType type = r.Type();
        (int d, int a) = (r.Destination(0, ScalarType.U32), r.Source(1, type));
        bool finds = typeof(TF) == typeof(FindHighest);
        return type switch
        {
            ScalarType.B32 when !finds => new Unary<uint, uint, Count<uint, TF>>(d, a),
            ScalarType.B64 when !finds => new Unary<ulong, uint, Count<ulong, TF>>(d, a),
            ScalarType.U32 when finds => new Unary<uint, uint, Count<uint, TF>>(d, a),
            ScalarType.U64 when finds => new Unary<ulong, uint, Count<ulong, TF>>(d, a),
            ScalarType.S32 when finds => new Unary<int, uint, Count<int, TF>>(d, a),
            ScalarType.S64 when finds => new Unary<long, uint, Count<long, TF>>(d, a),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction FunnelShift(Reading r)
    {
        r.Expect(4);
        bool left = r.Require("l", "r") == "l", wrap = r.Require("wrap", "clamp") == "wrap";
        ScalarType type = r.Type();
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type),
            r.Source(3, type));
        return type != ScalarType.B32 ? throw Unsuited(r, type) : new PerLane((registers, lane) =>
        {
            (uint low, uint high, uint count) = (At(registers, a, lane), At(registers, b, lane),
                At(registers, c, lane));
            At(registers, d, lane) = left ? Funnel.Left(low, high, count, wrap) : Funnel.Right(low, high, count, wrap);
        });
    }

    private static Instruction Permutation(Reading r)
    {
        r.Expect(4);
        ScalarType type = r.Type();
        return type != ScalarType.B32 ? throw Unsuited(r, type)
            : new Ternary<uint, uint, uint, uint, Permute>(r.Destination(0, type), r.Source(1, type), r.Source(2, type),
                r.Source(3, type));
    }

    private static Instruction LogicTable(Reading r)
    {
        r.Expect(5);
        ScalarType type = r.Type();
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type),
            r.Source(3, type));
        int table = r.Number(4);
        return type != ScalarType.B32 ? throw Unsuited(r, type) : new PerLane((registers, lane) =>
            At(registers, d, lane) = Logic.Apply(At(registers, a, lane), At(registers, b, lane), At(registers, c, lane),
                table));
    }

    private static Instruction FieldExtract(Reading r)
    {
        r.Expect(4);
        ScalarType type = r.Type();
        (int d, int a, int b, int c) = (r.Destination(0, type), r.Source(1, type), r.Source(2, ScalarType.U32),
            r.Source(3, ScalarType.U32));
        return type switch
        {
            ScalarType.U32 => new Ternary<uint, uint, uint, uint, Extract<uint>>(d, a, b, c),
            ScalarType.S32 => new Ternary<int, uint, uint, int, Extract<int>>(d, a, b, c),
            ScalarType.U64 => new Ternary<ulong, uint, uint, ulong, Extract<ulong>>(d, a, b, c),
            ScalarType.S64 => new Ternary<long, uint, uint, long, Extract<long>>(d, a, b, c),
            _ => throw Unsuited(r, type),
        };
    }

    private static Instruction FieldInsert(Reading r)
    {
        r.Expect(5);
        ScalarType type = r.Type();
        (int d, int a, int b) = (r.Destination(0, type), r.Source(1, type), r.Source(2, type));
        (int start, int count) = (r.Source(3, ScalarType.U32), r.Source(4, ScalarType.U32));
        return type switch
        {
            ScalarType.B32 => new PerLane((registers, lane) => At(registers, d, lane) = (uint)Insert.Apply(
                At(registers, a, lane), At(registers, b, lane), At(registers, start, lane), At(registers, count, lane),
                32)),
            ScalarType.B64 => new PerLane((registers, lane) => At64(registers, d, lane) = Insert.Apply(
                At64(registers, a, lane), At64(registers, b, lane), At(registers, start, lane),
                At(registers, count, lane), 64)),
            _ => throw Unsuited(r, type),
        };
    }

    private static ref uint At(byte* registers, int slot, int lane) => ref ((uint*)(registers + slot))[lane];

    private static ref ulong At64(byte* registers, int slot, int lane) => ref ((ulong*)(registers + slot))[lane];
}
