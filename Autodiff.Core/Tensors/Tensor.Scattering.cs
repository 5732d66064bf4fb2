using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// A copy with y[.., index[.., i, ..], ..] = source[.., i, ..] along <paramref name="dim"/> (<c>torch.scatter</c>).
    /// Where positions repeat the last one in row-major order stays, and it alone gets the gradient.
    /// </summary>
    /// <param name="dim">The dimension that positions refer to.</param>
    /// <param name="index">Positions (int64), of the tensor's rank.</param>
    /// <param name="source">Values: at least the index's sizes, or a single number.</param>
    /// <exception cref="ArgumentException">Ranks or sizes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position is negative or beyond the dimension.</exception>
    public Tensor Scatter(int dim, Tensor index, Tensor source) => Clone().ScatterInPlace(dim, index, source);

    /// <summary><see cref="Scatter"/> in place.</summary>
    public Tensor ScatterInPlace(int dim, Tensor index, Tensor source) =>
        ScatterInPlace(nameof(Scatter), dim, index, source, add: false);

    /// <summary>
    /// A copy with y[.., index[.., i, ..], ..] += source[.., i, ..] along <paramref name="dim"/>
    /// (<c>torch.scatter_add</c>). Sums in the order of the source, so the same bits every time.
    /// </summary>
    /// <inheritdoc cref="Scatter"/>
    public Tensor ScatterAdd(int dim, Tensor index, Tensor source) => Clone().ScatterAddInPlace(dim, index, source);

    /// <summary><see cref="ScatterAdd"/> in place.</summary>
    public Tensor ScatterAddInPlace(int dim, Tensor index, Tensor source) =>
        ScatterInPlace(nameof(ScatterAdd), dim, index, source, add: true);

    /// <summary>
    /// A copy with alpha source[.., i, ..] added to its entries index[i] of dimension <paramref name="dim"/>.
    /// </summary>
    /// <param name="dim">The dimension that positions refer to.</param>
    /// <param name="index">A vector of positions, which may repeat.</param>
    /// <param name="source">As many entries as positions in that dimension, else this tensor's shape.</param>
    /// <param name="alpha">The factor.</param>
    /// <exception cref="ArgumentException">The index is not a vector, or the shapes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A position is negative or beyond the dimension.</exception>
    public Tensor IndexAdd(int dim, Tensor index, Tensor source, double alpha = 1) =>
        Clone().IndexAddInPlace(dim, index, source, alpha);

    /// <summary><see cref="IndexAdd"/> in place.</summary>
    public Tensor IndexAddInPlace(int dim, Tensor index, Tensor source, double alpha = 1)
    {
        ArgumentNullException.ThrowIfNull(source);
        return AssignEntries(nameof(IndexAdd), dim, index, source.Times(nameof(IndexAdd), alpha), add: true);
    }

    /// <summary>
    /// A copy with its entries index[i] of dimension <paramref name="dim"/> replaced by source[.., i, ..]; where
    /// positions repeat the last one stays, and it alone gets the gradient.
    /// </summary>
    /// <inheritdoc cref="IndexAdd"/>
    public Tensor IndexCopy(int dim, Tensor index, Tensor source) => Clone().IndexCopyInPlace(dim, index, source);

    /// <summary><see cref="IndexCopy"/> in place.</summary>
    public Tensor IndexCopyInPlace(int dim, Tensor index, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return AssignEntries(nameof(IndexCopy), dim, index, source, add: false);
    }

    /// <summary>
    /// A copy with its entries index[i] of dimension <paramref name="dim"/> filled with one number. Its gradient counts
    /// every place once. Negative positions count from the end.
    /// </summary>
    /// <inheritdoc cref="IndexAdd"/>
    /// <param name="value">The number, a tensor of one element.</param>
    public Tensor IndexFill(int dim, Tensor index, Tensor value) => Clone().IndexFillInPlace(dim, index, value);

    /// <summary><see cref="IndexFill"/> in place.</summary>
    public Tensor IndexFillInPlace(int dim, Tensor index, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.ElementCount == 1
            ? AssignEntries(nameof(IndexFill), dim, index, value.Reshape(), add: false)
            : throw new ArgumentException(
                $"IndexFill: the value must be a single number; it has shape {value.Shape}. Use IndexCopy.",
                nameof(value));
    }

    private Tensor AssignEntries(string name, int dim, Tensor index, Tensor source, bool add)
    {
        ArgumentNullException.ThrowIfNull(index);
        int d = WrapDim(name, dim);
        Tensor positions = Vector(name, index, d, fromEnd: name == nameof(IndexFill));
        if (Rank > 0)
        {
            IndexPlan plan = new(new(), new([d], [positions]));
            Layout entries = plan.Result(_layout);
            return source.Rank == 0 || source._layout.SameShape(entries)
                ? Assign(name, plan, source, add)
                : throw new ArgumentException(
                    $"{name}: source {source.Describe()} must have shape {entries.Shape}, one entry of {Describe()} "
                        + "for each position.", nameof(source));
        }

        // A single number is its only entry.
        return positions.ElementCount == 0
            ? this
            : CopyFrom(add ? this + source.Sum() : source.Reshape(-1).Select(0, -1));
    }

    private Tensor ScatterInPlace(string name, int dim, Tensor index, Tensor source, bool add)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(source);
        int d = WrapDim(name, dim);
        RequireIndexFits(name, this, index, d);
        RequireHolds(name, source);
        Tensor positions = Positions(name, index, this, d, fromEnd: false), values = source.On(Device).To(DType);
        RequireSameDevice(name, this, values);
        if (values.Rank == 0)
        {
            values = values.ExpandTo(positions._layout);
        }

        bool fits = values.Rank == positions.Rank;
        for (int i = 0; fits && i < positions.Rank; i++)
        {
            fits = values._layout.Dims[i] >= positions._layout.Dims[i];
            values = fits && values._layout.Dims[i] > positions._layout.Dims[i]
                ? values.Slice(i, 0, positions._layout.Dims[i])
                : values;
        }

        return fits
            ? ScatterAt(name, d, positions, values, add)
            : throw new ArgumentException(
                $"{name}: source {source.Shape} must have at least the sizes of index {index.Shape}.", nameof(source));
    }
}
