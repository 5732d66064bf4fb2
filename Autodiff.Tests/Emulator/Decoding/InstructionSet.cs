using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Decoding;

/// <summary>Every instruction that the interpreter knows, by mnemonic.</summary>
internal static partial class InstructionSet
{
    private static readonly Dictionary<string, Func<Reading, Instruction>> s_decoders = Merge(
        ArithmeticDecoders(), FloatDecoders(), BitDecoders(), PredicateDecoders(), MoveDecoders(), MemoryDecoders(),
        WarpDecoders(), FlowDecoders());

    /// <summary>The instruction that a statement stands for.</summary>
    /// <exception cref="Syntax.PtxException">It is not known, or its operands don't fit.</exception>
    public static Instruction Decode(Reading reading) =>
        s_decoders.TryGetValue(reading.Mnemonic, out Func<Reading, Instruction>? decoder)
        ? decoder(reading)
        : throw reading.Error($"The interpreter does not know the instruction '{reading.Mnemonic}'.");

    private static Dictionary<string, Func<Reading, Instruction>> Merge(
        params Dictionary<string, Func<Reading, Instruction>>[] parts) =>
        parts.SelectMany(static part => part).ToDictionary(StringComparer.Ordinal);
}
