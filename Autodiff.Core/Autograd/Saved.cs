namespace Autodiff;

/// <summary>A value that a rule will need, with the version it had: changing it in place meanwhile is found out.</summary>
internal struct Saved
{
    private Tensor? _tensor;
    private readonly int _version;
    private readonly Node? _node;

    public Saved(Tensor tensor, Node? node = null, int changes = 0)
    {
        _tensor = tensor;
        _version = tensor.Storage.Version + changes;
        _node = node;
    }

    public readonly bool IsKept => _tensor is not null;

    public void Free() => _tensor = null;

    public readonly bool IsStorageOf(Tensor other) => ReferenceEquals(_tensor?.Storage, other.Storage);

    /// <summary>The tensor, unchanged since it was saved.</summary>
    public readonly Tensor Get(string operation, string role)
    {
        if (_tensor is not { } tensor)
        {
            throw new InvalidOperationException(Backpropagation.Consumed(operation));
        }

        if (tensor.Storage.Version != _version)
        {
            throw new InvalidOperationException(
                $"Backward of {operation} needs its {role}, but it was changed in place afterwards (version {tensor.Storage.Version}, saved at version {_version}). "
                + "Use an operation that makes a new tensor, or change a Clone().");
        }

        // An output that was saved refers to the node that saved it, not to what its handle may have become.
        return _node is null || ReferenceEquals(tensor.GradFn, _node) ? tensor : tensor.WithNode(_node);
    }
}
