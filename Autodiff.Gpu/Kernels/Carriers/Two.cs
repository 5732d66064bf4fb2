using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>Two neighbours.</summary>
/// <typeparam name="S">What each is.</typeparam>
/// <typeparam name="P">How they go through a formula.</typeparam>
internal readonly struct Two<S, P>(S a, S b) : INeighbours<Two<S, P>>
    where S : unmanaged, IGroup<S> where P : struct, IEvaluation
{
    private readonly S _a = a, _b = b;

    public static int Width => 2 * S.Width;

    public static Two<S, P> Apply<TFormula>(TFormula formula, Two<S, P> a, Two<S, P> b, Two<S, P> c, Two<S, P> d)
        where TFormula : struct, IFormula => P.Apply(formula, a, b, c, d);

    public static Two<S, P> ApplyUnrolled<TFormula>(
        TFormula formula, Two<S, P> a, Two<S, P> b, Two<S, P> c, Two<S, P> d)
            where TFormula : struct, IFormula => new(
            S.Apply(formula, a._a, b._a, c._a, d._a),
            S.Apply(formula, a._b, b._b, c._b, d._b));

    public static Two<S, P> ApplyInLoop<TFormula>(TFormula formula, Two<S, P> a, Two<S, P> b, Two<S, P> c, Two<S, P> d)
        where TFormula : struct, IFormula
    {
        Two<S, P> y = default;
        for (int k = 0; k < 2; k++)
        {
            y = new(y._b, S.Apply(formula, a._a, b._a, c._a, d._a));
            (a, b, c, d) = (Rotate(a), Rotate(b), Rotate(c), Rotate(d));
        }

        return y;
    }

    public static Two<S, P> ApplyFastPath<TFormula>(
        TFormula formula, Two<S, P> a, Two<S, P> b, Two<S, P> c, Two<S, P> d, ref int slow)
            where TFormula : struct, IFormula => new(
            S.ApplyFastPath(formula, a._a, b._a, c._a, d._a, ref slow),
            S.ApplyFastPath(formula, a._b, b._b, c._b, d._b, ref slow));

    public static Two<S, P> Rotate(Two<S, P> value) => new(value._b, value._a);

    public static Two<S, P> Load<E, M>(ArrayView<M> x, long group) where E : struct, IElement<M> where M : unmanaged
    {
        Pair<M> all = x.Cast<Pair<M>>()[group];
        return new(S.Spread<E, M>(all.A), S.Spread<E, M>(all.B));
    }

    public static void Store<E, M>(Two<S, P> value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged
    {
        Pair<M> all = new(S.First<E, M>(value._a), S.First<E, M>(value._b));
        y.Cast<Pair<M>>()[group] = all;
    }

    public static Two<S, P> Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => new(
        S.Gather<E, M>(x, first, step),
        S.Gather<E, M>(x, first + step, step));

    public static void Scatter<E, M>(Two<S, P> value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged
    {
        S.Scatter<E, M>(value._a, y, first, step);
        S.Scatter<E, M>(value._b, y, first + step, step);
    }

    public static Two<S, P> Spread<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged
    {
        S x = S.Spread<E, M>(raw);
        return new(x, x);
    }

    public static M First<E, M>(Two<S, P> value) where E : struct, IElement<M> where M : unmanaged =>
        S.First<E, M>(value._a);
}

/// <summary>Two neighbours in memory: one access.</summary>
internal struct Pair<M>(M a, M b) where M : unmanaged
{
    public M A = a, B = b;
}
