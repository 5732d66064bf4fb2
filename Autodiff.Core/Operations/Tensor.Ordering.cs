namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Dimension <paramref name="dim"/> in order, and where each element stood. Stable; NaN counts as largest. The gradient goes back to where the elements stood.</summary>
    public (Tensor Values, Tensor Indices) Sort(int dim = -1, bool descending = false)
    {
        int d = Axis(nameof(Sort), dim);
        if (Rank == 0)
        {
            return (Clone(), Scalar(0L).To(Device));
        }

        Tensor moved = Detach().MoveDim(d, -1);
        Tensor values = Empty(moved._layout, DType, Device), indices = Empty(moved._layout, DType.Int64, Device);
        Backend.Sort(moved.View, descending, values.View, indices.View);
        indices = indices.MoveDim(-1, d).Contiguous();
        return (values.MoveDim(-1, d).Contiguous().RecordGather("Sort", this, d, indices), indices);
    }

    /// <summary>The positions that sort dimension <paramref name="dim"/>.</summary>
    public Tensor ArgSort(int dim = -1, bool descending = false) => Detach().Sort(dim, descending).Indices;

    /// <summary>The <paramref name="k"/> largest (or smallest) elements of dimension <paramref name="dim"/>, best first, and where they stood.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public (Tensor Values, Tensor Indices) TopK(int k, int dim = -1, bool largest = true)
    {
        int d = Axis(nameof(TopK), dim), size = Rank == 0 ? 1 : _layout.Dims[d];
        if (k < 0 || k > size)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k, $"TopK: {k} of the {size} entries in dim {dim} of {Describe()} are not to be had.");
        }

        Tensor indices = ArgSort(d, largest);
        indices = Rank == 0 ? indices : indices.Slice(d, 0, k).Contiguous();
        return (GatherAt("TopK", d, indices), indices);
    }

    /// <summary>The <paramref name="k"/>-th smallest element (from 1) of dimension <paramref name="dim"/>, and where it stood.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many.</exception>
    public (Tensor Values, Tensor Indices) KthValue(int k, int dim = -1, bool keepDim = false)
    {
        int d = Axis(nameof(KthValue), dim), size = Rank == 0 ? 1 : _layout.Dims[d];
        if (k < 1 || k > size)
        {
            throw new ArgumentOutOfRangeException(nameof(k), k, $"KthValue: k must be 1 to {size}, the entries of dim {dim} of {Describe()}; it is {k}.");
        }

        Tensor indices = ArgSort(d);
        indices = Rank == 0 ? indices : indices.Slice(d, k - 1, 1).Contiguous();
        Tensor values = GatherAt("KthValue", d, indices);
        return keepDim || Rank == 0 ? (values, indices) : (values.Squeeze(d), indices.Squeeze(d));
    }
}
