using Autodiff.Backends.Cpu;

namespace Autodiff.Compilation;

/// <summary>One call of the CPU backend, kept so that it can be made again on the same memory.</summary>
/// <param name="views">Its operands, the ones it writes last.</param>
/// <param name="written">How many it writes.</param>
internal abstract class Command(TensorView[] views, int written)
{
    /// <summary>The operands; rebound when memory has been planned.</summary>
    protected TensorView[] Views { get; } = views;

    public ReadOnlySpan<TensorView> Reads => Views.AsSpan(0, Views.Length - written);

    public ReadOnlySpan<TensorView> Writes => Views.AsSpan(Views.Length - written);

    /// <summary>Makes the call.</summary>
    public abstract void Run();

    /// <summary>Called when every operand's memory is where it will stay.</summary>
    public virtual void Prepare()
    {
    }

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

    protected static bool Same(in TensorView a, in TensorView b) =>
        ReferenceEquals(a.Storage, b.Storage) && a.Offset == b.Offset && a.DType == b.DType
        && a.Layout.SameShape(b.Layout) && a.Layout.Strides.AsSpan().SequenceEqual(b.Layout.Strides);

    protected static unsafe byte* Address(in TensorView view) =>
        (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(((CpuStorage)view.Storage).Buffer))
        + ((CpuStorage)view.Storage).Start + view.Offset * view.DType.SizeOf();
}

/// <summary>A call that only needs its operands.</summary>
internal sealed class CallCommand<TState>(TState state, TensorView[] views, int written, CallCommand<TState>.Body body) : Command(views, written)
{
    public delegate void Body(TState state, TensorView[] views);

    public override void Run() => body(state, Views);
}

/// <summary>Host code that runs again at every replay: an optimizer's step, a draw of random numbers.</summary>
internal sealed class LiveCommand(Action action, TensorView[] written) : Command(written, written.Length)
{
    public override void Run() => action();
}

/// <summary>A look at values on the host, which must find what it found when the step was captured.</summary>
internal sealed class LookCommand<T>(Func<Tensor, T> look, T seen, TensorView view) : Command([view], 0)
{
    private Tensor? _values;

    public override void Run()
    {
        TensorView at = Views[0];
        _values ??= new(at.Storage, at.Layout, at.DType, at.Offset);
        if (!EqualityComparer<T>.Default.Equals(look(_values), seen))
        {
            throw new InvalidOperationException(
                "CompiledStep: the step was captured with values that took another branch (indices without negative ones, targets without ignored ones). Call Reset() to capture it anew, or run it eagerly.");
        }
    }
}
