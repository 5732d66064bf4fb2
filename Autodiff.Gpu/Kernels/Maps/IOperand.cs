using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// One operand of a map as its kernel sees it: where the group at a place lies, and how its elements become numbers.
/// </summary>
internal interface IOperand
{
    /// <summary>
    /// The group at column <paramref name="column"/> of the row that begins <paramref name="row"/> away from the first.
    /// </summary>
    V Load<V>(int row, int column) where V : unmanaged, IGroup<V>;

    /// <summary>Writes what <see cref="Load"/> would read.</summary>
    void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V>;

    /// <summary>A group of equals: the one element of this index. For one dimension.</summary>
    V LoadOne<V>(int element) where V : unmanaged, IGroup<V>;

    /// <summary>Writes one element: the group's first. For one dimension.</summary>
    void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V>;
}

/// <summary>No operand: the formula has fewer.</summary>
internal readonly struct None : IOperand
{
    public V Load<V>(int row, int column) where V : unmanaged, IGroup<V> => default;

    public void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V>
    {
    }

    public V LoadOne<V>(int element) where V : unmanaged, IGroup<V> => default;

    public void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V>
    {
    }
}

/// <summary>Neighbours are neighbours in memory; rows begin at multiples of a group, counted in groups.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Linear<E, M>(ArrayView<M> elements) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(int row, int column) where V : unmanaged, IGroup<V> => V.Load<E, M>(_elements, row + column);

    public void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V> =>
        V.Store<E, M>(value, _elements, row + column);

    public V LoadOne<V>(int element) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[element]);

    public void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V> =>
        _elements[element] = V.First<E, M>(value);
}

/// <summary>A step other than one.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Strided<E, M>(ArrayView<M> elements, int step) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;
    private readonly int _step = step;

    public V Load<V>(int row, int column) where V : unmanaged, IGroup<V> =>
        V.Gather<E, M>(_elements, row + column * V.Width * _step, _step);

    public void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V> =>
        V.Scatter<E, M>(value, _elements, row + column * V.Width * _step, _step);

    public V LoadOne<V>(int element) where V : unmanaged, IGroup<V> => 
        V.Spread<E, M>(_elements[(long)element * _step]);

    public void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V> =>
        _elements[(long)element * _step] = V.First<E, M>(value);
}

/// <summary>One element for the whole row; rows differ.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Repeated<E, M>(ArrayView<M> elements) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(int row, int column) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[row]);

    public void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V> =>
        V.Scatter<E, M>(value, _elements, row, 0);

    public V LoadOne<V>(int element) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[0]);

    public void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V> =>
        _elements[0] = V.First<E, M>(value);
}

/// <summary>One element for all.</summary>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Single<E, M>(ArrayView<M> elements) : IOperand
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V Load<V>(int row, int column) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[0]);

    public void Store<V>(V value, int row, int column) where V : unmanaged, IGroup<V> =>
        V.Scatter<E, M>(value, _elements, 0, 0);

    public V LoadOne<V>(int element) where V : unmanaged, IGroup<V> => V.Spread<E, M>(_elements[0]);

    public void StoreOne<V>(V value, int element) where V : unmanaged, IGroup<V> =>
        _elements[0] = V.First<E, M>(value);
}
