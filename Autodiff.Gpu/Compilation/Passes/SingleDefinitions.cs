namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Which registers are written by one instruction alone: they have the same number wherever they are read. ILGPU writes
/// a register several times where ways meet, and where it uses one again; what is used again gets a register of its
/// own here.
/// </summary>
internal sealed class SingleDefinitions
{
    private readonly int[] _counts;

    private SingleDefinitions(int registers) => (_counts, Homes) = (new int[registers], new Block?[registers]);

    /// <summary>The block in which a register is written.</summary>
    public Block?[] Homes { get; }

    public bool Has(int register) => _counts[register] == 1;

    public bool HasAll(ReadOnlySpan<int> registers)
    {
        foreach (int register in registers)
        {
            if (!Has(register))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Renames what is used again, and counts.</summary>
    public static SingleDefinitions Make(KernelBody body, FlowGraph graph)
    {
        Rename(body.Registers, graph);
        JoinedValues.Run(graph, body.Registers);
        SingleDefinitions all = new(body.Registers.Count);
        foreach (Block block in graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Written)
                {
                    all._counts[register]++;
                    all.Homes[register] = block;
                }
            }
        }

        return all;
    }

    private static void Rename(RegisterNames registers, FlowGraph graph)
    {
        int count = registers.Count;
        bool[] isExposed = new bool[count];
        int[] writes = new int[count], rest = new int[count], names = new int[count], writer = new int[count];
        Array.Fill(writer, -1);
        foreach (Block block in graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Read)
                {
                    isExposed[register] |= writer[register] != block.Number;
                }

                foreach (int register in instruction.Written)
                {
                    writer[register] = block.Number;
                    writes[register]++;
                }
            }

            if (block.Condition >= 0)
            {
                isExposed[block.Condition] |= writer[block.Condition] != block.Number;
            }
        }

        foreach (Block block in graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Registers)
                {
                    (rest[register], names[register]) = (0, register);
                }
            }

            if (block.Condition >= 0)
            {
                names[block.Condition] = block.Condition;
            }

            foreach (Instruction instruction in block.Body)
            {
                foreach (int register in instruction.Written)
                {
                    rest[register]++;
                }
            }

            foreach (Instruction instruction in block.Body)
            {
                int[] its = instruction.Registers;
                for (int i = instruction.Results; i < its.Length; i++)
                {
                    its[i] = names[its[i]];
                }

                for (int i = 0; i < instruction.Results; i++)
                {
                    int register = its[i];
                    bool staysHere = --rest[register] > 0 || !isExposed[register];
                    its[i] = names[register] =
                        staysHere && writes[register] > 1 ? registers.Another(register) : register;
                }
            }

            if (block.Condition >= 0)
            {
                block.Condition = names[block.Condition];
            }
        }
    }
}
