using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>What lanes do together, and the flow of the program.</content>
internal static partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> WarpDecoders() => new()
    {
        ["shfl"] = Shuffles,
        ["vote"] = Votes,
        ["match"] = Matches,
        ["redux"] = Reductions,
        ["activemask"] = static r => r.Type() == ScalarType.B32
            ? new ActiveMask(r.Destination(0, ScalarType.B32))
            : throw r.Error("activemask.b32 it is."),
        ["mma"] = MatrixProducts,
        ["ldmatrix"] = MatrixLoads,
    };

    private static Dictionary<string, Func<Reading, Instruction>> FlowDecoders() => new()
    {
        ["bra"] = static r =>
        {
            bool isUniform = r.Take("uni");
            r.Expect(1);
            return new Branch(r.Label(0), isUniform);
        },
        ["ret"] = static r =>
        {
            r.Take("uni");
            return new Return();
        },
        ["exit"] = static _ => new Return(),
        ["trap"] = static _ => new Trap(),
        ["bar"] = Barriers,
        ["barrier"] = Barriers,
        ["nanosleep"] = static r => Hint(r, static suffix => suffix == "u32"),
        ["pragma"] = static r => Hint(r, static _ => false),
    };

    private static Instruction Barriers(Reading r)
    {
        r.Take("cta");
        if (r.Take("warp"))
        {
            r.Require("sync");
            r.Expect(1);
            return new WarpBarrier(r.Source(0, ScalarType.U32));
        }

        r.Require("sync");
        r.Take("aligned");
        r.Expect(1, 2);
        return new BlockBarrier(r.Source(0, ScalarType.U32),
            r.Operands.Count == 2 ? r.Source(1, ScalarType.U32) : null);
    }

    private static Instruction Shuffles(Reading r)
    {
        r.Require("sync");
        r.Expect(5);
        ShuffleMode mode = r.Require("up", "down", "bfly", "idx") switch
        {
            "up" => ShuffleMode.Up,
            "down" => ShuffleMode.Down,
            "bfly" => ShuffleMode.Bfly,
            _ => ShuffleMode.Idx,
        };
        ScalarType type = r.Type();
        if (type != ScalarType.B32)
        {
            throw Unsuited(r, type);
        }

        (int d, int p) = r.Pair(0, type, ScalarType.Pred);
        return new Shuffle(mode, d, p, r.Source(1, type), r.Source(2, ScalarType.U32), r.Source(3, ScalarType.U32),
            r.Source(4, ScalarType.U32));
    }

    private static Instruction Votes(Reading r)
    {
        r.Require("sync");
        r.Expect(3);
        VoteMode mode = r.Require("all", "any", "uni", "ballot") switch
        {
            "all" => VoteMode.All,
            "any" => VoteMode.Any,
            "uni" => VoteMode.Uni,
            _ => VoteMode.Ballot,
        };
        ScalarType type = r.Type();
        if (type != (mode == VoteMode.Ballot ? ScalarType.B32 : ScalarType.Pred))
        {
            throw Unsuited(r, type);
        }

        (int p, uint flip) = r.Predicate(r.Operands[1]);
        return new Vote(mode, r.Destination(0, type), p, flip, r.Source(2, ScalarType.U32));
    }

    private static Instruction Matches(Reading r)
    {
        r.Expect(3);
        bool all = r.Require("any", "all") == "all";
        r.Require("sync");
        ScalarType type = r.Type();
        (int d, int p) = r.Pair(0, ScalarType.B32, ScalarType.Pred);
        return type is ScalarType.B32 or ScalarType.B64
            ? new Match(all, d, p, r.Source(1, type), type.Size(), r.Source(2, ScalarType.U32))
            : throw Unsuited(r, type);
    }

    private static Instruction Reductions(Reading r)
    {
        r.Require("sync");
        r.Expect(3);
        string operation = r.Require("add", "min", "max", "and", "or", "xor");
        ScalarType type = r.Type();
        (int d, int a, int members) = (r.Destination(0, type), r.Source(1, type), r.Source(2, ScalarType.U32));
        return (type, operation) switch
        {
            (ScalarType.U32 or ScalarType.S32, "add") => new Reduce<uint, Number2<uint, Add>>(d, a, members),
            (ScalarType.U32, "min") => new Reduce<uint, Number2<uint, Min>>(d, a, members),
            (ScalarType.U32, "max") => new Reduce<uint, Number2<uint, Max>>(d, a, members),
            (ScalarType.S32, "min") => new Reduce<int, Number2<int, Min>>(d, a, members),
            (ScalarType.S32, "max") => new Reduce<int, Number2<int, Max>>(d, a, members),
            (ScalarType.B32, "and") => new Reduce<uint, Integer2<uint, And>>(d, a, members),
            (ScalarType.B32, "or") => new Reduce<uint, Integer2<uint, Or>>(d, a, members),
            (ScalarType.B32, "xor") => new Reduce<uint, Integer2<uint, Xor>>(d, a, members),
            _ => throw r.Error($"{operation} is not known for {type.Spelling()}."),
        };
    }

    private static Instruction MatrixProducts(Reading r)
    {
        r.Require("sync");
        r.Require("aligned");
        r.Expect(4);
        string shape = r.Require("m16n8k4", "m16n8k8", "m16n8k16", "m8n8k4");
        r.Require("row");
        r.Require("col");
        (ScalarType d, ScalarType a, ScalarType b, ScalarType c) = (r.Type(), r.Type(), r.Type(), r.Type());
        if (a != b || c != d)
        {
            throw r.Error("A and B have one type, and so have C and D.");
        }

        (FragmentFormat factors, FragmentFormat sums) = (a, c) switch
        {
            (ScalarType.TF32, ScalarType.F32) => (FragmentFormat.Tf32, FragmentFormat.Float32),
            (ScalarType.BF16, ScalarType.F32) => (FragmentFormat.BFloat16, FragmentFormat.Float32),
            (ScalarType.F16, ScalarType.F32) => (FragmentFormat.Float16, FragmentFormat.Float32),
            (ScalarType.F16, ScalarType.F16) => (FragmentFormat.Float16, FragmentFormat.Float16),
            (ScalarType.F64, ScalarType.F64) => (FragmentFormat.Float64, FragmentFormat.Float64),
            _ => throw r.Error("These types are not known together."),
        };

        // Rows, depth, and how many registers A, B and C have.
        (int rows, int depth, int inA, int inB, int inC) = (shape, factors) switch
        {
            ("m16n8k4", FragmentFormat.Tf32) => (16, 4, 2, 1, 4),
            ("m16n8k8", FragmentFormat.Tf32) => (16, 8, 4, 2, 4),
            ("m16n8k8", FragmentFormat.BFloat16 or FragmentFormat.Float16) => (16, 8, 2, 1, 4),
            ("m16n8k16", FragmentFormat.BFloat16 or FragmentFormat.Float16) => (16, 16, 4, 2, 4),
            ("m8n8k4", FragmentFormat.Float64) => (8, 4, 1, 1, 2),
            _ => throw r.Error("This shape is not known for these types."),
        };
        inC = sums == FragmentFormat.Float16 ? 2 : inC;
        // an f32 register is refused
        ScalarType factor = factors == FragmentFormat.Float64 ? ScalarType.F64 : ScalarType.U32;
        ScalarType sum = sums == FragmentFormat.Float16 ? ScalarType.B32 : c;
        return new MatrixMultiplyAdd(
            rows, depth, factors, sums, Fragment(r, 0, sum, inC, true), Fragment(r, 1, factor, inA, false),
            Fragment(r, 2, factor, inB, false), Fragment(r, 3, sum, inC, false));
    }

    private static Instruction MatrixLoads(Reading r)
    {
        r.Require("sync");
        r.Require("aligned");
        r.Require("m8n8");
        int count = r.Require("x1", "x2", "x4")[1] - '0';
        bool transposed = r.Take("trans");
        r.Require("shared");
        if (r.Type() != ScalarType.B16)
        {
            throw r.Error("ldmatrix loads elements of b16.");
        }

        return new LoadMatrix(r.Place(1, Space.Shared), transposed, Fragment(r, 0, ScalarType.B32, count, true));
    }

    private static int[] Fragment(Reading r, int index, ScalarType type, int count, bool destination)
    {
        IReadOnlyList<Operand> elements = r.Elements(index);
        return elements.Count != count ? throw r.Error($"Operand {index} has {count} registers in this shape.")
            : [.. elements.Select(element => destination ? r.Destination(element, type) : r.Source(element, type))];
    }
}
