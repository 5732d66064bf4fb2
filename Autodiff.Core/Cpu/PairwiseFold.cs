using System.Numerics;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>
/// Folds a sequence as a balanced tree, in memory that grows with its height alone: a binary counter of partial
/// results, in which a carry combines two of equal weight. Rounding errors then grow with the logarithm of the length.
/// </summary>
internal unsafe ref struct PairwiseFold<TOp, T, V>(TOp op, T* levels)
    where TOp : unmanaged, IReduction
    where T : unmanaged
    where V : struct, ILanes<V, T>
{
    /// <summary>How many levels 2^48 values need.</summary>
    public const int Levels = 48;

    private readonly TOp _op = op;
    private readonly T* _levels = levels;
    private long _count;

    public void Add(T value)
    {
        int level = 0;
        for (long bits = _count++; (bits & 1) != 0; bits >>= 1)
        {
            value = ReductionLoops.Combine<TOp, T, V>(_op, _levels[level++], value);
        }

        _levels[level] = value;
    }

    /// <summary>The fold of all values added, of which there is at least one.</summary>
    public readonly T Total()
    {
        int low = BitOperations.TrailingZeroCount(_count);
        T total = _levels[low];
        for (int level = low + 1; _count >> level != 0; level++)
        {
            if ((_count >> level & 1) != 0)
            {
                total = ReductionLoops.Combine<TOp, T, V>(_op, _levels[level], total);
            }
        }

        return total;
    }
}
