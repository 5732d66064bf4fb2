namespace Autodiff;

/// <summary>
/// NumPy's <c>SeedSequence</c> (after O'Neill's <c>seed_seq</c> hash): spreads any amount of entropy over a pool of
/// four words, from which an engine's state is drawn.
/// </summary>
internal static class SeedSequence
{
    private const int PoolSize = 4;

    /// <summary>Fills an engine's state words from entropy words.</summary>
    internal static void Generate(ReadOnlySpan<uint> entropy, Span<ulong> state)
    {
        Span<uint> pool = stackalloc uint[PoolSize];
        Mix(entropy, pool);

        uint hash = 0x8B51F9DD;
        for (int i = 0; i < state.Length; i++)
        {
            uint low = Hash(pool[2 * i % PoolSize], ref hash, 0x58F38DED);
            uint high = Hash(pool[((2 * i) + 1) % PoolSize], ref hash, 0x58F38DED);
            state[i] = ((ulong)high << 32) | low;
        }
    }

    private static void Mix(ReadOnlySpan<uint> entropy, Span<uint> pool)
    {
        const uint multiplier = 0x931E8875;
        uint hash = 0x43B0D7E5;
        for (int i = 0; i < PoolSize; i++)
        {
            pool[i] = Hash(i < entropy.Length ? entropy[i] : 0, ref hash, multiplier);
        }

        for (int source = 0; source < PoolSize; source++)
        {
            for (int target = 0; target < PoolSize; target++)
            {
                if (source != target)
                {
                    pool[target] = Combine(pool[target], Hash(pool[source], ref hash, multiplier));
                }
            }
        }

        for (int source = PoolSize; source < entropy.Length; source++)
        {
            for (int target = 0; target < PoolSize; target++)
            {
                pool[target] = Combine(pool[target], Hash(entropy[source], ref hash, multiplier));
            }
        }
    }

    private static uint Hash(uint value, ref uint hash, uint multiplier)
    {
        value ^= hash;
        hash *= multiplier;
        value *= hash;
        return value ^ (value >> 16);
    }

    private static uint Combine(uint x, uint y)
    {
        uint mixed = (0xCA01F9DDu * x) - (0x4973F715u * y);
        return mixed ^ (mixed >> 16);
    }
}
