using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The coordinates of the elements that are not zero, one row each, in row-major order: int64 [count, rank].
    /// </summary>
    public Tensor NonZero()
    {
        bool[] mask = (DType == DType.Bool ? this : Ne(0)).ToArray<bool>();
        int count = mask.AsSpan().Count(true), rank = Rank;
        long[] rows = new long[(long)count * rank];
        int[] dims = _layout.Dims;
        int next = 0;
        for (int i = mask.AsSpan().IndexOf(true); i >= 0;)
        {
            long rest = i;
            for (int d = rank - 1; d >= 0; d--)
            {
                (rest, rows[next + d]) = Math.DivRem(rest, dims[d]);
            }

            next += rank;
            int step = mask.AsSpan(i + 1).IndexOf(true);
            i = step < 0 ? -1 : i + 1 + step;
        }

        return From<long>(rows, [count, rank], Device);
    }

    /// <summary>
    /// The coordinates of the elements that are not zero, one vector for each dimension: what an indexer takes.
    /// </summary>
    public Tensor[] NonZeroColumns() => NonZero().Unbind(1);

    /// <summary>
    /// The elements where <paramref name="mask"/> is true, as a vector in row-major order. Shapes broadcast.
    /// </summary>
    /// <exception cref="ArgumentException">The mask is not bool, or the shapes don't broadcast.</exception>
    public Tensor MaskedSelect(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        RequireBool(nameof(MaskedSelect), mask);
        Layout shape = Broadcasting.Result(nameof(MaskedSelect), _layout, mask._layout);
        return ExpandTo(shape)[mask.ExpandTo(shape)].Reshape(-1);
    }

    /// <summary>
    /// A copy with the first elements of <paramref name="source"/>, in order, where <paramref name="mask"/> is true.
    /// The mask broadcasts.
    /// </summary>
    /// <exception cref="ArgumentException">The mask is not bool or does not broadcast, or the source has too few
    /// elements.</exception>
    public Tensor MaskedScatter(Tensor mask, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(mask);
        Layout shape = Broadcasting.Result(nameof(MaskedScatter), _layout, mask._layout);
        return ExpandTo(shape).Clone().MaskedScatterInPlace(mask, source);
    }

    /// <summary><see cref="MaskedScatter"/> in place; the mask broadcasts to this shape.</summary>
    public Tensor MaskedScatterInPlace(Tensor mask, Tensor source)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(source);
        RequireSameDevice(nameof(MaskedScatter), this, mask);
        RequireBool(nameof(MaskedScatter), mask);
        Tensor rows = mask.Expand(_layout.Dims).NonZero();
        int count = rows._layout.Dims[0];
        if (source.ElementCount < count)
        {
            throw new ArgumentException(
                $"MaskedScatter: the mask is true {count} times, the source {source.Shape} has {source.ElementCount} "
                    + "elements.", nameof(source));
        }

        Tensor values = source.Reshape(-1).Slice(0, 0, count);
        return Rank == 0
            ? count == 0 ? this : CopyFrom(values.Select(0, 0))
            : Assign(nameof(MaskedScatter), new(new(), new([.. Enumerable.Range(0, Rank)], rows.Unbind(1))), values,
                add: false);
    }

    /// <summary>
    /// A copy with <paramref name="value"/> where <paramref name="mask"/> is true: y = mask ? value : x. Shapes
    /// broadcast.
    /// </summary>
    /// <param name="mask">True where to fill.</param>
    /// <param name="value">A number, or a tensor of one element.</param>
    /// <exception cref="ArgumentException">The mask is not bool, the value not single, or the shapes don't
    /// broadcast.</exception>
    public Tensor MaskedFill(Tensor mask, Tensor value)
    {
        RequireFill(mask, value);
        return Where(mask, value.On(Device).To(DType), this);
    }

    /// <summary><see cref="MaskedFill"/> in place; the mask broadcasts to this shape.</summary>
    public Tensor MaskedFillInPlace(Tensor mask, Tensor value)
    {
        RequireFill(mask, value);
        BeforeChange(nameof(MaskedFill), value);
        if (!Broadcasting.CanExpand(mask._layout, _layout))
        {
            throw new ArgumentException(
                $"MaskedFill in place: a mask of shape {mask.Shape} does not broadcast to {Describe()}, whose shape "
                    + "cannot change.", nameof(mask));
        }

        value = value.On(Device).To(DType);
        RequireSameDevice(nameof(MaskedFill), this, value);
        bool record = Recording.Needed(this, value) && DType.IsFloatingPoint();
        Node?[] inputs = record ? [_node, value.NodeForInput()] : [];
        TensorView fill = (SharesMemory(value) ? value.Detach().Clone() : value).View;
        TensorView where = (Overlaps(mask) ? mask.Clone() : mask).View;
        Backend.Map(default(Of3<Where>), [where.Expand(_layout), fill.Expand(_layout), View], View, Computing(DType));
        SavedTensor saved = mask.Save("mask");
        Func<Tensor, Tensor?>[] rules = [g => g.MaskedFill(saved.Value, 0), g => Where(saved.Value, g, 0)];
        Changed(record
            ? new FunctionNode("MaskedFill", "ā = g with 0 in the mask, b̄ = g in the mask", this, inputs, rules,
                [saved])
            : null, record);
        return this;
    }

    private void RequireFill(Tensor mask, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(value);
        RequireSameDevice(nameof(MaskedFill), this, mask);
        RequireBool(nameof(MaskedFill), mask);
        if (value.Rank != 0)
        {
            throw new ArgumentException(
                $"MaskedFill: the value must be a single number; it has shape {value.Shape}. Use Where(mask, values, "
                    + "x).", nameof(value));
        }

        RequireHolds(nameof(MaskedFill), value);
    }

    private static void RequireBool(string operation, Tensor mask)
    {
        if (mask.DType != DType.Bool)
        {
            throw new ArgumentException(
                $"{operation}: the mask must be bool, this is {mask.DType.DisplayName()}. Compare it, or convert it "
                    + "with To(DType.Bool).", nameof(mask));
        }
    }
}
