using System.Runtime.InteropServices;
using Autodiff.Backends.Cpu;

namespace Autodiff.Compilation;

/// <summary>A captured step: commands in order, their memory planned ahead.</summary>
internal sealed class StepProgram : IDisposable
{
    private const int Alignment = BufferPool.Alignment;

    private readonly Tensor[] _slots;
    private readonly (Tensor? Source, int Version)[] _loaded;
    private readonly Command[] _commands;
    private readonly (Tensor Leaf, Tensor Gradient, Tensor? End)[] _gradients;
    private readonly (Tensor Leaf, Tensor? Start)[] _starts;
    private readonly bool[] _slotChanges;
    private readonly Storage[] _outside;
    private readonly Storage[] _changed;
    private readonly List<GCHandle> _pins;

    private StepProgram(Tensor[] slots, Tensor result, List<Command> commands, StepRecorder recorder, Storage[] changed, Storage[] outside, List<GCHandle> pins)
    {
        _slots = slots;
        _loaded = new (Tensor?, int)[slots.Length];
        Result = result;
        _commands = [.. commands];
        _gradients = [.. recorder.Gradients.Select(pair => (pair.Key, pair.Value, pair.Key.Grad))];
        _starts = [.. recorder.Starts.Select(pair => (pair.Key, pair.Value))];
        _slotChanges = Array.ConvertAll(slots, slot => changed.Contains(slot.Storage));
        _outside = outside;
        _changed = changed;
        _pins = pins;
    }

    ~StepProgram() => Unpin();

    /// <summary>Where each replay leaves its result.</summary>
    public Tensor Result { get; }

    public int CommandCount => _commands.Length;

    /// <summary>Bytes of memory for everything that lives only inside the step.</summary>
    public long ArenaBytes { get; private set; }

    /// <summary>Whether the program was captured for inputs like these.</summary>
    public bool Fits(ReadOnlySpan<Tensor> inputs)
    {
        if (inputs.Length != _slots.Length)
        {
            return false;
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].DType != _slots[i].DType || !inputs[i].Layout.SameShape(_slots[i].Layout))
            {
                return false;
            }
        }

        // A gradient that Backward adds to must be the one (or the absence) that it was captured with.
        foreach ((Tensor leaf, Tensor? start) in _starts)
        {
            if (!ReferenceEquals(leaf.Grad, start))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the inputs in, where they are not those of the last time, and runs.</summary>
    public Tensor Run(ReadOnlySpan<Tensor> inputs)
    {
        foreach (Storage storage in _outside)
        {
            if (storage.IsReleased)
            {
                throw new ObjectDisposedException("tensor", "CompiledStep: a tensor that the captured step works with was disposed. Call Reset() to capture the step anew.");
            }
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            Tensor input = inputs[i];
            if (_slotChanges[i] || !ReferenceEquals(_loaded[i].Source, input) || _loaded[i].Version != input.Storage.Version)
            {
                input.Backend.Copy(input.View, _slots[i].View);
                _loaded[i] = (input, input.Storage.Version);
            }
        }

        foreach ((Tensor leaf, Tensor gradient, _) in _gradients)
        {
            leaf.SetGrad(gradient);
        }

        foreach (Command command in _commands)
        {
            command.Run();
        }

        foreach (Storage storage in _changed)
        {
            storage.Touch();
        }

        foreach ((Tensor leaf, _, Tensor? end) in _gradients)
        {
            leaf.SetGrad(end);
        }

        return Result;
    }

    public void Dispose()
    {
        Unpin();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Plans a recorded step. Values that live only inside it share one block, each from its first to its last use; its result,
    /// the gradients and what it read from outside stay where they are, pinned.
    /// </summary>
    public static StepProgram Plan(StepRecorder recorder, Tensor[] slots, Tensor result)
    {
        HashSet<Storage> outside = [result.Storage, .. recorder.Gradients.Values.Select(gradient => gradient.Storage), .. slots.Select(slot => slot.Storage)];
        bool IsInside(Storage storage) => recorder.Made.Contains(storage) && !outside.Contains(storage);

        List<Command> commands = FoldRelus(recorder.Commands, IsInside);
        List<Command[]> groups = Group(commands);
        Dictionary<Storage, Storage> planned = Place(groups, IsInside, out long arena);
        Storage[] changed = [.. commands.SelectMany(command => command.Writes.ToArray()).Select(view => view.Storage)
            .Where(storage => !recorder.Made.Contains(storage)).Distinct()];
        Storage[] used = [.. commands.SelectMany(command => (TensorView[])[.. command.Reads, .. command.Writes]).Select(view => view.Storage)
            .Where(storage => !IsInside(storage)).Distinct()];
        foreach (Command command in commands)
        {
            command.Rebind(planned);
        }

        List<GCHandle> pins = Pin(commands);
        foreach (Command command in commands)
        {
            command.Prepare();
        }

        return new(slots, result, Chain(groups), recorder, changed, used, pins) { ArenaBytes = arena };
    }

    private static List<Command> FoldRelus(List<Command> recorded, Func<Storage, bool> isInside)
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
                && product.Absorb(relu, isInside(product.Writes[0].Storage) && lastUse[product.Writes[0].Storage] == i))
            {
                continue;
            }

            commands.Add(recorded[i]);
        }

        return commands;
    }

    /// <summary>Neighbouring elementwise commands over equally many elements that all lie alike: they may run piece by piece.</summary>
    private static List<Command[]> Group(List<Command> commands)
    {
        List<Command[]> groups = [];
        List<Command> open = [];
        foreach (Command command in commands)
        {
            bool straight = command is ElementCommand element && LiesStraight(element);
            if (open.Count > 0 && (!straight || ((ElementCommand)open[0]).Count != ((ElementCommand)command).Count))
            {
                groups.Add([.. open]);
                open.Clear();
            }

            if (straight)
            {
                open.Add(command);
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

    private static bool LiesStraight(ElementCommand command)
    {
        DType type = command.Writes[0].DType;
        bool straight = command.Writes[0].Layout.IsContiguous && type is not DType.Bool;
        foreach (TensorView view in command.Reads)
        {
            straight &= view.Layout.IsContiguous && view.DType == type;
        }

        return straight;
    }

    private static List<Command> Chain(List<Command[]> groups) =>
        [.. groups.Select(group => group.Length > 1 && group.All(command => command is ElementCommand { IsStraight: true })
            ? new ElementChain(Array.ConvertAll(group, static command => (ElementCommand)command))
            : group.Length == 1 ? group[0] : new Sequence(group))];

    /// <summary>Gives each inner value a place in one block: first fit among the gaps that are free for its whole life.</summary>
    private static Dictionary<Storage, Storage> Place(List<Command[]> groups, Func<Storage, bool> isInside, out long size)
    {
        Dictionary<Storage, (int First, int Last)> lives = [];
        for (int i = 0; i < groups.Count; i++)
        {
            foreach (Command command in groups[i])
            {
                Live(command.Reads, i);
                Live(command.Writes, i);
            }
        }

        List<(long Start, long End, int First, int Last)> placed = [];
        Dictionary<Storage, long> starts = [];
        size = 0;
        foreach ((Storage storage, (int first, int last)) in lives.OrderBy(pair => pair.Value.First).ThenByDescending(pair => pair.Key.ByteLength))
        {
            long length = (storage.ByteLength + Alignment - 1) / Alignment * Alignment, start = 0;
            foreach ((long from, long to, _, _) in placed.Where(p => p.First <= last && p.Last >= first).OrderBy(p => p.Start))
            {
                if (start + length <= from)
                {
                    break;
                }

                start = Math.Max(start, to);
            }

            placed.Add((start, start + length, first, last));
            starts[storage] = start;
            size = Math.Max(size, start + length);
        }

        byte[] block = GC.AllocateUninitializedArray<byte>(checked((int)(size + Alignment)), pinned: true);
        nint origin = BufferPool.AlignedStart(block);
        return starts.ToDictionary(pair => pair.Key, pair => (Storage)new CpuStorage(block, origin + (nint)pair.Value, pair.Key.ByteLength));

        void Live(ReadOnlySpan<TensorView> views, int at)
        {
            foreach (TensorView view in views)
            {
                if (isInside(view.Storage))
                {
                    lives[view.Storage] = lives.TryGetValue(view.Storage, out (int First, int Last) life) ? (life.First, at) : (at, at);
                }
            }
        }
    }

    /// <summary>Small arrays may move; while the program lives, its operands must not.</summary>
    private static List<GCHandle> Pin(List<Command> commands)
    {
        HashSet<byte[]> buffers = [];
        foreach (Command command in commands)
        {
            foreach (TensorView view in (TensorView[])[.. command.Reads, .. command.Writes])
            {
                buffers.Add(((CpuStorage)view.Storage).Buffer);
            }
        }

        return [.. buffers.Select(buffer => GCHandle.Alloc(buffer, GCHandleType.Pinned))];
    }

    private void Unpin()
    {
        foreach (GCHandle pin in _pins)
        {
            pin.Free();
        }

        _pins.Clear();
    }

    private sealed class Sequence(Command[] commands) : Command([], 0)
    {
        public override void Run()
        {
            foreach (Command command in commands)
            {
                command.Run();
            }
        }
    }
}
