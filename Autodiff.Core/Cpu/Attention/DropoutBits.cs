using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// A dropout mask of one bit an element, 32 to an int32: how it is drawn, and how its factors are had.
/// </summary>
internal static class DropoutBits
{
    // Words drawn at a time: a multiple of four, in which Philox numbers its words.
    private const int Chunk = 8192;

    /// <summary>Draws <paramref name="count"/> bits, with the numbers that <see cref="Generator.DropoutMask(
    /// Span{bool}, double)"/> would take for all at once: 1 where an element is kept.</summary>
    public static void Draw(Generator generator, double p, long count, Span<int> bits)
    {
        Span<bool> drawn = stackalloc bool[Chunk]; // a replay of a compiled step allocates nothing
        bits.Clear();
        for (long from = 0; from < count; from += Chunk)
        {
            Span<bool> part = drawn[..(int)Math.Min(Chunk, count - from)];
            generator.DropoutMask(part, p);
            Span<int> words = bits[(int)(from / 32)..];
            for (int i = 0; i < part.Length; i++)
            {
                words[i / 32] |= (part[i] ? 1 : 0) << (i % 32);
            }
        }
    }
}

/// <summary>The factors that bits of dropout stand for. Operands: the bits; the factors.</summary>
/// <param name="Kept">What a kept element is multiplied by.</param>
internal readonly unsafe record struct DropoutFactorLoop(double Kept) : IFusedLoop
{
    public static string Name => "DropoutFactors";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        TensorView bits = views[0], factors = views[1];
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* pb = &bits.Memory(use), pf = &factors.Memory(use))
        {
            int* words = (int*)pb + bits.Offset;
            T* to = (T*)pf + factors.Offset, end = to + factors.Count;
            T kept = T.CreateTruncating(Kept);
            for (long place = 0; to < end; place++)
            {
                *to++ = ((words[place >> 5] >> (int)(place & 31)) & 1) != 0 ? kept : T.Zero;
            }
        }
    }
}
