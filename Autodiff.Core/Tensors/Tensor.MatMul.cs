namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix product, by NumPy's rules: vector times vector is the dot product; a vector is a row on the left and
    /// a column on the right; leading dimensions are a batch and broadcast.
    /// </summary>
    /// <param name="other">The right factor: its second to last (or only) dimension must be as long as this one's
    /// last.</param>
    /// <exception cref="ArgumentException">The inner sizes differ, or a factor has rank 0.</exception>
    public Tensor MatMul(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Rank == 0 || other.Rank == 0)
        {
            throw new ArgumentException(
                $"MatMul: both factors need at least one dimension; x is {Describe()}, y is {other.Describe()}. Use "
                    + "Mul for scalars.", nameof(other));
        }

        if (Rank == 1)
        {
            Tensor row = Unsqueeze(0).MatMul(other.Rank == 1 ? other.Unsqueeze(1) : other);
            return other.Rank == 1 ? row.Reshape() : row.Squeeze(-2);
        }

        if (other.Rank == 1)
        {
            return MatMul(other.Unsqueeze(1)).Squeeze(-1);
        }

        return Product("MatMul", this, other, transposed: false, null);
    }

    /// <summary>x wᵀ + b, the affine map of a linear layer, in one pass.</summary>
    /// <param name="weight">w, [out, in].</param>
    /// <param name="bias">b, [out], or null.</param>
    /// <returns>[..., out] for x [..., in].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or one operand is float32 and another
    /// float64.</exception>
    public Tensor Linear(Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 2 || Rank == 0 || _layout.Dims[^1] != weight._layout.Dims[1])
        {
            throw new ArgumentException(
                $"Linear: input {Describe()} has {(Rank == 0 ? "no" : _layout.Dims[^1])} features, weight "
                    + $"{weight.Describe()} takes {(weight.Rank == 2 ? weight._layout.Dims[1] : "[out, in]")}.",
                    nameof(weight));
        }

        if (bias is not null && (bias.Rank != 1 || bias._layout.Dims[0] != weight._layout.Dims[0]))
        {
            throw new ArgumentException(
                $"Linear: bias {bias.Describe()} must have one number for each of the {weight._layout.Dims[0]} "
                    + "outputs.", nameof(bias));
        }

        RequireLayerType("Linear", this, weight, bias);
        Tensor rows = Rank == 2 ? this : Rank == 1 ? Reshape([1, -1]) : Flatten(0, -2);
        Tensor y = Product("Linear", rows, weight, transposed: true, bias);
        return Rank == 2 ? y : y.Reshape([.. _layout.Dims[..^1], weight._layout.Dims[0]]);
    }

    /// <summary>a b (or a bᵀ where b is transposed) plus a bias row, and the node for it.</summary>
    private static Tensor Product(string name, Tensor a, Tensor b, bool transposed, Tensor? bias)
    {
        Layout right = transposed ? b._layout.Transposed : b._layout;
        if (a._layout.Dims[^1] != right.Dims[^2])
        {
            throw new ArgumentException(
                $"{name}: inner sizes differ. x {a.Describe()} has {a._layout.Dims[^1]} columns, y {b.Describe()} has "
                    + $"{right.Dims[^2]} rows.");
        }

        RequireSameDevice(name, a, b);
        DType type = TypePromotion.Result(a, b) is var common && common == DType.Bool ? DType.Int64 : common;
        Tensor x = a.To(type), w = b.To(type), y;
        Tensor? row = bias?.To(type).Contiguous();
        if (x.Rank == 2 && w.Rank == 2)
        {
            y = Empty(Layout.Contiguous([x._layout.Dims[0], right.Dims[1]]), type, a.Device);
            y.Backend.MatMul(Batch(x, x._layout), Batch(w, transposed ? w._layout.Transposed : w._layout), row?.View,
                Batch(y, y._layout));
        }
        else
        {
            y = BatchedProduct(x, transposed ? w.SwapLast() : w, row);
        }

        if (row is null ? Recording.Needed(x, w) : Recording.Needed([x, w, row]))
        {
            y._node = new ProductNode(name, x, w, transposed, row,
                [x.NodeForInput(), w.NodeForInput(), row?.NodeForInput()], y);
        }

        return y;
    }

    private static Tensor BatchedProduct(Tensor x, Tensor w, Tensor? bias)
    {
        int m = x._layout.Dims[^2], k = x._layout.Dims[^1], n = w._layout.Dims[^1];
        Layout batch = Broadcasting.Result(
            "MatMul (batch)", Layout.Contiguous(x._layout.Dims.AsSpan(0, x.Rank - 2)),
            Layout.Contiguous(w._layout.Dims.AsSpan(0, w.Rank - 2)));
        Tensor y = Empty(Layout.Contiguous([.. batch.Dims, m, n]), x.DType, x.Device);

        // Several batch dimensions become one; where broadcasting gives them strides that no single step describes,
        // they are copied.
        int count = Sizes.Entries("MatMul (batch)", batch.Count, x.DType);
        using GradMode.EngineScope _ = Unrecorded();
        y.Backend.MatMul(
            x.Expand([.. batch.Dims, m, k]).Reshape(count, m, k).View,
            w.Expand([.. batch.Dims, k, n]).Reshape(count, k, n).View,
            bias?.View, y.Alias().Reshape(count, m, n).View);
        return y;
    }

    private static TensorView Batch(Tensor t, Layout layout) => t.View.AsBatch(layout);
}
