using Autodiff.Algebra;
using ILGPU.IR.Intrinsics;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// float32 under the fast-math switch: quotients, roots and functions that devices have approximate instructions for.
/// </summary>
/// <remarks>
/// Their errors are the ISA's: 2 units in the last place of 2^x over its range, an absolute 2^-22 of log2 near 1, an
/// absolute 2^-20.9 of sine and cosine in [-pi, pi] and more beyond. Where the engine's formula keeps digits that these
/// lose (expm1, log1p, tanh near zero), it stays.
/// </remarks>
internal readonly struct FastSingle : IFloat<float>
{
    public static bool IsDouble => false;

    public static bool IsApproximate => true;

    public static int SignificandBits => ExactSingle.SignificandBits;

    public static double SmallestNormal => ExactSingle.SmallestNormal;

    public static float Of(double value) => (float)value;

    public static float Of(Constant value) => value.Single;

    public static float From<E, M>(M raw) where E : struct, IElement<M> where M : unmanaged => E.ToSingle(raw);

    public static M To<E, M>(float value) where E : struct, IElement<M> where M : unmanaged => E.Of(value);

    [IntrinsicImplementation, Instruction("div.full.f32 %0, %1, %2", "native_divide(%1, %2)")]
    public static float Divide(float a, float b) => a / b;

    [IntrinsicImplementation, Instruction("sqrt.approx.f32 %0, %1", "native_sqrt(%1)")]
    public static float Sqrt(float x) => MathF.Sqrt(x);

    [IntrinsicImplementation, Instruction("ex2.approx.f32 %0, %1", "native_exp2(%1)")]
    public static float FastExp2(float x) => MathF.Exp(x * 0.6931472f);

    [IntrinsicImplementation, Instruction("lg2.approx.f32 %0, %1", "native_log2(%1)")]
    public static float FastLog2(float x) => MathF.Log(x) * 1.442695f;

    [IntrinsicImplementation, Instruction("sin.approx.f32 %0, %1", "native_sin(%1)")]
    public static float FastSin(float x) => MathF.Sin(x);

    [IntrinsicImplementation, Instruction("cos.approx.f32 %0, %1", "native_cos(%1)")]
    public static float FastCos(float x) => MathF.Cos(x);

    public static float Add(float a, float b) =>
        ExactSingle.Add(a, b);

    public static float Subtract(float a, float b) =>
        ExactSingle.Subtract(a, b);

    public static float Multiply(float a, float b) =>
        ExactSingle.Multiply(a, b);

    public static float MultiplyAdd(float a, float b, float c) =>
        ExactSingle.MultiplyAdd(a, b, c);

    public static float Negate(float x) =>
        ExactSingle.Negate(x);

    public static float Abs(float x) =>
        ExactSingle.Abs(x);

    public static float Floor(float x) =>
        ExactSingle.Floor(x);

    public static float Round(float x) =>
        ExactSingle.Round(x);

    public static float SelectLess(float a, float b, float then, float otherwise) =>
        ExactSingle.SelectLess(a, b, then, otherwise);

    public static float SelectLessEqual(float a, float b, float then, float otherwise) =>
        ExactSingle.SelectLessEqual(a, b, then, otherwise);

    public static float SelectEqual(float a, float b, float then, float otherwise) =>
        ExactSingle.SelectEqual(a, b, then, otherwise);

    public static float CopySign(float x, float sign) =>
        ExactSingle.CopySign(x, sign);

    public static float PowerOfTwo(float n) =>
        ExactSingle.PowerOfTwo(n);

    public static float ExponentOfNormal(float x) =>
        ExactSingle.ExponentOfNormal(x);

    public static float MantissaOfNormal(float x) =>
        ExactSingle.MantissaOfNormal(x);

    public static int IsLessEqual(float a, float b) => ExactSingle.IsLessEqual(a, b);
}
