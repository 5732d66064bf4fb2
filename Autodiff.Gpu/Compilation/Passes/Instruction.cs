using System.Text;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// One instruction of PTX, with its registers as numbers. Jumps and returns are edges between blocks.
/// </summary>
internal sealed class Instruction
{
    // What computes or moves numbers, and nothing else.
    private static readonly HashSet<string> s_pure =
    [
        "abs", "add", "and", "cos", "cvt", "cvta", "div", "ex2", "fma", "lg2", "mad", "max", "min", "mov", "mul", "neg",
        "not", "or", "rem", "selp", "setp", "shl", "shr", "sin", "sqrt", "sub", "xor",
    ];

    private static readonly HashSet<string> s_withoutResult = ["bar", "fence", "membar", "red", "st"];

    public Instruction(string operation, string[] text, int[] registers, int results)
    {
        Operation = operation;
        Text = text;
        Registers = registers;
        Results = results;
        Name = operation.Split('.', 2)[0];
        IsPure = s_pure.Contains(Name) || operation.StartsWith("ld.param", StringComparison.Ordinal);
    }

    /// <summary>The name with its types and modes.</summary>
    public string Operation { get; }

    /// <summary>The name alone.</summary>
    public string Name { get; }

    /// <summary>What stands before each register, and behind the last.</summary>
    public string[] Text { get; private set; }

    /// <summary>The registers in the order in which they stand, results first.</summary>
    public int[] Registers { get; private set; }

    /// <summary>How many registers are written; the others are read.</summary>
    public int Results { get; }

    /// <summary>Whether it does nothing but compute its results, out of what it reads alone.</summary>
    public bool IsPure { get; }

    /// <summary>Whether it is to be left out.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether it copies one register to another.</summary>
    public bool IsCopy => Registers.Length == 2 && Results == 1 && Name == "mov" && Text[0].Length == 0
        && Text[1] == ", " && Text[2].Length == 0;

    public ReadOnlySpan<int> Written => Registers.AsSpan(0, Results);

    public ReadOnlySpan<int> Read => Registers.AsSpan(Results);

    /// <summary>Reads an instruction; null for what no kernel of ILGPU's has.</summary>
    public static Instruction? Parse(string line, RegisterNames names)
    {
        int end = line.IndexOfAny([' ', '\t', ';']);
        if (end < 0 || line[^1] != ';' || line[0] is '@' or '.')
        {
            return null;
        }

        string operation = line[..end], operands = line[end..^1].Trim();
        List<string> text = [];
        List<int> registers = [];
        int start = 0, depth = 0, results = -1;
        for (int i = 0; i < operands.Length; i++)
        {
            char c = operands[i];
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (c == ',' && depth == 0 && results < 0)
            {
                results = registers.Count;
            }

            int behind = c == '%' ? RegisterNames.End(operands, i) : 0;
            if (behind > 0)
            {
                text.Add(operands[start..i]);
                registers.Add(names.Number(operands[i..behind]));
                start = behind;
                i = behind - 1;
            }
        }

        text.Add(operands[start..]);
        Instruction instruction = new(operation, [.. text], [.. registers], Math.Max(results, 0));
        return s_withoutResult.Contains(instruction.Name) ? new(operation, instruction.Text, instruction.Registers, 0)
            : instruction.Results == 0 ? null : instruction;
    }

    /// <summary>The same once more.</summary>
    public Instruction Copy() => new(Operation, Text, [.. Registers], Results);

    /// <summary>The same operation on the same operands has the same key.</summary>
    public string Key()
    {
        StringBuilder key = new(Operation);
        for (int i = 0; i < Text.Length; i++)
        {
            _ = key.Append('|').Append(Text[i]);
            if (i >= Results && i < Registers.Length)
            {
                _ = key.Append('%').Append(Registers[i]);
            }
        }

        return key.ToString();
    }

    /// <summary>Puts text, a constant, in the place of a register that is read.</summary>
    public void Replace(int place, string constant)
    {
        Text = [.. Text[..place], Text[place] + constant + Text[place + 1], .. Text[(place + 2)..]];
        Registers = [.. Registers[..place], .. Registers[(place + 1)..]];
    }

    /// <summary>Puts another register, and another text behind it, in the place of one that is read.</summary>
    public void Replace(int place, int register, string behind)
    {
        Text = [.. Text[..(place + 1)], behind, .. Text[(place + 2)..]];
        Registers[place] = register;
    }

    public void Write(StringBuilder text, RegisterNames names)
    {
        _ = text.Append('\t').Append(Operation).Append(Text is [""] ? "" : "\t");
        for (int i = 0; i < Registers.Length; i++)
        {
            _ = text.Append(Text[i]).Append(names.Name(Registers[i]));
        }

        _ = text.Append(Text[^1]).Append(";\n");
    }
}
