namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>Takes out instructions whose results nothing reads.</summary>
/// <remarks>
/// An instruction that is a method (<see cref="Kernels.Carriers.InstructionAttribute"/>) is a call until the text is
/// written, and ILGPU keeps calls. It also loads every argument.
/// </remarks>
internal static class UnreadResults
{
    public static void Remove(FlowGraph graph, int registers)
    {
        int[] reads = new int[registers];
        List<Instruction>?[] writers = new List<Instruction>?[registers];
        foreach (Block block in graph.Blocks)
        {
            if (block.Condition >= 0)
            {
                reads[block.Condition]++;
            }

            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Read)
                {
                    reads[register]++;
                }

                foreach (int register in instruction.IsPure ? instruction.Written : [])
                {
                    (writers[register] ??= []).Add(instruction);
                }
            }
        }

        Stack<Instruction> candidates = new(writers.SelectMany(static its => its ?? []).Distinct());
        while (candidates.TryPop(out Instruction? instruction))
        {
            if (instruction.IsRemoved || Any(reads, instruction.Written))
            {
                continue;
            }

            instruction.IsRemoved = true;
            foreach (int register in instruction.Read)
            {
                reads[register]--;
                writers[register]?.ForEach(candidates.Push);
            }
        }

        graph.Blocks.ForEach(static block => block.Body.RemoveAll(static instruction => instruction.IsRemoved));
    }

    private static bool Any(int[] reads, ReadOnlySpan<int> registers)
    {
        foreach (int register in registers)
        {
            if (reads[register] > 0)
            {
                return true;
            }
        }

        return false;
    }
}
