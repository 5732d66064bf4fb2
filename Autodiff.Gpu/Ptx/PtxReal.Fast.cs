using Autodiff.Algebra;

namespace Autodiff.Gpu.Ptx;

/// <content>
/// Functions that the device approximates in one instruction, for the fast-math switch. Their errors are the ISA's: 2
/// units in the last place of 2^x over its range, an absolute 2^-22 of log2 near 1, an absolute 2^-20.9 of sine and
/// cosine in [-pi, pi] and more beyond. Where the engine's formula keeps digits that these lose (expm1, log1p, tanh
/// near zero), it stays.
/// </content>
internal readonly partial struct PtxReal<P>
{
    private const double Log2E = 1.4426950408889634, Ln2 = 0.69314718055994531;

    public static PtxReal<P> Exp(PtxReal<P> x) =>
        P.IsApproximate ? Pure("ex2.approx", x * Const(Log2E)) : RealMath.ExpDefault(x);

    public static PtxReal<P> Log(PtxReal<P> x) =>
        P.IsApproximate ? Pure("lg2.approx", x) * Const(Ln2) : RealMath.LogDefault(x);

    public static PtxReal<P> Sin(PtxReal<P> x) => P.IsApproximate ? Pure("sin.approx", x) : RealMath.SinDefault(x);

    public static PtxReal<P> Cos(PtxReal<P> x) => P.IsApproximate ? Pure("cos.approx", x) : RealMath.CosDefault(x);
}
