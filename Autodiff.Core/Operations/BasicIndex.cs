namespace Autodiff.Operations;

/// <summary>
/// Integers, ranges and new axes as one step from a layout to the layout of a view. It depends on sizes alone, so the
/// view of a tensor and the same view of its gradient come from one object, whatever their strides.
/// </summary>
internal sealed class BasicIndex
{
    private readonly List<Part> _parts = [];

    private enum Form : byte
    {
        Integer,
        Slice,
        NewAxis,
    }

    /// <summary>How many dimensions the view has.</summary>
    public int Rank { get; private set; }

    /// <summary>How many dimensions of the operand are spoken for.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether the view is the whole operand.</summary>
    public bool IsWhole { get; private set; } = true;

    public void Integer(int index)
    {
        _parts.Add(new(Form.Integer, index, 1, 1));
        Consumed++;
        IsWhole = false;
    }

    public void Slice(int start, int length, int step, int size)
    {
        _parts.Add(new(Form.Slice, start, length, step));
        Consumed++;
        Rank++;
        IsWhole &= start == 0 && length == size && step == 1;
    }

    public void NewAxis()
    {
        _parts.Add(new(Form.NewAxis, 0, 1, 0));
        Rank++;
        IsWhole = false;
    }

    /// <summary>
    /// The view's layout and the position of its first element. Dimensions not spoken for follow whole.
    /// </summary>
    public (Layout Layout, long Offset) Apply(Layout x, long offset)
    {
        int rest = x.Rank - Consumed;
        int[] dims = new int[Rank + rest];
        long[] strides = new long[dims.Length];
        int from = 0, to = 0;
        foreach (Part part in _parts)
        {
            if (part.Form == Form.NewAxis)
            {
                dims[to] = 1;
                strides[to++] = from < x.Rank ? x.Strides[from] * x.Dims[from] : 1;
                continue;
            }

            offset += part.Length == 0 ? 0 : part.Start * x.Strides[from];
            if (part.Form == Form.Slice)
            {
                dims[to] = part.Length;
                strides[to++] = Sizes.Stride(x.Strides[from], part.Step, part.Length);
            }

            from++;
        }

        x.Dims.AsSpan(from).CopyTo(dims.AsSpan(to));
        x.Strides.AsSpan(from).CopyTo(strides.AsSpan(to));
        return (new(dims, strides), offset);
    }

    private readonly record struct Part(Form Form, int Start, int Length, int Step);
}
