using Autodiff.Tests.Emulator.Execution;
using Autodiff.Tests.Emulator.Instructions;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Decoding;

/// <summary>
/// One statement while it is decoded: hands out its suffixes and operands, checked; a suffix that nobody took is an
/// error in the end.
/// </summary>
internal sealed class Reading
{
    private readonly KernelDecoder _kernel;
    private readonly Statement _statement;
    private readonly List<string> _suffixes;

    public Reading(KernelDecoder kernel, Statement statement)
    {
        (_kernel, _statement) = (kernel, statement);
        _suffixes = [.. statement.Opcode.Split('.')];
        Mnemonic = _suffixes[0];
        _suffixes.RemoveAt(0);
    }

    /// <summary>The opcode's first word.</summary>
    public string Mnemonic { get; }

    private bool IsMove => Mnemonic == "mov";

    public IReadOnlyList<Operand> Operands => _statement.Operands;

    public PtxException Error(string message) => new(_statement.Line, $"{message} In: {_statement}");

    /// <summary>Whether the suffix is there; it counts as used.</summary>
    public bool Take(string suffix) => _suffixes.Remove(suffix);

    /// <summary>The first of these suffixes that is there, or null.</summary>
    public string? TakeAny(params ReadOnlySpan<string> suffixes)
    {
        foreach (string suffix in suffixes)
        {
            if (Take(suffix))
            {
                return suffix;
            }
        }

        return null;
    }

    /// <summary>One of these suffixes, which must be there.</summary>
    public string Require(params ReadOnlySpan<string> suffixes) =>
        TakeAny(suffixes) ?? throw Error($"One of .{string.Join(", .", suffixes.ToArray())} is missing.");

    /// <summary>Drops all suffixes of which the condition holds: hints that change nothing here.</summary>
    public void Ignore(Predicate<string> isHint) => _suffixes.RemoveAll(isHint);

    /// <summary>The next suffix that is a type.</summary>
    public ScalarType Type() => TypeIfAny() ?? throw Error("A type is missing.");

    public ScalarType? TypeIfAny()
    {
        for (int i = 0; i < _suffixes.Count; i++)
        {
            if (ScalarTypes.Find(_suffixes[i]) is { } type)
            {
                _suffixes.RemoveAt(i);
                return type;
            }
        }

        return null;
    }

    /// <summary>Whether the type is among the suffixes, which stay.</summary>
    public bool Suffixed(ScalarType type) => _suffixes.Contains(type.Spelling());

    /// <summary>Checks that nothing is left that nobody understood.</summary>
    public void Done()
    {
        if (_suffixes.Count > 0)
        {
            throw Error($"The suffix .{_suffixes[0]} is not known here.");
        }
    }

    /// <summary>Checks the number of operands.</summary>
    public void Expect(int least, int? most = null)
    {
        if (Operands.Count < least || Operands.Count > (most ?? least))
        {
            throw Error(
                $"{least}{(most is { } upTo ? $" to {upTo}" : "")} operands were expected, not {Operands.Count}.");
        }
    }

    /// <summary>The slot of a register that receives a value of the type.</summary>
    public int Destination(int index, ScalarType type) => Destination(Operands[index], type);

    public int Destination(Operand operand, ScalarType type) => operand switch
    {
        RegisterOperand { Negated: false } register => Slot(register.Register, type, type.Size()),
        _ => throw Error($"{operand} cannot receive a value."),
    };

    /// <summary>As <see cref="Destination(int, ScalarType)"/>; -1 for _.</summary>
    public int DestinationOrNone(Operand operand, ScalarType type) =>
        operand is SinkOperand ? -1 : Destination(operand, type);

    /// <summary>
    /// The slot and size of a register that may be wider than the type, as loads and conversions allow.
    /// </summary>
    public (int Slot, int Size) Wide(Operand operand, ScalarType type)
    {
        if (operand is not RegisterOperand { Negated: false } register)
        {
            return (Source(operand, type), type.Size());
        }

        ScalarType declared = register.Register.Type;
        return declared.Size() >= type.Size() && (declared.Size() == type.Size() || declared.Kind() != Kind.Float)
            ? (Slot(register.Register, type, declared.Size()), declared.Size())
            : throw Error(
                $"The register {operand} is declared as {declared.Spelling()}; {type.Spelling()} does not fit.");
    }

    /// <summary>The slot that holds an operand's 32 lanes: a register's, a constant's, a special register's.</summary>
    public int Source(int index, ScalarType type) => Source(Operands[index], type);

    public int Source(Operand operand, ScalarType type) => operand switch
    {
        RegisterOperand { Negated: false } register => Slot(register.Register, type, type.Size()),
        ImmediateOperand number => _kernel.Constant(type.Size(), Bits(number, type)),
        NameOperand name when IsMove && _kernel.FindSpecial(name.Name) is { } special =>
            type.Size() == 4 && type.Kind() != Kind.Float
            ? special : throw Error($"{name} is read as 32 bits."),
        NameOperand name when IsMove && _kernel.FindShared(name.Name) is { } shared =>
            _kernel.Constant(type.Size(), (ulong)shared),
        NameOperand name when _kernel.FindSpecial(name.Name) is not null || _kernel.FindShared(name.Name) is not null =>
            throw Error($"Only mov reads {name}."),
        NameOperand name when type.Size() == 8 && _kernel.FindParameter(name.Name) is { } parameter =>
            _kernel.Constant(8, (ulong)parameter.Offset),
        _ => throw Error($"{operand} cannot be read as {type.Spelling()}."),
    };

    /// <summary>The number that must stand as an operand.</summary>
    public int Number(int index) => Operands[index] is ImmediateOperand { Form: ImmediateForm.Integer } number
        ? (int)number.Bits : throw Error($"{Operands[index]} must be a number.");

    /// <summary>A predicate's slot, and what turns its bits where it is negated.</summary>
    public (int Slot, uint Flip) Predicate(Operand operand) => operand switch
    {
        RegisterOperand { Register.Type: ScalarType.Pred } predicate =>
            (predicate.Register.Slot, predicate.Negated ? uint.MaxValue : 0),
        ImmediateOperand { Form: ImmediateForm.Integer } number =>
            (_kernel.Constant(4, number.Bits == 0 ? 0u : uint.MaxValue), 0),
        _ => throw Error($"{operand} is no predicate."),
    };

    /// <summary>One or two destinations, the second behind a bar: p|q.</summary>
    public (int First, int Second) Pair(int index, ScalarType first, ScalarType second) =>
        Operands[index] is PairOperand pair
        ? (DestinationOrNone(pair.First, first), DestinationOrNone(pair.Second, second))
        : (Destination(index, first), -1);

    /// <summary>The elements of {a, b}, or the operand alone.</summary>
    public IReadOnlyList<Operand> Elements(int index) =>
        Operands[index] is VectorOperand vector ? vector.Elements : [Operands[index]];

    /// <summary>The name and number in [name + number].</summary>
    public (string Name, long Offset) Named(int index) =>
        Operands[index] is AddressOperand { Base: NameOperand name } address
        ? (name.Name, address.Offset) : throw Error($"{Operands[index]} is no parameter.");

    /// <summary>Whether an operand is an address that a register holds.</summary>
    public bool IsAtRegister(int index) => Operands[index] is AddressOperand { Base: RegisterOperand };

    /// <summary>An address: of a register or a variable, with an offset.</summary>
    public Place Place(int index, Space space)
    {
        if (Operands[index] is not AddressOperand address)
        {
            throw Error($"{Operands[index]} is no address.");
        }

        switch (address.Base)
        {
            case RegisterOperand { Negated: false } register
                when register.Register.Type.Kind() is Kind.Float or Kind.Predicate:
                throw Error($"{register} cannot hold an address.");
            case RegisterOperand { Negated: false, Register: var register } when register.Type.Size() == 8
                || (register.Type.Size() == 4 && space == Space.Shared):
                return new Place(space, register.Slot, register.Type.Size(), address.Offset);
            case NameOperand name when space == Space.Shared && _kernel.FindShared(name.Name) is { } shared:
                return new Place(space, _kernel.Constant(4, (ulong)shared), 4, address.Offset);
            default:
                throw Error($"{address.Base} is no address in this memory.");
        }
    }

    /// <summary>The parameter of this name.</summary>
    public Parameter Parameter(string name) =>
        _kernel.FindParameter(name) ?? throw Error($"There is no parameter {name}.");

    /// <summary>The place in the code behind a label.</summary>
    public int Label(int index) => Operands[index] is NameOperand name && _kernel.FindLabel(name.Name) is { } target
        ? target : throw Error($"There is no label {Operands[index]}.");

    private int Slot(Register register, ScalarType type, int size) =>
        register.Type.Fits(type) && register.Type.Size() == size
        ? register.Slot
        : throw Error(
            $"The register {register.Name} is declared as {register.Type.Spelling()}, the instruction takes "
                + $"{type.Spelling()}.");

    private ulong Bits(ImmediateOperand number, ScalarType type) => (type.Kind(), type.Size(), number.Form) switch
    {
        (Kind.Float, 4, ImmediateForm.Float32Bits)
            or (Kind.Float, 8, ImmediateForm.Float64Bits or ImmediateForm.Decimal)
            or (Kind.Bits, 4, ImmediateForm.Float32Bits) or (Kind.Bits, 8, ImmediateForm.Float64Bits) =>
            (ulong)number.Bits,
        (Kind.Float, 4, ImmediateForm.Decimal) => BitConverter.SingleToUInt32Bits((float)number.Number),
        (not Kind.Float, _, ImmediateForm.Integer) => (ulong)number.Bits,
        _ => throw Error($"{number} is no constant of type {type.Spelling()}."),
    };
}
