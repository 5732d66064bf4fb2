using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// int64 as a real number of a kernel: arithmetic that wraps, division that floors, no transcendental functions.
/// </summary>
internal readonly struct GpuInt64(long value) : IReal<GpuInt64>, IGroup<GpuInt64>
{
    private readonly long _value = value;

    public static bool IsDouble => true;

    public static int Width => 1;

    public static GpuInt64 Apply<TFormula>(TFormula formula, GpuInt64 a, GpuInt64 b, GpuInt64 c, GpuInt64 d)
        where TFormula : struct, IFormula => formula.F<GpuInt64, Operands<GpuInt64>>(new(a, b, c, d));

    public static GpuInt64 ApplyFastPath<TFormula>(
        TFormula formula, GpuInt64 a, GpuInt64 b, GpuInt64 c, GpuInt64 d, ref int slow)
            where TFormula : struct, IFormula =>
        Carrier.FastPath(formula, a, b, c, d, ref slow);

    public static GpuInt64 Spread<E, M>(M raw)
        where E : struct, IElement<M> where M : unmanaged => new(E.ToInt64(raw));

    public static M First<E, M>(GpuInt64 value)
        where E : struct, IElement<M> where M : unmanaged => E.Of(value._value);

    public static GpuInt64 Load<E, M>(ArrayView<M> x, long group)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[group]);

    public static void Store<E, M>(GpuInt64 value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged => y[group] = First<E, M>(value);

    public static GpuInt64 Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[first]);

    public static void Scatter<E, M>(GpuInt64 value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => y[first] = First<E, M>(value);

    public static GpuInt64 Const(double value) => new(Whole.Nearest64(value));

    public static GpuInt64 Const(Constant value) => new(Whole.Saturate(value.Double) + value.Rest);

    public static GpuInt64 operator +(GpuInt64 a, GpuInt64 b) => new(a._value + b._value);

    public static GpuInt64 operator -(GpuInt64 a, GpuInt64 b) => new(a._value - b._value);

    public static GpuInt64 operator *(GpuInt64 a, GpuInt64 b) => new(a._value * b._value);

    public static GpuInt64 operator /(GpuInt64 a, GpuInt64 b)
    {
        long quotient = Whole.Divide(a._value, b._value), rest = a._value - quotient * b._value;
        long floor = Whole.SelectLess(rest ^ b._value, 0, quotient - 1, quotient);
        floor = Whole.SelectEqual(rest, 0, quotient, floor);
        return new(Whole.SelectEqual(b._value, -1, -a._value, floor)); // the smallest integer by -1 wraps
    }

    public static GpuInt64 operator -(GpuInt64 x) => new(-x._value);

    public static GpuInt64 FusedMultiplyAdd(GpuInt64 a, GpuInt64 b, GpuInt64 c) => new(a._value * b._value + c._value);

    public static GpuInt64 Abs(GpuInt64 x) => new(Whole.SelectLess(x._value, 0, -x._value, x._value));

    public static GpuInt64 Floor(GpuInt64 x) => x;

    public static GpuInt64 Round(GpuInt64 x) => x;

    public static GpuInt64 CopySign(GpuInt64 x, GpuInt64 sign)
    {
        long magnitude = Whole.SelectLess(x._value, 0, -x._value, x._value);
        return new(Whole.SelectLess(sign._value, 0, -magnitude, magnitude));
    }

    public static GpuInt64 SelectLess(GpuInt64 a, GpuInt64 b, GpuInt64 then, GpuInt64 otherwise) =>
        new(Whole.SelectLess(a._value, b._value, then._value, otherwise._value));

    public static GpuInt64 SelectLessEqual(GpuInt64 a, GpuInt64 b, GpuInt64 then, GpuInt64 otherwise) =>
        new(Whole.SelectLess(b._value, a._value, otherwise._value, then._value));

    public static GpuInt64 SelectEqual(GpuInt64 a, GpuInt64 b, GpuInt64 then, GpuInt64 otherwise) =>
        new(Whole.SelectEqual(a._value, b._value, then._value, otherwise._value));

    /// <summary>x^p by squaring; a negative power is 0 but for bases 1 and -1.</summary>
    public static GpuInt64 Pow(GpuInt64 x, GpuInt64 p)
    {
        long power = 1, b = x._value, left = Whole.SelectLess(p._value, 0, 0, p._value);
        while (left != 0)
        {
            power = Whole.SelectEqual(left & 1, 0, power, power * b);
            b *= b;
            left >>= 1;
        }

        long ofMinusOne = Whole.SelectEqual(p._value & 1, 0, 1, x._value);
        long negative = Whole.SelectEqual(x._value, 1, 1, Whole.SelectEqual(x._value, -1, ofMinusOne, 0));
        return new(Whole.SelectLess(p._value, 0, negative, power));
    }

    public static GpuInt64 And(GpuInt64 a, GpuInt64 b) => new(a._value & b._value);

    public static bool AllLessEqual(GpuInt64 a, GpuInt64 b) => Whole.SelectLess(b._value, a._value, 0, 1) != 0;

    public static GpuInt64 BranchLessEqual<TRare>(GpuInt64 a, GpuInt64 b, GpuInt64 usual, TRare rare, GpuInt64 x)
        where TRare : struct, IUnaryFormula => Carrier.Branch(a, b, usual, rare, x);

    public static GpuInt64 BranchLessEqual<TRare>(
        GpuInt64 a, GpuInt64 b, GpuInt64 usual, TRare rare, GpuInt64 x, GpuInt64 y)
        where TRare : struct, IBinaryFormula => Carrier.Branch(a, b, usual, rare, x, y);

    // What integers have not is refused before a kernel is made.
    public static GpuInt64 Sqrt(GpuInt64 x) => x;

    public static GpuInt64 ScaleB(GpuInt64 x, GpuInt64 n) => x;

    public static GpuInt64 Exponent(GpuInt64 x) => x;

    public static GpuInt64 Mantissa(GpuInt64 x) => x;
}
