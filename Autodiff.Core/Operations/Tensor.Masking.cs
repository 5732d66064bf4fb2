using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The coordinates of the elements that are not zero, one row each, in row-major order: int64 [count, rank].</summary>
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

    /// <summary>A copy with <paramref name="value"/> where <paramref name="mask"/> is true: y = mask ? value : x. Shapes broadcast.</summary>
    /// <param name="mask">True where to fill.</param>
    /// <param name="value">A number, or a tensor of one element.</param>
    /// <exception cref="ArgumentException">The mask is not bool, the value not single, or the shapes don't broadcast.</exception>
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
            throw new ArgumentException($"MaskedFill in place: a mask of shape {mask.Shape} does not broadcast to {Describe()}, whose shape cannot change.", nameof(mask));
        }

        value = value.On(Device).To(DType);
        bool record = Recording.Needed(this, value) && DType.IsFloatingPoint();
        Node?[] inputs = record ? [_node, value.NodeForInput()] : [];
        TensorView fill = (SharesMemory(value) ? value.Detach().Clone() : value).View;
        Backend.Map(default(Where), mask.View.Expand(_layout), fill.Expand(_layout), View, View, Computing(DType));
        _storage.Touch(record);
        if (record)
        {
            SavedTensor saved = mask.Save("mask");
            _node = new FunctionNode("MaskedFill", this, inputs,
                [g => g.MaskedFill(saved.Value, 0), g => Where(saved.Value, g, 0)], [saved]);
        }

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
            throw new ArgumentException($"MaskedFill: the value must be a single number; it has shape {value.Shape}. Use Where(mask, values, x).", nameof(value));
        }
    }

    private static void RequireBool(string operation, Tensor mask)
    {
        if (mask.DType != DType.Bool)
        {
            throw new ArgumentException($"{operation}: the mask must be bool, this is {mask.DType.DisplayName()}. Compare it, or convert it with To(DType.Bool).", nameof(mask));
        }
    }
}
