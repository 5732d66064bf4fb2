namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Takes words of 64 bits apart and puts them together by one move each, where ILGPU shifts and masks: threads hand
/// each other halves.
/// </summary>
internal sealed class WordHalves
{
    private const string Mask = ", 4294967295", Shift = ", 32";

    private readonly RegisterNames _registers;

    /// <summary>What computes each register that one instruction writes.</summary>
    private readonly Instruction?[] _writers;

    private WordHalves(FlowGraph graph, SingleDefinitions definitions, RegisterNames registers)
    {
        _registers = registers;
        _writers = new Instruction?[registers.Count];
        foreach (Instruction instruction in graph.Blocks.SelectMany(static block => block.Body))
        {
            foreach (int register in instruction.Written)
            {
                _writers[register] = definitions.Has(register) ? instruction : null;
            }
        }
    }

    public static void Run(FlowGraph graph, SingleDefinitions definitions, RegisterNames registers)
    {
        WordHalves all = new(graph, definitions, registers);
        foreach (Block block in graph.Blocks)
        {
            all.TakeApart(block);
            all.PutTogether(block);
        }
    }

    /// <summary>cvt(w &amp; mask) and cvt(w >> 32) in one block become one move of w.</summary>
    private void TakeApart(Block block)
    {
        Dictionary<int, (int Place, int Half)> lows = [], highs = [];
        for (int i = 0; i < block.Body.Count; i++)
        {
            if (block.Body[i] is not { Operation: "cvt.u32.u64", Registers: [var half, var part] }
                || _writers[half] is null || _writers[part] is not { Registers: [_, var whole] } writer
                || _writers[whole] is null)
            {
                continue;
            }

            bool isLow = writer is { Operation: "and.b64", Text: [_, _, Mask] };
            if (isLow || writer is { Operation: "shr.u64", Text: [_, _, Shift] })
            {
                Dictionary<int, (int Place, int Half)> own = isLow ? lows : highs, others = isLow ? highs : lows;
                if (others.Remove(whole, out (int Place, int Half) other))
                {
                    int low = isLow ? half : other.Half, high = isLow ? other.Half : half;
                    block.Body[other.Place] = new(
                        "mov.b64", ["{", ", ", "}, ", ""], [low, high, Raw(whole)], results: 2);
                    block.Body[i].IsRemoved = true;
                }
                else
                {
                    own[whole] = (i, half);
                }
            }
        }

        _ = block.Body.RemoveAll(static instruction => instruction.IsRemoved);
    }

    /// <summary>cvt(high) &lt;&lt; 32 | cvt(low) becomes one move of both.</summary>
    private void PutTogether(Block block)
    {
        for (int i = 0; i < block.Body.Count; i++)
        {
            Instruction instruction = block.Body[i];
            bool isCast = instruction is { Operation: "mov.f64", IsCopy: true }
                && !_registers.AreOfOneClass(instruction.Registers[0], instruction.Registers[1]);
            Instruction? pack = isCast ? _writers[instruction.Registers[1]] : instruction;
            if (pack is not { Operation: "or.b64", Registers: [_, var upper, var lower] }
                || _writers[upper] is not { Operation: "shl.b64", Registers: [_, var shifted], Text: [_, _, Shift] }
                || Extended(shifted) is not { } high || Extended(lower) is not { } low)
            {
                continue;
            }

            block.Body[i] = new("mov.b64", ["", ", {", ", ", "}"], [instruction.Registers[0], low, high], results: 1);
        }
    }

    /// <summary>The word of 32 bits of which a register is the extension.</summary>
    private int? Extended(int extended) =>
        _writers[extended] is { Operation: "cvt.u64.u32", Registers: [_, var word] } && _writers[word] is not null
            ? word : null;

    /// <summary>The number that a word is the bits of, or the word.</summary>
    private int Raw(int word) =>
        _writers[word] is { IsCopy: true, Registers: [_, var number] } && _writers[number] is not null ? number : word;
}
