using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>Elements that a kernel reads one by one.</summary>
internal interface IInput<S>
{
    S LoadOne(long element);
}

/// <summary>Elements that a kernel reads pack by pack.</summary>
/// <remarks>
/// Places are counted in packs, not in elements: only so ILGPU knows that they lie at multiples of an access, and makes
/// one instruction of each.
/// </remarks>
internal interface IInput<V, S> : IInput<S>
{
    V LoadPack(long pack);

    /// <summary>
    /// A pack of a row, so many further than another: a loop adds up the first, and the second stays.
    /// </summary>
    V LoadPack(long row, uint pack, uint further);
}

/// <summary>Elements that a kernel writes one by one.</summary>
internal interface IOutput<S>
{
    void Store(long element, S value);
}

/// <summary>Elements that a kernel writes pack by pack.</summary>
internal interface IOutput<V, S> : IOutput<S>
{
    void StorePack(long pack, V value);

    /// <summary>A pack of a row: the row's place is the same in all iterations of a loop.</summary>
    void StorePack(long row, uint pack, V value);
}

/// <summary>Elements of a type.</summary>
/// <typeparam name="V">What one access loads.</typeparam>
/// <typeparam name="S">What each number is.</typeparam>
/// <typeparam name="A">How an access becomes a pack.</typeparam>
/// <typeparam name="R">What an access loads.</typeparam>
/// <typeparam name="E">How elements become numbers.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal readonly struct Operand<V, S, A, R, E, M>(ArrayView<M> elements) : IInput<V, S>, IOutput<V, S>
    where A : struct, IAccess<V, S, R> where S : unmanaged, IReal<S>, IGroup<S> where R : unmanaged
    where E : struct, IElement<M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public V LoadPack(long pack) => A.Of(_elements.Cast<R>()[pack]);

    public V LoadPack(long row, uint pack, uint further)
    {
        ArrayView<R> packs = _elements.Cast<R>().SubView(row).SubView(pack);
        return A.Of(packs[(int)further]);
    }

    public S LoadOne(long element) => S.Spread<E, M>(_elements[element]);

    public void Store(long element, S value) => _elements[element] = S.First<E, M>(value);

    public void StorePack(long pack, V value) => _elements.Cast<R>()[pack] = A.Raw(value);

    public void StorePack(long row, uint pack, V value) =>
        _elements.Cast<R>().SubView(row)[(int)pack] = A.Raw(value);
}

/// <summary>From element types and widths to types of packs and operands.</summary>
internal static class OperandTypes
{
    /// <summary>The pack of so many numbers.</summary>
    public static Type Pack(Type number, int width)
    {
        Type pack = typeof(One<>).MakeGenericType(number);
        for (; width > 1; width /= 2)
        {
            pack = typeof(Twice<,>).MakeGenericType(pack, number);
        }

        return pack;
    }

    /// <summary>An operand whose accesses load so many elements.</summary>
    public static Type Operand(Type number, DType type, int width)
    {
        (Type element, Type memory) = MapTypes.Element(type);
        bool words = type == DType.Bool && width >= 4;
        Type raw = words ? typeof(uint) : memory, pack = Pack(number, words ? 4 : 1);
        Type access = words ? typeof(WordAccess<>).MakeGenericType(number)
            : typeof(OneAccess<,,>).MakeGenericType(number, element, memory);
        for (int count = words ? 4 : 1; count < width; count *= 2)
        {
            access = typeof(TwiceAccess<,,,>).MakeGenericType(access, pack, number, raw);
            (pack, raw) = (typeof(Twice<,>).MakeGenericType(pack, number), typeof(Pair<>).MakeGenericType(raw));
        }

        return typeof(Operand<,,,,,>).MakeGenericType(pack, number, access, raw, element, memory);
    }
}
