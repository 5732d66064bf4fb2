namespace Autodiff.Tests.Emulator.Syntax;

/// <summary>
/// Puts a kernel's blocks in an order in which each stands behind all that lead to it, but for those that lead back to
/// a loop's beginning, and in which a loop's blocks stand together. Lanes that a branch has divided meet again when the
/// group with the lowest place goes first; compilers that put the rarer side of a branch at a kernel's end leave it to
/// the assembler to find where they do.
/// </summary>
internal sealed class BlockOrder
{
    private readonly KernelSyntax _kernel;

    /// <summary>The first statement of each block, and behind them the number of statements.</summary>
    private readonly int[] _starts;

    private readonly List<int>[] _followers;

    private BlockOrder(KernelSyntax kernel)
    {
        _kernel = kernel;
        int count = kernel.Statements.Count;
        SortedSet<int> starts = [0, count, .. kernel.Labels.Values];
        for (int i = 0; i < count; i++)
        {
            if (IsJump(kernel.Statements[i]) || IsReturn(kernel.Statements[i]))
            {
                starts.Add(i + 1);
            }
        }

        _starts = [.. starts];
        _followers = new List<int>[_starts.Length]; // the last block is the end, and has nothing in it
        for (int b = 0; b < _starts.Length; b++)
        {
            _followers[b] = [];
            if (b == _starts.Length - 1)
            {
                continue;
            }

            Statement last = kernel.Statements[_starts[b + 1] - 1];
            if (IsJump(last) && Target(last) is { } target)
            {
                _followers[b].Add(target);
            }

            if (GoesOn(b))
            {
                _followers[b].Add(b + 1);
            }
        }
    }

    /// <summary>Puts the blocks of a kernel in order.</summary>
    public static void Apply(KernelSyntax kernel)
    {
        if (kernel.Statements.Count > 0)
        {
            new BlockOrder(kernel).Apply();
        }
    }

    private void Apply()
    {
        List<int> order = [];
        Sort([.. Enumerable.Range(0, _starts.Length)], 0, order);
        if (order.SequenceEqual(Enumerable.Range(0, _starts.Length)))
        {
            return;
        }

        List<Statement> statements = [];
        Dictionary<int, int> places = [];
        for (int i = 0; i < order.Count; i++)
        {
            int block = order[i], next = i + 1 < order.Count ? order[i + 1] : -1;
            places[block] = statements.Count;
            if (block == _starts.Length - 1)
            {
                statements.Add(new(0, null, "ret", []));
                continue;
            }

            statements.AddRange(_kernel.Statements[_starts[block].._starts[block + 1]]);
            if (GoesOn(block) && next != block + 1)
            {
                string label = $"block {block + 1}";
                _kernel.Labels[label] = _starts[block + 1];
                statements.Add(new(statements[^1].Line, null, "bra", [new NameOperand(label)]));
            }
        }

        foreach ((string label, int at) in _kernel.Labels.ToArray())
        {
            _kernel.Labels[label] = places[Array.BinarySearch(_starts, at)];
        }

        _kernel.Statements.Clear();
        _kernel.Statements.AddRange(statements);
    }

    /// <summary>
    /// Adds blocks that begin with <paramref name="first"/>: loops as a whole behind what leads to them, and inside a
    /// loop the same without what leads back to its beginning.
    /// </summary>
    private void Sort(List<int> blocks, int first, List<int> order)
    {
        HashSet<int> inside = [.. blocks];
        List<List<int>> loops = Loops(blocks, inside, first);
        Dictionary<int, List<int>> loopOf = [];
        foreach (List<int> loop in loops)
        {
            foreach (int block in loop)
            {
                loopOf[block] = loop;
            }
        }

        Dictionary<List<int>, HashSet<int>> entries = loops.ToDictionary(loop => loop, _ => new HashSet<int>());
        Dictionary<List<int>, int> missing = loops.ToDictionary(loop => loop, _ => 0);
        List<(List<int> From, List<int> To)> edges = [];
        foreach (int from in blocks)
        {
            foreach (int to in _followers[from].Where(to => inside.Contains(to) && loopOf[to] != loopOf[from]))
            {
                if (to != first)
                {
                    edges.Add((loopOf[from], loopOf[to]));
                    missing[loopOf[to]]++;
                    entries[loopOf[to]].Add(to);
                }
            }
        }

        PriorityQueue<List<int>, int> ready = new();
        foreach (List<int> loop in loops.Where(loop => missing[loop] == 0))
        {
            ready.Enqueue(loop, loop.Contains(first) ? -1 : loop.Min());
        }

        ILookup<List<int>, List<int>> followers = edges.ToLookup(edge => edge.From, edge => edge.To);
        while (ready.TryDequeue(out List<int>? loop, out _))
        {
            if (loop.Count == 1)
            {
                order.Add(loop[0]);
            }
            else
            {
                Sort(loop, loop.Contains(first) ? first : entries[loop].DefaultIfEmpty(loop.Min()).Min(), order);
            }

            foreach (List<int> next in followers[loop])
            {
                if (--missing[next] == 0)
                {
                    ready.Enqueue(next, next.Min());
                }
            }
        }
    }

    /// <summary>
    /// Blocks that lead to each other, without what leads to <paramref name="first"/>: Tarjan's strongly connected
    /// components.
    /// </summary>
    private List<List<int>> Loops(List<int> blocks, HashSet<int> inside, int first)
    {
        List<List<int>> loops = [];
        Dictionary<int, int> numbers = [], lowest = [];
        Stack<int> open = new();
        HashSet<int> isOpen = [];
        foreach (int block in blocks)
        {
            if (!numbers.ContainsKey(block))
            {
                Visit(block);
            }
        }

        return loops;

        void Visit(int block)
        {
            numbers[block] = lowest[block] = numbers.Count;
            open.Push(block);
            isOpen.Add(block);
            foreach (int next in _followers[block])
            {
                if (next == first || !inside.Contains(next))
                {
                    continue;
                }

                if (!numbers.TryGetValue(next, out int number))
                {
                    Visit(next);
                    lowest[block] = Math.Min(lowest[block], lowest[next]);
                }
                else if (isOpen.Contains(next))
                {
                    lowest[block] = Math.Min(lowest[block], number);
                }
            }

            if (lowest[block] == numbers[block])
            {
                List<int> loop = [];
                int member;
                do
                {
                    member = open.Pop();
                    isOpen.Remove(member);
                    loop.Add(member);
                }
                while (member != block);
                loops.Add(loop);
            }
        }
    }

    /// <summary>Whether a block's end is followed by the next block.</summary>
    private bool GoesOn(int block)
    {
        if (_starts[block] == _starts[block + 1])
        {
            return true;
        }

        Statement last = _kernel.Statements[_starts[block + 1] - 1];
        return last.Guard is not null || !(IsJump(last) || IsReturn(last));
    }

    private int? Target(Statement jump) =>
        jump.Operands is [NameOperand name] && _kernel.Labels.TryGetValue(name.Name, out int at)
            ? Array.BinarySearch(_starts, at) : null;

    private static bool IsJump(Statement statement) => statement.Opcode.Split('.')[0] == "bra";

    private static bool IsReturn(Statement statement) => statement.Opcode.Split('.')[0] is "ret" or "exit";
}
