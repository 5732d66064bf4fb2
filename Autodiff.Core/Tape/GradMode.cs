namespace Autodiff;

/// <summary>Whether operations are recorded here.</summary>
/// <remarks>
/// A scope (<see cref="Tensor.NoGrad"/>, <see cref="Tensor.EnableGrad"/>) holds for the code inside it, wherever that
/// runs: after an <c>await</c> on another thread, in tasks and parallel loops begun inside it (they keep it to their
/// own end). A thread that the program starts by itself (<c>new Thread</c>) begins with recording on, as in PyTorch.
/// </remarks>
public static class GradMode
{
    // Bits of a thread's state: what flows with the user's code, and what the engine has set for its own, which goes
    // before.
    private const int OffByUser = 1, OffByEngine = 2, OnByEngine = 4, ByEngine = OffByEngine | OnByEngine;

    [ThreadStatic]
    private static int t_state;

    /// <summary>Whether operations on tensors that require grad are recorded here. True at first.</summary>
    public static bool IsEnabled => (uint)(t_state - 1) > 2; // 0: nothing was set; 4 and 5: on by the engine

    /// <summary>Whether a user's scope has turned recording off here.</summary>
    internal static bool IsOffByUser => (t_state & OffByUser) != 0;

    /// <summary>A scope for a user's code.</summary>
    internal static Scope Set(bool enabled) => new(Flow.Setting.Begin(enabled));

    /// <summary>
    /// A scope for the engine's own code, on this thread: a flag, which costs a training step nothing. No user's code
    /// runs in it.
    /// </summary>
    internal static EngineScope SetInside(bool enabled)
    {
        int before = t_state;
        t_state = (before & OffByUser) | (enabled ? OnByEngine : OffByEngine);
        return new(before & ByEngine);
    }

    /// <summary>
    /// A scope in which the engine calls a user's code (a hook, a rule, a function): that may await, start tasks, open
    /// scopes.
    /// </summary>
    internal static UserCodeScope SetForUserCode(bool enabled)
    {
        if (enabled && t_state == 0)
        {
            return default; // it is so already, also for what flows
        }

        int before = t_state & ByEngine;
        t_state &= OffByUser;
        return new(Flow.Setting.Begin(enabled), before);
    }

    private static void SetByUser(bool isOff) => t_state = (t_state & ByEngine) | (isOff ? OffByUser : 0);

    /// <summary>
    /// Restores the previous mode when disposed, whatever other scopes have been opened or disposed since.
    /// </summary>
    public readonly struct Scope : IDisposable, IEquatable<Scope>
    {
        private readonly FlowingSetting<bool>.Handle _scope;

        internal Scope(FlowingSetting<bool>.Handle scope) => _scope = scope;

        /// <summary>Ends the scope; does nothing the second time.</summary>
        public void Dispose() => _scope.Dispose();

        public bool Equals(Scope other) => _scope.Equals(other._scope);

        public override bool Equals(object? obj) => obj is Scope other && Equals(other);

        public override int GetHashCode() => _scope.GetHashCode();

        /// <summary>Whether both are the same scope.</summary>
        public static bool operator ==(Scope left, Scope right) => left.Equals(right);

        /// <summary>Whether they are different scopes.</summary>
        public static bool operator !=(Scope left, Scope right) => !left.Equals(right);
    }

    internal readonly struct EngineScope(int before) : IDisposable
    {
        public void Dispose() => t_state = (t_state & OffByUser) | before;
    }

    internal readonly struct UserCodeScope(FlowingSetting<bool>.Handle? scope, int before) : IDisposable
    {
        public void Dispose()
        {
            if (scope is { } opened)
            {
                opened.EndWithInner();
                t_state = (t_state & OffByUser) | before;
            }
        }
    }

    // In a class of its own, so that reading the state needs no check of a static constructor.
    private static class Flow
    {
        public static readonly FlowingSetting<bool> Setting = new(static (enabled, isSet) =>
            SetByUser(isSet && !enabled));
    }
}

public sealed partial class Tensor
{
    /// <summary>
    /// A scope in which nothing is recorded: <c>using (Tensor.NoGrad()) { w -= w.Grad * 0.1; }</c>. It may be held
    /// across an <c>await</c>, and holds in tasks begun inside it; see <see cref="GradMode"/>.
    /// </summary>
    public static GradMode.Scope NoGrad() => GradMode.Set(false);

    /// <summary>A scope in which operations are recorded again, inside a <see cref="NoGrad"/>.</summary>
    public static GradMode.Scope EnableGrad() => GradMode.Set(true);

    /// <summary>The engine's own <see cref="NoGrad"/>: on this thread only, and never around a user's code.</summary>
    internal static GradMode.EngineScope Unrecorded() => GradMode.SetInside(false);

    /// <summary>
    /// The engine's own <see cref="EnableGrad"/>: on this thread only, and never around a user's code.
    /// </summary>
    internal static GradMode.EngineScope Recorded() => GradMode.SetInside(true);
}
