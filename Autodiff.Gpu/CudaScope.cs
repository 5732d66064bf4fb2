using Autodiff.Compilation;
using Autodiff.Gpu;

namespace Autodiff;

/// <summary>
/// Frees the device memory of every tensor that this thread makes until it is disposed, except what is kept. Never needed, but
/// early: an evaluation over many batches gives its memory back at once instead of when the collector looks.
/// </summary>
/// <remarks>
/// A tensor that was freed so and is used afterwards throws an <see cref="ObjectDisposedException"/>. Tensors that were there
/// before stay; so does the memory of a compiled step. Keep what lives on: results, gradients, an optimizer's new states (take its
/// first step outside). Scopes may be nested: what an inner one keeps belongs to the outer one.
/// </remarks>
public sealed class CudaScope : IDisposable
{
    [ThreadStatic]
    private static CudaScope? t_current;

    private readonly CudaScope? _outer = t_current;
    private readonly List<WeakReference<CudaStorage>> _made = [];
    private bool _isDisposed;

    internal CudaScope() => t_current = this;

    /// <summary>Lets a tensor, and every view of its memory, outlive the scope.</summary>
    /// <param name="tensor">The tensor; one that was not made in the scope is none of its business.</param>
    /// <returns>The tensor.</returns>
    public Tensor Keep(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        int at = _made.FindIndex(reference => reference.TryGetTarget(out CudaStorage? storage) && ReferenceEquals(storage, tensor.Storage));
        if (at >= 0)
        {
            _outer?._made.Add(_made[at]);
            _made.RemoveAt(at);
        }

        return tensor;
    }

    /// <summary>Frees what was made and not kept.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or another thread opened this one.</exception>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        if (!ReferenceEquals(t_current, this))
        {
            throw new InvalidOperationException("CudaScope: scopes end in the opposite order of their beginning, on the thread that began them.");
        }

        _isDisposed = true;
        t_current = _outer;
        foreach (WeakReference<CudaStorage> reference in _made)
        {
            if (reference.TryGetTarget(out CudaStorage? storage))
            {
                storage.Release();
            }
        }

        _made.Clear();
    }

    internal static void Note(CudaStorage storage)
    {
        if (t_current is { } scope && StepRecorder.Current is null)
        {
            scope._made.Add(new(storage));
        }
    }
}
