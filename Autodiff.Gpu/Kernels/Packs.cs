using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Updates;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>A function of a number.</summary>
internal interface IFunction<S>
{
    S F(S x);
}

/// <summary>Numbers that a thread has at once: those that one access loads.</summary>
/// <typeparam name="V">The pack itself.</typeparam>
/// <typeparam name="S">What each number is.</typeparam>
internal interface IPack<V, S> where V : unmanaged, IPack<V, S> where S : unmanaged, IReal<S>, IGroup<S>
{
    /// <summary>How many numbers it has.</summary>
    static abstract uint Width { get; }

    /// <summary>The same number in every place.</summary>
    static abstract V All(S value);

    /// <summary>The last number.</summary>
    static abstract S Last(V x);

    /// <summary>The function of each.</summary>
    static abstract V Map<TFunction>(TFunction function, V x) where TFunction : struct, IFunction<S>;

    /// <summary>The combination of each with the one in the same place.</summary>
    static abstract V Combine<TOp>(TOp op, V a, V b) where TOp : unmanaged, IReduction;

    /// <summary>All of them combined, as a balanced tree.</summary>
    static abstract S Fold<TOp>(TOp op, V x) where TOp : unmanaged, IReduction;

    /// <summary>
    /// Each combined with all before it, one after the other, the first with <paramref name="before"/> unless it
    /// <paramref name="begins"/>.
    /// </summary>
    static abstract V Running<TOp>(TOp op, V x, S before, bool begins) where TOp : unmanaged, IReduction;

    /// <summary>
    /// Reads elements so many apart, from a place of a row on, and maps them; what lies at <paramref name="end"/> or
    /// beyond is <paramref name="nothing"/>: the element before is read instead, so that there is no branch.
    /// </summary>
    static abstract V Gather<TInput, TFunction>(
        TInput x, TFunction function, long start, long step, uint place, uint end, S nothing)
        where TInput : struct, IInput<S> where TFunction : struct, IFunction<S>;

    /// <summary>Writes those before <paramref name="end"/> so many elements apart.</summary>
    static abstract void Scatter<TOutput>(V x, TOutput y, long start, long step, uint place, uint end)
        where TOutput : struct, IOutput<S>;

    /// <summary>An optimizer's step of each.</summary>
    static abstract UpdateValues<V> Update<TRule, K>(K coefficients, V gradient, UpdateValues<V> values)
        where TRule : struct, IUpdateRule where K : struct, IOperands<S>;
}

/// <summary>One number.</summary>
internal readonly struct One<S>(S value) : IPack<One<S>, S> where S : unmanaged, IReal<S>, IGroup<S>
{
    public readonly S Value = value;

    public static uint Width => 1;

    public static One<S> All(S value) => new(value);

    public static S Last(One<S> x) => x.Value;

    public static One<S> Map<TFunction>(TFunction function, One<S> x) where TFunction : struct, IFunction<S> =>
        new(function.F(x.Value));

    public static One<S> Combine<TOp>(TOp op, One<S> a, One<S> b) where TOp : unmanaged, IReduction =>
        new(op.Combine(a.Value, b.Value));

    public static S Fold<TOp>(TOp op, One<S> x) where TOp : unmanaged, IReduction => x.Value;

    public static One<S> Running<TOp>(TOp op, One<S> x, S before, bool begins) where TOp : unmanaged, IReduction =>
        begins ? x : new(op.Combine(before, x.Value));

    public static One<S> Gather<TInput, TFunction>(
        TInput x, TFunction function, long start, long step, uint place, uint end, S nothing)
        where TInput : struct, IInput<S> where TFunction : struct, IFunction<S>
    {
        S value = function.F(x.LoadOne(start + Math.Min(place, end - 1) * step));
        return new(place < end ? value : nothing);
    }

    public static void Scatter<TOutput>(One<S> x, TOutput y, long start, long step, uint place, uint end)
        where TOutput : struct, IOutput<S>
    {
        if (place < end)
        {
            y.Store(start + place * step, x.Value);
        }
    }

    public static UpdateValues<One<S>> Update<TRule, K>(K coefficients, One<S> gradient, UpdateValues<One<S>> values)
        where TRule : struct, IUpdateRule where K : struct, IOperands<S>
    {
        S w = values.Parameter.Value, s0 = values.State0.Value, s1 = values.State1.Value, s2 = values.State2.Value;
        TRule.Apply(coefficients, gradient.Value, ref w, ref s0, ref s1, ref s2);
        return new(new(w), new(s0), new(s1), new(s2));
    }
}

/// <summary>Two packs beside each other: twice as many numbers.</summary>
internal readonly struct Twice<V, S>(V a, V b) : IPack<Twice<V, S>, S>
    where V : unmanaged, IPack<V, S> where S : unmanaged, IReal<S>, IGroup<S>
{
    public readonly V A = a, B = b;

    public static uint Width => 2 * V.Width;

    public static Twice<V, S> All(S value) => new(V.All(value), V.All(value));

    public static S Last(Twice<V, S> x) => V.Last(x.B);

    public static Twice<V, S> Map<TFunction>(TFunction function, Twice<V, S> x)
        where TFunction : struct, IFunction<S> => new(V.Map(function, x.A), V.Map(function, x.B));

    public static Twice<V, S> Combine<TOp>(TOp op, Twice<V, S> a, Twice<V, S> b)
        where TOp : unmanaged, IReduction => new(V.Combine(op, a.A, b.A), V.Combine(op, a.B, b.B));

    public static S Fold<TOp>(TOp op, Twice<V, S> x) where TOp : unmanaged, IReduction =>
        op.Combine(V.Fold(op, x.A), V.Fold(op, x.B));

    public static Twice<V, S> Running<TOp>(TOp op, Twice<V, S> x, S before, bool begins)
        where TOp : unmanaged, IReduction
    {
        V first = V.Running(op, x.A, before, begins);
        return new(first, V.Running(op, x.B, V.Last(first), false));
    }

    public static Twice<V, S> Gather<TInput, TFunction>(
        TInput x, TFunction function, long start, long step, uint place, uint end, S nothing)
        where TInput : struct, IInput<S> where TFunction : struct, IFunction<S> => new(
        V.Gather(x, function, start, step, place, end, nothing),
        V.Gather(x, function, start, step, place + V.Width, end, nothing));

    public static void Scatter<TOutput>(Twice<V, S> x, TOutput y, long start, long step, uint place, uint end)
        where TOutput : struct, IOutput<S>
    {
        V.Scatter(x.A, y, start, step, place, end);
        V.Scatter(x.B, y, start, step, place + V.Width, end);
    }

    public static UpdateValues<Twice<V, S>> Update<TRule, K>(
        K coefficients, Twice<V, S> gradient, UpdateValues<Twice<V, S>> values)
        where TRule : struct, IUpdateRule where K : struct, IOperands<S>
    {
        UpdateValues<V> a = V.Update<TRule, K>(
            coefficients, gradient.A,
            new(values.Parameter.A, values.State0.A, values.State1.A, values.State2.A));
        UpdateValues<V> b = V.Update<TRule, K>(
            coefficients, gradient.B,
            new(values.Parameter.B, values.State0.B, values.State1.B, values.State2.B));
        return new(
            new(a.Parameter, b.Parameter), new(a.State0, b.State0), new(a.State1, b.State1), new(a.State2, b.State2));
    }
}

/// <summary>What one access loads, as a pack.</summary>
/// <typeparam name="V">The pack.</typeparam>
/// <typeparam name="S">What each number is.</typeparam>
/// <typeparam name="R">What lies in memory.</typeparam>
internal interface IAccess<V, S, R>
{
    static abstract V Of(R raw);

    static abstract R Raw(V x);
}

/// <summary>An element.</summary>
internal readonly struct OneAccess<S, E, M> : IAccess<One<S>, S, M>
    where S : unmanaged, IReal<S>, IGroup<S> where E : struct, IElement<M> where M : unmanaged
{
    public static One<S> Of(M raw) => new(S.Spread<E, M>(raw));

    public static M Raw(One<S> x) => S.First<E, M>(x.Value);
}

/// <summary>Two of them beside each other.</summary>
internal readonly struct TwiceAccess<A, V, S, R> : IAccess<Twice<V, S>, S, Pair<R>>
    where A : struct, IAccess<V, S, R> where V : unmanaged, IPack<V, S>
    where S : unmanaged, IReal<S>, IGroup<S> where R : unmanaged
{
    public static Twice<V, S> Of(Pair<R> raw) => new(A.Of(raw.A), A.Of(raw.B));

    public static Pair<R> Raw(Twice<V, S> x) => new(A.Raw(x.A), A.Raw(x.B));
}

/// <summary>Four bools in a word, of which there are four in an access of 16 bytes.</summary>
internal readonly struct WordAccess<S> : IAccess<Twice<Twice<One<S>, S>, S>, S, uint>
    where S : unmanaged, IReal<S>, IGroup<S>
{
    public static Twice<Twice<One<S>, S>, S> Of(uint raw) =>
        new(new(Byte(raw), Byte(raw >> 8)), new(Byte(raw >> 16), Byte(raw >> 24)));

    public static uint Raw(Twice<Twice<One<S>, S>, S> x) =>
        Byte(x.A.A) | (Byte(x.A.B) << 8) | (Byte(x.B.A) << 16) | (Byte(x.B.B) << 24);

    private static One<S> Byte(uint raw) => new(S.Spread<Int32Element, int>((int)(raw & 255)));

    private static uint Byte(One<S> x) => S.First<BoolElement, byte>(x.Value);
}
