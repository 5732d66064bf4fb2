namespace Autodiff.LinearAlgebra;

/// <summary>A tensor's trailing matrices on the host in double precision, one array each.</summary>
internal sealed class MatrixBatch
{
    private readonly double[] _data;
    private readonly Tensor _like;
    private readonly int[] _lead;

    public MatrixBatch(Tensor x)
    {
        _like = x;
        _lead = x.Shape.Sizes[..^2];
        (Rows, Columns) = (x.Size(-2), x.Size(-1));
        Count = Sizes.Entries("Matrices", _lead.Aggregate(1L, (n, dim) => n * dim), x.DType);
        _data = x.ToArray<double>();
    }

    /// <summary>How many matrices there are.</summary>
    public int Count { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>A copy of a matrix, row-major.</summary>
    public double[] this[int i] => _data.AsSpan(i * Rows * Columns, Rows * Columns).ToArray();

    /// <summary>One result for each matrix, as a tensor of the operand's type on its device.</summary>
    /// <param name="shape">The shape of a result.</param>
    /// <param name="make">The result of matrix i, row-major.</param>
    public Tensor Map(ReadOnlySpan<int> shape, Func<int, double[]> make)
    {
        long each = 1;
        foreach (int dim in shape)
        {
            each *= dim; // as many as an operand's matrix has, at most
        }

        int size = Sizes.Entries("Matrices", each, DType.Float64);
        double[] results = new double[Sizes.HostEntries("Matrices", (double)Count * size, DType.Float64)];
        for (int i = 0; i < Count; i++)
        {
            make(i).CopyTo(results.AsSpan(i * size, size));
        }

        return Tensor.From<double>(results, [.. _lead, .. shape]).To(_like.DType).To(_like.Device);
    }

    /// <summary>"matrix 3 of the batch", or "the matrix" where there is one.</summary>
    public string Which(int i) => Count == 1 ? "the matrix" : $"matrix {i} of the batch";
}
