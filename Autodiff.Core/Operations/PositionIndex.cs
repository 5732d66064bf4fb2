namespace Autodiff.Operations;

/// <summary>
/// Tensors of positions in some dimensions of an operand, broadcast against each other: the operation
/// y[.., b, ..] = x[.., p₁[b], .., p₂[b], ..] and its adjoint.
/// </summary>
/// <remarks>
/// As in NumPy, the dimensions of the positions stand where the first indexed dimension stood if the indexed dimensions
/// are neighbours, and first otherwise. The indexed dimensions are read as one of stride 1, whose positions are the
/// offsets Σ pₖ strideₖ: nothing is copied first, whatever the strides.
/// </remarks>
internal sealed class PositionIndex
{
    private readonly int[] _dims;
    private readonly SavedTensor[] _positions;
    private readonly Layout _shape;
    private readonly bool _distinct;

    /// <param name="dims">The indexed dimensions, ascending.</param>
    /// <param name="positions">Their positions, checked and not negative, of one shape.</param>
    /// <param name="distinct">Whether they are known to name no place twice.</param>
    public PositionIndex(int[] dims, Tensor[] positions, bool distinct = false)
    {
        _distinct = distinct;
        _dims = dims;
        _shape = positions[0].Layout.AsContiguous();
        _positions = Array.ConvertAll(positions, p => p.Save("index"));
    }

    /// <summary>What a node that uses this must be given to keep.</summary>
    public SavedTensor[] Saved => _positions;

    /// <summary>The same positions for another node.</summary>
    public PositionIndex Again() => new(_dims, Array.ConvertAll(_positions, p => p.Value), _distinct);

    /// <summary>The shape of the indexed elements of an operand of layout <paramref name="x"/>.</summary>
    public Layout Result(Layout x)
    {
        (int[] before, int[] after) = Sides(x.Rank);
        return Layout.Contiguous([.. before.Select(d => x.Dims[d]), .. _shape.Dims, .. after.Select(d => x.Dims[d])]);
    }

    /// <summary>
    /// Which positions are the last of those that name the same place, a bool tensor that broadcasts to the result;
    /// null if all are.
    /// </summary>
    public Tensor? Last(Layout x)
    {
        if (_distinct)
        {
            return null;
        }

        // Numbers of places in the indexed dimensions alone.
        Tensor places = _positions[0].Value;
        long count = x.Dims[_dims[0]];
        for (int k = 1; k < _dims.Length; k++)
        {
            places = places * Tensor.Number(x.Dims[_dims[k]], DType.Int64) + _positions[k].Value;
            count = checked(count * x.Dims[_dims[k]]);
        }

        int after = Sides(x.Rank).After.Length;
        return Tensor.LastOfEqual(places.Reshape(-1), 0,
            count)?.Reshape([.. _shape.Dims, .. Enumerable.Repeat(1, after)]);
    }

    /// <summary>y = x[positions].</summary>
    public Tensor Read(Tensor x)
    {
        Tensor y = Tensor.Empty(Result(x.Layout), x.DType, x.Device);
        if (y.ElementCount > 0)
        {
            (TensorView view, int dim, TensorView index, Layout flat) = Prepare(x, isWritten: false);
            x.Backend.Gather(view, dim, index, new(y.Storage, y.Offset, flat, y.DType));
        }

        return y;
    }

    /// <summary>x[positions] = values, or += values. The values have the result's shape and x's type.</summary>
    public void Write(Tensor x, Tensor values, bool add)
    {
        if (values.ElementCount > 0)
        {
            (TensorView view, int dim, TensorView index, Layout flat) = Prepare(x, isWritten: true);
            Tensor source = values.Contiguous();
            x.Backend.Scatter(new(source.Storage, source.Offset, flat, source.DType), dim, index, view, add);
        }
    }

    /// <summary>
    /// The operand with its indexed dimensions as one, the positions against it, and the result's layout against both.
    /// Positions that lie in an operand to be written are copied: all are read first.
    /// </summary>
    private (TensorView View, int Dim, TensorView Index, Layout Flat) Prepare(Tensor x, bool isWritten)
    {
        Layout layout = x.Layout;
        (int[] before, int[] after) = Sides(layout.Rank);
        Tensor offsets = _positions[0].Value;
        long stride = layout.Strides[_dims[0]];
        int reach = layout.Dims[_dims[0]];
        if (_dims.Length > 1)
        {
            offsets = offsets * Tensor.Number(stride, DType.Int64);
            long last = (reach - 1) * stride;
            for (int k = 1; k < _dims.Length; k++)
            {
                offsets += _positions[k].Value * Tensor.Number(layout.Strides[_dims[k]], DType.Int64);
                last += (layout.Dims[_dims[k]] - 1) * layout.Strides[_dims[k]];
            }

            stride = 1;
            reach = Sizes.Entries("Index", last + 1, x.DType);
        }

        offsets = isWritten && x.SharesMemory(offsets) ? offsets.Clone() : offsets.Contiguous();
        int count = Sizes.Entries("Index", _shape.Count, DType.Int64), dim = before.Length;
        int[] dims = [.. before.Select(d => layout.Dims[d]), reach, .. after.Select(d => layout.Dims[d])];
        long[] strides = [.. before.Select(d => layout.Strides[d]), stride, .. after.Select(d => layout.Strides[d])];
        int[] flat = (int[])dims.Clone();
        flat[dim] = count;
        long[] indexStrides = new long[dims.Length];
        indexStrides[dim] = 1;
        return (new(x.Storage, x.Offset, new(dims, strides), x.DType), dim,
            new(offsets.Storage, offsets.Offset, new(flat, indexStrides), DType.Int64), Layout.Contiguous(flat));
    }

    /// <summary>
    /// The dimensions that are not indexed: those before the positions' place in the result and those after.
    /// </summary>
    private (int[] Before, int[] After) Sides(int rank)
    {
        bool neighbours = _dims[^1] - _dims[0] == _dims.Length - 1;
        int place = neighbours ? _dims[0] : 0;
        IEnumerable<int> others = Enumerable.Range(0, rank).Where(d => Array.IndexOf(_dims, d) < 0);
        return ([.. others.Where(d => d < place)], [.. others.Where(d => d >= place)]);
    }
}
