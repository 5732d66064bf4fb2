using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Cpu;
using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>A captured step of the CPU: commands in order, their memory planned ahead.</summary>
internal sealed unsafe class StepProgram : CompiledProgram
{
    private readonly InputSlot[] _slots;
    private readonly Command[] _commands;
    private readonly Instruction[] _instructions;
    private readonly CpuStorage[] _outside;
    private readonly PooledCpuStorage[] _pooled;
    private readonly Storage[] _changed;
    private readonly List<GCHandle> _pins = [];
    private int _releases, _loops;

    /// <param name="recorder">What was recorded.</param>
    /// <param name="slots">The tensors that stood for the inputs.</param>
    /// <param name="result">Where each replay leaves its result.</param>
    public StepProgram(StepRecorder recorder, Tensor[] slots, Tensor result) : base(recorder, slots, result)
    {
        var plan = new StepPlanner(recorder, slots, result, _pins);
        _commands = plan.Commands;
        _instructions = GC.AllocateArray<Instruction>(_commands.Length, pinned: true);
        _slots = plan.Slots;
        _outside = plan.Outside;
        _pooled = [.. _outside.OfType<PooledCpuStorage>()];
        _changed = plan.Changed;
        foreach (CpuStorage storage in _outside)
        {
            storage.Watch();
        }

        for (int i = 0; i < _commands.Length; i++)
        {
            Settle(_commands[i], i);
        }

        RequireMemory();
    }

    ~StepProgram() => GiveBack();

    public override int CommandCount => _commands.Length;

    protected override Storage[] Changed => _changed;

    public override Tensor? RunIfFits(ReadOnlySpan<Tensor> inputs) => Fits(inputs) ? Run(inputs) : null;

    public override Tensor Run(ReadOnlySpan<Tensor> inputs)
    {
        bool isReady = _pooled.Length == 0;
        for (int i = 0; i < inputs.Length; i++)
        {
            isReady &= _slots[i].Has(inputs[i]);
        }

        return isReady ? RunOnce() : RunHolding(inputs);
    }

    /// <summary>The same with large memory, which stays until the step has run.</summary>
    private Tensor RunHolding(ReadOnlySpan<Tensor> inputs)
    {
        using MemoryUse use = MemoryUse.Begin();
        foreach (PooledCpuStorage storage in _pooled)
        {
            _ = storage.First(use);
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            _slots[i].Load(inputs[i], this, use);
        }

        return RunOnce();
    }

    private Tensor RunOnce()
    {
        Alive alive = new(this); // addresses don't keep it so
        if (_releases != CpuStorage.WatchedReleases)
        {
            RequireMemory();
        }

        if (_loops == _instructions.Length)
        {
            Begin();
            RunLoops();
            End();
        }
        else
        {
            RunGuarded();
        }

        Gradients.Leave();
        alive.Dispose();
        return Result;
    }

    /// <summary>
    /// Prepares a command whose memory has moved, and its instruction if it stands for one of its own.
    /// </summary>
    public void Settle(Command command, int place)
    {
        command.Prepare();
        if (place >= 0)
        {
            Instruction instruction = default;
            bool isLoop = command.TryLower(ref instruction);
            _loops += (isLoop ? 1 : 0) - (_instructions[place].Loop != null ? 1 : 0);
            _instructions[place] = isLoop ? instruction : default;
        }
    }

    public override void RequireMemory()
    {
        int releases = CpuStorage.WatchedReleases;
        foreach (CpuStorage storage in _outside)
        {
            Require(storage);
        }

        _releases = releases;
    }

    /// <summary>Loops run no user's code and end always.</summary>
    private void RunLoops()
    {
        var at = (Instruction*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_instructions));
        for (Instruction* end = at + _instructions.Length; at != end; at++)
        {
            at->Loop(at->Op, &at->X0, at->Y, at->Count);
        }
    }

    protected override void RunCommands()
    {
        Command[] commands = _commands;
        var at = (Instruction*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_instructions));
        for (int i = 0; i < commands.Length; i++, at++)
        {
            if (at->Loop != null)
            {
                at->Loop(at->Op, &at->X0, at->Y, at->Count);
            }
            else
            {
                commands[i].Run();
            }
        }
    }

    protected override void GiveBack()
    {
        foreach (GCHandle pin in _pins)
        {
            pin.Free();
        }

        _pins.Clear();
    }
}
