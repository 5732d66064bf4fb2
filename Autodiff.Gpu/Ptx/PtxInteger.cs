using Autodiff.Algebra;

namespace Autodiff.Gpu.Ptx;

/// <summary>The width of a <see cref="PtxInteger{W}"/>.</summary>
internal interface IWidth
{
    static abstract PtxType Type { get; }

    static abstract long Saturate(double value);
}

/// <summary>int32.</summary>
internal readonly struct Integer32 : IWidth
{
    public static PtxType Type => PtxType.S32;

    public static long Saturate(double value) => int.CreateSaturating(value);
}

/// <summary>int64.</summary>
internal readonly struct Integer64 : IWidth
{
    public static PtxType Type => PtxType.S64;

    public static long Saturate(double value) => long.CreateSaturating(value);
}

/// <summary>
/// A PTX register as an integer: arithmetic that wraps, division that floors, no transcendental functions.
/// </summary>
internal readonly struct PtxInteger<W>(Value value) : IPtxCarrier<PtxInteger<W>> where W : IWidth
{
    public Value Value { get; } = value;

    public static PtxType Type => W.Type;

    public static bool IsDouble => true;

    public static PtxInteger<W> Of(Value value) => new(value);

    public static PtxInteger<W> Const(double value) => new(Value.Constant(W.Type, W.Saturate(value)));

    public static PtxInteger<W> operator +(PtxInteger<W> a, PtxInteger<W> b) => new(a.Value + b.Value);

    public static PtxInteger<W> operator -(PtxInteger<W> a, PtxInteger<W> b) => new(a.Value - b.Value);

    public static PtxInteger<W> operator *(PtxInteger<W> a, PtxInteger<W> b) => new(a.Value * b.Value);

    public static PtxInteger<W> operator /(PtxInteger<W> a, PtxInteger<W> b)
    {
        Value quotient = a.Value / b.Value, remainder = a.Value - quotient * b.Value;
        Value floors = remainder.NotEqualTo(0) & ((remainder ^ b.Value) < 0);
        return new(b.Value.EqualTo(-1).Select(-a.Value, floors.Select(quotient - 1, quotient)));
    }

    public static PtxInteger<W> operator -(PtxInteger<W> x) => new(-x.Value);

    public static PtxInteger<W> FusedMultiplyAdd(PtxInteger<W> a, PtxInteger<W> b, PtxInteger<W> c) =>
        new(a.Value.MultiplyAdd(b.Value, c.Value));

    public static PtxInteger<W> Abs(PtxInteger<W> x) => new((x.Value < 0).Select(-x.Value, x.Value));

    public static PtxInteger<W> Sqrt(PtxInteger<W> x) => throw Unsupported(nameof(Sqrt));

    public static PtxInteger<W> Floor(PtxInteger<W> x) => x;

    public static PtxInteger<W> Round(PtxInteger<W> x) => x;

    public static PtxInteger<W> SelectLess(PtxInteger<W> a, PtxInteger<W> b, PtxInteger<W> then,
        PtxInteger<W> otherwise) =>
        new((a.Value < b.Value).Select(then.Value, otherwise.Value));

    public static PtxInteger<W> SelectLessEqual(PtxInteger<W> a, PtxInteger<W> b, PtxInteger<W> then,
        PtxInteger<W> otherwise) =>
        new((a.Value <= b.Value).Select(then.Value, otherwise.Value));

    public static PtxInteger<W> SelectEqual(PtxInteger<W> a, PtxInteger<W> b, PtxInteger<W> then,
        PtxInteger<W> otherwise) =>
        new(a.Value.EqualTo(b.Value).Select(then.Value, otherwise.Value));

    public static PtxInteger<W> ScaleB(PtxInteger<W> x, PtxInteger<W> n) => throw Unsupported(nameof(ScaleB));

    public static PtxInteger<W> Exponent(PtxInteger<W> x) => throw Unsupported(nameof(Exponent));

    public static PtxInteger<W> Mantissa(PtxInteger<W> x) => throw Unsupported(nameof(Mantissa));

    /// <summary>x^p by squaring; a negative power is 0 but for bases 1 and -1.</summary>
    public static PtxInteger<W> Pow(PtxInteger<W> x, PtxInteger<W> p)
    {
        KernelWriter k = KernelWriter.Current;
        Value zero = Value.Constant(W.Type, 0L), one = Value.Constant(W.Type, 1L);
        Variable power = k.Variable(one), factor = k.Variable(x.Value), left = k.Variable(p.Value.Max(0));
        k.While(() => left.Value > 0, () =>
        {
            Value now = left.Value, b = factor.Value, result = power.Value;
            power.Set((now & 1).EqualTo(1).Select(result * b, result));
            factor.Set(b * b);
            left.Set(now >> 1);
        });
        Value odd = (p.Value & 1).EqualTo(1);
        Value negative = x.Value.EqualTo(1).Select(one, x.Value.EqualTo(-1).Select(odd.Select(x.Value, one), zero));
        return new((p.Value < 0).Select(negative, power.Value));
    }

    public static PtxInteger<W> And(PtxInteger<W> a, PtxInteger<W> b) => new(a.Value & b.Value);

    private static NotSupportedException Unsupported(string name) =>
        new($"{name} is not defined on integers; convert the tensor to a floating type first.");
}
