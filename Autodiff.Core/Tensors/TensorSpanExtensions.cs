using System.Numerics.Tensors;

namespace Autodiff;

/// <summary>Conversions between <see cref="Tensor"/> and the tensors of <c>System.Numerics.Tensors</c>.</summary>
public static class TensorSpanExtensions
{
    /// <summary>
    /// The elements of a contiguous CPU tensor as a <see cref="TensorSpan{T}"/>, without a copy; one number is a
    /// vector of one element. <see cref="Tensor.AsSpan{T}"/> says what writing through it means.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor is elsewhere, is strided, or holds another
    /// type.</exception>
    public static TensorSpan<T> AsTensorSpan<T>(this Tensor tensor) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new(tensor.AsSpan<T>(), Lengths(tensor, stackalloc nint[Math.Max(tensor.Rank, 1)]));
    }

    /// <summary>
    /// The elements of a contiguous CPU tensor to be read as a <see cref="ReadOnlyTensorSpan{T}"/>, without a copy; one
    /// number is a vector of one element.
    /// </summary>
    /// <exception cref="InvalidOperationException">The tensor is elsewhere, is strided, or holds another
    /// type.</exception>
    public static ReadOnlyTensorSpan<T> AsReadOnlyTensorSpan<T>(this Tensor tensor) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return new(tensor.AsReadOnlySpan<T>(), Lengths(tensor, stackalloc nint[Math.Max(tensor.Rank, 1)]));
    }

    // A span without dimensions would have no element.
    private static ReadOnlySpan<nint> Lengths(Tensor tensor, Span<nint> lengths)
    {
        lengths[0] = 1;
        for (int d = 0; d < tensor.Rank; d++)
        {
            lengths[d] = tensor.Size(d);
        }

        return lengths;
    }

    /// <summary>A tensor with the elements of <paramref name="span"/> (copied), of the same shape.</summary>
    public static Tensor ToTensor<T>(this in ReadOnlyTensorSpan<T> span) where T : unmanaged
    {
        int[] shape = new int[span.Rank];
        for (int d = 0; d < shape.Length; d++)
        {
            shape[d] = Sizes.Entries(nameof(ToTensor), span.Lengths[d], DTypes.Of<T>());
        }

        T[] data = new T[span.FlattenedLength];
        span.FlattenTo(data);
        return Tensor.From<T>(data.AsSpan(), shape);
    }
}
