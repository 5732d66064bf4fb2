using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// y = f(a, b, ...) for every element: a thread takes one group of neighbours, or several that are in flight together.
/// </summary>
/// <remarks>
/// Type parameters: the threads of a block (TThreads), what is computed and how its operands lie (TMap), what a thread
/// takes at a time (V), what one number is (S). ILGPU compiles each combination by itself, so what they decide costs a
/// kernel nothing.
/// </remarks>
internal static class MapKernel
{
    /// <summary>One group a thread; beyond the last one, one of the elements that are left over.</summary>
    public static void Map<TThreads, TMap, V, S>(TMap m)
        where TThreads : struct, IThreads
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint group = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
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
    public static void MapTwo<TThreads, TMap, V, S>(TMap m)
        where TThreads : struct, IThreads
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint first = (uint)Grid.IdxX * (2 * (uint)TThreads.Block) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (2 * (uint)TThreads.Block) <= m.Groups)
        {
            Loaded<V> x = m.Load<V>(first), next = m.LoadNext(x, first + (uint)TThreads.Block);
            m.Compute(x);
            m.Compute(next);
        }
        else
        {
            Last<TThreads, TMap, V, S>(m, first);
        }
    }

    /// <summary>
    /// Four groups a thread, in blocks that are full; the last block takes one after the other, then the rest.
    /// </summary>
    public static void MapFour<TThreads, TMap, V, S>(TMap m)
        where TThreads : struct, IThreads
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        uint first = (uint)Grid.IdxX * (4 * (uint)TThreads.Block) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (4 * (uint)TThreads.Block) <= m.Groups)
        {
            Loaded<V> x = m.Load<V>(first), second = m.LoadNext(x, first + (uint)TThreads.Block);
            Loaded<V> third = m.LoadNext(x, first + 2 * (uint)TThreads.Block);
            Loaded<V> fourth = m.LoadNext(x, first + 3 * (uint)TThreads.Block);
            m.Compute(x);
            m.Compute(second);
            m.Compute(third);
            m.Compute(fourth);
        }
        else
        {
            Last<TThreads, TMap, V, S>(m, first);
        }
    }

    /// <summary>A block that is not full.</summary>
    private static void Last<TThreads, TMap, V, S>(TMap m, uint first)
        where TThreads : struct, IThreads
        where TMap : struct, IMap where V : unmanaged, IGroup<V> where S : unmanaged, IGroup<S>
    {
        for (uint group = first; group < m.Groups; group += (uint)TThreads.Block)
        {
            m.Compute(m.Load<V>(group));
        }

        m.ComputeOne<V, S>((uint)Group.IdxX);
    }
}
