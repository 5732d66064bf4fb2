namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The entries of dimension <paramref name="dim"/> moved on by <paramref name="shift"/> places, those beyond the
    /// end back to the start.
    /// </summary>
    public Tensor Roll(int shift, int dim)
    {
        int d = WrapDim(nameof(Roll), dim), size = Rank == 0 ? 0 : _layout.Dims[d];
        int first = size == 0 ? 0 : (int)(((-(long)shift % size) + size) % size);
        return first == 0 ? Clone() : Cat([Slice(d, first, size - first), Slice(d, 0, first)], d);
    }

    /// <summary>
    /// All elements in row-major order moved on by <paramref name="shift"/> places, in the same shape.
    /// </summary>
    public Tensor Roll(int shift) => Reshape(-1).Roll(shift, 0).Reshape(_layout.Dims);

    /// <summary>Each of <paramref name="dims"/> rolled by its shift.</summary>
    /// <exception cref="ArgumentException">There are not as many shifts as dimensions.</exception>
    public Tensor Roll(ReadOnlySpan<int> shifts, ReadOnlySpan<int> dims)
    {
        if (shifts.Length != dims.Length)
        {
            throw new ArgumentException($"Roll: {shifts.Length} shifts for {dims.Length} dimensions.", nameof(shifts));
        }

        Tensor y = dims.Length == 0 ? Clone() : this;
        for (int i = 0; i < dims.Length; i++)
        {
            y = y.Roll(shifts[i], dims[i]);
        }

        return y;
    }

    /// <summary>The entries of each of <paramref name="dims"/> in reverse order. A copy.</summary>
    /// <exception cref="ArgumentException">A dimension is named twice.</exception>
    public Tensor Flip(params ReadOnlySpan<int> dims)
    {
        long[] strides = (long[])_layout.Strides.Clone();
        long offset = _offset;
        int[] flipped = new int[dims.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            int d = flipped[i] = WrapDim(nameof(Flip), dims[i]);
            if (Array.IndexOf(flipped, d) < i)
            {
                throw new ArgumentException(
                    $"Flip: dim {dims[i]} appears twice in [{string.Join(", ", dims.ToArray())}].", nameof(dims));
            }

            if (Rank > 0 && ElementCount > 0)
            {
                offset += (_layout.Dims[d] - 1) * strides[d];
                strides[d] = -strides[d];
            }
        }

        Tensor y = Empty(_layout, DType, Device);
        Backend.Copy(Alias(new(_layout.Dims, strides), offset).View, y.View);
        return y.Record("Flip", "x̄ = g, flipped back", this, g => g.Flip(flipped));
    }

    /// <summary>Left becomes right: dimension 1 reversed.</summary>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public Tensor FlipLr() => Rank >= 2
        ? Flip(1)
        : throw new ArgumentException($"FlipLr: {Describe()} has {Rank} dimensions; it needs two at least.");

    /// <summary>Up becomes down: dimension 0 reversed.</summary>
    /// <exception cref="ArgumentException">The tensor has no dimensions.</exception>
    public Tensor FlipUd() => Flip(Dimension(nameof(FlipUd), 0));

    /// <summary>
    /// The plane of two dimensions turned by <paramref name="k"/> quarters, from the first dimension towards the
    /// second.
    /// </summary>
    /// <param name="k">How many quarters; negative turns back.</param>
    /// <param name="dim0">The first dimension.</param>
    /// <param name="dim1">The second.</param>
    /// <exception cref="ArgumentException">The dimensions are the same.</exception>
    public Tensor Rot90(int k = 1, int dim0 = 0, int dim1 = 1)
    {
        int a = Dimension(nameof(Rot90), dim0), b = Dimension(nameof(Rot90), dim1);
        return a == b
            ? throw new ArgumentException(
                $"Rot90: dims {dim0} and {dim1} of {Describe()} are the same; a plane has two.", nameof(dim1))
            : (((k % 4) + 4) % 4) switch
            {
                1 => Flip(b).Transpose(a, b),
                2 => Flip(a, b),
                3 => Flip(a).Transpose(a, b),
                _ => Clone(),
            };
    }
}
