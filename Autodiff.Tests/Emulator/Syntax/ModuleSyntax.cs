namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>A register as it was declared.</summary>
/// <param name="Name">Its name, %r5.</param>
/// <param name="Type">Its declared type.</param>
/// <param name="Slot">Where its 32 lanes begin in a warp's register file, in bytes.</param>
internal sealed record Register(string Name, ScalarType Type, int Slot);

/// <summary>A kernel's parameter.</summary>
internal sealed record Parameter(string Name, ScalarType Type, int Offset, int Bytes);

/// <summary>An array in shared memory.</summary>
internal sealed record SharedVariable(string Name, int Offset);

/// <summary>What an instruction is applied to.</summary>
internal abstract record Operand
{
    public abstract override string ToString();
}

/// <summary>A register, of a predicate perhaps negated.</summary>
internal sealed record RegisterOperand(Register Register, bool Negated) : Operand
{
    public override string ToString() => (Negated ? "!" : "") + Register.Name;
}

/// <summary>
/// A number: an integer, or the bits of a float (<c>0f3F800000</c>) or double, or a decimal fraction.
/// </summary>
internal sealed record ImmediateOperand(string Text, ImmediateForm Form, long Bits, double Number) : Operand
{
    public override string ToString() => Text;
}

/// <summary>How an immediate was written.</summary>
internal enum ImmediateForm
{
    Integer,
    Float32Bits,
    Float64Bits,
    Decimal,
}

/// <summary>A name that is no register: a special register, a label, a variable, a parameter.</summary>
internal sealed record NameOperand(string Name) : Operand
{
    public override string ToString() => Name;
}

/// <summary>{a, b, ...}.</summary>
internal sealed record VectorOperand(IReadOnlyList<Operand> Elements) : Operand
{
    public override string ToString() => "{" + string.Join(", ", Elements) + "}";
}

/// <summary>[base + offset].</summary>
internal sealed record AddressOperand(Operand Base, long Offset) : Operand
{
    public override string ToString() => Offset == 0 ? $"[{Base}]" : $"[{Base}+{Offset}]";
}

/// <summary>p|q: two destinations.</summary>
internal sealed record PairOperand(Operand First, Operand Second) : Operand
{
    public override string ToString() => $"{First}|{Second}";
}

/// <summary>_ where a destination is not wanted.</summary>
internal sealed record SinkOperand : Operand
{
    public override string ToString() => "_";
}

/// <summary>One instruction as it was written.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Guard">The predicate behind @, if there is one.</param>
/// <param name="Opcode">Mnemonic and suffixes: ld.global.f32.</param>
/// <param name="Operands">Destinations first.</param>
internal sealed record Statement(int Line, RegisterOperand? Guard, string Opcode, IReadOnlyList<Operand> Operands)
{
    public override string ToString() =>
        (Guard is null ? "" : $"@{Guard} ") + Opcode + (Operands.Count == 0 ? "" : " " + string.Join(", ", Operands))
            + ";";
}

/// <summary>One .entry as it was written.</summary>
internal sealed class KernelSyntax(string name, int line)
{
    public string Name { get; } = name;

    public int Line { get; } = line;

    public List<Parameter> Parameters { get; } = [];

    public List<Statement> Statements { get; } = [];

    /// <summary>Label to index of the statement that follows it.</summary>
    public Dictionary<string, int> Labels { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, SharedVariable> Shared { get; } = new(StringComparer.Ordinal);

    /// <summary>Arrays whose size the launch gives; they begin where the others end.</summary>
    public List<(string Name, int Alignment)> ExternShared { get; } = [];

    /// <summary>Bytes of all registers of a warp.</summary>
    public int RegisterBytes { get; set; }

    /// <summary>How many 32-bit registers the declarations would take.</summary>
    public int RegisterWords { get; set; }

    public int ParameterBytes { get; set; }

    public int SharedBytes { get; set; }

    /// <summary>The product of .maxntid; 0 if it is not given.</summary>
    public int MaxThreads { get; set; }
}
