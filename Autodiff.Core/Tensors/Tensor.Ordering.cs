namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Dimension <paramref name="dim"/> in order, and where each element stood. Stable; NaN counts as largest. The
    /// gradient goes back to where the elements stood.
    /// </summary>
    public (Tensor Values, Tensor Indices) Sort(int dim = -1, bool descending = false)
    {
        int d = WrapDim(nameof(Sort), dim);
        return Ordered(nameof(Sort), d, descending, Rank == 0 ? 1 : _layout.Dims[d]);
    }

    /// <summary>The positions that sort dimension <paramref name="dim"/>.</summary>
    public Tensor ArgSort(int dim = -1, bool descending = false) => Detach().Sort(dim, descending).Indices;

    /// <summary>
    /// The <paramref name="k"/> largest (or smallest) elements of dimension <paramref name="dim"/>, best first, and
    /// where they stood.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k, int dim = -1, bool largest = true)
    {
        int d = WrapDim(nameof(TopK), dim), size = Rank == 0 ? 1 : _layout.Dims[d];
        if (k < 0 || k > size)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k,
                $"TopK: {k} of the {size} entries in dim {dim} of {Describe()} are not to be had.");
        }

        return Ordered(nameof(TopK), d, largest, k);
    }

    /// <summary>
    /// The <paramref name="k"/>-th smallest element (from 1) of dimension <paramref name="dim"/>, and where it stood.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public (Tensor Values, Tensor Indices) KthValue(int k, int dim = -1, bool keepDim = false)
    {
        int d = WrapDim(nameof(KthValue), dim), size = Rank == 0 ? 1 : _layout.Dims[d];
        if (k < 1 || k > size)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k,
                $"KthValue: k must be 1 to {size}, the entries of dim {dim} of {Describe()}; it is {k}.");
        }

        (Tensor values, Tensor indices) = Ordered(nameof(KthValue), d, descending: false, k);
        return Rank == 0 ? (values, indices)
            : keepDim ? (values.Slice(d, k - 1, 1), indices.Slice(d, k - 1, 1))
            : (values.Select(d, k - 1), indices.Select(d, k - 1));
    }

    /// <summary>The first entries of a dimension in order, recorded, and where they stood.</summary>
    private (Tensor Values, Tensor Indices) Ordered(string name, int dim, bool descending, int count)
    {
        if (Rank == 0)
        {
            Tensor first = Zeros(count == 1 ? [] : [count], DType.Int64, Device);
            return (GatherAt(name, 0, first), first);
        }

        Tensor rows = Detach().MoveDim(dim, -1);
        Layout wanted = Layout.Contiguous([.. rows._layout.Dims[..^1], count]);
        Tensor values = Empty(wanted, DType, Device), indices = Empty(wanted, DType.Int64, Device);
        Backend.Sort(rows.View, descending, values.View, indices.View);
        indices = indices.MoveDim(-1, dim).Contiguous();
        return (values.MoveDim(-1, dim).Contiguous().RecordGather(name, this, dim, indices), indices);
    }
}
