using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// One operand of a map as its kernel sees it: which elements a place stands for, and how they become numbers.
/// </summary>
internal interface IOperand
{
    /// <summary>The group at a place.</summary>
    V Load<V>(long at) where V : unmanaged, IGroup<V>;

    /// <summary>The group at another place, for a thread that has read <paramref name="one"/>.</summary>
    V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V>;

    /// <summary>The element of this number. For one dimension.</summary>
    S LoadOne<S>(uint element) where S : unmanaged, IGroup<S>;
}

/// <summary>An operand that is written.</summary>
internal interface IResult : IOperand
{
    /// <summary>Writes what <see cref="IOperand.Load"/> would read.</summary>
    void Store<V>(V value, long at) where V : unmanaged, IGroup<V>;

    /// <summary>Writes what <see cref="IOperand.LoadOne"/> would read.</summary>
    void StoreOne<S>(S value, uint element) where S : unmanaged, IGroup<S>;
}

/// <summary>No operand: the formula has fewer.</summary>
internal readonly struct None : IOperand
{
    public V Load<V>(long at) where V : unmanaged, IGroup<V> => default;

    public V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V> => default;

    public S LoadOne<S>(uint element) where S : unmanaged, IGroup<S> => default;
}

/// <summary>Neighbours are neighbours in memory; places are counted in groups.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Linear<E, M>(ArrayView<M> elements) : IResult
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(long at) where V : unmanaged, IGroup<V> => V.Load<E, M>(_elements, at);

    public V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V> => V.Load<E, M>(_elements, at);

    public S LoadOne<S>(uint element) where S : unmanaged, IGroup<S> => S.Spread<E, M>(_elements[(long)element]);

    public void Store<V>(V value, long at) where V : unmanaged, IGroup<V> => V.Store<E, M>(value, _elements, at);

    public void StoreOne<S>(S value, uint element) where S : unmanaged, IGroup<S> =>
        _elements[(long)element] = S.First<E, M>(value);
}

/// <summary>Neighbours lie a step apart; places are counted in elements.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Strided<E, M>(ArrayView<M> elements, long step) : IResult
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;
    private readonly long _step = step;

    public V Load<V>(long at) where V : unmanaged, IGroup<V> => V.Gather<E, M>(_elements, at, _step);

    public V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V> => V.Gather<E, M>(_elements, at, _step);

    public S LoadOne<S>(uint element) where S : unmanaged, IGroup<S> => S.Spread<E, M>(_elements[element * _step]);

    public void Store<V>(V value, long at) where V : unmanaged, IGroup<V> =>
        V.Scatter<E, M>(value, _elements, at, _step);

    public void StoreOne<S>(S value, uint element) where S : unmanaged, IGroup<S> =>
        _elements[element * _step] = S.First<E, M>(value);
}

/// <summary>One element for a whole row; rows differ.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Repeated<E, M>(ArrayView<M> elements) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(long at) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[at]);

    public V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[at]);

    public S LoadOne<S>(uint element) where S : unmanaged, IGroup<S> => S.Spread<E, M>(_elements[0]);
}

/// <summary>One element for all.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Single<E, M>(ArrayView<M> elements) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(long at) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[0]);

    public V LoadNext<V>(V one, long at) where V : unmanaged, IGroup<V> => one;

    public S LoadOne<S>(uint element) where S : unmanaged, IGroup<S> => S.Spread<E, M>(_elements[0]);
}
