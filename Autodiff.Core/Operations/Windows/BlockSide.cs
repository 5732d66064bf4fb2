namespace Autodiff.Operations;

/// <summary>How the blocks of an image lie along one of its dimensions.</summary>
/// <param name="Size">Entries of the image.</param>
/// <param name="Count">How many blocks there are.</param>
/// <param name="Kernel">Entries of a block.</param>
/// <param name="Between">From entry to entry of a block.</param>
/// <param name="Around">Entries of padding before the image.</param>
/// <param name="Step">From block to block.</param>
internal readonly record struct BlockSide(int Size, int Count, int Kernel, int Between, int Around, int Step)
{
    /// <summary>Where an entry of a block lies in the image.</summary>
    public long At(int block, int entry) => (long)block * Step + (long)entry * Between - Around;

    /// <summary>The blocks whose given entry is none of the padding's: the first and the one after the last.</summary>
    public (int First, int End) Inside(int entry)
    {
        long start = At(0, entry);
        long first = Math.Min(Count, start < 0 ? (-start + Step - 1) / Step : 0);
        return ((int)first, (int)Math.Clamp((Size - start + Step - 1) / Step, first, Count));
    }
}
