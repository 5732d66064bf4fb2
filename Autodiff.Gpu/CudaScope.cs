using Autodiff.Gpu;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>
/// Frees the device memory of every tensor that is made in it until it is disposed, except what is kept. Never needed,
/// but early: an evaluation over many batches gives its memory back at once instead of when the collector looks.
/// </summary>
/// <remarks>
/// A tensor that was freed so and is used afterwards throws an <see cref="ObjectDisposedException"/>. Tensors that were
/// there before stay; so do the memory of a compiled step and the tables that operations make for a device. Keep what
/// lives on: results, gradients, an optimizer's new states (take its first step outside). Scopes may be nested: what an
/// inner one keeps belongs to the outer one. A scope holds for the code inside it, also after an <c>await</c> and in
/// tasks and parallel loops begun there, as <see cref="GradMode"/> has it; what a task makes when the scope is over
/// stays.
/// </remarks>
public sealed class CudaScope : IDisposable
{
    [ThreadStatic]
    private static CudaScope? t_current;

    private static readonly FlowingSetting<CudaScope> s_flow = new(static (scope, _) => t_current = scope);

    private readonly CudaScope? _outer = t_current;
    private readonly List<WeakReference<KernelStorage>> _made = []; // locked: tasks inside the scope add to it
    private readonly FlowingSetting<CudaScope>.Handle _scope;
    private bool _isDisposed;

    internal CudaScope() => _scope = s_flow.Begin(this);

    /// <summary>Lets a tensor, and every view of its memory, outlive the scope.</summary>
    /// <param name="tensor">The tensor; one that was not made in the scope is none of its business.</param>
    /// <returns>The tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        WeakReference<KernelStorage>? kept = null;
        lock (_made)
        {
            int at = _made.FindIndex(reference => reference.TryGetTarget(out KernelStorage? storage)
                && ReferenceEquals(storage, tensor.Storage));
            if (at >= 0)
            {
                kept = _made[at];
                _made.RemoveAt(at);
            }
        }

        if (kept is not null)
        {
            _outer?.Add(kept);
        }

        return tensor;
    }

    /// <summary>Frees what was made and not kept.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open.</exception>
    public void Dispose()
    {
        for (CudaScope? inner = t_current; inner is not null && !ReferenceEquals(inner, this); inner = inner._outer)
        {
            if (!inner._isDisposed && inner.IsInside(this))
            {
                throw new InvalidOperationException(
                    "CudaScope: scopes end in the opposite order of their beginning; an inner one is still open.");
            }
        }

        WeakReference<KernelStorage>[] made;
        lock (_made)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            made = [.. _made];
            _made.Clear();
        }

        _scope.Dispose();
        foreach (WeakReference<KernelStorage> reference in made)
        {
            if (reference.TryGetTarget(out KernelStorage? storage))
            {
                storage.Release();
            }
        }
    }

    internal static void Note(KernelStorage storage)
    {
        if (t_current is { } scope && !StepRecording.IsHere)
        {
            scope.Add(new(storage));
        }
    }

    /// <summary>
    /// Adds to this scope or, where that is over (a task went on longer), to the next one around it that is not.
    /// </summary>
    private void Add(WeakReference<KernelStorage> reference)
    {
        for (CudaScope? scope = this; scope is not null; scope = scope._outer)
        {
            lock (scope._made)
            {
                if (!scope._isDisposed)
                {
                    scope._made.Add(reference);
                    return;
                }
            }
        }
    }

    private bool IsInside(CudaScope outer)
    {
        CudaScope? scope = this;
        while (scope is not null && !ReferenceEquals(scope, outer))
        {
            scope = scope._outer;
        }

        return scope is not null;
    }
}
