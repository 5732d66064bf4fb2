namespace Autodiff;

/// <summary>What a backend needs to know of an operand: memory, place, layout, element type. No tape, no gradient.</summary>
public readonly struct TensorView
{
    /// <summary>A view of <paramref name="storage"/>.</summary>
    public TensorView(Storage storage, long offset, Layout layout, DType type)
    {
        Storage = storage;
        Offset = offset;
        Layout = layout;
        DType = type;
    }

    /// <summary>The memory.</summary>
    public Storage Storage { get; }

    /// <summary>Where the first element stands, in elements.</summary>
    public long Offset { get; }

    /// <summary>Sizes and strides.</summary>
    public Layout Layout { get; }

    /// <summary>The element type.</summary>
    public DType DType { get; }

    /// <summary>The number of elements.</summary>
    public long Count => Layout.Count;

    /// <summary>The same elements repeated to the shape of <paramref name="target"/>, by strides of zero.</summary>
    public TensorView Expand(Layout target) => new(Storage, Offset, Layout.Expand(target), DType);
}
