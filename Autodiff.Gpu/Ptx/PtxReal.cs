using Autodiff.Algebra;

namespace Autodiff.Gpu.Ptx;

/// <summary>The precision of a <see cref="PtxReal{P}"/>.</summary>
internal interface IPrecision
{
    static abstract PtxType Type { get; }

    static abstract PtxType BitType { get; }

    /// <summary>Bits of the significand that are stored.</summary>
    static abstract int SignificandBits { get; }

    /// <summary>What is added to the exponent that is stored.</summary>
    static abstract int Bias { get; }

    /// <summary>Whether instructions that approximate a function stand for it.</summary>
    static virtual bool IsApproximate => false;
}

/// <summary>float32.</summary>
internal readonly struct Single32 : IPrecision
{
    public static PtxType Type => PtxType.F32;

    public static PtxType BitType => PtxType.S32;

    public static int SignificandBits => 23;

    public static int Bias => 127;
}

/// <summary>
/// float32 under the fast-math switch: functions and quotients that the device has approximate instructions for.
/// </summary>
internal readonly struct FastSingle32 : IPrecision
{
    public static PtxType Type => PtxType.F32;

    public static PtxType BitType => PtxType.S32;

    public static int SignificandBits => 23;

    public static int Bias => 127;

    public static bool IsApproximate => true;
}

/// <summary>float64.</summary>
internal readonly struct Double64 : IPrecision
{
    public static PtxType Type => PtxType.F64;

    public static PtxType BitType => PtxType.S64;

    public static int SignificandBits => 52;

    public static int Bias => 1023;
}

/// <summary>A PTX register as a real number: running a formula over it writes the formula's kernel.</summary>
/// <remarks>
/// Every rounding is spelled out (add.rn, fma.rn, div.rn, sqrt.rn) and nothing is flushed to zero, so the answers are
/// the processor's.
/// </remarks>
internal readonly partial struct PtxReal<P>(Value value) : IPtxCarrier<PtxReal<P>> where P : IPrecision
{
    public Value Value { get; } = value;

    public static PtxType Type => P.Type;

    public static bool IsDouble => P.Type == PtxType.F64;

    public static PtxReal<P> Of(Value value) => new(value);

    public static PtxReal<P> Const(double value) => new(Value.Constant(P.Type, value));

    public static PtxReal<P> operator +(PtxReal<P> a, PtxReal<P> b) => new(a.Value + b.Value);

    public static PtxReal<P> operator -(PtxReal<P> a, PtxReal<P> b) => new(a.Value - b.Value);

    public static PtxReal<P> operator *(PtxReal<P> a, PtxReal<P> b) => new(a.Value * b.Value);

    public static PtxReal<P> operator /(PtxReal<P> a, PtxReal<P> b) => P.IsApproximate
        ? new(KernelWriter.Current.Pure("div.full.f32", P.Type, a.Value, b.Value))
        : new(a.Value / b.Value);

    public static PtxReal<P> operator -(PtxReal<P> x) => new(-x.Value);

    public static PtxReal<P> FusedMultiplyAdd(PtxReal<P> a, PtxReal<P> b, PtxReal<P> c) =>
        new(a.Value.MultiplyAdd(b.Value, c.Value));

    public static PtxReal<P> Abs(PtxReal<P> x) => Pure("abs", x);

    public static PtxReal<P> Sqrt(PtxReal<P> x) => Pure(P.IsApproximate ? "sqrt.approx" : "sqrt.rn", x);

    public static PtxReal<P> Floor(PtxReal<P> x) => Pure($"cvt.rmi.{P.Type.Suffix()}", x);

    public static PtxReal<P> Round(PtxReal<P> x) => Pure($"cvt.rni.{P.Type.Suffix()}", x);

    public static PtxReal<P> SelectLess(PtxReal<P> a, PtxReal<P> b, PtxReal<P> then, PtxReal<P> otherwise) =>
        new((a.Value < b.Value).Select(then.Value, otherwise.Value));

    public static PtxReal<P> SelectLessEqual(PtxReal<P> a, PtxReal<P> b, PtxReal<P> then, PtxReal<P> otherwise) =>
        new((a.Value <= b.Value).Select(then.Value, otherwise.Value));

    public static PtxReal<P> SelectEqual(PtxReal<P> a, PtxReal<P> b, PtxReal<P> then, PtxReal<P> otherwise) =>
        new(a.Value.EqualTo(b.Value).Select(then.Value, otherwise.Value));

    public static PtxReal<P> BranchLessEqual<TRare>(PtxReal<P> a, PtxReal<P> b, PtxReal<P> usual, TRare rare,
        PtxReal<P> x)
        where TRare : struct, IUnaryFormula => Branch(a, b, usual, () => rare.F(x));

    public static PtxReal<P> BranchLessEqual<TRare>(PtxReal<P> a, PtxReal<P> b, PtxReal<P> usual, TRare rare,
        PtxReal<P> x, PtxReal<P> y)
        where TRare : struct, IBinaryFormula => Branch(a, b, usual, () => rare.F(x, y));

    public static PtxReal<P> Repeat<TStep>(PtxReal<P> x, PtxReal<P> bound, int most, TStep step)
        where TStep : struct, IBinaryFormula
    {
        KernelWriter k = KernelWriter.Current;
        Variable now = k.Variable(k.InRegister(x.Value));
        k.While(() => bound.Value < now.Value, () => now.Set(step.F(new PtxReal<P>(now.Value), bound).Value));
        return new(now.Value);
    }

    private static PtxReal<P> Branch(PtxReal<P> a, PtxReal<P> b, PtxReal<P> usual, Func<PtxReal<P>> rare)
    {
        KernelWriter k = KernelWriter.Current;
        Variable y = k.Variable(k.InRegister(usual.Value));
        k.If(~(a.Value <= b.Value), () => y.Set(k.InRegister(rare().Value)));
        return new(y.Value);
    }

    private static PtxReal<P> Pure(string instruction, PtxReal<P> x) =>
        new(KernelWriter.Current.Pure($"{instruction}.{P.Type.Suffix()}", P.Type, x.Value));
}
