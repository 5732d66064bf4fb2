using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// int32 as a real number of a kernel: arithmetic that wraps, division that floors, no transcendental functions.
/// </summary>
internal readonly struct GpuInt32(int value) : IReal<GpuInt32>, IGroup<GpuInt32>
{
    private readonly int _value = value;

    public static bool IsDouble => true;

    public static int Width => 1;

    public static GpuInt32 Apply<TFormula>(TFormula formula, GpuInt32 a, GpuInt32 b, GpuInt32 c, GpuInt32 d)
        where TFormula : struct, IFormula => formula.F<GpuInt32, Operands<GpuInt32>>(new(a, b, c, d));

    public static GpuInt32 ApplyFastPath<TFormula>(
        TFormula formula, GpuInt32 a, GpuInt32 b, GpuInt32 c, GpuInt32 d, ref int slow)
            where TFormula : struct, IFormula =>
        Carrier.FastPath(formula, a, b, c, d, ref slow);

    public static GpuInt32 Spread<E, M>(M raw)
        where E : struct, IElement<M> where M : unmanaged => new(E.ToInt32(raw));

    public static M First<E, M>(GpuInt32 value)
        where E : struct, IElement<M> where M : unmanaged => E.Of(value._value);

    public static GpuInt32 Load<E, M>(ArrayView<M> x, long group)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[group]);

    public static void Store<E, M>(GpuInt32 value, ArrayView<M> y, long group)
        where E : struct, IElement<M> where M : unmanaged => y[group] = First<E, M>(value);

    public static GpuInt32 Gather<E, M>(ArrayView<M> x, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => Spread<E, M>(x[first]);

    public static void Scatter<E, M>(GpuInt32 value, ArrayView<M> y, long first, long step)
        where E : struct, IElement<M> where M : unmanaged => y[first] = First<E, M>(value);

    public static GpuInt32 Const(double value) => new(Whole.Nearest32(value));

    public static GpuInt32 Const(Constant value) => new(Whole.Clamp(Whole.Saturate(value.Double) + value.Rest));

    public static GpuInt32 operator +(GpuInt32 a, GpuInt32 b) => new(a._value + b._value);

    public static GpuInt32 operator -(GpuInt32 a, GpuInt32 b) => new(a._value - b._value);

    public static GpuInt32 operator *(GpuInt32 a, GpuInt32 b) => new(a._value * b._value);

    public static GpuInt32 operator /(GpuInt32 a, GpuInt32 b)
    {
        int quotient = Whole.Divide(a._value, b._value), rest = a._value - quotient * b._value;
        int floor = Whole.SelectLess(rest ^ b._value, 0, quotient - 1, quotient);
        floor = Whole.SelectEqual(rest, 0, quotient, floor);
        return new(Whole.SelectEqual(b._value, -1, -a._value, floor)); // the smallest integer by -1 wraps
    }

    public static GpuInt32 operator -(GpuInt32 x) => new(-x._value);

    public static GpuInt32 FusedMultiplyAdd(GpuInt32 a, GpuInt32 b, GpuInt32 c) => new(a._value * b._value + c._value);

    public static GpuInt32 Abs(GpuInt32 x) => new(Whole.SelectLess(x._value, 0, -x._value, x._value));

    public static GpuInt32 Floor(GpuInt32 x) => x;

    public static GpuInt32 Round(GpuInt32 x) => x;

    public static GpuInt32 CopySign(GpuInt32 x, GpuInt32 sign)
    {
        int magnitude = Whole.SelectLess(x._value, 0, -x._value, x._value);
        return new(Whole.SelectLess(sign._value, 0, -magnitude, magnitude));
    }

    public static GpuInt32 SelectLess(GpuInt32 a, GpuInt32 b, GpuInt32 then, GpuInt32 otherwise) =>
        new(Whole.SelectLess(a._value, b._value, then._value, otherwise._value));

    public static GpuInt32 SelectLessEqual(GpuInt32 a, GpuInt32 b, GpuInt32 then, GpuInt32 otherwise) =>
        new(Whole.SelectLess(b._value, a._value, otherwise._value, then._value));

    public static GpuInt32 SelectEqual(GpuInt32 a, GpuInt32 b, GpuInt32 then, GpuInt32 otherwise) =>
        new(Whole.SelectEqual(a._value, b._value, then._value, otherwise._value));

    /// <summary>x^p by squaring; a negative power is 0 but for bases 1 and -1.</summary>
    public static GpuInt32 Pow(GpuInt32 x, GpuInt32 p)
    {
        int power = 1, b = x._value, left = Whole.SelectLess(p._value, 0, 0, p._value);
        while (left != 0)
        {
            power = Whole.SelectEqual(left & 1, 0, power, power * b);
            b *= b;
            left >>= 1;
        }

        int ofMinusOne = Whole.SelectEqual(p._value & 1, 0, 1, x._value);
        int negative = Whole.SelectEqual(x._value, 1, 1, Whole.SelectEqual(x._value, -1, ofMinusOne, 0));
        return new(Whole.SelectLess(p._value, 0, negative, power));
    }

    public static GpuInt32 And(GpuInt32 a, GpuInt32 b) => new(a._value & b._value);

    public static bool AllLessEqual(GpuInt32 a, GpuInt32 b) => Whole.SelectLess(b._value, a._value, 0, 1) != 0;

    public static GpuInt32 BranchLessEqual<TRare>(GpuInt32 a, GpuInt32 b, GpuInt32 usual, TRare rare, GpuInt32 x)
        where TRare : struct, IUnaryFormula => Carrier.Branch(a, b, usual, rare, x);

    public static GpuInt32 BranchLessEqual<TRare>(
        GpuInt32 a, GpuInt32 b, GpuInt32 usual, TRare rare, GpuInt32 x, GpuInt32 y)
        where TRare : struct, IBinaryFormula => Carrier.Branch(a, b, usual, rare, x, y);

    // What integers have not is refused before a kernel is made.
    public static GpuInt32 Sqrt(GpuInt32 x) => x;

    public static GpuInt32 ScaleB(GpuInt32 x, GpuInt32 n) => x;

    public static GpuInt32 Exponent(GpuInt32 x) => x;

    public static GpuInt32 Mantissa(GpuInt32 x) => x;
}
