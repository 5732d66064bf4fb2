namespace Autodiff.Gpu.Ptx;

/// <content>Exponent and significand, by the bits of the number.</content>
internal readonly partial struct PtxReal<P>
{
    private static PtxReal<P> SmallestNormal => Const(P.Type == PtxType.F64 ? 2.2250738585072014e-308 : 1.17549435e-38);

    public static PtxReal<P> ScaleB(PtxReal<P> x, PtxReal<P> n)
    {
        PtxReal<P> half = Floor(n * Const(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    public static PtxReal<P> Exponent(PtxReal<P> x)
    {
        PtxReal<P> a = Abs(x), infinity = Const(double.PositiveInfinity), zero = Const(0);
        (PtxReal<P> normal, PtxReal<P> shift) = Normalized(a);
        Value field = (normal.Value.As(P.BitType) >> P.SignificandBits) - P.Bias;
        PtxReal<P> e = new PtxReal<P>(field.To(P.Type)) - shift;
        return SelectEqual(a, zero, -infinity, SelectLess(a, infinity, e, a));
    }

    public static PtxReal<P> Mantissa(PtxReal<P> x)
    {
        PtxReal<P> normal = Normalized(Abs(x)).Number;
        Value one = Value.Constant(P.BitType, (long)P.Bias << P.SignificandBits);
        Value bits = (normal.Value.As(P.BitType) & Value.Constant(P.BitType, (1L << P.SignificandBits) - 1)) | one;
        return SelectEqual(x, x, new(bits.As(P.Type)), x);
    }

    /// <summary>2^n for an integral n whose power is a normal number.</summary>
    private static PtxReal<P> PowerOfTwo(PtxReal<P> n) =>
        new(((n.Value.To(P.BitType) + P.Bias) << P.SignificandBits).As(P.Type));

    /// <summary>
    /// A subnormal number multiplied by a power of two that makes it normal, and that power's exponent.
    /// </summary>
    private static (PtxReal<P> Number, PtxReal<P> Shift) Normalized(PtxReal<P> a)
    {
        PtxReal<P> shift = Const(P.SignificandBits + 1), scale = Const(Math.ScaleB(1, P.SignificandBits + 1));
        return (SelectLess(a, SmallestNormal, a * scale, a), SelectLess(a, SmallestNormal, shift, Const(0)));
    }
}
