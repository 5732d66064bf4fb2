namespace Autodiff.Gpu.Kernels;

/// <summary>How many elements an access takes.</summary>
internal static class Elements
{
    /// <summary>How many elements one access of 16 bytes loads.</summary>
    public static int PerAccess(DType type) => 16 / type.SizeOf();

    /// <summary>
    /// The most neighbours (16 bytes at most) that accesses can load if addresses and lengths allow no more than this
    /// says.
    /// </summary>
    public static int Widest(DType type, Func<int, bool> isAllowed)
    {
        int count = PerAccess(type);
        while (count > 1 && !isAllowed(count))
        {
            count /= 2;
        }

        return count;
    }
}
