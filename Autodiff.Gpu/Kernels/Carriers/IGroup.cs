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
    /// The formula's usual way; <paramref name="rare"/> becomes other than 0 where some number wants the rare one.
    /// </summary>
    static abstract V ApplyUsual<TFormula>(TFormula formula, V a, V b, V c, V d, ref int rare)
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
    /// <summary>All neighbours go through the formula side by side: it stands in the kernel as often.</summary>
    static abstract V ApplyAbreast<TFormula>(TFormula formula, V a, V b, V c, V d) where TFormula : struct, IFormula;

    /// <summary>The second neighbour first, and so on.</summary>
    static abstract V Turn(V value);

    /// <summary>One neighbour after the other goes through the formula, by a loop, in which it stands once.</summary>
    static abstract V ApplyInTurn<TFormula>(TFormula formula, V a, V b, V c, V d) where TFormula : struct, IFormula;
}

/// <summary>How neighbours go through a formula.</summary>
internal interface IPace
{
    static abstract V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V>;
}

/// <summary>A formula that has one way: side by side.</summary>
internal readonly struct OneWay : IPace
{
    public static V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V> => V.ApplyAbreast(formula, a, b, c, d);
}

/// <summary>
/// A formula that has a rare way (<see cref="IReal{S}.BranchLessEqual{TRare}(S, S, S, TRare, S)"/>): all neighbours go
/// the usual way side by side, and only where one of them wants the other, one after the other, so that the rare way,
/// long as it is, stands once.
/// </summary>
internal readonly struct TwoWays : IPace
{
    public static V Apply<TFormula, V>(TFormula formula, V a, V b, V c, V d)
        where TFormula : struct, IFormula where V : unmanaged, INeighbours<V>
    {
        int rare = 0;
        V y = V.ApplyUsual(formula, a, b, c, d, ref rare);
        if (rare != 0)
        {
            y = V.ApplyInTurn(formula, a, b, c, d);
        }

        return y;
    }
}

/// <summary>A number of each operand.</summary>
internal readonly struct Operands<S>(S a, S b, S c, S d) : IOperands<S> where S : IReal<S>
{
    public S this[int k] => k == 0 ? a : k == 1 ? b : k == 2 ? c : d;
}
