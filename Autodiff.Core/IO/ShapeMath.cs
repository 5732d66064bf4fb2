namespace Autodiff.IO;

/// <summary>Sizes of declared shapes, computed without ever overflowing.</summary>
internal static class ShapeMath
{
    /// <summary>The product of the sizes: 1 for none, 0 where one is 0, null where one is negative or the others'
    /// product exceeds 2⁶³-1, which strides could not hold.</summary>
    public static long? TryCount<T>(ReadOnlySpan<T> shape) where T : System.Numerics.IBinaryInteger<T>
    {
        long product = 1;
        bool empty = false;
        foreach (T size in shape)
        {
            if (T.IsNegative(size))
            {
                return null;
            }
            if (T.IsZero(size))
            {
                empty = true;
            }
            else
            {
                Int128 next = (Int128)product * Int128.CreateChecked(size);
                if (next > long.MaxValue)
                {
                    return null;
                }
                product = (long)next;
            }
        }
        return empty ? 0 : product;
    }

    /// <inheritdoc cref="TryCount{T}(ReadOnlySpan{T})"/>
    public static long? TryCount(ReadOnlySpan<int> shape) => TryCount<int>(shape);

    /// <summary>The index of the element at <paramref name="position"/> of an array in C or Fortran order.</summary>
    public static int[] IndexOf(int position, int[] shape, bool fortranOrder = false)
    {
        var index = new int[shape.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            int dim = fortranOrder ? i : shape.Length - 1 - i;
            (position, index[dim]) = Math.DivRem(position, shape[dim]);
        }
        return index;
    }

    /// <summary>A shape as people read it: <c>[2, 3]</c>.</summary>
    public static string Format<T>(ReadOnlySpan<T> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <inheritdoc cref="Format{T}(ReadOnlySpan{T})"/>
    public static string Format<T>(T[] shape) => $"[{string.Join(", ", shape)}]";
}
