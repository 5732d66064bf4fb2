using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>
/// A setting that users' scopes change. It flows with the execution context: into the rest of an async method, into
/// tasks and parallel loops begun inside a scope; and no scope outlives the method that opened it on a thread that only
/// passed by.
/// </summary>
/// <remarks>
/// The open scopes are an immutable list, so a task keeps what it began with whatever happens elsewhere, and scopes may
/// end in any order. Reading an <see cref="AsyncLocal{T}"/> at every operation would be slow: the owner is told of
/// every change on the thread where it happens, also of those that come with a switch of contexts, and keeps the value
/// where reading is fast.
/// </remarks>
internal sealed class FlowingSetting<T>
{
    [ThreadStatic]
    private static OfThread? t_own;

    private readonly Action<T?, bool> _keep;
    private readonly AsyncLocal<Scope?> _innermost;

    /// <param name="keep">Takes the innermost scope's value and whether there is a scope at all, for the current
    /// thread.</param>
    public FlowingSetting(Action<T?, bool> keep)
    {
        _keep = keep;
        _innermost = new(Changed);
    }

    /// <summary>Opens a scope inside those that are open here.</summary>
    public Handle Begin(T value)
    {
        ExecutionContext? outside = ExecutionContext.Capture();
        OfThread own = t_own ??= new();
        if (own.Ended is { } ended && ReferenceEquals(outside, ended.Outside) && ended.IsOf(this, value))
        {
            own.Ended = null;
            ExecutionContext.Restore(ended.Inside!);
            return new(ended, ++ended.Uses);
        }

        Scope scope = new(this, value, _innermost.Value, null) { Outside = outside, Thread = own };
        _innermost.Value = scope;
        scope.Inside = ExecutionContext.Capture();
        return new(scope, 0);
    }

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
        if (scope.Outside is { } outside && t_own is { } own && ReferenceEquals(own, scope.Thread)
            && ReferenceEquals(ExecutionContext.Capture(), scope.Inside))
        {
            ExecutionContext.Restore(outside);
            own.Ended = RuntimeHelpers.IsReferenceOrContainsReferences<T>() ? null : scope;
            return;
        }

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

    /// <summary>What each thread keeps for itself; it also tells threads apart.</summary>
    internal sealed class OfThread
    {
        /// <summary>
        /// The scope that it ended last. Execution contexts are immutable, so opening an equal one in the same context
        /// can go straight to the context that was inside it: that costs a fraction of making another, and no memory.
        /// </summary>
        public Scope? Ended;
    }

    /// <summary>One open scope and those around it.</summary>
    internal sealed class Scope(FlowingSetting<T> setting, T value, Scope? outer, Scope? identity)
    {
        public T Value { get; } = value;

        public Scope? Outer { get; } = outer;

        /// <summary>The scope as it was opened, of which this may be a copy with fewer around it.</summary>
        public Scope Identity => identity ?? this;

        /// <summary>The thread that made it.</summary>
        public OfThread? Thread { get; init; }

        /// <summary>The execution context around it; null where none flows.</summary>
        public ExecutionContext? Outside { get; init; }

        /// <summary>The execution context in it while nothing else was changed there.</summary>
        public ExecutionContext? Inside { get; set; }

        /// <summary>How often it was opened again.</summary>
        public int Uses { get; set; }

        public bool IsOf(FlowingSetting<T> other, T wanted) =>
            ReferenceEquals(setting, other) && EqualityComparer<T>.Default.Equals(Value, wanted);

        public void End(bool withInner) => setting.End(Identity, withInner);
    }

    /// <summary>
    /// What whoever opened a scope ends it by. One that has ended it stays without effect, though the scope may be open
    /// again.
    /// </summary>
    internal readonly record struct Handle(Scope? Opened, int Use) : IDisposable
    {
        /// <summary>Ends the scope; does nothing the second time.</summary>
        public void Dispose() => End(withInner: false);

        /// <summary>Ends the scope and all that were opened inside it and left open.</summary>
        public void EndWithInner() => End(withInner: true);

        private void End(bool withInner)
        {
            if (Opened is not null && Opened.Uses == Use)
            {
                Opened.End(withInner);
            }
        }
    }
}
