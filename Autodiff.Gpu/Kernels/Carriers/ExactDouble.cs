using Autodiff.Algebra;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// float64, with every rounding spelled out: nothing is contracted, nothing flushed to zero, so the bits are the
/// processor's.
/// </summary>
/// <remarks>
/// On OpenCL a product is a multiply-add with -0, which no compiler can contract further; quotients and square roots of
/// float64 are correctly rounded there, as the standard demands.
/// </remarks>
internal readonly struct ExactDouble : IFloat<double>
{
    public static bool IsDouble => true;

    public static bool IsApproximate => false;

    public static int SignificandBits => 52;

    public static double SmallestNormal => 2.2250738585072014e-308;

    public static double Of(double value) => value;

    public static double Of(Constant value) => value.Double;

    public static double From<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged => E.ToDouble(raw);

    public static M To<E, M>(double value) where E : struct, IElement<M> where M : unmanaged => E.Of(value);

    [IntrinsicImplementation, Instruction("add.rn.f64 %0, %1, %2", "%1 + %2")]
    public static double Add(double a, double b) => a + b;

    [IntrinsicImplementation, Instruction("sub.rn.f64 %0, %1, %2", "%1 - %2")]
    public static double Subtract(double a, double b) => a - b;

    [IntrinsicImplementation, Instruction("mul.rn.f64 %0, %1, %2", "fma(%1, %2, -0.0)")]
    public static double Multiply(double a, double b) => a * b;

    [IntrinsicImplementation, Instruction("div.rn.f64 %0, %1, %2", "%1 / %2")]
    public static double Divide(double a, double b) => a / b;

    [IntrinsicImplementation, Instruction("fma.rn.f64 %0, %1, %2, %3", "fma(%1, %2, %3)")]
    public static double MultiplyAdd(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    [IntrinsicImplementation, Instruction("neg.f64 %0, %1", "-(%1)")]
    public static double Negate(double x) => -x;

    [IntrinsicImplementation, Instruction("abs.f64 %0, %1", "fabs(%1)")]
    public static double Abs(double x) => Math.Abs(x);

    [IntrinsicImplementation, Instruction("sqrt.rn.f64 %0, %1", "sqrt(%1)")]
    public static double Sqrt(double x) => Math.Sqrt(x);

    [IntrinsicImplementation, Instruction("cvt.rmi.f64.f64 %0, %1", "floor(%1)")]
    public static double Floor(double x) => Math.Floor(x);

    [IntrinsicImplementation, Instruction("cvt.rni.f64.f64 %0, %1", "rint(%1)")]
    public static double Round(double x)
    {
        // From this number on there are no fractions; adding it to a smaller one leaves room for none.
        const double whole = 4503599627370496.0;
        double a = Math.Abs(x);
        return a < whole ? CopySign(a + whole - whole, x) : x;
    }

    [IntrinsicImplementation, Instruction("setp.lt.f64 %p, %1, %2; selp.f64 %0, %3, %4, %p", "%1 < %2 ? %3 : %4")]
    public static double SelectLess(double a, double b, double then, double otherwise) => a < b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.le.f64 %p, %1, %2; selp.f64 %0, %3, %4, %p", "%1 <= %2 ? %3 : %4")]
    public static double SelectLessEqual(double a, double b, double then, double otherwise) =>
        a <= b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.eq.f64 %p, %1, %2; selp.f64 %0, %3, %4, %p", "%1 == %2 ? %3 : %4")]
    public static double SelectEqual(double a, double b, double then, double otherwise) => a == b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.le.f64 %p, %1, %2; selp.s32 %0, 1, 0, %p", "%1 <= %2 ? 1 : 0")]
    public static int IsLessEqual(double a, double b) => a <= b ? 1 : 0;

    public static double CopySign(double x, double sign) =>
        Interop.IntAsFloat(
            (Interop.FloatAsInt(x) & 0x7FFFFFFFFFFFFFFFul) | (Interop.FloatAsInt(sign) & 0x8000000000000000ul));

    public static double PowerOfTwo(double n) => Interop.IntAsFloat((ulong)(((long)n + 1023) << SignificandBits));

    public static double ExponentOfNormal(double x) =>
        (double)((long)(Interop.FloatAsInt(x) >> SignificandBits) - 1023);

    public static double MantissaOfNormal(double x) =>
        Interop.IntAsFloat((Interop.FloatAsInt(x) & 0x000FFFFFFFFFFFFFul) | 0x3FF0000000000000ul);
}
