using Autodiff.Steps;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Makes this leaf stand for the elements of <paramref name="other"/> (shared, not copied): PyTorch's
    /// <c>x.data = other</c>, by which a module moves to another device or type while optimizers keep their references.
    /// Name, hooks and <see cref="RequiresGrad"/> stay; the gradient goes along, as the caller has moved it.
    /// </summary>
    internal void SetData(Tensor other, Tensor? grad)
    {
        RequireSettable(other);
        _storage.NoteDeparture();
        other._storage.CountFrom(_storage);
        _memory = other._storage;
        _layout = other._layout;
        _offset = other._offset;
        DType = other.DType;
        // Graphs recorded so far keep the old leaf node: where they saved the old elements Backward refuses, else the
        // gradient is converted when it is added.
        _node = _node is LeafNode leaf ? LeafFrom(leaf) : null;
        _frozen = _frozen is null ? null : LeafFrom(_frozen);

        _grad = grad;
        StepConfiguration.Changed();
    }

    /// <summary>Refuses what <see cref="SetData"/> can't do.</summary>
    internal void RequireSettable(Tensor other)
    {
        if (!IsLeaf || other.Shape != Shape)
        {
            throw new InvalidOperationException(
                $"SetData: {Describe()} must be a leaf, and the new data {other.Shape} of its shape.");
        }
    }
}
