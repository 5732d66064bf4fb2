namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>A basic block and the edges that leave it.</summary>
internal sealed class Block
{
    public List<Instruction> Body { get; init; } = [];

    /// <summary>The predicate that decides; -1 where nothing does.</summary>
    public int Condition { get; set; } = -1;

    /// <summary>Whether <see cref="Taken"/> is taken where the predicate does not hold.</summary>
    public bool IsNegated { get; set; }

    /// <summary>Where it goes on if the condition says so.</summary>
    public Block? Taken { get; set; }

    /// <summary>Where it goes on otherwise; null where the kernel ends.</summary>
    public Block? Next { get; set; }

    /// <summary>Its place in <see cref="FlowGraph.Blocks"/>.</summary>
    public int Number { get; set; } = -1;

    public List<Block> Predecessors { get; } = [];

    /// <summary>The immediate dominator.</summary>
    public Block? Dominator { get; set; }

    /// <summary>The blocks whose <see cref="Dominator"/> this is: the children in the dominator tree.</summary>
    public List<Block> Dominated { get; } = [];

    /// <summary>In how many loops it is.</summary>
    public int Depth { get; set; }

    public IEnumerable<Block> Followers
    {
        get
        {
            if (Taken is not null)
            {
                yield return Taken;
            }

            if (Next is not null)
            {
                yield return Next;
            }
        }
    }

    /// <summary>Whether this dominates a block: all paths there lead through this one.</summary>
    public bool Dominates(Block? other)
    {
        while (other is not null && other.Number > Number)
        {
            other = other.Dominator;
        }

        return other == this;
    }

    /// <summary>Decides as another block does.</summary>
    public void EndAs(Block other)
    {
        (Condition, IsNegated) = (other.Condition, other.IsNegated);
        (Taken, Next) = (other.Taken, other.Next);
    }
}
