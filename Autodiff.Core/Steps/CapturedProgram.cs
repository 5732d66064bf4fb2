using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>A step that a device captured itself: its segments, with host code between them.</summary>
internal sealed class CapturedProgram : CompiledProgram
{
    private readonly Tensor[] _slots;
    private readonly (WeakReference<Tensor> Source, int Version)[] _loaded;
    private readonly bool[] _slotChanges;
    private readonly Command[] _commands;
    private readonly Storage[] _outside;
    private readonly Storage[] _changed;
    private readonly IDisposable _memory;

    /// <param name="recorder">What was recorded.</param>
    /// <param name="slots">The tensors that stood for the inputs: where a replay reads them.</param>
    /// <param name="result">Where each replay leaves its result.</param>
    public CapturedProgram(StepRecorder recorder, Tensor[] slots, Tensor result)
        : base(recorder, slots, result)
    {
        IStepCapture capture = recorder.Capture!;
        _slots = slots;
        _loaded = Array.ConvertAll(slots, static _ => (new WeakReference<Tensor>(null!), 0));
        _memory = capture.HoldMemory();
        _outside = [.. capture.Used.Keys.Where(storage => !recorder.Made.Contains(storage))];
        HashSet<Storage> kept = [result.Storage, .. recorder.SeenGradients];
        _changed = [.. _outside.Where(storage => storage.Version != capture.Used[storage]),
            .. kept.Where(recorder.Made.Contains)];
        _slotChanges = Array.ConvertAll(slots, slot => _changed.Contains(slot.Storage));
        Dictionary<Storage, Storage> aliases = recorder.Made.Where(storage => !kept.Contains(storage))
            .ToDictionary(storage => storage, capture.Alias);
        _commands = [.. recorder.Commands];
        foreach (Command command in _commands)
        {
            if (command is LookCommand look)
            {
                // what the step itself changes gets its version when the replay has ended
                Storage looked = look.Reads[0].Storage;
                look.TrustsVersions = !recorder.Made.Contains(looked) && !_changed.Contains(looked);
            }

            command.Rebind(aliases);
        }
    }

    public override int CommandCount => _commands.Length;

    protected override Storage[] Changed => _changed;

    public override void RequireMemory()
    {
        using MemoryUse use = MemoryUse.Begin();
        RequireMemory(use);
    }

    private void RequireMemory(in MemoryUse use)
    {
        foreach (Storage storage in _outside)
        {
            storage.Hold(use);
            Require(storage);
        }
    }

    public override Tensor? RunIfFits(ReadOnlySpan<Tensor> inputs) => Fits(inputs) ? Run(inputs) : null;

    public override Tensor Run(ReadOnlySpan<Tensor> inputs)
    {
        using var alive = new Alive(this); // the graphs' addresses don't keep it so
        using MemoryUse use = MemoryUse.Begin(); // of what the graphs read, whoever disposes it meanwhile
        RequireMemory(use);
        for (int i = 0; i < inputs.Length; i++)
        {
            Tensor input = inputs[i];
            int version = input.Storage.Version;
            if (_slotChanges[i] || ReferenceEquals(input.Storage, Result.Storage)
                || !_loaded[i].Source.TryGetTarget(out Tensor? source) || !ReferenceEquals(source, input)
                || _loaded[i].Version != version)
            {
                input.Backend.Copy(input.View, _slots[i].View);
                _slots[i].Storage.Touch();
                _loaded[i].Source.SetTarget(input);
                _loaded[i].Version = version;
            }
        }

        RunGuarded();
        Gradients.Leave();
        return Result;
    }

    protected override void RunCommands()
    {
        foreach (Command command in _commands)
        {
            command.Run();
        }
    }

    protected override void GiveBack()
    {
        foreach (Command command in _commands)
        {
            (command as IDisposable)?.Dispose();
        }

        _memory.Dispose();
    }
}
