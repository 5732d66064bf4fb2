using System.Globalization;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Computes once what has the same value twice, if one definition dominates the other; reads what a copy copies instead
/// of the copy; adds constants to addresses where memory is accessed.
/// </summary>
/// <remarks>
/// The walk over the tree of dominators: P. Briggs, K. D. Cooper, L. T. Simpson, "Value Numbering", 1997.
/// </remarks>
internal sealed class ValueNumbering
{
    private readonly SingleDefinitions _definitions;

    private readonly RegisterNames _registers;

    /// <summary>The register that has a register's number; itself at first.</summary>
    private readonly int[] _same;

    /// <summary>What computes what, in the blocks that dominate the one at hand.</summary>
    private readonly Dictionary<string, Instruction> _known = [];

    /// <summary>Registers that are another and a constant.</summary>
    private readonly Dictionary<int, (int Register, long Constant)> _sums = [];

    /// <summary>Registers that are a constant.</summary>
    private readonly Dictionary<int, long> _constants = [];

    /// <summary>Words that are 1 where a predicate holds, else 0.</summary>
    private readonly Dictionary<int, int> _truths = [];

    private ValueNumbering(SingleDefinitions definitions, RegisterNames registers)
    {
        (_definitions, _registers) = (definitions, registers);
        _same = [.. Enumerable.Range(0, registers.Count)];
    }

    public static void Run(FlowGraph graph, SingleDefinitions definitions, RegisterNames registers)
    {
        ValueNumbering all = new(definitions, registers);
        all.Visit(graph.Blocks[0]);
        foreach (Block block in graph.Blocks)
        {
            // What a loop's end hands to its beginning may have been visited after the beginning.
            block.Body.ForEach(all.ReadSame);
            _ = block.Body.RemoveAll(static instruction => instruction.IsRemoved);
            if (block.Condition >= 0)
            {
                block.Condition = all._same[block.Condition];
            }
        }
    }

    private void Visit(Block block)
    {
        List<string> own = [];
        foreach (Instruction instruction in block.Body)
        {
            ReadSame(instruction);
            Shorten(instruction);
            if (!instruction.IsPure || !_definitions.HasAll(instruction.Registers))
            {
                continue;
            }

            if (Copied(instruction) is { } source)
            {
                _same[instruction.Registers[0]] = source;
                instruction.IsRemoved = true;
                continue;
            }

            Note(instruction);
            string key = instruction.Key();
            if (_known.TryGetValue(key, out Instruction? known))
            {
                for (int i = 0; i < instruction.Results; i++)
                {
                    _same[instruction.Registers[i]] = known.Registers[i];
                }

                instruction.IsRemoved = true;
            }
            else
            {
                _known[key] = instruction;
                own.Add(key);
            }
        }

        block.Dominated.ForEach(Visit);
        own.ForEach(key => _known.Remove(key));
    }

    private void ReadSame(Instruction instruction)
    {
        for (int i = instruction.Results; i < instruction.Registers.Length; i++)
        {
            instruction.Registers[i] = _same[instruction.Registers[i]];
        }
    }

    /// <summary>The register that an instruction copies, if it does nothing else.</summary>
    private int? Copied(Instruction instruction)
    {
        int[] registers = instruction.Registers;
        switch (instruction.Operation)
        {
            // PTX ISA, "Generic addressing": a generic address is the address in global memory unless it lies in the
            // window of another space, and a kernel's arguments do not.
            case "cvta.to.global.u64":
            case var _ when instruction.IsCopy && AreAlike(registers):
                return registers[1];
            case "setp.ne.s32" or "setp.ne.u32" or "setp.ne.b32" when registers.Length == 2
                && instruction.Text[2] == ", 0" && _truths.TryGetValue(registers[1], out int truth):
                return truth;
            default:
                return null;
        }
    }

    private bool AreAlike(int[] registers) => _registers.AreOfOneClass(registers[0], registers[1]);

    /// <summary>Notes what is known of a result.</summary>
    private void Note(Instruction instruction)
    {
        int[] registers = instruction.Registers;
        string[] text = instruction.Text;
        if (registers.Length == 1 && ConstantFolding.Value(instruction.Operation, text[1]) is { } value)
        {
            _constants[registers[0]] = value;
        }

        switch (instruction.Operation)
        {
            case "add.u64" or "add.s64"
                when registers.Length == 2 && text[1] == ", " && Constant(text[2], out long more):
                _sums[registers[0]] = _sums.TryGetValue(registers[1], out (int Register, long Constant) sum)
                    ? (sum.Register, sum.Constant + more) : (registers[1], more);
                break;
            case "selp.b32" or "selp.s32" or "selp.u32" when registers.Length == 2 && text[1] == ", 1, 0, ":
                _truths[registers[0]] = registers[1];
                break;
        }
    }

    /// <summary>Puts what is known in the place of a register.</summary>
    private void Shorten(Instruction instruction)
    {
        for (int i = instruction.Registers.Length - 1; i >= instruction.Results; i--)
        {
            int register = instruction.Registers[i];
            if (ConstantFolding.Takes(instruction, i) && _constants.TryGetValue(register, out long constant))
            {
                instruction.Replace(i, constant.ToString(CultureInfo.InvariantCulture));
            }
            else if (instruction.Text[i].EndsWith('[')
                && _sums.TryGetValue(register, out (int Register, long More) sum))
            {
                // [%rd1], [%rd1+8]
                string behind = instruction.Text[i + 1];
                int end = behind.IndexOf(']', StringComparison.Ordinal);
                long more = sum.More + (end == 0 ? 0 : long.Parse(behind[..end], CultureInfo.InvariantCulture));
                if (more is > 0 and <= int.MaxValue)
                {
                    string distance = more.ToString(CultureInfo.InvariantCulture);
                    instruction.Replace(i, sum.Register, $"+{distance}{behind[end..]}");
                }
            }
        }
    }

    private static bool Constant(string text, out long value)
    {
        string digits = text.StartsWith(", ", StringComparison.Ordinal) ? text[2..] : "";
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }
}
