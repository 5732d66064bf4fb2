using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// y[.., i, ..] = x[.., index[.., i, ..], ..] along <paramref name="dim"/>: one position for each element of the
    /// result (<c>torch.gather</c>).
    /// </summary>
    /// <param name="dim">The dimension that positions refer to.</param>
    /// <param name="index">Positions (int64), of the tensor's rank and in other dimensions at most its size; the result
    /// has this shape.</param>
    /// <exception cref="ArgumentException">Ranks or sizes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position is negative or beyond the dimension.</exception>
    public Tensor Gather(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        int d = WrapDim(nameof(Gather), dim);
        RequireIndexFits(nameof(Gather), this, index, d);
        return GatherAt("Gather", d, Positions(nameof(Gather), index, this, d, fromEnd: false));
    }

    /// <summary>
    /// y[.., i, ..] = x[.., index[i], ..]: whole entries of dimension <paramref name="dim"/>, in the order of a vector
    /// of positions.
    /// </summary>
    /// <exception cref="ArgumentException">The index is not a vector of integers, or not one position in a single
    /// number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position is negative or beyond the dimension.</exception>
    public Tensor IndexSelect(int dim, Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        int d = WrapDim(nameof(IndexSelect), dim);
        if (Rank == 0 && index.ElementCount != 1)
        {
            throw new ArgumentException(
                $"IndexSelect: {Describe()} is a single number, of which one position can be taken, not "
                    + $"{index.ElementCount}.", nameof(index));
        }

        Tensor positions = Vector(nameof(IndexSelect), index, d, fromEnd: false);
        return Rank == 0
            ? Reshape(1).ReadAt("IndexSelect", new([0], [positions])).Reshape()
            : ReadAt("IndexSelect", new([d], [positions]));
    }

    /// <summary>
    /// The elements at positions in the flattened tensor, in the shape of <paramref name="index"/> (<c>torch.take</c>).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A position, negative from the end, is beyond the number of
    /// elements.</exception>
    public Tensor Take(Tensor index)
    {
        ArgumentNullException.ThrowIfNull(index);
        Tensor flat = Reshape(-1);
        return flat.ReadAt("Take", new([0], [Positions(nameof(Take), index, flat, 0, fromEnd: true)]));
    }

    /// <summary>
    /// <see cref="Gather"/> with other dimensions broadcast; without a dimension, in the flattened tensor
    /// (<c>torch.take_along_dim</c>).
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position is negative or beyond the dimension.</exception>
    public Tensor TakeAlongDim(Tensor index, int? dim = null)
    {
        ArgumentNullException.ThrowIfNull(index);
        if (dim is not { } named)
        {
            return Reshape(-1).Gather(0, index.Reshape(-1));
        }

        int d = WrapDim(nameof(TakeAlongDim), named);
        if (index.Rank != Rank)
        {
            throw new ArgumentException($"TakeAlongDim: index {index.Shape} must have the rank of {Describe()}.",
                nameof(index));
        }

        int[] dims = new int[Rank], other = new int[Rank];
        for (int i = 0; i < Rank; i++)
        {
            int a = _layout.Dims[i], b = index._layout.Dims[i], common = a == 1 ? b : a;
            (dims[i], other[i]) = i == d ? (a, b) : a == b || a == 1 || b == 1
                ? (common, common)
                : throw new ArgumentException(
                    $"TakeAlongDim: index {index.Shape} and {Describe()} do not broadcast (dim {i}: {b} against {a}).",
                    nameof(index));
        }

        return Expand(dims).Gather(d, index.Expand(other));
    }

    /// <summary>
    /// The rows of a table at <paramref name="indices"/>: a shape [..] of int64 gives [.., columns]
    /// (<c>nn.functional.embedding</c>).
    /// </summary>
    /// <param name="indices">Row numbers, in any shape; none is negative.</param>
    /// <param name="weight">The table [rows, columns].</param>
    /// <param name="paddingIndex">A row that gets no gradient.</param>
    /// <exception cref="ArgumentException">The table is not a matrix, or the indices are not integers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row, or no such row of padding.</exception>
    public static Tensor Embedding(Tensor indices, Tensor weight, int? paddingIndex = null)
    {
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != 2)
        {
            throw new ArgumentException(
                $"Embedding: the table must be a matrix [rows, columns]; {weight.Describe()} has {weight.Rank} "
                    + "dimensions.", nameof(weight));
        }

        int size = weight._layout.Dims[0];
        if (paddingIndex is { } row && (row < -size || row >= size))
        {
            throw new ArgumentOutOfRangeException(nameof(paddingIndex), row,
                $"Embedding: there is no row {row} among {size}.");
        }

        Tensor rows = Positions(nameof(Embedding), indices, weight, 0, fromEnd: false);
        if (paddingIndex is not { } padding || !Recording.Needed(weight))
        {
            return weight.ReadAt("Embedding", new([0], [rows]));
        }

        // Rows of padding are read from a table without a gradient.
        Tensor isPadding = rows.Eq(padding < 0 ? padding + size : padding).Unsqueeze(-1);
        return Where(isPadding, weight.Detach().ReadAt("Embedding", new([0], [rows])),
            weight.ReadAt("Embedding", new([0], [rows])));
    }

    /// <summary>Gather with positions that are known to fit, recorded.</summary>
    internal Tensor GatherAt(string name, int dim, Tensor index)
    {
        Tensor y = Empty(index._layout, DType, Device);
        Backend.Gather(AtLeastVector(this).View, dim, AtLeastVector(index).View, AtLeastVector(y).View);
        return y.RecordGather(name, this, dim, index);
    }

    /// <summary>Records this tensor as what <see cref="Gather"/> takes from <paramref name="x"/>.</summary>
    private Tensor RecordGather(string name, Tensor x, int dim, Tensor index)
    {
        if (Recording.Needed(x))
        {
            Layout whole = x._layout;
            SavedTensor saved = index.Save("index");
            this.Record(name, "x̄ = g, added up at the index, 0 elsewhere", x,
                g => Zeros(whole.Shape, g.DType, g.Device).ScatterAt("ScatterAdd", dim, saved.Value, g, add: true),
                saved);
        }

        return this;
    }

    /// <summary>
    /// Scatter in place with positions that are known to fit and values of this type that have their shape, recorded.
    /// </summary>
    internal Tensor ScatterAt(string name, int dim, Tensor index, Tensor source, bool add)
    {
        BeforeChange(name, source);
        bool record = Recording.Needed(this, source) && DType.IsFloatingPoint();
        Node?[] inputs = record ? [_node, source.NodeForInput()] : [];
        using (Unrecorded())
        {
            // both are read before anything is written
            Tensor values = SharesMemory(source) ? source.Clone() : source;
            Tensor positions = SharesMemory(index) ? index.Clone() : index;
            Backend.Scatter(
                AtLeastVector(values).View, dim, AtLeastVector(positions).View, AtLeastVector(this).View, add);
        }

        SavedTensor saved = index.Save("index");
        int size = Rank == 0 ? 1 : _layout.Dims[dim];
        Func<Tensor, Tensor?>[] rules =
        [
            g => add
                ? g
                : g.Clone().ScatterAt(name, dim, saved.Value, Zeros(saved.Value.Shape, g.DType, g.Device), add: false),
            g => Written(g.GatherAt("Gather", dim, saved.Value)),
        ];
        string words = add
            ? "ā = g, b̄ = g at the index"
            : "ā = g with 0 at the index, b̄ = g at the index, where b's value stands";
        Changed(record ? new FunctionNode(name, words, this, inputs, rules, [saved]) : null, record);
        return this;

        // Of values for one place only the last stands there.
        Tensor Written(Tensor part) =>
            !add && LastOfEqual(saved.Value, dim, size) is { } last ? Where(last, part, 0) : part;
    }

    /// <summary>A single number as a vector of one: what backends take where a dimension is needed.</summary>
    private static Tensor AtLeastVector(Tensor x) => x.Rank > 0 ? x : x.Alias(Layout.Contiguous([1]), x._offset);

    /// <summary>A vector of positions; a single position counts as one.</summary>
    private Tensor Vector(string operation, Tensor index, int dim, bool fromEnd) => index.Rank <= 1
        ? Positions(operation, AtLeastVector(index), this, dim, fromEnd)
        : throw new ArgumentException($"{operation}: the index must be a vector; it has shape {index.Shape}.",
            nameof(index));

    private static void RequireIndexFits(string operation, Tensor x, Tensor index, int dim)
    {
        bool fits = Math.Max(x.Rank, 1) == Math.Max(index.Rank, 1);
        for (int d = 0; fits && index.ElementCount > 0 && d < Math.Min(x.Rank, index.Rank); d++)
        {
            fits = d == dim || index._layout.Dims[d] <= x._layout.Dims[d];
        }

        if (!fits)
        {
            throw new ArgumentException(
                $"{operation}: index {index.Shape} must have the rank of {x.Describe()} and no larger sizes except in "
                    + $"dim {dim}.", nameof(index));
        }
    }
}
