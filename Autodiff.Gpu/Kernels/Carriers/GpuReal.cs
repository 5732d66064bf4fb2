using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// One number of a device as a real number: running a formula over it, compiled by ILGPU, is the formula's kernel.
/// </summary>
/// <typeparam name="P">The device's arithmetic.</typeparam>
/// <typeparam name="T">The type of the number.</typeparam>
internal readonly struct GpuReal<P, T>(T value) : IReal<GpuReal<P, T>>, IGroup<GpuReal<P, T>>
    where P : struct, IFloat<T> where T : unmanaged
{
    private const double Log2E = 1.4426950408889634, Ln2 = 0.69314718055994531;

    private readonly T _value = value;

    public static bool IsDouble => P.IsDouble;

    public static int Width => 1;

    public static GpuReal<P, T> Apply<TFormula>(
        TFormula formula, GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> c, GpuReal<P, T> d)
        where TFormula : struct, IFormula => formula.F<GpuReal<P, T>, Operands<GpuReal<P, T>>>(new(a, b, c, d));

    public static GpuReal<P, T> ApplyFastPath<TFormula>(
        TFormula formula, GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> c, GpuReal<P, T> d, ref int slow)
            where TFormula : struct, IFormula =>
        Carrier.FastPath(formula, a, b, c, d, ref slow);

    public static GpuReal<P, T> Spread<E, M>(M raw)
        where E : struct, IElement<M> where M : unmanaged => new(P.From<E, M>(raw));

    public static M First<E, M>(GpuReal<P, T> value)
        where E : struct, IElement<M> where M : unmanaged => P.To<E, M>(value._value);

    public static GpuReal<P, T> Load<E, M>(ArrayView<M> x, long group)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[group]);

    public static void Store<E, M>(GpuReal<P, T> value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged => y[group] = First<E, M>(value);

    public static GpuReal<P, T> Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[first]);

    public static void Scatter<E, M>(GpuReal<P, T> value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => y[first] = First<E, M>(value);

    public static GpuReal<P, T> Const(double value) => new(P.Of(value));

    public static GpuReal<P, T> Const(Constant value) => new(P.Of(value));

    public static GpuReal<P, T> operator +(GpuReal<P, T> a, GpuReal<P, T> b) => new(P.Add(a._value, b._value));

    public static GpuReal<P, T> operator -(GpuReal<P, T> a, GpuReal<P, T> b) => new(P.Subtract(a._value, b._value));

    public static GpuReal<P, T> operator *(GpuReal<P, T> a, GpuReal<P, T> b) => new(P.Multiply(a._value, b._value));

    public static GpuReal<P, T> operator /(GpuReal<P, T> a, GpuReal<P, T> b) => new(P.Divide(a._value, b._value));

    public static GpuReal<P, T> operator -(GpuReal<P, T> x) => new(P.Negate(x._value));

    public static GpuReal<P, T> FusedMultiplyAdd(GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> c) =>
        new(P.MultiplyAdd(a._value, b._value, c._value));

    public static GpuReal<P, T> Abs(GpuReal<P, T> x) => new(P.Abs(x._value));

    public static GpuReal<P, T> Sqrt(GpuReal<P, T> x) => new(P.Sqrt(x._value));

    public static GpuReal<P, T> Floor(GpuReal<P, T> x) => new(P.Floor(x._value));

    public static GpuReal<P, T> Round(GpuReal<P, T> x) => new(P.Round(x._value));

    public static GpuReal<P, T> SelectLess(
        GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> then, GpuReal<P, T> otherwise) =>
        new(P.SelectLess(a._value, b._value, then._value, otherwise._value));

    public static GpuReal<P, T> SelectLessEqual(
        GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> then, GpuReal<P, T> otherwise) =>
        new(P.SelectLessEqual(a._value, b._value, then._value, otherwise._value));

    public static GpuReal<P, T> SelectEqual(
        GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> then, GpuReal<P, T> otherwise) =>
        new(P.SelectEqual(a._value, b._value, then._value, otherwise._value));

    public static bool AllLessEqual(GpuReal<P, T> a, GpuReal<P, T> b) => P.IsLessEqual(a._value, b._value) != 0;

    public static GpuReal<P, T> CopySign(GpuReal<P, T> x, GpuReal<P, T> sign) => new(P.CopySign(x._value, sign._value));

    public static GpuReal<P, T> ScaleB(GpuReal<P, T> x, GpuReal<P, T> n)
    {
        GpuReal<P, T> half = Floor(n * Const(0.5));
        return x * new GpuReal<P, T>(P.PowerOfTwo(half._value)) * new GpuReal<P, T>(P.PowerOfTwo((n - half)._value));
    }

    public static GpuReal<P, T> Exponent(GpuReal<P, T> x)
    {
        GpuReal<P, T> a = Abs(x), infinity = Const(double.PositiveInfinity), zero = Const(0);
        GpuReal<P, T> shift = SelectLess(a, Const(P.SmallestNormal), Const(P.SignificandBits + 1), zero);
        GpuReal<P, T> e = new GpuReal<P, T>(P.ExponentOfNormal(Normal(a)._value)) - shift;
        return SelectEqual(a, zero, -infinity, SelectLess(a, infinity, e, a));
    }

    public static GpuReal<P, T> Mantissa(GpuReal<P, T> x) =>
        SelectEqual(x, x, new(P.MantissaOfNormal(Normal(Abs(x))._value)), x);

    public static GpuReal<P, T> Exp(GpuReal<P, T> x) =>
        P.IsApproximate ? new(P.FastExp2((x * Const(Log2E))._value)) : RealMath.ExpDefault(x);

    public static GpuReal<P, T> Log(GpuReal<P, T> x) =>
        P.IsApproximate ? new GpuReal<P, T>(P.FastLog2(x._value)) * Const(Ln2) : RealMath.LogDefault(x);

    public static GpuReal<P, T> Sin(GpuReal<P, T> x) =>
        P.IsApproximate ? new(P.FastSin(x._value)) : RealMath.SinDefault(x);

    public static GpuReal<P, T> Cos(GpuReal<P, T> x) =>
        P.IsApproximate ? new(P.FastCos(x._value)) : RealMath.CosDefault(x);

    public static GpuReal<P, T> BranchLessEqual<TRare>(
        GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> usual, TRare rare, GpuReal<P, T> x)
            where TRare : struct, IUnaryFormula =>
        Carrier.Branch(a, b, usual, rare, x);

    public static GpuReal<P, T> BranchLessEqual<TRare>(
        GpuReal<P, T> a, GpuReal<P, T> b, GpuReal<P, T> usual, TRare rare, GpuReal<P, T> x, GpuReal<P, T> y)
        where TRare : struct, IBinaryFormula => Carrier.Branch(a, b, usual, rare, x, y);

    public static GpuReal<P, T> And(GpuReal<P, T> a, GpuReal<P, T> b) => a; // refused before a kernel is made

    /// <summary>A positive number, multiplied by a power of two where it is too small to be normal.</summary>
    private static GpuReal<P, T> Normal(GpuReal<P, T> a) =>
        SelectLess(a, Const(P.SmallestNormal), a * Const(P.IsDouble ? 9007199254740992.0 : 16777216), a);
}
