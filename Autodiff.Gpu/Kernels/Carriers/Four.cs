using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>Four neighbours.</summary>
/// <typeparam name="S">What each is.</typeparam>
/// <typeparam name="P">How they go through a formula.</typeparam>
internal readonly struct Four<S, P>(S a, S b, S c, S d) : INeighbours<Four<S, P>>
    where S : unmanaged, IGroup<S> where P : struct, IEvaluation
{
    private readonly S _a = a, _b = b, _c = c, _d = d;

    public static int Width => 4 * S.Width;

    public static Four<S, P> Apply<TFormula>(TFormula formula, Four<S, P> a, Four<S, P> b, Four<S, P> c, Four<S, P> d)
        where TFormula : struct, IFormula => P.Apply(formula, a, b, c, d);

    public static Four<S, P> ApplyUnrolled<TFormula>(
        TFormula formula, Four<S, P> a, Four<S, P> b, Four<S, P> c, Four<S, P> d)
        where TFormula : struct, IFormula => new(
            S.Apply(formula, a._a, b._a, c._a, d._a),
            S.Apply(formula, a._b, b._b, c._b, d._b),
            S.Apply(formula, a._c, b._c, c._c, d._c),
            S.Apply(formula, a._d, b._d, c._d, d._d));

    public static Four<S, P> ApplyInLoop<TFormula>(
        TFormula formula, Four<S, P> a, Four<S, P> b, Four<S, P> c, Four<S, P> d)
        where TFormula : struct, IFormula
    {
        Four<S, P> y = default;
        for (int k = 0; k < 4; k++)
        {
            y = new(y._b, y._c, y._d, S.Apply(formula, a._a, b._a, c._a, d._a));
            (a, b, c, d) = (Rotate(a), Rotate(b), Rotate(c), Rotate(d));
        }

        return y;
    }

    public static Four<S, P> ApplyFastPath<TFormula>(
        TFormula formula, Four<S, P> a, Four<S, P> b, Four<S, P> c, Four<S, P> d, ref int slow)
            where TFormula : struct, IFormula => new(
            S.ApplyFastPath(formula, a._a, b._a, c._a, d._a, ref slow),
            S.ApplyFastPath(formula, a._b, b._b, c._b, d._b, ref slow),
            S.ApplyFastPath(formula, a._c, b._c, c._c, d._c, ref slow),
            S.ApplyFastPath(formula, a._d, b._d, c._d, d._d, ref slow));

    public static Four<S, P> Rotate(Four<S, P> value) => new(value._b, value._c, value._d, value._a);

    public static Four<S, P> Load<E, M>(ArrayView<M> x, long group) where E : struct, IElement<M> where M : unmanaged
    {
        Quad<M> all = x.Cast<Quad<M>>()[group];
        return new(S.Spread<E, M>(all.A), S.Spread<E, M>(all.B), S.Spread<E, M>(all.C), S.Spread<E, M>(all.D));
    }

    public static void Store<E, M>(Four<S, P> value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged
    {
        Quad<M> all = new(
            S.First<E, M>(value._a), S.First<E, M>(value._b), S.First<E, M>(value._c), S.First<E, M>(value._d));
        y.Cast<Quad<M>>()[group] = all;
    }

    public static Four<S, P> Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged
    {
        long second = first + step, third = second + step, fourth = third + step;
        return new(
            S.Gather<E, M>(x, first, step), S.Gather<E, M>(x, second, step), S.Gather<E, M>(x, third, step),
            S.Gather<E, M>(x, fourth, step));
    }

    public static void Scatter<E, M>(Four<S, P> value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged
    {
        long second = first + step, third = second + step, fourth = third + step;
        S.Scatter<E, M>(value._a, y, first, step);
        S.Scatter<E, M>(value._b, y, second, step);
        S.Scatter<E, M>(value._c, y, third, step);
        S.Scatter<E, M>(value._d, y, fourth, step);
    }

    public static Four<S, P> Spread<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged
    {
        S x = S.Spread<E, M>(raw);
        return new(x, x, x, x);
    }

    public static M First<E, M>(Four<S, P> value) where E : struct, IElement<M> where M : unmanaged =>
        S.First<E, M>(value._a);

    /// <summary>The four bytes of a word, the lowest first.</summary>
    public static Four<S, P> FromBytes<E, M>(uint word) where E : struct, IElement<M> where M : unmanaged => new(
        S.Spread<E, M>(E.FromByte(word)), S.Spread<E, M>(E.FromByte(word >> 8)),
        S.Spread<E, M>(E.FromByte(word >> 16)), S.Spread<E, M>(E.FromByte(word >> 24)));

    /// <summary>What <see cref="FromBytes"/> would read.</summary>
    public static uint ToBytes<E, M>(Four<S, P> value) where E : struct, IElement<M> where M : unmanaged =>
        E.ToByte(S.First<E, M>(value._a)) | (E.ToByte(S.First<E, M>(value._b)) << 8)
        | (E.ToByte(S.First<E, M>(value._c)) << 16) | (E.ToByte(S.First<E, M>(value._d)) << 24);
}

/// <summary>Four neighbours in memory: one access of up to 16 bytes, or two.</summary>
internal struct Quad<M>(M a, M b, M c, M d) where M : unmanaged
{
    public M A = a, B = b, C = c, D = d;
}
