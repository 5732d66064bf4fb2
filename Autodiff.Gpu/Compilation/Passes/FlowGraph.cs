namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>A natural loop: its header, its blocks, and those with a back edge.</summary>
internal sealed record Loop(Block Header, HashSet<Block> Blocks, List<Block> Latches);

/// <summary>The control-flow graph: the basic blocks that can be reached, in reverse postorder; a loop's blocks stand
/// together.</summary>
/// <remarks>
/// Dominators: K. D. Cooper, T. J. Harvey, K. Kennedy, "A Simple, Fast Dominance Algorithm", 2001.
/// </remarks>
internal sealed class FlowGraph
{
    private FlowGraph(List<Block> blocks, List<Loop> loops) => (Blocks, Loops) = (blocks, loops);

    public List<Block> Blocks { get; }

    /// <summary>Inner loops before those around them.</summary>
    public List<Loop> Loops { get; }

    /// <summary>Follows the edges from the first block.</summary>
    public static FlowGraph Of(Block entry)
    {
        List<Block> blocks = Order(entry, []);
        Connect(blocks);
        List<Loop> loops = FindLoops(blocks);
        if (loops.Count > 0)
        {
            // Ways out of a loop are followed first, and so stand last.
            blocks = Order(entry, loops.ToDictionary(static loop => loop.Header, static loop => Exits(loop)));
            Connect(blocks);
            loops = FindLoops(blocks);
        }

        return new(blocks, loops);
    }

    private static List<Block> Exits(Loop loop) => [.. loop.Blocks.OrderBy(static block => block.Number)
        .SelectMany(static block => block.Followers).Where(block => !loop.Blocks.Contains(block))];

    private static List<Block> Order(Block entry, Dictionary<Block, List<Block>> exits)
    {
        List<Block> order = [];
        HashSet<Block> seen = [entry];
        Stack<(Block Block, Queue<Block> Ahead)> open = new();
        open.Push((entry, Around(entry)));
        while (open.TryPeek(out (Block Block, Queue<Block> Ahead) top))
        {
            if (!top.Ahead.TryDequeue(out Block? next))
            {
                order.Add(open.Pop().Block);
            }
            else if (seen.Add(next))
            {
                open.Push((next, Around(next)));
            }
        }

        order.Reverse();
        return order;

        Queue<Block> Around(Block block) =>
            new(exits.TryGetValue(block, out List<Block>? first) ? first.Concat(block.Followers) : block.Followers);
    }

    private static void Connect(List<Block> blocks)
    {
        for (int i = 0; i < blocks.Count; i++)
        {
            (blocks[i].Number, blocks[i].Dominator) = (i, null);
            blocks[i].Predecessors.Clear();
            blocks[i].Dominated.Clear();
        }

        foreach (Block block in blocks)
        {
            foreach (Block next in block.Followers)
            {
                next.Predecessors.Add(block);
            }
        }

        bool changes = true;
        while (changes)
        {
            changes = false;
            foreach (Block block in blocks.Skip(1))
            {
                Block? common = null;
                foreach (Block before in block.Predecessors)
                {
                    if (before.Dominator is not null || before == blocks[0])
                    {
                        common = common is null ? before : Common(before, common);
                    }
                }

                changes |= common != block.Dominator;
                block.Dominator = common;
            }
        }

        foreach (Block block in blocks.Skip(1))
        {
            block.Dominator!.Dominated.Add(block);
        }
    }

    /// <summary>The nearest common dominator.</summary>
    public static Block Common(Block a, Block b)
    {
        while (a != b)
        {
            if (a.Number > b.Number)
            {
                a = a.Dominator!;
            }
            else
            {
                b = b.Dominator!;
            }
        }

        return a;
    }

    private static List<Loop> FindLoops(List<Block> blocks)
    {
        List<Loop> loops = [];
        foreach (Block header in blocks)
        {
            header.Depth = 0;
            List<Block> latches = header.Predecessors.FindAll(header.Dominates);
            if (latches.Count == 0)
            {
                continue;
            }

            HashSet<Block> inside = [header];
            Stack<Block> open = new(latches);
            while (open.TryPop(out Block? block))
            {
                if (inside.Add(block))
                {
                    block.Predecessors.ForEach(open.Push);
                }
            }

            loops.Add(new(header, inside, latches));
        }

        foreach (Block block in loops.SelectMany(static loop => loop.Blocks))
        {
            block.Depth++;
        }

        return [.. loops.OrderBy(static loop => loop.Blocks.Count)];
    }
}
