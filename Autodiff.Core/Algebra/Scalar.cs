using Autodiff.Devices.Reference;

namespace Autodiff.Algebra;

/// <summary>
/// One <see cref="double"/> as a real number: the definition that every other carrier is measured against, with the
/// functions of <see cref="Math"/> where it has them.
/// </summary>
/// <param name="Value">The number.</param>
public readonly record struct Scalar(double Value) : IReal<Scalar>, IReferenceNumber<Scalar>
{
    /// <summary>The number itself.</summary>
    public static implicit operator Scalar(double value) => new(value);

    /// <summary>The number itself.</summary>
    public static explicit operator double(Scalar x) => x.Value;

    public static bool IsDouble => true;

    public static Scalar Const(double value) => new(value);

    public static Scalar operator +(Scalar a, Scalar b) => new(a.Value + b.Value);

    public static Scalar operator -(Scalar a, Scalar b) => new(a.Value - b.Value);

    public static Scalar operator *(Scalar a, Scalar b) => new(a.Value * b.Value);

    public static Scalar operator /(Scalar a, Scalar b) => new(a.Value / b.Value);

    public static Scalar operator -(Scalar x) => new(-x.Value);

    public static Scalar FusedMultiplyAdd(Scalar a, Scalar b, Scalar c) =>
        new(Math.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    public static Scalar Abs(Scalar x) => new(Math.Abs(x.Value));

    public static Scalar Sqrt(Scalar x) => new(Math.Sqrt(x.Value));

    public static Scalar Floor(Scalar x) => new(Math.Floor(x.Value));

    public static Scalar Round(Scalar x) => new(Math.Round(x.Value));

    public static Scalar SelectLess(Scalar a, Scalar b, Scalar then, Scalar otherwise) =>
        a.Value < b.Value ? then : otherwise;

    public static Scalar SelectLessEqual(Scalar a, Scalar b, Scalar then, Scalar otherwise) =>
        a.Value <= b.Value ? then : otherwise;

    public static Scalar SelectEqual(Scalar a, Scalar b, Scalar then, Scalar otherwise) =>
        a.Value == b.Value ? then : otherwise;

    public static bool AllLessEqual(Scalar a, Scalar b) => a.Value <= b.Value;

    public static Scalar ScaleB(Scalar x, Scalar n) => new(Math.ScaleB(x.Value, (int)n.Value));

    public static Scalar Exponent(Scalar x) => Math.Abs(x.Value) switch
    {
        0 => double.NegativeInfinity,
        double.PositiveInfinity => double.PositiveInfinity,
        double.NaN => double.NaN,
        double a => Math.ILogB(a),
    };

    public static Scalar Mantissa(Scalar x) => Math.Abs(x.Value) switch
    {
        0 or double.PositiveInfinity => 1,
        double a => Math.ScaleB(a, -Math.ILogB(a)),
    };

    public static Scalar Exp(Scalar x) => new(Math.Exp(x.Value));

    public static Scalar Log(Scalar x) => new(Math.Log(x.Value));

    public static Scalar Log2(Scalar x) => new(Math.Log2(x.Value));

    public static Scalar Log10(Scalar x) => new(Math.Log10(x.Value));

    public static Scalar Sin(Scalar x) => new(Math.Sin(x.Value));

    public static Scalar Cos(Scalar x) => new(Math.Cos(x.Value));

    public static Scalar Tan(Scalar x) => new(Math.Tan(x.Value));

    public static Scalar Atan(Scalar x) => new(Math.Atan(x.Value));

    public static Scalar Pow(Scalar x, Scalar p) => new(Math.Pow(x.Value, p.Value));

    static Scalar IReferenceNumber<Scalar>.Get(ReferenceView from, ReadOnlySpan<int> at) => new(from[at]);

    void IReferenceNumber<Scalar>.Put(ReferenceView to, ReadOnlySpan<int> at) => to.Set(at, Value);

    public override string ToString() => Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
