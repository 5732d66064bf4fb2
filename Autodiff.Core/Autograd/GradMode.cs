namespace Autodiff;

/// <summary>Whether this thread records operations.</summary>
public static class GradMode
{
    [ThreadStatic]
    private static bool t_disabled;

    /// <summary>Whether operations on tensors that require grad are recorded on this thread. True at first.</summary>
    public static bool IsEnabled
    {
        get => !t_disabled;
        internal set => t_disabled = !value;
    }

    internal static Scope Set(bool enabled)
    {
        Scope scope = new(IsEnabled);
        IsEnabled = enabled;
        return scope;
    }

    /// <summary>Restores the previous mode when disposed.</summary>
    public readonly struct Scope : IDisposable, IEquatable<Scope>
    {
        private readonly bool _restore;

        internal Scope(bool restore) => _restore = restore;

        /// <summary>Restores the mode that was in force before the scope.</summary>
        public void Dispose() => IsEnabled = _restore;

        /// <inheritdoc/>
        public bool Equals(Scope other) => _restore == other._restore;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Scope other && Equals(other);

        /// <inheritdoc/>
        public override int GetHashCode() => _restore.GetHashCode();

        /// <summary>Whether both restore the same mode.</summary>
        public static bool operator ==(Scope left, Scope right) => left.Equals(right);

        /// <summary>Whether they restore different modes.</summary>
        public static bool operator !=(Scope left, Scope right) => !left.Equals(right);
    }
}

public sealed partial class Tensor
{
    /// <summary>A scope in which nothing is recorded: <c>using (Tensor.NoGrad()) { w -= w.Grad * 0.1; }</c>. This thread only; don't hold it across an await.</summary>
    public static GradMode.Scope NoGrad() => GradMode.Set(false);

    /// <summary>A scope in which operations are recorded again, inside a <see cref="NoGrad"/>.</summary>
    public static GradMode.Scope EnableGrad() => GradMode.Set(true);
}
