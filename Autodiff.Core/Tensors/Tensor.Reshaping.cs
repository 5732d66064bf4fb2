namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix transpose of each matrix in the last two dimensions (PyTorch's <c>.mT</c>). A view.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor has fewer than two dimensions.</exception>
    public Tensor MT => Rank >= 2
        ? Transpose(-2, -1)
        : throw new InvalidOperationException($"MT: {Describe()} has {Rank} dimensions; a matrix needs two.");

    /// <summary>
    /// The elements in the shape of <paramref name="other"/>. A view where strides allow, else a copy.
    /// </summary>
    public Tensor ReshapeAs(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Reshape(other._layout.Dims);
    }

    /// <summary>
    /// Dimensions <paramref name="startDim"/> to <paramref name="endDim"/> (inclusive) joined to one; a single number
    /// becomes a vector of one.
    /// </summary>
    /// <exception cref="ArgumentException">The start lies behind the end.</exception>
    public Tensor Flatten(int startDim = 0, int endDim = -1)
    {
        int start = WrapDim(nameof(Flatten), startDim), end = WrapDim(nameof(Flatten), endDim);
        if (start > end)
        {
            throw new ArgumentException($"Flatten: startDim {startDim} lies behind endDim {endDim} in {Describe()}.",
                nameof(startDim));
        }

        if (Rank == 0)
        {
            return Reshape(1);
        }

        long length = 1;
        foreach (int dim in _layout.Dims.AsSpan(start, end - start + 1))
        {
            length *= dim; // at most the number of elements, unless there are none
        }

        return Reshape(Sizes.Checked(nameof(Flatten), [.. _layout.Dims[..start], length, .. _layout.Dims[(end + 1)..]],
            DType));
    }

    /// <summary>
    /// Dimension <paramref name="dim"/> taken apart into <paramref name="sizes"/>, one of which may be -1.
    /// </summary>
    /// <exception cref="ArgumentException">The product of the sizes is not the dimension's size.</exception>
    public Tensor Unflatten(int dim, params ReadOnlySpan<int> sizes)
    {
        int d = WrapDim(nameof(Unflatten), dim);
        if (Rank == 0)
        {
            throw new ArgumentException("Unflatten: a tensor of rank 0 has no dimension to take apart.", nameof(dim));
        }

        int[] parts = sizes.ToArray();
        int unknown = Array.IndexOf(parts, -1);
        long known = ProductOfOthers(parts, unknown);
        if (unknown >= 0 && known > 0 && _layout.Dims[d] % known == 0)
        {
            parts[unknown] = (int)(_layout.Dims[d] / known);
            known = _layout.Dims[d];
        }

        return parts.Length > 0 && known == _layout.Dims[d] && Array.TrueForAll(parts, p => p >= 0)
            ? Reshape([.. _layout.Dims[..d], .. parts, .. _layout.Dims[(d + 1)..]])
            : throw new ArgumentException(
                $"Unflatten: sizes [{string.Join(", ", sizes.ToArray())}] do not multiply to the {_layout.Dims[d]} of "
                    + $"dim {dim} of {Describe()}.", nameof(sizes));
    }

    /// <summary>Drops every dimension of size 1. A view.</summary>
    public Tensor Squeeze()
    {
        Tensor y = this;
        for (int d = Rank - 1; d >= 0; d--)
        {
            y = y.Squeeze(d);
        }

        return y;
    }

    /// <summary>
    /// The dimensions at <paramref name="source"/> moved to <paramref name="destination"/>; the others keep their
    /// order. A view.
    /// </summary>
    /// <exception cref="ArgumentException">The lists differ in length or name a dimension twice.</exception>
    public Tensor MoveDim(ReadOnlySpan<int> source, ReadOnlySpan<int> destination)
    {
        if (source.Length != destination.Length)
        {
            throw new ArgumentException(
                $"MoveDim: {source.Length} dimensions to move, {destination.Length} places to move them to.",
                nameof(destination));
        }

        int[] order = new int[Rank];
        Array.Fill(order, -1);
        for (int i = 0; i < source.Length && Rank > 0; i++)
        {
            int from = WrapDim(nameof(MoveDim), source[i]), to = WrapDim(nameof(MoveDim), destination[i]);
            if (order[to] >= 0 || Array.IndexOf(order, from) >= 0)
            {
                throw new ArgumentException(
                    $"MoveDim: a dimension appears twice in [{string.Join(", ", source.ToArray())}] or "
                        + $"[{string.Join(", ", destination.ToArray())}].", nameof(source));
            }

            order[to] = from;
        }

        for (int d = 0, place = 0; d < Rank; d++)
        {
            if (Array.IndexOf(order, d) < 0)
            {
                place = Array.IndexOf(order, -1, place);
                order[place] = d;
            }
        }

        return Permute(order);
    }

    /// <summary>Dimension <paramref name="source"/> moved to <paramref name="destination"/>. A view.</summary>
    public Tensor MoveDim(int source, int destination) => MoveDim([source], [destination]);

    /// <summary><see cref="Transpose"/> by NumPy's name. A view.</summary>
    public Tensor SwapAxes(int dim0, int dim1) => Transpose(dim0, dim1);

    /// <summary>The elements repeated to the shape of <paramref name="other"/>. A view with strides of zero.</summary>
    public Tensor ExpandAs(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Expand(other._layout.Dims);
    }

    /// <summary>The elements repeated to <paramref name="shape"/>. A view with strides of zero.</summary>
    public Tensor BroadcastTo(params ReadOnlySpan<int> shape) => Expand(shape);

    /// <summary>The tensors expanded to the shape that all of them broadcast to. Views.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Tensor[] BroadcastTensors(params ReadOnlySpan<Tensor> tensors)
    {
        Layout shape = Layout.Scalar;
        foreach (Tensor t in tensors)
        {
            shape = Broadcasting.Result(nameof(BroadcastTensors), shape, t._layout);
        }

        return Array.ConvertAll(tensors.ToArray(), t => t.ExpandTo(shape));
    }
}
