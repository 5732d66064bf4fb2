namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The matrix product, by NumPy's rules: vector times vector is the dot product; a vector is a row on the left and a column
    /// on the right; leading dimensions are a batch and broadcast.
    /// </summary>
    /// <param name="other">The right factor: its second to last (or only) dimension must be as long as this one's last.</param>
    /// <exception cref="ArgumentException">The inner sizes differ, or a factor has rank 0.</exception>
    public Tensor MatMul(Tensor other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Rank == 0 || other.Rank == 0)
        {
            throw new ArgumentException($"MatMul: both factors need at least one dimension; x is {Describe()}, y is {other.Describe()}. Use Mul for scalars.", nameof(other));
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

        return Product(this, other, null);
    }

    /// <summary>x wᵀ + b, the affine map of a linear layer, in one pass.</summary>
    /// <param name="weight">w, [out, in].</param>
    /// <param name="bias">b, [out], or null.</param>
    /// <returns>[..., out] for x [..., in].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Linear(Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 2 || Rank == 0 || _layout.Dims[^1] != weight._layout.Dims[1])
        {
            throw new ArgumentException(
                $"Linear: input {Describe()} has {(Rank == 0 ? "no" : _layout.Dims[^1])} features, weight {weight.Describe()} takes {(weight.Rank == 2 ? weight._layout.Dims[1] : "[out, in]")}.", nameof(weight));
        }

        if (bias is not null && (bias.Rank != 1 || bias._layout.Dims[0] != weight._layout.Dims[0]))
        {
            throw new ArgumentException($"Linear: bias {bias.Describe()} must have one number for each of the {weight._layout.Dims[0]} outputs.", nameof(bias));
        }

        Tensor rows = Rank == 2 ? this : Reshape(Rank == 1 ? [1, -1] : [-1, _layout.Dims[^1]]);
        Tensor y = Product(rows, weight.T, bias);
        return Rank == 2 ? y : y.Reshape([.. _layout.Dims[..^1], weight._layout.Dims[0]]);
    }

    private static Tensor Product(Tensor a, Tensor b, Tensor? bias)
    {
        if (a._layout.Dims[^1] != b._layout.Dims[^2])
        {
            throw new ArgumentException($"MatMul: inner sizes differ. x {a.Describe()} has {a._layout.Dims[^1]} columns, y {b.Describe()} has {b._layout.Dims[^2]} rows.");
        }

        RequireSameDevice(nameof(MatMul), a, b);
        DType type = TypePromotion.Result(a, b);
        if (!type.IsFloatingPoint())
        {
            // Integers multiply exactly in float64 as long as sums stay below 2^53.
            return Product(a.To(DType.Float64), b.To(DType.Float64), null).To(type == DType.Bool ? DType.Int64 : type);
        }

        Tensor x = a.To(type), w = b.To(type);
        Layout batch = Broadcasting.Result("MatMul (batch)", Lead(x._layout), Lead(w._layout));
        int m = x._layout.Dims[^2], n = w._layout.Dims[^1];
        Tensor y = Empty(Layout.Contiguous([.. batch.Dims, m, n]), type, a.Device);
        Multiply(x, w, bias?.To(type).Contiguous(), batch, y);
        if (!Recording.Needed(bias is null ? [x, w] : [x, w, bias]))
        {
            return y;
        }

        bool toX = x.RequiresGrad, toW = w.RequiresGrad;
        SavedTensor[] saved = [(toW ? x : Number(0)).Save("first factor"), (toX ? w : Number(0)).Save("second factor")];
        Func<Tensor, Tensor?> ruleX = g => g.MatMul(saved[1].Value.Transpose(-2, -1)), ruleW = g => saved[0].Value.Transpose(-2, -1).MatMul(g);
        return bias is null
            ? y.Record("MatMul", [x, w], [ruleX, ruleW], saved)
            : y.Record("Linear", [x, w, bias], [ruleX, ruleW, static g => g], saved); // the engine sums the bias' gradient over rows
    }

    private static Layout Lead(Layout layout) => Layout.Contiguous(layout.Dims.AsSpan(0, layout.Rank - 2));

    private static void Multiply(Tensor x, Tensor w, Tensor? bias, Layout batch, Tensor y)
    {
        int m = x._layout.Dims[^2], k = x._layout.Dims[^1], n = w._layout.Dims[^1];
        if (batch.Rank <= 1)
        {
            y.Backend.MatMul(Three(x, batch, m, k), Three(w, batch, k, n), bias?.View, Three(y, batch, m, n));
            return;
        }

        // Several batch dimensions become one; where broadcasting gives them strides that no single step describes, they are copied.
        int count = checked((int)batch.Count);
        using GradMode.Scope _ = NoGrad();
        y.Backend.MatMul(
            x.Expand([.. batch.Dims, m, k]).Reshape(count, m, k).View, w.Expand([.. batch.Dims, k, n]).Reshape(count, k, n).View,
            bias?.View, y.Alias().Reshape(count, m, n).View);
    }

    private static TensorView Three(Tensor t, Layout batch, int rows, int columns)
    {
        long step = t.Rank < 3 || t._layout.Dims[0] == 1 ? 0 : t._layout.Strides[0];
        int count = batch.Rank == 0 ? 1 : batch.Dims[0];
        TensorView view = t.View;
        return new(view.Storage, view.Offset, new([count, rows, columns], [step, t._layout.Strides[^2], t._layout.Strides[^1]]), t.DType);
    }
}
