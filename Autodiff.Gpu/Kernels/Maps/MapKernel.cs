using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// y = f(a, b, ...) for every element: a thread takes one group of neighbours, or several that are in flight together.
/// </summary>
/// <remarks>
/// Type parameters: what is computed and how its operands lie (TMap), what a thread takes at a time (V), what one
/// number is (S). ILGPU compiles each combination by itself, so what they decide costs a kernel nothing.
/// </remarks>
internal static class MapKernel
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    /// <summary>One group a thread; beyond the last one, one of the elements that are left over.</summary>
    public static void Map<TMap, V, S>(TMap m)
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint group = (uint)Grid.IdxX * Threads + (uint)Group.IdxX;
        if (group < m.Groups)
        {
            m.Compute(m.Load<V>(group));
        }
        else
        {
            m.ComputeOne<V, S>(group - m.Groups);
        }
    }

    /// <summary>
    /// Two groups a thread, in blocks that are full; the last block takes one after the other, then the rest.
    /// </summary>
    public static void MapTwo<TMap, V, S>(TMap m)
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint first = (uint)Grid.IdxX * (2 * Threads) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (2 * Threads) <= m.Groups)
        {
            Loaded<V> x = m.Load<V>(first), next = m.LoadNext(x, first + Threads);
            m.Compute(x);
            m.Compute(next);
        }
        else
        {
            Last<TMap, V, S>(m, first);
        }
    }

    /// <summary>
    /// Four groups a thread, in blocks that are full; the last block takes one after the other, then the rest.
    /// </summary>
    public static void MapFour<TMap, V, S>(TMap m)
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint first = (uint)Grid.IdxX * (4 * Threads) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (4 * Threads) <= m.Groups)
        {
            Loaded<V> x = m.Load<V>(first), second = m.LoadNext(x, first + Threads);
            Loaded<V> third = m.LoadNext(x, first + 2 * Threads), fourth = m.LoadNext(x, first + 3 * Threads);
            m.Compute(x);
            m.Compute(second);
            m.Compute(third);
            m.Compute(fourth);
        }
        else
        {
            Last<TMap, V, S>(m, first);
        }
    }

    /// <summary>A block that is not full.</summary>
    private static void Last<TMap, V, S>(TMap m, uint first)
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        for (uint group = first; group < m.Groups; group += Threads)
        {
            m.Compute(m.Load<V>(group));
        }

        m.ComputeOne<V, S>((uint)Group.IdxX);
    }
}
