using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>What a thread takes at a time: one number, or several neighbours that come in one access.</summary>
/// <typeparam name="V">The group itself.</typeparam>
internal interface IGroup<V> where V : unmanaged, IGroup<V>
{
    /// <summary>How many numbers it has: 1, 2 or 4.</summary>
    static abstract int Width { get; }

    /// <summary>The formula of each number and those that stand beside it in the other operands.</summary>
    static abstract V Apply<TFormula>(TFormula formula, V a, V b, V c, V d) where TFormula : struct, IFormula;

    /// <summary>
    /// The formula's fast path; <paramref name="slow"/> becomes other than 0 where some number needs the slow one.
    /// </summary>
    static abstract V ApplyFastPath<TFormula>(TFormula formula, V a, V b, V c, V d, ref int slow)
        where TFormula : struct, IFormula;

    /// <summary>Neighbours that are neighbours in memory: the group of this number.</summary>
    static abstract V Load<E, M>(ArrayView<M> x, long group) where E : struct, IElement<M> where M : unmanaged;

    /// <summary>What <see cref="Load"/> would read.</summary>
    static abstract void Store<E, M>(V value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged;

    /// <summary>Neighbours that lie so many elements apart.</summary>
    static abstract V Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged;

    /// <summary>What <see cref="Gather"/> would read.</summary>
    static abstract void Scatter<E, M>(V value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged;

    /// <summary>The same number in every place, from one element.</summary>
    static abstract V Spread<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged;

    /// <summary>The first number as an element.</summary>
    static abstract M First<E, M>(V value) where E : struct, IElement<M> where M : unmanaged;
}

/// <summary>A group of several.</summary>
internal interface INeighbours<V> : IGroup<V> where V : unmanaged, INeighbours<V>
{
    /// <summary>The formula of all neighbours, unrolled: it stands in the kernel once for each.</summary>
    static abstract V ApplyUnrolled<TFormula>(TFormula formula, V a, V b, V c, V d) where TFormula : struct, IFormula;

    /// <summary>The neighbours rotated: the second first, the first last.</summary>
    static abstract V Rotate(V value);

    /// <summary>The formula of one neighbour after the other, in a loop: it stands in the kernel once.</summary>
    static abstract V ApplyInLoop<TFormula>(TFormula formula, V a, V b, V c, V d) where TFormula : struct, IFormula;
}

/// <summary>How a formula of neighbours is evaluated.</summary>
internal interface IEvaluation
{
    static abstract V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V>;
}

/// <summary>A formula without a branch: unrolled.</summary>
internal readonly struct Branchless : IEvaluation
{
    public static V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V> => V.ApplyUnrolled(formula, a, b, c, d);
}

/// <summary>
/// A formula with a branch (<see cref="IReal{S}.BranchLessEqual{TRare}(S, S, S, TRare, S)"/>): the fast path of all
/// neighbours is unrolled; where one of them needs the slow path, a loop goes over them, in which that long path stands
/// once.
/// </summary>
internal readonly struct Branched : IEvaluation
{
    public static V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V>
    {
        int slow = 0;
        V y = V.ApplyFastPath(formula, a, b, c, d, ref slow);
        if (slow != 0)
        {
            y = V.ApplyInLoop(formula, a, b, c, d);
        }

        return y;
    }
}

/// <summary>A number of each operand.</summary>
internal readonly struct Operands<S>(S a, S b, S c, S d) : IOperands<S> where S : IReal<S>
{
    public S this[int k] => k == 0 ? a : k == 1 ? b : k == 2 ? c : d;
}
