using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>
/// What a backend needs to know of an operand: memory, place, layout, element type. No tape, no gradient.
/// </summary>
public readonly struct TensorView
{
    /// <summary>A view of <paramref name="storage"/>.</summary>
    /// <exception cref="ArgumentException">An element would lie outside the storage.</exception>
    public TensorView(Storage storage, long offset, Layout layout, DType type)
    {
        RequireInside(storage, offset, layout, type);
        Storage = storage;
        Offset = offset;
        Layout = layout;
        DType = type;
    }

    private TensorView(Layout layout, Storage storage, long offset, DType type) =>
        (Storage, Offset, Layout, DType) = (storage, offset, layout, type);

    /// <summary>The view of a tensor, whose place was checked when it was made.</summary>
    internal static TensorView OfTensor(Storage storage, long offset, Layout layout, DType type) =>
        new(layout, storage, offset, type);

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
    // no place that it had not
    public TensorView Expand(Layout target) => new(Layout.Expand(target), Storage, Offset, DType);

    /// <summary>A matrix, or its transpose, as a batch of one; a batch as itself.</summary>
    internal TensorView AsBatch(Layout layout) => new(layout.AsBatch, Storage, Offset, DType);

    /// <summary>
    /// Checks that every element of a view lies inside its storage. Whatever arithmetic led to an offset and to
    /// strides, no loop and no kernel is ever given an address outside the memory it belongs to.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RequireInside(Storage storage, long offset, Layout layout, DType type)
    {
        long places = storage.ByteLength >> type.SizeShift();
        if (layout.Count > 0
            && ((ulong)offset >= (ulong)places || offset + layout.Low < 0 || offset + layout.High >= places))
        {
            ThrowOutside(places, offset, layout, type);
        }
    }

    private static void ThrowOutside(long places, long offset, Layout layout, DType type) =>
        throw new ArgumentException(
        $"A view of shape {layout.Shape} with strides [{string.Join(", ", layout.Strides)}] from element {offset} on "
            + $"reaches elements {(Int128)offset + layout.Low} to {(Int128)offset + layout.High}; its storage holds "
            + $"{places} of {type.DisplayName()}, 0 to {places - 1}.");
}
