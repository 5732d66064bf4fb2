using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Cpu;
using Autodiff.Devices;

namespace Autodiff.Steps;

/// <summary>A captured step of the CPU: commands in order, their memory planned ahead.</summary>
internal sealed unsafe class StepProgram : IStepProgram
{
    private readonly InputSlot[] _slots;
    private readonly Command[] _commands;
    private readonly Instruction[] _instructions;
    private readonly CpuStorage[] _outside;
    private readonly PooledCpuStorage[] _pooled;
    private readonly Storage[] _changed;
    private readonly List<GCHandle> _pins = [];
    private int _releases;
    private bool _isRunning, _isDisposed;

    /// <param name="recorder">What was recorded.</param>
    /// <param name="slots">The tensors that stood for the inputs.</param>
    /// <param name="result">Where each replay leaves its result.</param>
    public StepProgram(StepRecorder recorder, Tensor[] slots, Tensor result)
    {
        var plan = new StepPlanner(recorder, slots, result, _pins);
        Result = result;
        _commands = plan.Commands;
        _instructions = GC.AllocateArray<Instruction>(_commands.Length, pinned: true);
        _slots = plan.Slots;
        _outside = plan.Outside;
        _pooled = [.. _outside.OfType<PooledCpuStorage>()];
        _changed = plan.Changed;
        ArenaBytes = plan.ArenaBytes;
        Gradients = new(recorder);
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

    ~StepProgram() => Unpin();

    /// <summary>Where each replay leaves its result.</summary>
    public Tensor Result { get; }

    public int CommandCount => _commands.Length;

    public StepGradients Gradients { get; }

    /// <summary>Bytes of memory for everything that lives only inside the step.</summary>
    public long ArenaBytes { get; }

    /// <summary>Whether the program was captured for inputs like these.</summary>
    public bool Fits(ReadOnlySpan<Tensor> inputs)
    {
        if (inputs.Length != _slots.Length)
        {
            return false;
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            if (!_slots[i].Fits(inputs[i]))
            {
                return false;
            }
        }

        return Gradients.Fit();
    }

    /// <summary>Brings the inputs in, where they are not those of the last time, and runs.</summary>
    public Tensor Run(ReadOnlySpan<Tensor> inputs)
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

        _isRunning = true;
        try
        {
            RunCommands();
        }
        finally
        {
            _isRunning = false;
            foreach (Storage storage in _changed)
            {
                storage.Touch();
            }

            if (_isDisposed)
            {
                Unpin();
            }
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
            _instructions[place] = command.TryLower(ref instruction) ? instruction : default;
        }
    }

    /// <inheritdoc/>
    public Tensor Adopt(Tensor result)
    {
        Gradients.Adopt();
        return StepGradients.Adopt(result, Result);
    }

    /// <summary>Lets go of the memory; while it runs (a user's code may say so) when it has ended.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (!_isRunning)
        {
            Unpin();
        }

        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    public void RequireMemory()
    {
        int releases = CpuStorage.WatchedReleases;
        foreach (CpuStorage storage in _outside)
        {
            if (storage.IsReleased)
            {
                throw new ObjectDisposedException("tensor",
                    "CompiledStep: a tensor that the captured step works with was disposed. Call Reset() to capture "
                        + "the step anew.");
            }
        }

        _releases = releases;
    }

    private void RunCommands()
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

    private void Unpin()
    {
        foreach (GCHandle pin in _pins)
        {
            pin.Free();
        }

        _pins.Clear();
    }
}
