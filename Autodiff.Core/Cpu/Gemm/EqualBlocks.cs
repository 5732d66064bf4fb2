namespace Autodiff.Cpu;

/// <summary>Sizes of blocks.</summary>
internal static class EqualBlocks
{
    /// <summary>
    /// Blocks of at most <paramref name="most"/>, as equal as multiples of <paramref name="unit"/> allow.
    /// </summary>
    public static nint Of(nint size, nint most, nint unit)
    {
        if (size <= most)
        {
            return size;
        }

        nint blocks = (size + most - 1) / most, block = (size + blocks - 1) / blocks;
        return Math.Min(size, (block + unit - 1) / unit * unit);
    }
}
