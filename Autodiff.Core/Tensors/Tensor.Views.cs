using System.Runtime.CompilerServices;
using Autodiff.IO;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The transpose: dimensions <paramref name="dim0"/> and <paramref name="dim1"/> swapped. A view.
    /// </summary>
    public Tensor Transpose(int dim0, int dim1)
    {
        int[] order = new int[Rank];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        int a = WrapDim(nameof(Transpose), dim0), b = WrapDim(nameof(Transpose), dim1);
        if (order.Length > 0)
        {
            (order[a], order[b]) = (order[b], order[a]);
        }

        return Permute(order);
    }

    /// <summary>
    /// The transpose of a matrix (PyTorch's <c>.t()</c>); vectors and scalars stay as they are. A view.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor has more than two dimensions.</exception>
    public Tensor T => Rank switch
    {
        < 2 => this,
        2 => SwapLast(),
        _ =>
            throw new InvalidOperationException(
                $"T: {Describe()} has {Rank} dimensions; use Transpose(dim0, dim1) or Permute(...)."),
    };

    /// <summary>The last two dimensions swapped: the transpose of a matrix, or of each of a batch.</summary>
    internal Tensor SwapLast() =>
        AliasInside(_layout.Transposed)
            .RecordView("Transpose", "x̄ = gᵀ", this, static x => x.SwapLast(), static g => g.SwapLast());

    /// <summary>
    /// The dimensions in another order: result dimension i is this tensor's dimension <c>order[i]</c>. A view.
    /// </summary>
    public Tensor Permute(params ReadOnlySpan<int> order)
    {
        if (order.Length != Rank)
        {
            throw new ArgumentException($"Permute: {order.Length} dimensions named, {Describe()} has {Rank}.",
                nameof(order));
        }

        int[] dims = new int[Rank], inverse = new int[Rank];
        long[] strides = new long[Rank];
        Array.Fill(inverse, -1);
        for (int i = 0; i < dims.Length; i++)
        {
            int d = WrapDim(nameof(Permute), order[i]);
            if (inverse[d] >= 0)
            {
                throw new ArgumentException(
                    $"Permute: dim {order[i]} appears twice in [{string.Join(", ", order.ToArray())}].", nameof(order));
            }

            dims[i] = _layout.Dims[d];
            strides[i] = _layout.Strides[d];
            inverse[d] = i;
        }

        int[] there = order.ToArray();
        return AliasInside(_layout.Permuted(dims, strides))
            .RecordView("Permute", "x̄ = g, permuted back", this, x => x.Permute(there), g => g.Permute(inverse));
    }

    /// <summary>
    /// The same elements in another shape; one size may be -1, to be worked out. A view where strides allow, else a
    /// copy.
    /// </summary>
    /// <exception cref="ArgumentException">The shape holds another number of elements.</exception>
    public Tensor Reshape(params ReadOnlySpan<int> shape)
    {
        int[] dims = InferShape(shape);
        if (dims.AsSpan().SequenceEqual(_layout.Dims))
        {
            return this;
        }

        long[]? strides = ViewStrides(dims);
        Tensor source = strides is null ? Detach().Clone() : this;
        Layout before = _layout;
        return source.Alias(strides is null ? Layout.Contiguous(dims) : new(dims, strides), source._offset)
            .RecordView("Reshape", "x̄ = g in x's shape", this, x => x.Reshape(dims), g => g.Reshape(before.Dims));
    }

    /// <summary>
    /// What <see cref="TensorViews.View"/> does: <see cref="Reshape"/> that refuses where strides would need a copy.
    /// </summary>
    internal Tensor InShape(ReadOnlySpan<int> shape) => ViewStrides(InferShape(shape)) is not null
        ? Reshape(shape)
        : throw new ArgumentException(
            $"View: {Describe()} with strides [{string.Join(", ", _layout.Strides)}] can't be seen as "
                + $"[{string.Join(", ", shape.ToArray())}] without a copy. Use Reshape, which copies where it must.",
                nameof(shape));

    /// <summary>The elements in the shape of <paramref name="other"/>, never copied.</summary>
    /// <exception cref="ArgumentException">The number of elements differs, or strides don't allow it.</exception>
    public Tensor ViewAs(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return InShape(other._layout.Dims);
    }

    /// <summary>
    /// Repeats dimensions of size 1 to the sizes of <paramref name="shape"/> without copying; -1 keeps a size. A view
    /// with strides of zero.
    /// </summary>
    /// <exception cref="ArgumentException">A dimension that is not 1 would change.</exception>
    public Tensor Expand(params ReadOnlySpan<int> shape)
    {
        int[] dims = shape.ToArray();
        int lead = dims.Length - Rank;
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] == -1 && i >= lead)
            {
                dims[i] = _layout.Dims[i - lead];
            }
        }

        Layout target = Layout.Contiguous((int[])Shape.Create(dims).ToArray());
        return Broadcasting.CanExpand(_layout, target)
            ? ExpandTo(target)
            : throw new ArgumentException($"Expand: {Describe()} does not broadcast to {target.Shape}.", nameof(shape));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a rule's gradient mostly has its shape
    internal Tensor ExpandTo(Layout target) => _layout.SameShape(target) ? this : Expanded(target);

    // the engine sums it back
    private Tensor Expanded(Layout target) => AliasInside(_layout.Expand(target))
        .RecordView("Expand", "x̄ = g, summed over what was repeated", this, x => x.ExpandTo(target), static g => g);

    /// <summary>
    /// A view of <paramref name="length"/> indices of dimension <paramref name="dim"/> from <paramref name="start"/>
    /// on, every <paramref name="step"/>-th.
    /// </summary>
    internal Tensor Slice(int dim, int start, int length, int step = 1)
    {
        int[] dims = (int[])_layout.Dims.Clone();
        long[] strides = (long[])_layout.Strides.Clone();
        dims[dim] = length;
        strides[dim] = Sizes.Stride(strides[dim], step, length);
        return Alias(new(dims, strides), _offset + (length == 0 ? 0 : start * _layout.Strides[dim]))
            .RecordPart("Slice", this, t => t.Slice(dim, start, length, step));
    }

    /// <summary>
    /// A view without dimension <paramref name="dim"/>: its entry <paramref name="index"/>. Negative values count from
    /// the end.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such entry.</exception>
    public Tensor Select(int dim, int index)
    {
        int d = WrapDim(nameof(Select), dim);
        if (Rank == 0)
        {
            throw new ArgumentException("Select: a tensor of rank 0 has no dimension to select from.", nameof(dim));
        }

        BasicIndex entry = new();
        TakeWhole(entry, d);
        entry.Integer(CheckEntry(nameof(Select), d, index));
        return ViewBasic(entry);
    }

    /// <summary>Drops dimension <paramref name="dim"/> if its size is 1. A view.</summary>
    public Tensor Squeeze(int dim)
    {
        int d = WrapDim(nameof(Squeeze), dim);
        if (Rank == 0 || _layout.Dims[d] != 1)
        {
            return this;
        }

        int[] dims = [.. _layout.Dims[..d], .. _layout.Dims[(d + 1)..]];
        long[] strides = [.. _layout.Strides[..d], .. _layout.Strides[(d + 1)..]];
        return Alias(new(dims, strides), _offset)
            .RecordView("Squeeze", "x̄ = g in x's shape", this, x => x.Squeeze(d), g => g.Unsqueeze(d));
    }

    /// <summary>Inserts a dimension of size 1 before dimension <paramref name="dim"/>; -1 appends it. A view.</summary>
    public Tensor Unsqueeze(int dim)
    {
        int d = WrapDim(nameof(Unsqueeze), dim, Rank + 1);
        int[] dims = [.. _layout.Dims[..d], 1, .. _layout.Dims[d..]];
        long[] strides = [.. _layout.Strides[..d], d < Rank ? _layout.Strides[d] * _layout.Dims[d] : 1,
            .. _layout.Strides[d..]];
        return Alias(new(dims, strides), _offset)
            .RecordView("Unsqueeze", "x̄ = g in x's shape", this, x => x.Unsqueeze(d), g => g.Squeeze(d));
    }

    private int[] InferShape(ReadOnlySpan<int> shape)
    {
        int[] dims = shape.ToArray();
        int unknown = Array.IndexOf(dims, -1);
        for (int i = 0; i < dims.Length; i++)
        {
            if (dims[i] < 0 && (dims[i] != -1 || i != unknown))
            {
                throw new ArgumentException($"Reshape: [{string.Join(", ", dims)}] is no shape; one size may be -1.",
                    nameof(shape));
            }
        }

        long known = ProductOfOthers(dims, unknown);
        if (unknown >= 0 && known > 0 && ElementCount % known == 0)
        {
            dims[unknown] = Sizes.Entries("Reshape", ElementCount / known, DType);
            known = ElementCount;
        }

        return known == ElementCount && Array.IndexOf(dims, -1) < 0
            ? dims
            : throw new ArgumentException(
                $"Reshape: {Describe()} has {ElementCount} elements, which do not fit shape "
                    + $"[{string.Join(", ", shape.ToArray())}].", nameof(shape));
    }

    /// <summary>
    /// The product of all sizes but that at <paramref name="unknown"/>; -1, which no number of elements equals, where
    /// it can't be counted.
    /// </summary>
    private static long ProductOfOthers(ReadOnlySpan<int> dims, int unknown) =>
        unknown < 0
            ? ShapeMath.TryCount(dims) ?? -1
            : ShapeMath.TryCount([.. dims[..unknown], .. dims[(unknown + 1)..]]) ?? -1;

    /// <summary>Strides that read this strided tensor in another shape, or null where only a copy can.</summary>
    private long[]? ViewStrides(int[] dims)
    {
        if (IsContiguous || ElementCount == 0)
        {
            return Layout.Contiguous(dims).Strides;
        }

        long[] strides = new long[dims.Length];
        int d = Rank - 1, t = dims.Length - 1;

        while (d >= 0)
        {
            // A run of old dimensions that lie without gaps among themselves must be cut up by whole new dimensions.
            long step = _layout.Strides[d], run = _layout.Dims[d];
            while (d > 0 && (_layout.Dims[d - 1] == 1 || _layout.Strides[d - 1] == step * run))
            {
                run *= _layout.Dims[--d];
            }

            long cut = 1;
            while (t >= 0 && (cut < run || dims[t] == 1))
            {
                strides[t] = step * cut;
                cut *= dims[t--];
            }

            if (cut != run)
            {
                return null;
            }

            d--;
        }

        return strides;
    }
}

/// <summary>PyTorch's <c>view</c>.</summary>
public static class TensorViews
{
    /// <summary>The same elements in another shape, never copied; one size may be -1, to be worked out.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The sizes.</param>
    /// <exception cref="ArgumentException">The shape holds another number of elements, or strides don't allow it;
    /// <see cref="Tensor.Reshape"/> then copies.</exception>
    public static Tensor View(this Tensor x, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.InShape(shape);
    }
}
