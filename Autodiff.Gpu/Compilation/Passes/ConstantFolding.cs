using System.Globalization;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>What integer instructions make of constants.</summary>
internal static class ConstantFolding
{
    private static readonly HashSet<string> s_takers =
        ["add", "and", "max", "min", "mul", "or", "setp", "shfl", "shl", "shr", "sub"];

    /// <summary>
    /// Whether an instruction may have a constant in the place of a register that it reads: integers' may, but what a
    /// thread hands over is a register.
    /// </summary>
    public static bool Takes(Instruction instruction, int place) =>
        s_takers.Contains(instruction.Name) && !instruction.Operation.Contains(".f", StringComparison.Ordinal)
        && !(instruction.Name == "shfl" && place == instruction.Results);

    /// <summary>The result; null where an operand is no constant, or the instruction is none of these.</summary>
    /// <param name="operation">The instruction's name with its types.</param>
    /// <param name="text">Its operands behind the result.</param>
    public static long? Value(string operation, string text)
    {
        string[] words = text.Split(", ", StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is < 1 or > 2 || !long.TryParse(
                words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long a))
        {
            return null;
        }

        if (words.Length == 1)
        {
            return operation == "mov.b32" ? a : null;
        }

        if (!long.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long b))
        {
            return null;
        }

        return operation switch
        {
            "mul.wide.u32" => (long)(uint)a * (uint)b,
            "add.s32" or "add.u32" => (int)(a + b),
            "sub.s32" or "sub.u32" => (int)(a - b),
            "mul.lo.s32" or "mul.lo.u32" => (int)(a * b),
            "and.b32" => (int)(a & b),
            "or.b32" => (int)(a | b),
            "shl.b32" when b is >= 0 and < 32 => (int)a << (int)b,
            "shr.u32" when b is >= 0 and < 32 => (int)((uint)a >> (int)b),
            "shr.s32" when b is >= 0 and < 32 => (int)a >> (int)b,
            _ => null,
        };
    }
}
