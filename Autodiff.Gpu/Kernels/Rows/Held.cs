using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>The packs of a row that a thread keeps: 1, 2, 4 or 8, so many lanes apart.</summary>
internal interface IHeld<H, V, S>
    where H : unmanaged, IHeld<H, V, S>
    where V : unmanaged, IPack<V, S>
    where S : unmanaged, IReal<S>, IGroup<S>
{
    /// <summary>How many packs.</summary>
    static abstract uint Count { get; }

    /// <summary>Reads them, from a pack on.</summary>
    static abstract H Read<TIn>(TIn x, RowPacks row, uint at) where TIn : struct, IInput<V, S>;

    /// <summary>Writes those that the row has.</summary>
    static abstract void Write<TOut>(TOut y, RowPacks row, uint at, H value) where TOut : struct, IOutput<V, S>;

    /// <summary>The function of each number.</summary>
    static abstract H Map<TFunction>(TFunction function, H x) where TFunction : struct, IFunction<S>;

    /// <summary>All of them combined, as a balanced tree.</summary>
    static abstract S Fold<TOp>(TOp op, H x) where TOp : unmanaged, IReduction;
}

/// <summary>One pack.</summary>
internal readonly struct HeldOnce<V, S>(V value) : IHeld<HeldOnce<V, S>, V, S>
    where V : unmanaged, IPack<V, S> where S : unmanaged, IReal<S>, IGroup<S>
{
    private readonly V _value = value;

    public static uint Count => 1;

    public static HeldOnce<V, S> Read<TIn>(TIn x, RowPacks row, uint at) where TIn : struct, IInput<V, S> =>
        new(row.Read<V, S, TIn>(x, at));

    public static void Write<TOut>(TOut y, RowPacks row, uint at, HeldOnce<V, S> value)
        where TOut : struct, IOutput<V, S>
    {
        if (at < row.Count)
        {
            y.StorePack(row.Start + at, value._value);
        }
    }

    public static HeldOnce<V, S> Map<TFunction>(TFunction function, HeldOnce<V, S> x)
        where TFunction : struct, IFunction<S> => new(V.Map(function, x._value));

    public static S Fold<TOp>(TOp op, HeldOnce<V, S> x) where TOp : unmanaged, IReduction => V.Fold(op, x._value);
}

/// <summary>Twice as many.</summary>
internal readonly struct HeldTwice<H, V, S>(H a, H b) : IHeld<HeldTwice<H, V, S>, V, S>
    where H : unmanaged, IHeld<H, V, S> where V : unmanaged, IPack<V, S> where S : unmanaged, IReal<S>, IGroup<S>
{
    private readonly H _a = a, _b = b;

    public static uint Count => 2 * H.Count;

    public static HeldTwice<H, V, S> Read<TIn>(TIn x, RowPacks row, uint at) where TIn : struct, IInput<V, S> =>
        new(H.Read(x, row, at), H.Read(x, row, at + H.Count * row.Lanes));

    public static void Write<TOut>(TOut y, RowPacks row, uint at, HeldTwice<H, V, S> value)
        where TOut : struct, IOutput<V, S>
    {
        H.Write(y, row, at, value._a);
        H.Write(y, row, at + H.Count * row.Lanes, value._b);
    }

    public static HeldTwice<H, V, S> Map<TFunction>(TFunction function, HeldTwice<H, V, S> x)
        where TFunction : struct, IFunction<S> => new(H.Map(function, x._a), H.Map(function, x._b));

    public static S Fold<TOp>(TOp op, HeldTwice<H, V, S> x) where TOp : unmanaged, IReduction =>
        op.Combine(H.Fold(op, x._a), H.Fold(op, x._b));
}
