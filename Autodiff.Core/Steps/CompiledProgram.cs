using System.Runtime.CompilerServices;

namespace Autodiff.Steps;

/// <summary>A captured step, ready to be replayed.</summary>
/// <param name="recorder">What was recorded.</param>
/// <param name="slots">The tensors that stood for the inputs.</param>
/// <param name="result">Where each replay leaves its result.</param>
internal abstract class CompiledProgram(StepRecorder recorder, Tensor[] slots, Tensor result) : IDisposable
{
    private bool _isRunning, _isDisposed;

    /// <summary>Where each replay leaves its result.</summary>
    public Tensor Result => result;

    /// <summary>The gradients that a replay needs and leaves.</summary>
    public StepGradients Gradients { get; } = new(recorder);

    /// <summary>How many calls a replay makes.</summary>
    public abstract int CommandCount { get; }

    /// <summary>The memory that a replay changes and others see.</summary>
    protected abstract Storage[] Changed { get; }

    /// <summary>Whether the program was captured for inputs like these.</summary>
    public bool Fits(ReadOnlySpan<Tensor> inputs)
    {
        if (inputs.Length != slots.Length)
        {
            return false;
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].DType != slots[i].DType || !inputs[i].Layout.SameShape(slots[i].Layout)
                || !ReferenceEquals(inputs[i].Device, slots[i].Device) || inputs[i].RequiresGrad)
            {
                return false;
            }
        }

        return Gradients.Fit();
    }

    /// <summary>Binds the inputs, where they are not those of the last time, and runs.</summary>
    public abstract Tensor Run(ReadOnlySpan<Tensor> inputs);

    /// <summary>The same where the inputs fit; null where they don't.</summary>
    // stated by each program, whose own Run is no virtual call
    public abstract Tensor? RunIfFits(ReadOnlySpan<Tensor> inputs);

    /// <summary>Refuses to go on where memory that the step works with was disposed.</summary>
    public abstract void RequireMemory();

    /// <summary>
    /// Takes over what another, eager recording of the step has left, as if it had been a replay: its gradients, and
    /// its result.
    /// </summary>
    public Tensor Adopt(Tensor fresh)
    {
        Gradients.Adopt();
        return StepGradients.Adopt(fresh, result);
    }

    /// <summary>Lets go of the memory; while it runs (a user's code may say so) when it has ended.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        if (!_isRunning)
        {
            GiveBack();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the memory.</summary>
    protected abstract void GiveBack();

    /// <summary>Makes the calls.</summary>
    protected abstract void RunCommands();

    /// <summary>Makes calls that may run a user's code, which may throw or dispose the step.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // a caller that need not be guarded has no frame for it
    protected void RunGuarded()
    {
        Begin();
        try
        {
            RunCommands();
        }
        finally
        {
            End();
        }
    }

    /// <summary>The memory stays from here on.</summary>
    protected void Begin() => _isRunning = true;

    /// <summary>What the calls change has changed, and the memory may go.</summary>
    protected void End()
    {
        _isRunning = false;
        foreach (Storage storage in Changed)
        {
            storage.Touch();
        }

        if (_isDisposed)
        {
            GiveBack();
        }
    }

    /// <summary>Refuses memory that was disposed.</summary>
    protected static void Require(Storage storage)
    {
        if (storage.IsReleased)
        {
            throw new ObjectDisposedException("tensor",
                "CompiledStep: a tensor that the captured step works with was disposed. Call Reset() to capture the "
                    + "step anew.");
        }
    }
}
