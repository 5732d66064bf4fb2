using System.Numerics;

namespace Autodiff.Gpu.Compilation.Passes;

/// <summary>
/// Makes one register of two of which one is copied to the other, where their live ranges don't interfere: what a loop
/// carries then stays where it is.
/// </summary>
/// <remarks>
/// G. J. Chaitin, "Register allocation and spilling via graph coloring", 1982.
/// </remarks>
internal sealed class CopyCoalescing
{
    private readonly FlowGraph _graph;

    /// <summary>The place of each register among those that are copied; -1 for all others.</summary>
    private readonly int[] _places;

    /// <summary>Those registers.</summary>
    private readonly List<int> _copied = [];

    /// <summary>The interference graph: registers that are live at once, by places.</summary>
    private readonly HashSet<int>[] _together;

    private CopyCoalescing(FlowGraph graph, List<Instruction> copies, int registers)
    {
        _graph = graph;
        _places = new int[registers];
        Array.Fill(_places, -1);
        foreach (int register in copies.SelectMany(static copy => copy.Registers))
        {
            if (_places[register] < 0)
            {
                _places[register] = _copied.Count;
                _copied.Add(register);
            }
        }

        _together = [.. _copied.Select(static _ => new HashSet<int>())];
    }

    public static void Run(FlowGraph graph, RegisterNames registers)
    {
        // Copies of inner loops first: they are made most often.
        List<Instruction> copies = [.. graph.Blocks.OrderByDescending(static block => block.Depth)
            .SelectMany(static block => block.Body)
            .Where(copy => copy.IsCopy && registers.AreOfOneClass(copy.Registers[0], copy.Registers[1]))];
        if (copies.Count == 0)
        {
            return;
        }

        CopyCoalescing all = new(graph, copies, registers.Count);
        all.FindTogether();
        all.Join(copies);
    }

    private void FindTogether()
    {
        int words = (_copied.Count + 63) / 64;
        ulong[][] atStart = [.. _graph.Blocks.Select(_ => new ulong[words])];
        bool changes = true;
        while (changes)
        {
            changes = false;
            for (int b = _graph.Blocks.Count - 1; b >= 0; b--)
            {
                ulong[] live = Walk(_graph.Blocks[b], atStart, notes: false);
                changes |= !live.AsSpan().SequenceEqual(atStart[b]);
                atStart[b] = live;
            }
        }

        foreach (Block block in _graph.Blocks)
        {
            _ = Walk(block, atStart, notes: true);
        }
    }

    /// <summary>Liveness, backward through a block: what is live at its start, of what is live at its end.</summary>
    private ulong[] Walk(Block block, ulong[][] atStart, bool notes)
    {
        ulong[] live = new ulong[atStart[0].Length];
        foreach (Block next in block.Followers)
        {
            for (int w = 0; w < live.Length; w++)
            {
                live[w] |= atStart[next.Number][w];
            }
        }

        Set(live, block.Condition < 0 ? [] : [block.Condition], true);
        for (int i = block.Body.Count - 1; i >= 0; i--)
        {
            Instruction instruction = block.Body[i];
            if (notes)
            {
                // Results of one instruction are there at once. A copy and what it copies have the same number.
                Set(live, instruction.Written, true);
                int except = instruction.IsCopy ? _places[instruction.Registers[1]] : -1;
                foreach (int register in instruction.Written)
                {
                    Note(_places[register], live, except);
                }
            }

            Set(live, instruction.Written, false);
            Set(live, instruction.Read, true);
        }

        return live;
    }

    private void Set(ulong[] live, ReadOnlySpan<int> registers, bool value)
    {
        foreach (int register in registers)
        {
            if (_places[register] is >= 0 and int place)
            {
                ulong bit = 1UL << (place & 63);
                live[place >> 6] = value ? live[place >> 6] | bit : live[place >> 6] & ~bit;
            }
        }
    }

    private void Note(int place, ulong[] live, int except)
    {
        for (int w = 0; place >= 0 && w < live.Length; w++)
        {
            for (ulong rest = live[w]; rest != 0; rest &= rest - 1)
            {
                int other = 64 * w + BitOperations.TrailingZeroCount(rest);
                if (other != place && other != except)
                {
                    _ = _together[place].Add(other);
                    _ = _together[other].Add(place);
                }
            }
        }
    }

    private void Join(List<Instruction> copies)
    {
        int[] joined = [.. Enumerable.Range(0, _copied.Count)];
        foreach (Instruction copy in copies)
        {
            int to = Find(_places[copy.Registers[0]]), from = Find(_places[copy.Registers[1]]);
            if (to == from || _together[to].Contains(from))
            {
                continue;
            }

            joined[from] = to;
            foreach (int other in _together[from])
            {
                _ = _together[to].Add(other);
                _ = _together[other].Add(to);
            }
        }

        foreach (Block block in _graph.Blocks)
        {
            foreach (Instruction instruction in block.Body)
            {
                for (int i = 0; i < instruction.Registers.Length; i++)
                {
                    instruction.Registers[i] = Register(instruction.Registers[i]);
                }
            }

            block.Condition = block.Condition < 0 ? -1 : Register(block.Condition);
            _ = block.Body.RemoveAll(
                static copy => copy.IsCopy && copy.Registers[0] == copy.Registers[1]);
        }

        int Find(int place)
        {
            while (joined[place] != place)
            {
                place = joined[place];
            }

            return place;
        }

        int Register(int register) => _places[register] < 0 ? register : _copied[Find(_places[register])];
    }
}
