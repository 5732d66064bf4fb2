namespace Autodiff;

/// <summary>
/// A value that a rule will need, with the version it had: a version check finds a change in place meanwhile.
/// </summary>
internal struct Saved
{
    private Tensor? _tensor;
    private readonly int _version;

    public Saved(Tensor tensor, int changes = 0)
    {
        _tensor = tensor;
        Storage storage = tensor.Storage;
        if (storage.MayChangeUnseen)
        {
            storage.NoticeChanges(changes);
        }

        _version = storage.Version + changes;
    }

    public void Free() => _tensor = null;

    public readonly bool IsStorageOf(Tensor other) => ReferenceEquals(_tensor?.Storage, other.Storage);

    /// <summary>What is kept, to be looked at; nothing if nothing is.</summary>
    public readonly IEnumerable<SavedOperand> Shown(string role)
    {
        if (_tensor is not { } tensor)
        {
            return [];
        }

        if (tensor.Storage.MayChangeUnseen)
        {
            tensor.Storage.NoticeChanges();
        }

        return [new(role, tensor.Detach(), tensor.Storage.Version != _version) { Source = tensor }];
    }

    /// <summary>The tensor, unchanged since it was saved.</summary>
    /// <param name="operation">For the message: whose rule asks.</param>
    /// <param name="role">What it is to the operation.</param>
    /// <param name="node">The node that it is the output of, if it is saved there as that.</param>
    public readonly Tensor Get(string operation, string role, Node? node = null)
    {
        if (_tensor is not { } tensor)
        {
            throw new InvalidOperationException(Backpropagation.Consumed(operation));
        }

        if (tensor.Storage.MayChangeUnseen)
        {
            tensor.Storage.NoticeChanges(); // what was written through a span
        }

        if (tensor.Storage.Version != _version)
        {
            throw new InvalidOperationException(
                $"Backward of {operation} needs its {role}, but it was changed in place afterwards (version "
                    + $"{tensor.Storage.Version}, saved at version {_version}). "
                + "Use an operation that makes a new tensor, or change a Clone().");
        }

        // An output that was saved refers to the node that saved it, not to what its handle may have become.
        return node is null || ReferenceEquals(tensor.GradFn, node) ? tensor : tensor.WithNode(node);
    }
}
