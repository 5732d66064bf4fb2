using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// y = f(a, b, ...) for every element: a thread takes one group of neighbours, or several that are in flight together.
/// </summary>
/// <remarks>
/// Type parameters: the formula, what a thread takes at a time (V), how each operand lies, the dimensions. ILGPU
/// compiles each combination by itself, so what they decide costs a kernel nothing.
/// </remarks>
internal static class MapKernel
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    /// <summary>One group a thread; beyond the last one, one of the elements that are left over.</summary>
    public static void Map<TFormula, V, A, B, C, D, Y, TSpace>(MapArguments<TFormula, A, B, C, D, Y, TSpace> m)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        uint group = (uint)Grid.IdxX * Threads + (uint)Group.IdxX;
        One<TFormula, V, A, B, C, D, Y, TSpace>(m, group, group - m.Groups);
    }

    /// <summary>
    /// Two groups a thread, in blocks that are full; the last block takes one after the other, then the rest.
    /// </summary>
    public static void MapTwo<TFormula, V, A, B, C, D, Y, TSpace>(MapArguments<TFormula, A, B, C, D, Y, TSpace> m)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        uint first = (uint)Grid.IdxX * (2 * Threads) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (2 * Threads) <= m.Groups)
        {
            Loaded<V> x = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first);
            Loaded<V> next = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first + Threads);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first, x);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first + Threads, next);
        }
        else
        {
            Last<TFormula, V, A, B, C, D, Y, TSpace>(m, first);
        }
    }

    /// <summary>
    /// Four groups a thread, in blocks that are full; the last block takes one after the other, then the rest.
    /// </summary>
    public static void MapFour<TFormula, V, A, B, C, D, Y, TSpace>(MapArguments<TFormula, A, B, C, D, Y, TSpace> m)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        uint first = (uint)Grid.IdxX * (4 * Threads) + (uint)Group.IdxX;
        if (((uint)Grid.IdxX + 1) * (4 * Threads) <= m.Groups)
        {
            Loaded<V> x = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first);
            Loaded<V> second = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first + Threads);
            Loaded<V> third = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first + 2 * Threads);
            Loaded<V> fourth = At<TFormula, V, A, B, C, D, Y, TSpace>(m, first + 3 * Threads);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first, x);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first + Threads, second);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first + 2 * Threads, third);
            Put<TFormula, V, A, B, C, D, Y, TSpace>(m, first + 3 * Threads, fourth);
        }
        else
        {
            Last<TFormula, V, A, B, C, D, Y, TSpace>(m, first);
        }
    }

    /// <summary>The operands of a group.</summary>
    private static Loaded<V> At<TFormula, V, A, B, C, D, Y, TSpace>(
        MapArguments<TFormula, A, B, C, D, Y, TSpace> m, uint group)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        Place at = m.Space.At(group);
        return new(
            m.OperandA.Load<V>(at.A, at.Column),
            m.OperandB.Load<V>(at.B, at.Column),
            m.OperandC.Load<V>(at.C, at.Column),
            m.OperandD.Load<V>(at.D, at.Column));
    }

    /// <summary>Computes a group and writes it.</summary>
    private static void Put<TFormula, V, A, B, C, D, Y, TSpace>(
        MapArguments<TFormula, A, B, C, D, Y, TSpace> m, uint group, Loaded<V> x)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        Place at = m.Space.At(group);
        m.Result.Store(V.Apply(m.F, x.A, x.B, x.C, x.D), at.Y, at.Column);
    }

    /// <summary>A block that is not full.</summary>
    private static void Last<TFormula, V, A, B, C, D, Y, TSpace>(
        MapArguments<TFormula, A, B, C, D, Y, TSpace> m, uint first)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        uint thread = (uint)Group.IdxX;
        for (uint group = first; group < m.Groups; group += Threads)
        {
            One<TFormula, V, A, B, C, D, Y, TSpace>(m, group, 0);
        }

        One<TFormula, V, A, B, C, D, Y, TSpace>(m, m.Groups, thread);
    }

    /// <summary>
    /// A group, or beyond the last one an element that is left over, as a group of equals, so that the formula stands
    /// once.
    /// </summary>
    private static void One<TFormula, V, A, B, C, D, Y, TSpace>(
        MapArguments<TFormula, A, B, C, D, Y, TSpace> m, uint group, uint rest)
        where TFormula : unmanaged, IFormula
        where V : unmanaged, IGroup<V>
        where A : struct, IOperand
        where B : struct, IOperand
        where C : struct, IOperand
        where D : struct, IOperand
        where Y : struct, IOperand
        where TSpace : struct, ISpace
    {
        bool whole = group < m.Groups;
        Loaded<V> x = default;
        int element = 0;
        if (whole)
        {
            x = At<TFormula, V, A, B, C, D, Y, TSpace>(m, group);
        }
        else
        {
            uint left = m.Groups * (uint)V.Width + rest;
            if (!TSpace.IsFlat || V.Width == 1 || left >= m.Count)
            {
                return;
            }

            element = (int)left;
            x = new(
                m.OperandA.LoadOne<V>(element), m.OperandB.LoadOne<V>(element),
                m.OperandC.LoadOne<V>(element), m.OperandD.LoadOne<V>(element));
        }

        V y = V.Apply(m.F, x.A, x.B, x.C, x.D);
        if (whole)
        {
            Place at = m.Space.At(group);
            m.Result.Store(y, at.Y, at.Column);
        }
        else
        {
            m.Result.StoreOne<V>(y, element);
        }
    }

    /// <summary>A group of each operand.</summary>
    private readonly struct Loaded<V>(V a, V b, V c, V d)
    {
        public readonly V A = a, B = b, C = c, D = d;
    }
}
