using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The diagonals of the planes of two dimensions, as a new last dimension. A view.</summary>
    /// <param name="offset">Which diagonal: above the main one if positive, below if negative.</param>
    /// <param name="dim1">The planes' rows.</param>
    /// <param name="dim2">The planes' columns.</param>
    /// <exception cref="ArgumentException">The dimensions are the same.</exception>
    public Tensor Diagonal(int offset = 0, int dim1 = 0, int dim2 = 1)
    {
        int a = Dimension(nameof(Diagonal), dim1), b = Dimension(nameof(Diagonal), dim2);
        if (a == b)
        {
            throw new ArgumentException(
                $"Diagonal: dims {dim1} and {dim2} of {Describe()} are the same; a diagonal needs two.", nameof(dim2));
        }

        long length = Math.Max(0,
            offset >= 0
                ? Math.Min(_layout.Dims[a], (long)_layout.Dims[b] - offset)
                : Math.Min((long)_layout.Dims[a] + offset, _layout.Dims[b]));
        long start = length == 0 ? 0 : offset >= 0 ? offset * _layout.Strides[b] : -(long)offset * _layout.Strides[a];
        IEnumerable<int> others = Enumerable.Range(0, Rank).Where(d => d != a && d != b);
        Layout layout = new(
            [.. others.Select(d => _layout.Dims[d]), (int)length],
            [.. others.Select(d => _layout.Strides[d]), _layout.Strides[a] + _layout.Strides[b]]);
        return Alias(layout, _offset + start).RecordPart("Diagonal", this, x => x.Diagonal(offset, a, b));
    }

    /// <summary>A vector on a diagonal of a square matrix of zeros, or the diagonal of a matrix. A copy.</summary>
    /// <param name="offset">Which diagonal: above the main one if positive, below if negative.</param>
    /// <exception cref="ArgumentException">The tensor is neither a vector nor a matrix.</exception>
    public Tensor Diag(int offset = 0) => Rank switch
    {
        1 => DiagEmbed(offset),
        2 => Diagonal(offset).Clone(),
        _ =>
            throw new ArgumentException(
                $"Diag: {Describe()} is neither a vector nor a matrix; use DiagEmbed or Diagonal."),
    };

    /// <summary>Square matrices of zeros with the last dimension's entries on a diagonal.</summary>
    /// <param name="offset">Which diagonal: above the main one if positive, below if negative.</param>
    /// <param name="dim1">Where the matrices' rows go among the result's dimensions.</param>
    /// <param name="dim2">Where their columns go.</param>
    /// <exception cref="ArgumentException">The dimensions are the same.</exception>
    public Tensor DiagEmbed(int offset = 0, int dim1 = -2, int dim2 = -1)
    {
        int last = Dimension(nameof(DiagEmbed), -1);
        int a = WrapDim(nameof(DiagEmbed), dim1, Rank + 1), b = WrapDim(nameof(DiagEmbed), dim2, Rank + 1);
        if (a == b)
        {
            throw new ArgumentException($"DiagEmbed: dims {dim1} and {dim2} are the same; a matrix needs two.",
                nameof(dim2));
        }

        long size = _layout.Dims[last] + Math.Abs((long)offset);
        long[] sizes = new long[Rank + 1];
        for (int d = 0, from = 0; d < sizes.Length; d++)
        {
            sizes[d] = d == a || d == b ? size : _layout.Dims[from++];
        }

        return Embed("DiagEmbed", this, Layout.Contiguous(Sizes.Checked(nameof(DiagEmbed), sizes, DType)),
            x => x.Diagonal(offset, a, b));
    }

    /// <summary>The sum of a matrix's diagonal.</summary>
    /// <exception cref="ArgumentException">The tensor is not a matrix.</exception>
    public Tensor Trace() => Rank == 2
        ? Diagonal().Sum()
        : throw new ArgumentException($"Trace: {Describe()} has {Rank} dimensions; a matrix has two.");

    /// <summary>The lower triangles of the matrices in the last two dimensions, zeros elsewhere.</summary>
    /// <param name="diagonal">The highest diagonal that stays: 0 is the main one, positive lies above it.</param>
    public Tensor Tril(int diagonal = 0) => Triangle(nameof(Tril), lower: true, diagonal);

    /// <summary>The upper triangles of the matrices in the last two dimensions, zeros elsewhere.</summary>
    /// <param name="diagonal">The lowest diagonal that stays: 0 is the main one, positive lies above it.</param>
    public Tensor Triu(int diagonal = 0) => Triangle(nameof(Triu), lower: false, diagonal);

    private Tensor Triangle(string name, bool lower, int diagonal)
    {
        if (Rank < 2)
        {
            throw new ArgumentException($"{name}: {Describe()} has {Rank} dimensions; a matrix has two.");
        }

        Tensor rows = Counting(_layout.Dims[^2], Device).Unsqueeze(1) + diagonal,
            columns = Counting(_layout.Dims[^1], Device);
        Tensor kept = lower ? columns.Le(rows) : columns.Ge(rows), y;
        using (Unrecorded())
        {
            y = Where(kept, this, 0).To(DType); // bool masks stay bool
        }

        return y.Record(name, "x̄ = the same triangle of g, 0 elsewhere", this, g => g.Triangle(name, lower, diagonal));
    }

    /// <summary>0, 1, 2, ...</summary>
    private static Tensor Counting(int count, Device device) =>
        Integers(0, 1, Sizes.HostEntries("Tril and Triu", count, DType.Int64), DType.Int64, device);
}
