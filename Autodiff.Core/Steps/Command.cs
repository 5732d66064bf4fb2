using System.Runtime.InteropServices;
using Autodiff.Cpu;

namespace Autodiff.Steps;

/// <summary>One call of a backend: what it is, and on the CPU how it is made again on the same memory.</summary>
/// <param name="name">What it is, for the comparison of two recordings.</param>
/// <param name="constants">What it does besides that; equal for two recordings of one call.</param>
/// <param name="views">Its operands, the ones it writes last.</param>
/// <param name="written">How many it writes.</param>
internal abstract class Command(string name, object constants, TensorView[] views, int written)
{
    /// <summary>The operands; rebound when memory has been planned.</summary>
    protected TensorView[] Views { get; } = views;

    public ReadOnlySpan<TensorView> Operands => Views;

    public ReadOnlySpan<TensorView> Reads => Views.AsSpan(0, Views.Length - written);

    public ReadOnlySpan<TensorView> Writes => Views.AsSpan(Views.Length - written);

    /// <summary>
    /// Whether what it writes follows from what it reads, so that it needs doing only once for operands that never
    /// change.
    /// </summary>
    public virtual bool IsPure => false;

    /// <summary>A copy.</summary>
    public static Command Copy(in TensorView x, in TensorView y) => new CallCommand<int>(
        "Copy", 0, [x, y], 1, static (_, views) => Device.Cpu.Backend.Copy(views[0], views[1]), isPure: true);

    /// <summary>Makes the call.</summary>
    public abstract void Run();

    /// <summary>Adds the call to a recording.</summary>
    public void Describe(StepTrace trace) => trace.Add(name, constants, Views);

    /// <summary>Called when an operand's memory has found its place, or another one.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Says the prepared call as one of a bare loop, where that is all there is to it.</summary>
    public virtual bool TryLower(ref Instruction instruction) => false;

    /// <summary>Puts other storages in the place of those that were recorded.</summary>
    public void Rebind(Dictionary<Storage, Storage> planned)
    {
        foreach (ref TensorView view in Views.AsSpan())
        {
            if (planned.TryGetValue(view.Storage, out Storage? storage))
            {
                view = new(storage, view.Offset, view.Layout, view.DType);
            }
        }
    }

    /// <summary>Puts other memory in the place of operand <paramref name="k"/>.</summary>
    public void Rebind(int k, Storage storage, long offset)
    {
        ref TensorView view = ref Views[k];
        view = new(storage, offset, view.Layout, view.DType);
    }

    /// <summary>Lets operand <paramref name="k"/> be another view of the same numbers.</summary>
    public void Replace(int k, in TensorView view) => Views[k] = view;

    /// <summary>
    /// Where an operand is. Its array is pinned while the program lives, and <see cref="StepProgram.Run"/> holds the
    /// memory during each replay.
    /// </summary>
#pragma warning disable RS0030
    protected static unsafe byte* Address(in TensorView view) =>
        ((CpuStorage)view.Storage).FixedAddress + view.Offset * view.DType.SizeOf();
#pragma warning restore RS0030

    /// <summary>An operation's constants at an address that stays.</summary>
    protected static unsafe byte[] Pinned<TOp>(TOp op) where TOp : unmanaged
    {
        byte[] bytes = GC.AllocateArray<byte>(Math.Max(sizeof(TOp), 1), pinned: true);
        MemoryMarshal.Write(bytes, in op);
        return bytes;
    }
}

/// <summary>
/// A call that only needs its operands and a state, which unless others are given is also its constants.
/// </summary>
internal sealed class CallCommand<TState>(
    string name, TState state, TensorView[] views, int written, CallCommand<TState>.Body body, object? constants = null,
    bool isPure = false)
    : Command(name, constants ?? state, views, written)
    where TState : notnull
{
    public delegate void Body(TState state, TensorView[] views);

    public override bool IsPure => isPure;

    public override void Run() => body(state, Views);
}

/// <summary>Host code that runs again at every replay: an optimizer's step.</summary>
/// <param name="action">The code.</param>
/// <param name="gradients">Which gradients it finds, as far as the step decides them.</param>
internal sealed class LiveCommand(Action action, (Tensor Leaf, Tensor? Gradient)[] gradients)
    : Command("host code", action, [], 0)
{
    public override void Run()
    {
        StepGradients.Set(gradients);
        action();
    }
}

/// <summary>A host read of values.</summary>
internal abstract class LookCommand(object? seen, TensorView view)
    : Command("a look at values", seen ?? "null", [view], 0)
{
    /// <summary>
    /// Whether a version that was read needs no other read: every change of the values is counted, as on devices whose
    /// memory the host can't reach.
    /// </summary>
    public bool TrustsVersions { get; set; }
}

/// <summary>A guard: a host read that must find what it found when the step was captured.</summary>
internal sealed class LookCommand<T>(Func<Tensor, T> look, T seen, TensorView view) : LookCommand(seen, view)
{
    private Tensor? _values;
    private int _version = view.Storage.Version;

    public override void Prepare() => _values?.Rebase(Views[0]);

    public override void Run()
    {
        TensorView at = Views[0];
        if (TrustsVersions && at.Storage.Version == _version)
        {
            return;
        }

        _values ??= new(at.Storage, at.Layout, at.DType, at.Offset);
        if (!EqualityComparer<T>.Default.Equals(look(_values), seen))
        {
            throw new InvalidOperationException(
                "CompiledStep: the step was captured with values that took another branch (indices without negative "
                    + "ones, targets without ignored ones). Call Reset() to capture it anew, or run it eagerly.");
        }

        _version = at.Storage.Version;
    }
}
