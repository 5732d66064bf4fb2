using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>Sixteen neighbours of one byte each: one access.</summary>
/// <typeparam name="S">What each is.</typeparam>
/// <typeparam name="P">How they go through a formula.</typeparam>
internal readonly struct Sixteen<S, P>(Four<S, P> a, Four<S, P> b, Four<S, P> c, Four<S, P> d) : IGroup<Sixteen<S, P>>
    where S : unmanaged, IGroup<S> where P : struct, IEvaluation
{
    private readonly Four<S, P> _a = a, _b = b, _c = c, _d = d;

    public static int Width => 16 * S.Width;

    public static Sixteen<S, P> Apply<TFormula>(
        TFormula formula, Sixteen<S, P> a, Sixteen<S, P> b, Sixteen<S, P> c, Sixteen<S, P> d)
        where TFormula : struct, IFormula => new(
            Four<S, P>.Apply(formula, a._a, b._a, c._a, d._a),
            Four<S, P>.Apply(formula, a._b, b._b, c._b, d._b),
            Four<S, P>.Apply(formula, a._c, b._c, c._c, d._c),
            Four<S, P>.Apply(formula, a._d, b._d, c._d, d._d));

    public static Sixteen<S, P> ApplyFastPath<TFormula>(
        TFormula formula, Sixteen<S, P> a, Sixteen<S, P> b, Sixteen<S, P> c, Sixteen<S, P> d, ref int slow)
            where TFormula : struct, IFormula => new(
            Four<S, P>.ApplyFastPath(formula, a._a, b._a, c._a, d._a, ref slow),
            Four<S, P>.ApplyFastPath(formula, a._b, b._b, c._b, d._b, ref slow),
            Four<S, P>.ApplyFastPath(formula, a._c, b._c, c._c, d._c, ref slow),
            Four<S, P>.ApplyFastPath(formula, a._d, b._d, c._d, d._d, ref slow));

    public static Sixteen<S, P> Load<E, M>(ArrayView<M> x, long group)
        where E : struct, IElement<M> where M : unmanaged
    {
        Quad<uint> all = x.Cast<Quad<uint>>()[group];
        return new(
            Four<S, P>.FromBytes<E, M>(all.A), Four<S, P>.FromBytes<E, M>(all.B),
            Four<S, P>.FromBytes<E, M>(all.C), Four<S, P>.FromBytes<E, M>(all.D));
    }

    public static void Store<E, M>(Sixteen<S, P> value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged
    {
        Quad<uint> all = new(
            Four<S, P>.ToBytes<E, M>(value._a), Four<S, P>.ToBytes<E, M>(value._b),
            Four<S, P>.ToBytes<E, M>(value._c), Four<S, P>.ToBytes<E, M>(value._d));
        y.Cast<Quad<uint>>()[group] = all;
    }

    public static Sixteen<S, P> Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => new(
        Four<S, P>.Gather<E, M>(x, first, step),
        Four<S, P>.Gather<E, M>(x, first + 4 * step, step),
        Four<S, P>.Gather<E, M>(x, first + 8 * step, step),
        Four<S, P>.Gather<E, M>(x, first + 12 * step, step));

    public static void Scatter<E, M>(Sixteen<S, P> value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged
    {
        Four<S, P>.Scatter<E, M>(value._a, y, first, step);
        Four<S, P>.Scatter<E, M>(value._b, y, first + 4 * step, step);
        Four<S, P>.Scatter<E, M>(value._c, y, first + 8 * step, step);
        Four<S, P>.Scatter<E, M>(value._d, y, first + 12 * step, step);
    }

    public static Sixteen<S, P> Spread<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged
    {
        Four<S, P> x = Four<S, P>.Spread<E, M>(raw);
        return new(x, x, x, x);
    }

    public static M First<E, M>(Sixteen<S, P> value) where E : struct, IElement<M> where M : unmanaged =>
        Four<S, P>.First<E, M>(value._a);
}
