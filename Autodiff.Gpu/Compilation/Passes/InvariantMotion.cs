namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>Loop-invariant code motion: computes before a loop what is the same in all its iterations.</summary>
internal static class InvariantMotion
{
    public static void Run(FlowGraph graph, SingleDefinitions definitions)
    {
        foreach (Loop loop in graph.Loops)
        {
            List<Block> before = loop.Header.Predecessors.FindAll(block => !loop.Blocks.Contains(block));
            if (before.Count != 1)
            {
                continue;
            }

            HashSet<int> changing = [.. loop.Blocks.SelectMany(static block => block.Body)
                .SelectMany(static instruction => instruction.Written.ToArray())];
            foreach (Block block in loop.Blocks.OrderBy(static block => block.Number))
            {
                // What only some iterations compute stays.
                if (loop.Latches.TrueForAll(block.Dominates))
                {
                    _ = block.Body.RemoveAll(instruction => Move(instruction, before[0], definitions, changing));
                }
            }
        }
    }

    private static bool Move(
        Instruction instruction, Block before, SingleDefinitions definitions, HashSet<int> changing)
    {
        // A divisor may be 0 where the loop makes no iteration; a constant is as near inside.
        bool isConstant = instruction is { Name: "mov", Registers: [_] } && !instruction.Text[1].Contains('%');
        if (!instruction.IsPure || instruction.Name is "div" or "rem" || isConstant
            || !definitions.HasAll(instruction.Written))
        {
            return false;
        }

        foreach (int register in instruction.Read)
        {
            if (changing.Contains(register))
            {
                return false;
            }
        }

        foreach (int register in instruction.Written)
        {
            _ = changing.Remove(register);
            definitions.Homes[register] = before;
        }

        before.Body.Add(instruction);
        return true;
    }
}
