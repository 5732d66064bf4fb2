namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>Which jumps a kernel takes.</summary>
internal static class BlockLayout
{
    /// <summary>The most instructions of a loop's first block that are written a second time.</summary>
    private const int LongestTest = 8;

    /// <summary>
    /// Joins blocks of which one always follows the other, and passes by those that have nothing in them.
    /// </summary>
    public static void Straighten(Block entry)
    {
        bool changes = true;
        while (changes)
        {
            changes = false;
            List<Block> blocks = FlowGraph.Of(entry).Blocks;
            foreach (Block block in blocks)
            {
                if (block.Taken is { } taken)
                {
                    block.Taken = Passed(taken);
                    changes |= block.Taken != taken;
                }

                if (block.Next is { } next)
                {
                    block.Next = Passed(next);
                    changes |= block.Next != next;
                }

                if (block.Taken is not null && block.Taken == block.Next)
                {
                    (block.Taken, block.Condition) = (null, -1);
                    changes = true;
                }
            }

            if (changes)
            {
                continue;
            }

            HashSet<Block> gone = [];
            foreach (Block block in blocks)
            {
                while (!gone.Contains(block) && block.Taken is null && block.Next is { } next && next != block
                    && next.Predecessors.Count == 1 && next != entry)
                {
                    block.Body.AddRange(next.Body);
                    block.EndAs(next);
                    changes = gone.Add(next);
                }

                if (block.Taken is null && block.Next is { Body.Count: 0, Next: null })
                {
                    block.Next = null;
                    changes = true;
                }
            }
        }
    }

    /// <summary>
    /// Loop inversion: tests a loop's condition at its end rather than at its beginning, so that an iteration has one
    /// jump.
    /// </summary>
    public static void InvertLoops(FlowGraph graph)
    {
        foreach (Loop loop in graph.Loops)
        {
            Block header = loop.Header;
            if (header.Taken is null || header.Body.Count > LongestTest
                || header.Followers.All(loop.Blocks.Contains)
                || header.Body.Exists(static instruction => !instruction.IsPure))
            {
                continue;
            }

            foreach (Block latch in loop.Latches)
            {
                if (latch.Taken is null && latch != header)
                {
                    latch.Body.AddRange(header.Body.Select(static instruction => instruction.Copy()));
                    latch.EndAs(header);
                }
            }
        }
    }

    /// <summary>Where it goes on behind blocks that have nothing in them.</summary>
    private static Block Passed(Block block)
    {
        HashSet<Block> passed = [];
        while (block is { Body.Count: 0, Taken: null, Next: { } next } && passed.Add(block))
        {
            block = next;
        }

        return block;
    }
}
