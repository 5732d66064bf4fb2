namespace Autodiff;

/// <summary>
/// A setting that users' scopes change. It flows with the execution context: into the rest of an async method, into tasks and
/// parallel loops begun inside a scope; and no scope outlives the method that opened it on a thread that only passed by.
/// </summary>
/// <remarks>
/// The open scopes are an immutable list, so a task keeps what it began with whatever happens elsewhere, and scopes may end in
/// any order. Reading an <see cref="AsyncLocal{T}"/> at every operation would be slow: the owner is told of every change on the
/// thread where it happens, also of those that come with a switch of contexts, and keeps the value where reading is fast.
/// </remarks>
internal sealed class FlowingSetting<T>
{
    private readonly Action<T?, bool> _keep;
    private readonly AsyncLocal<Scope?> _innermost;

    /// <param name="keep">Takes the innermost scope's value and whether there is a scope at all, for the current thread.</param>
    public FlowingSetting(Action<T?, bool> keep)
    {
        _keep = keep;
        _innermost = new(Changed);
    }

    /// <summary>Opens a scope inside those that are open here.</summary>
    public Scope Begin(T value) => _innermost.Value = new(this, value, _innermost.Value, null);

    private void Changed(AsyncLocalValueChangedArgs<Scope?> args)
    {
        if (args.ThreadContextChanged && args.CurrentValue is not null && StartingThread.IsCurrent())
        {
            _innermost.Value = null; // calls back with null
        }
        else
        {
            _keep(args.CurrentValue is { } scope ? scope.Value : default, args.CurrentValue is not null);
        }
    }

    private void End(Scope scope, bool withInner)
    {
        Scope? innermost = _innermost.Value;
        Stack<Scope>? inner = null; // only where scopes end in another order than they began
        Scope? at = innermost;
        while (at is not null && !ReferenceEquals(at.Identity, scope))
        {
            (inner ??= []).Push(at);
            at = at.Outer;
        }

        if (at is null)
        {
            return; // ended before, or opened where this code did not come from
        }

        Scope? left = at.Outer;
        while (!withInner && inner is not null && inner.TryPop(out Scope? open))
        {
            left = new(this, open.Value, left, open.Identity);
        }

        _innermost.Value = left;
    }

    /// <summary>One open scope and those around it.</summary>
    internal sealed class Scope(FlowingSetting<T> setting, T value, Scope? outer, Scope? identity) : IDisposable
    {
        public T Value { get; } = value;

        public Scope? Outer { get; } = outer;

        /// <summary>The scope as it was opened, of which this may be a copy with fewer around it.</summary>
        public Scope Identity => identity ?? this;

        /// <summary>Ends the scope; does nothing the second time.</summary>
        public void Dispose() => setting.End(Identity, withInner: false);

        /// <summary>Ends the scope and all that were opened inside it and left open.</summary>
        public void EndWithInner() => setting.End(Identity, withInner: true);
    }
}
