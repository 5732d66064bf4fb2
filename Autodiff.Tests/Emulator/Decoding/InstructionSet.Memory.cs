using System.Numerics;
using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <content>Loads, stores, atomics, asynchronous copies.</content>
internal static partial class InstructionSet
{
    private static Dictionary<string, Func<Reading, Instruction>> MemoryDecoders() => new()
    {
        ["ld"] = Loads,
        ["ldu"] = Loads,
        ["st"] = Stores,
        ["atom"] = static r => Atomics(r, returns: true),
        ["red"] = static r => Atomics(r, returns: false),
        ["cp"] = AsynchronousCopies,
        ["prefetch"] = static r => Hint(r, static suffix => suffix is "global" or "L1" or "L2"),
        ["membar"] = static r => Hint(r, static suffix => suffix is "cta" or "gl" or "sys"),
        ["fence"] = static r =>
            Hint(r, static suffix => suffix is "sc" or "acq_rel" or "cta" or "gpu" or "sys" or "cluster"),
    };

    private static bool IsMemoryHint(string suffix) =>
        suffix is "nc" or "ca" or "cg" or "cs" or "cv" or "lu" or "wb" or "wt" or "weak" or "volatile"
        or "relaxed" or "acquire" or "release" or "acq_rel" or "cta" or "gpu" or "sys"
        || suffix.StartsWith("L1::", StringComparison.Ordinal)
        || suffix.StartsWith("L2::", StringComparison.Ordinal);

    private static NoOperation Hint(Reading r, Predicate<string> known)
    {
        r.Ignore(known);
        return new NoOperation();
    }

    private static Space SpaceOf(Reading r) => r.TakeAny("global", "shared") switch
    {
        "global" => Space.Global,
        "shared" => Space.Shared,
        _ => Space.Generic,
    };

    private static int VectorLength(Reading r) => r.TakeAny("v2", "v4") switch
    {
        "v2" => 2,
        "v4" => 4,
        _ => 1,
    };

    private static Instruction Loads(Reading r)
    {
        r.Expect(2);
        bool parameter = r.Take("param");
        Space space = parameter ? Space.Generic : SpaceOf(r);
        r.Ignore(IsMemoryHint);
        int count = VectorLength(r);
        ScalarType type = r.Type();
        (int[] targets, int size) = Registers(r, 0, type, count, destinations: true);
        if (parameter && r.IsAtRegister(1))
        {
            Place inside = r.Place(1, Space.Generic);
            return type.Size() == 8 ? new LoadParameterAt<ulong>(inside, size, targets)
                : type.Size() == 4 ? new LoadParameterAt<uint>(inside, size, targets)
                : throw Unsuited(r, type);
        }

        if (parameter)
        {
            (string name, long offset) = r.Named(1);
            Parameter source = r.Parameter(name);
            return Sized(r, type, (int)(source.Offset + offset), size, targets);
        }

        Place place = r.Place(1, space);
        return type switch
        {
            ScalarType.S8 => new Load<sbyte>(place, size, targets),
            ScalarType.S16 => new Load<short>(place, size, targets),
            ScalarType.S32 => new Load<int>(place, size, targets),
            _ => type.Size() switch
            {
                1 => new Load<byte>(place, size, targets),
                2 => new Load<ushort>(place, size, targets),
                4 => new Load<uint>(place, size, targets),
                _ => new Load<ulong>(place, size, targets),
            },
        };
    }

    private static Instruction Sized(Reading r, ScalarType type, int offset, int size, int[] targets) => type switch
    {
        ScalarType.Pred => throw Unsuited(r, type),
        ScalarType.S8 => new LoadParameter<sbyte>(offset, size, targets),
        ScalarType.S16 => new LoadParameter<short>(offset, size, targets),
        ScalarType.S32 => new LoadParameter<int>(offset, size, targets),
        _ => type.Size() switch
        {
            1 => new LoadParameter<byte>(offset, size, targets),
            2 => new LoadParameter<ushort>(offset, size, targets),
            4 => new LoadParameter<uint>(offset, size, targets),
            _ => new LoadParameter<ulong>(offset, size, targets),
        },
    };

    private static Instruction Stores(Reading r)
    {
        r.Expect(2);
        Space space = SpaceOf(r);
        r.Ignore(IsMemoryHint);
        int count = VectorLength(r);
        ScalarType type = r.Type();
        (int[] sources, int size) = Registers(r, 1, type, count, destinations: false);
        Place place = r.Place(0, space);
        return type.Size() switch
        {
            1 => new Store<byte>(place, size, sources),
            2 => new Store<ushort>(place, size, sources),
            4 => new Store<uint>(place, size, sources),
            _ => new Store<ulong>(place, size, sources),
        };
    }

    // The slots of one register or of a vector's, and the size that they all have.
    private static (int[] Slots, int Size) Registers(Reading r, int index, ScalarType type, int count,
        bool destinations)
    {
        IReadOnlyList<Operand> elements = r.Elements(index);
        if (type.Kind() == Kind.Predicate)
        {
            throw Unsuited(r, type);
        }

        if (elements.Count != count || count * type.Size() > 16)
        {
            throw r.Error("A vector access moves as many registers as its suffix says, 16 bytes at most.");
        }

        int size = 0;
        int[] slots = new int[count];
        for (int i = 0; i < count; i++)
        {
            if (destinations && elements[i] is SinkOperand)
            {
                slots[i] = -1;
                continue;
            }

            if (destinations && elements[i] is not RegisterOperand)
            {
                throw r.Error($"{elements[i]} cannot receive a value.");
            }

            // A byte has no register of its size, so a constant is laid down with 32 bits.
            ScalarType asked = elements[i] is ImmediateOperand && type.Size() == 1 ? ScalarType.U32 : type;
            (slots[i], int found) = r.Wide(elements[i], asked);
            size = size == 0 || size == found
                ? found
                : throw r.Error("The registers of a vector access have one size.");
        }

        return (slots, size);
    }

    private static Instruction Atomics(Reading r, bool returns)
    {
        Space space = SpaceOf(r);
        string operation = r.Require("add", "min", "max", "exch", "cas", "and", "or", "xor", "inc", "dec");
        r.Ignore(IsMemoryHint);
        ScalarType type = r.Type();
        int first = returns ? 1 : 0, operands = operation == "cas" ? 3 : 2;
        r.Expect(first + operands);
        int d = returns ? r.DestinationOrNone(r.Operands[0], type) : -1;
        int b = r.Source(first + 1, type), c = operation == "cas" ? r.Source(first + 2, type) : b;
        AtomicOperation on = new(r.Place(first, space), d, b, c, operation);
        return (type, operation) switch
        {
            (ScalarType.U32, "inc") => new Atomic<uint, Increment>(on.Place, d, b, c),
            (ScalarType.U32, "dec") => new Atomic<uint, Decrement>(on.Place, d, b, c),
            (ScalarType.B32, "cas") => new Atomic<uint, CompareAndSwap<uint>>(on.Place, d, b, c),
            (ScalarType.B64, "cas") => new Atomic<ulong, CompareAndSwap<ulong>>(on.Place, d, b, c),
            (ScalarType.B32, "exch") => new Atomic<uint, Exchange<uint>>(on.Place, d, b, c),
            (ScalarType.B64, "exch") => new Atomic<ulong, Exchange<ulong>>(on.Place, d, b, c),
            (ScalarType.B32, "and" or "or" or "xor") => on.Logic<uint>(),
            (ScalarType.B64, "and" or "or" or "xor") => on.Logic<ulong>(),
            (ScalarType.F32, "add") => new Atomic<float, Accumulate<float, Number2<float, Add>>>(on.Place, d, b, c),
            (ScalarType.F64, "add") => new Atomic<double, Accumulate<double, Number2<double, Add>>>(on.Place, d, b, c),
            (ScalarType.U64, "add") => on.Arithmetic<ulong>(),
            (ScalarType.U32, "add" or "min" or "max") => on.Arithmetic<uint>(),
            (ScalarType.S32, "add" or "min" or "max") => on.Arithmetic<int>(),
            (ScalarType.U64, "min" or "max") => on.Arithmetic<ulong>(),
            (ScalarType.S64, "min" or "max") => on.Arithmetic<long>(),
            _ => throw r.Error($"{operation} is not known for {type.Spelling()}."),
        };
    }

    private static Instruction AsynchronousCopies(Reading r)
    {
        if (!r.Take("async"))
        {
            throw r.Error("Only cp.async is known.");
        }

        if (r.Take("commit_group"))
        {
            r.Expect(0);
            return new CopyGroup(CopyGroup.Step.Commit, 0);
        }

        if (r.Take("wait_group"))
        {
            r.Expect(1);
            return new CopyGroup(CopyGroup.Step.Wait, r.Number(0));
        }

        if (r.Take("wait_all"))
        {
            r.Expect(0);
            return new CopyGroup(CopyGroup.Step.WaitAll, 0);
        }

        r.Expect(3, 4);
        string cache = r.Require("ca", "cg");
        r.Require("shared");
        r.Require("global");
        r.Ignore(IsMemoryHint);
        int size = r.Number(2);
        if (size != 16 && (cache == "cg" || size is not (4 or 8)))
        {
            throw r.Error("cp.async.ca copies 4, 8 or 16 bytes, cp.async.cg 16.");
        }

        int taken = r.Operands.Count == 4 ? r.Source(3, ScalarType.U32) : -1;
        return new CopyAsync(r.Place(0, Space.Shared), r.Place(1, Space.Global), (uint)size, taken);
    }

    // The operands of an atomic while its type is found out.
    private readonly record struct AtomicOperation(Place Place, int D, int B, int C, string Name)
    {
        public Instruction Arithmetic<T>() where T : unmanaged, INumber<T> => Name switch
        {
            "add" => new Atomic<T, Accumulate<T, Number2<T, Add>>>(Place, D, B, C),
            "min" => new Atomic<T, Accumulate<T, Number2<T, Min>>>(Place, D, B, C),
            _ => new Atomic<T, Accumulate<T, Number2<T, Max>>>(Place, D, B, C),
        };

        public Instruction Logic<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => Name switch
        {
            "and" => new Atomic<T, Accumulate<T, Integer2<T, And>>>(Place, D, B, C),
            "or" => new Atomic<T, Accumulate<T, Integer2<T, Or>>>(Place, D, B, C),
            _ => new Atomic<T, Accumulate<T, Integer2<T, Xor>>>(Place, D, B, C),
        };
    }
}
