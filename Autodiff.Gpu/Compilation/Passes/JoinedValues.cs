namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Phi copies: a register that is written on several paths is copied to one of its own where they join, which is
/// written once, so that what is computed of it can be compared. <see cref="CopyCoalescing"/> makes one of both again.
/// </summary>
/// <remarks>
/// The copy is the phi of static single assignment: R. Cytron, J. Ferrante, B. K. Rosen, M. N. Wegman, F. K. Zadeck,
/// "Efficiently Computing Static Single Assignment Form and the Control Dependence Graph", 1991.
/// </remarks>
internal static class JoinedValues
{
    public static void Run(FlowGraph graph, RegisterNames registers)
    {
        int count = registers.Count;
        int[] writes = new int[count];
        List<Block>?[] writers = new List<Block>?[count];
        Block?[] join = new Block?[count];
        foreach (Block block in graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Read)
                {
                    Reads(register, block);
                }

                foreach (int register in instruction.Written)
                {
                    writes[register]++;
                    (writers[register] ??= []).Add(block);
                }
            }

            if (block.Condition >= 0)
            {
                Reads(block.Condition, block);
            }
        }

        int[] names = [.. Enumerable.Range(0, count)];
        for (int register = 0; register < count; register++)
        {
            if (writes[register] > 1 && join[register] is { } block
                && writers[register]!.TrueForAll(writer => LeadsTo(writer, block, register)))
            {
                names[register] = registers.Another(register);
            }
        }

        foreach (Block block in graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                for (int i = instruction.Results; i < instruction.Registers.Length; i++)
                {
                    instruction.Registers[i] = names[instruction.Registers[i]];
                }
            }

            block.Condition = block.Condition < 0 ? -1 : names[block.Condition];
        }

        for (int register = 0; register < count; register++)
        {
            if (names[register] != register)
            {
                join[register]!.Body.Insert(0, registers.Copy(names[register], register));
            }
        }

        void Reads(int register, Block block) =>
            join[register] = join[register] is { } known ? FlowGraph.Common(known, block) : block;
    }

    /// <summary>
    /// Whether nothing but a place follows a block that writes a register, so that all who read it come by the place.
    /// </summary>
    private static bool LeadsTo(Block writer, Block place, int register)
    {
        if (writer.Taken is not null || writer.Next != place)
        {
            return false;
        }

        int last = writer.Body.FindLastIndex(its => its.Written.Contains(register));
        return !writer.Body.Skip(last + 1).Any(its => its.Read.Contains(register))
            && (writer != place || !writer.Body.Take(last).Any(its => its.Written.Contains(register)));
    }
}
