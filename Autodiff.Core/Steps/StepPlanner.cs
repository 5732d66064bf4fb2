using System.Runtime.InteropServices;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>
/// Plans a recorded step. What never changes is computed once; values that live only inside the step share one block
/// (or more, if that is too long for an array), each from its first to its last use; its result, the gradients and what
/// it read from outside keep their storages, which stay in their places.
/// </summary>
internal sealed class StepPlanner
{
    private const int Alignment = BufferPool.Alignment;

    /// <summary>
    /// A number that is repeated over this many elements or fewer is written out, if it never changes.
    /// </summary>
    private const int MostSpread = 4096;

    /// <summary>Bytes of a block of memory, as large as an array can be.</summary>
    internal static long BlockBytes { get; set; } = (CpuStorage.MostBytes - Alignment) / Alignment * Alignment;

    private readonly StepRecorder _recorder;
    private readonly HashSet<Storage> _kept;
    private readonly HashSet<Storage> _constants = [];
    private readonly List<Command> _once = [];

    /// <param name="recorder">What was recorded.</param>
    /// <param name="slots">The tensors that stood for the inputs.</param>
    /// <param name="result">What the step returned.</param>
    /// <param name="pins">Gets what holds the memory in its place.</param>
    public StepPlanner(StepRecorder recorder, Tensor[] slots, Tensor result, List<GCHandle> pins)
    {
        _recorder = recorder;
        _kept = [result.Storage, .. recorder.SeenGradients];
        List<Command> commands = SpreadConstants(TakeOutConstants(FoldRelus(recorder.Commands)));
        List<Command[]> groups = Group(commands);
        Dictionary<Storage, Storage> planned = Place(groups);
        HashSet<Storage> written = [.. commands.SelectMany(command => command.Writes.ToArray())
            .Select(view => view.Storage)];
        Changed = [.. written.Where(storage => !IsInside(storage))];
        Outside = [.. commands.SelectMany(command => command.Operands.ToArray())
            .Select(view => view.Storage)
            .Where(storage => !IsInside(storage)).Distinct().Cast<CpuStorage>()];
        // Also what is only read: a later program must not move it from where this one will read it.
        foreach (Storage storage in (Storage[])
            [.. Outside, .. slots.Select(slot => slot.Storage),
                .. recorder.Gradients.Keys.Select(leaf => leaf.Storage)])
        {
            (storage as CpuStorage)?.Pad();
        }

        foreach (Command command in (Command[])[.. _once, .. commands])
        {
            command.Rebind(planned);
        }

        Pin([.. _once, .. commands], pins);
        foreach (Command command in _once)
        {
            command.Prepare();
            command.Run();
        }

        foreach (Command command in commands)
        {
            command.Prepare();
        }

        Commands = [.. groups.Select(group => group.Length > 1
            ? new ElementChain(Array.ConvertAll(group, static command => (ElementCommand)command))
            : group[0])];
        HashSet<Storage> visible = [.. Changed, .. _kept];
        Slots = Array.ConvertAll(slots, slot => new InputSlot(slot, visible, Uses(groups, slot)));
    }

    public Command[] Commands { get; }

    public InputSlot[] Slots { get; }

    /// <summary>Memory that the step works with but doesn't own.</summary>
    public CpuStorage[] Outside { get; }

    /// <summary>What can be seen outside and the step changes: of that memory, its result and the gradients.</summary>
    public Storage[] Changed { get; }

    private bool IsInside(Storage storage) => _recorder.Made.Contains(storage) && !_kept.Contains(storage);

    private static InputSlot.Use[] Uses(List<Command[]> groups, Tensor slot)
    {
        List<InputSlot.Use> uses = [];
        for (int i = 0; i < groups.Count; i++)
        {
            foreach (Command command in groups[i])
            {
                for (int k = 0; k < command.Reads.Length; k++)
                {
                    if (ReferenceEquals(command.Reads[k].Storage, slot.Storage))
                    {
                        uses.Add(new(command, k, command.Reads[k].Offset, groups[i].Length == 1 ? i : -1));
                    }
                }
            }
        }

        return [.. uses];
    }

    private List<Command> FoldRelus(List<Command> recorded)
    {
        Dictionary<Storage, int> lastUse = [];
        for (int i = 0; i < recorded.Count; i++)
        {
            foreach (TensorView view in recorded[i].Reads)
            {
                lastUse[view.Storage] = i;
            }
        }

        List<Command> commands = [];
        for (int i = 0; i < recorded.Count; i++)
        {
            if (recorded[i] is ElementCommand relu && commands.Count > 0 && commands[^1] is MatMulCommand product
                && product.Absorb(relu, IsInside(product.Writes[0].Storage) && lastUse[product.Writes[0].Storage] == i))
            {
                continue;
            }

            commands.Add(recorded[i]);
        }

        return commands;
    }

    /// <summary>
    /// Takes out what gives the same at every replay, for example the gradient 1 that every Backward begins with.
    /// </summary>
    private List<Command> TakeOutConstants(List<Command> recorded)
    {
        Dictionary<Storage, int> writers = [];
        foreach (Command command in recorded)
        {
            foreach (TensorView view in command.Writes)
            {
                writers[view.Storage] = writers.GetValueOrDefault(view.Storage) + 1;
            }
        }

        List<Command> commands = [];
        foreach (Command command in recorded)
        {
            if (command.IsPure && All(command.Reads, _constants.Contains)
                && All(command.Writes, storage => IsInside(storage) && writers[storage] == 1))
            {
                _constants.UnionWith(command.Writes.ToArray().Select(view => view.Storage));
                _once.Add(command);
            }
            else
            {
                commands.Add(command);
            }
        }

        return commands;

        static bool All(ReadOnlySpan<TensorView> views, Func<Storage, bool> test)
        {
            foreach (TensorView view in views)
            {
                if (!test(view.Storage))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>
    /// Writes out repeated constants of elementwise commands, whose loops then run over their operands as they lie.
    /// </summary>
    private List<Command> SpreadConstants(List<Command> commands)
    {
        foreach (ElementCommand command in commands.OfType<ElementCommand>())
        {
            for (int k = 0; k < command.Reads.Length; k++)
            {
                TensorView view = command.Reads[k];
                if (view.Layout.IsContiguous || view.Count > MostSpread || !_constants.Contains(view.Storage))
                {
                    continue;
                }

                Layout full = view.Layout.AsContiguous();
                TensorView spread = new(CpuStorage.Allocate(full.Count * view.DType.SizeOf()), 0, full, view.DType);
                _recorder.Made.Add(spread.Storage);
                _constants.Add(spread.Storage);
                _once.Add(Command.Copy(view, spread));
                command.Replace(k, spread);
            }
        }

        return commands;
    }

    /// <summary>
    /// Neighbouring elementwise commands over equally many elements that all lie alike: they may run piece by piece.
    /// </summary>
    private static List<Command[]> Group(List<Command> commands)
    {
        List<Command[]> groups = [];
        List<Command> open = [];
        ChainPlaces places = new();
        foreach (Command command in commands)
        {
            bool joins = command is ElementCommand { IsStraight: true, Count: > ElementChain.Piece };
            if (open.Count > 0 && (!joins || ((ElementCommand)open[0]).Count != ((ElementCommand)command).Count
                || !places.Allow(command)))
            {
                groups.Add([.. open]);
                open.Clear();
                places.Clear();
            }

            if (joins)
            {
                open.Add(command);
                places.Add(command);
            }
            else
            {
                groups.Add([command]);
            }
        }

        if (open.Count > 0)
        {
            groups.Add([.. open]);
        }

        return groups;
    }

    /// <summary>
    /// Gives each inner value a place in one block: first fit among the gaps that are free for its whole life.
    /// </summary>
    private Dictionary<Storage, Storage> Place(List<Command[]> groups)
    {
        Dictionary<Storage, (int First, int Last)> lives = _constants
            .Where(static storage => storage.ByteLength <= BlockBytes)
            .ToDictionary(static storage => storage, static _ => (0, int.MaxValue));
        for (int i = 0; i < groups.Count; i++)
        {
            foreach (Command command in groups[i])
            {
                foreach (TensorView view in command.Operands)
                {
                    // One that fills a whole array keeps its own.
                    if (IsInside(view.Storage) && !_constants.Contains(view.Storage)
                        && view.Storage.ByteLength <= BlockBytes)
                    {
                        lives[view.Storage] = lives.TryGetValue(view.Storage, out (int First, int Last) life)
                            ? (life.First, i)
                            : (i, i);
                    }
                }
            }
        }

        List<(long Start, long End, int First, int Last)> placed = [];
        Dictionary<Storage, long> starts = [];
        long size = 0;
        foreach ((Storage storage, (int first, int last)) in lives.OrderBy(pair => pair.Value.First)
            .ThenByDescending(pair => pair.Key.ByteLength))
        {
            long length = (storage.ByteLength + Alignment - 1) / Alignment * Alignment, start = 0;
            if (Predecessor(groups[first], storage,
                before => starts.ContainsKey(before) && lives[before].Last == first) is { } dying)
            {
                start = starts[dying];
            }
            else
            {
                foreach ((long from, long to, _, _) in placed.Where(p => p.First <= last && p.Last >= first)
                    .OrderBy(p => p.Start))
                {
                    if (start + length <= from)
                    {
                        break;
                    }

                    start = InOneBlock(Math.Max(start, to), length);
                }
            }

            placed.Add((start, start + length, first, last));
            starts[storage] = start;
            size = Math.Max(size, start + length);
        }

        List<byte[]> blocks = [];
        for (long rest = size; rest > 0 || blocks.Count == 0; rest -= BlockBytes)
        {
            blocks.Add(GC.AllocateArray<byte>((int)(Math.Min(rest, BlockBytes) + Alignment), pinned: true));
        }

        return starts.ToDictionary(pair => pair.Key, pair =>
        {
            byte[] block = blocks[(int)(pair.Value / BlockBytes)];
            nint start = BufferPool.AlignedStart(block) + (nint)(pair.Value % BlockBytes);
            return (Storage)new CpuStorage(new PlacedArray(block, start), pair.Key.ByteLength);
        });
    }

    private static long InOneBlock(long start, long length) =>
        start / BlockBytes == (start + length - 1) / BlockBytes ? start : (start / BlockBytes + 1) * BlockBytes;

    /// <summary>
    /// A value that is read for the last time, element for element, where <paramref name="result"/> arises: its place
    /// will do.
    /// </summary>
    private static Storage? Predecessor(Command[] group, Storage result, Predicate<Storage> dies)
    {
        if (group is not [ElementCommand { IsStraight: true } command]
            || !ReferenceEquals(command.Writes[0].Storage, result) || !IsWhole(command.Writes[0]))
        {
            return null;
        }

        foreach (TensorView view in command.Reads)
        {
            if (!ReferenceEquals(view.Storage, result) && IsWhole(view) && view.Storage.ByteLength == result.ByteLength
                && dies(view.Storage))
            {
                return view.Storage;
            }
        }

        return null;

        static bool IsWhole(in TensorView view) =>
            view.Offset == 0 && view.Count * view.DType.SizeOf() == view.Storage.ByteLength;
    }

    /// <summary>Small arrays may move; while the program lives, its operands must not.</summary>
    private static void Pin(Command[] commands, List<GCHandle> pins)
    {
        HashSet<CpuStorage> storages = [];
        foreach (Command command in commands)
        {
            foreach (TensorView view in command.Operands)
            {
                storages.Add((CpuStorage)view.Storage);
            }
        }

        pins.AddRange(storages.Select(static storage => storage.Pin()));
    }
}
