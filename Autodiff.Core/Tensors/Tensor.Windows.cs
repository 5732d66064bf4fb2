namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Windows of <paramref name="size"/> entries of dimension <paramref name="dim"/>, one every
    /// <paramref name="step"/>; their entries are a new last dimension (<c>Tensor.unfold</c>). A view.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is beyond the dimension, or the step is not
    /// positive.</exception>
    public Tensor Unfold(int dim, int size, int step)
    {
        int d = Dimension(nameof(Unfold), dim), length = _layout.Dims[d];
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (size < 0 || size > length)
        {
            throw new ArgumentOutOfRangeException(nameof(size), size,
                $"Unfold: windows of {size} entries do not fit dim {dim} of {Describe()}, which has {length}.");
        }

        int[] dims = [.. _layout.Dims, size];
        long[] strides = [.. _layout.Strides, _layout.Strides[d]];
        dims[d] = Sizes.Entries(nameof(Unfold), ((long)length - size) / step + 1, DType);
        strides[d] = Sizes.Stride(strides[d], step, dims[d]);
        Layout whole = _layout;
        return Alias(new(dims, strides), _offset)
            .RecordView("Unfold", "x̄ = the windows g, added where they lie in x", this, x => x.Unfold(d, size, step),
                g => Fold(g, whole, d, size, step));
    }

    private const int EntriesInOrder = 32;

    /// <summary>The sum of windows laid where <see cref="Unfold"/> takes them; they may overlap.</summary>
    private static Tensor Fold(Tensor x, Layout whole, int dim, int size, int step)
    {
        Tensor y;
        using (Unrecorded())
        {
            y = Sum(0, size);
        }

        return y.Record("Fold", "x̄ = the windows of g", x, g => g.Unfold(dim, size, step));

        // The entries that may meet in one place as blocks and a tree, like any long sum.
        Tensor Sum(int from, int to)
        {
            if (to - from > EntriesInOrder)
            {
                int middle = (from + to) / 2;
                Tensor left = Sum(from, middle);
                left.AddRaw(Sum(middle, to));
                return left;
            }

            Tensor sum = Zeros(whole.Shape, x.DType, x.Device);
            for (int k = from; k < to; k++)
            {
                Tensor entry = x.Select(-1, k);
                sum.Slice(dim, k, entry._layout.Dims[dim], step).AddRaw(entry);
            }

            return sum;
        }
    }
}
