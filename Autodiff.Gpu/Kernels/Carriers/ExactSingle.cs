using Autodiff.Algebra;
using ILGPU;
using ILGPU.IR.Intrinsics;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// float32, with every rounding spelled out: nothing is contracted, nothing flushed to zero, so the bits are the
/// processor's.
/// </summary>
/// <remarks>
/// On OpenCL a product is a multiply-add with -0, which no compiler can contract further; a quotient and a square root
/// are the device's own, corrected (<see cref="CorrectedSingle"/>).
/// </remarks>
internal readonly struct ExactSingle : IFloat<float>
{
    public static bool IsDouble => false;

    public static bool IsApproximate => false;

    public static int SignificandBits => 23;

    public static double SmallestNormal => 1.17549435e-38;

    public static float Of(double value) => (float)value;

    public static float Of(Constant value) => value.Single;

    public static float From<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged => E.ToSingle(raw);

    public static M To<E, M>(float value) where E : struct, IElement<M> where M : unmanaged => E.Of(value);

    [IntrinsicImplementation, Instruction("add.rn.f32 %0, %1, %2", "%1 + %2")]
    public static float Add(float a, float b) => a + b;

    [IntrinsicImplementation, Instruction("sub.rn.f32 %0, %1, %2", "%1 - %2")]
    public static float Subtract(float a, float b) => a - b;

    [IntrinsicImplementation, Instruction("mul.rn.f32 %0, %1, %2", "fma(%1, %2, -0.0f)")]
    public static float Multiply(float a, float b) => a * b;

    [IntrinsicImplementation, Instruction("div.rn.f32 %0, %1, %2", typeof(CorrectedSingle))]
    public static float Divide(float a, float b) => a / b;

    [IntrinsicImplementation, Instruction("fma.rn.f32 %0, %1, %2, %3", "fma(%1, %2, %3)")]
    public static float MultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    [IntrinsicImplementation, Instruction("neg.f32 %0, %1", "-(%1)")]
    public static float Negate(float x) => -x;

    [IntrinsicImplementation, Instruction("abs.f32 %0, %1", "fabs(%1)")]
    public static float Abs(float x) => MathF.Abs(x);

    [IntrinsicImplementation, Instruction("sqrt.rn.f32 %0, %1", typeof(CorrectedSingle))]
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <summary>a / b as the device has it: on OpenCL within 2.5 units in the last place.</summary>
    [IntrinsicImplementation, Instruction("div.rn.f32 %0, %1, %2", "%1 / %2")]
    public static float OwnQuotient(float a, float b) => a / b;

    /// <summary>√x as the device has it: on OpenCL within 3 units in the last place.</summary>
    [IntrinsicImplementation, Instruction("sqrt.rn.f32 %0, %1", "sqrt(%1)")]
    public static float OwnRoot(float x) => MathF.Sqrt(x);

    [IntrinsicImplementation, Instruction("cvt.rmi.f32.f32 %0, %1", "floor(%1)")]
    public static float Floor(float x) => MathF.Floor(x);

    [IntrinsicImplementation, Instruction("cvt.rni.f32.f32 %0, %1", "rint(%1)")]
    public static float Round(float x)
    {
        // From this number on there are no fractions; adding it to a smaller one leaves room for none.
        const float whole = 8388608f;
        float a = MathF.Abs(x);
        return a < whole ? CopySign(a + whole - whole, x) : x;
    }

    [IntrinsicImplementation, Instruction("setp.lt.f32 %p, %1, %2; selp.f32 %0, %3, %4, %p", "%1 < %2 ? %3 : %4")]
    public static float SelectLess(float a, float b, float then, float otherwise) => a < b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.le.f32 %p, %1, %2; selp.f32 %0, %3, %4, %p", "%1 <= %2 ? %3 : %4")]
    public static float SelectLessEqual(float a, float b, float then, float otherwise) => a <= b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.eq.f32 %p, %1, %2; selp.f32 %0, %3, %4, %p", "%1 == %2 ? %3 : %4")]
    public static float SelectEqual(float a, float b, float then, float otherwise) => a == b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.le.f32 %p, %1, %2; selp.s32 %0, 1, 0, %p", "%1 <= %2 ? 1 : 0")]
    public static int IsLessEqual(float a, float b) => a <= b ? 1 : 0;

    public static float CopySign(float x, float sign) =>
        Interop.IntAsFloat((Interop.FloatAsInt(x) & 0x7FFFFFFFu) | (Interop.FloatAsInt(sign) & 0x80000000u));

    public static float PowerOfTwo(float n) => Interop.IntAsFloat((uint)(((int)n + 127) << SignificandBits));

    public static float ExponentOfNormal(float x) => (float)((int)(Interop.FloatAsInt(x) >> SignificandBits) - 127);

    public static float MantissaOfNormal(float x) =>
        Interop.IntAsFloat((Interop.FloatAsInt(x) & 0x007FFFFFu) | 0x3F800000u);
}
