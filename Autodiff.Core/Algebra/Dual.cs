using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>
/// A dual number v + t ε with ε² = 0: a value and its derivative along one direction, carried through a formula
/// together (forward-mode differentiation; Clifford 1871, Wengert 1964).
/// </summary>
/// <typeparam name="S">The carrier of value and tangent; nest duals for higher orders.</typeparam>
/// <param name="Value">The value v.</param>
/// <param name="Tangent">The derivative t.</param>
/// <remarks>
/// At a jump (floor, round, a selection's boundary) the derivative is that of the branch taken; |x| has slope 0 at 0.
/// </remarks>
public readonly record struct Dual<S>(S Value, S Tangent) : IReal<Dual<S>> where S : IReal<S>
{
    /// <summary>The variable itself: derivative one.</summary>
    [MethodImpl(AggressiveInlining)] public static Dual<S> Variable(S x) => new(x, S.Const(1));

    /// <summary>A quantity that does not depend on the variable: derivative zero.</summary>
    [MethodImpl(AggressiveInlining)] public static Dual<S> Constant(S x) => new(x, S.Const(0));

    public static bool IsDouble => S.IsDouble;

    [MethodImpl(AggressiveInlining)] public static Dual<S> Const(double value) => Constant(S.Const(value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> operator +(Dual<S> a, Dual<S> b) => new(a.Value + b.Value, a.Tangent + b.Tangent);

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> operator -(Dual<S> a, Dual<S> b) => new(a.Value - b.Value, a.Tangent - b.Tangent);

    [MethodImpl(AggressiveInlining)] public static Dual<S> operator *(Dual<S> a, Dual<S> b) =>
        new(a.Value * b.Value, S.FusedMultiplyAdd(a.Tangent, b.Value, a.Value * b.Tangent));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> operator /(Dual<S> a, Dual<S> b)
    {
        S q = a.Value / b.Value;
        return new(q, (a.Tangent - q * b.Tangent) / b.Value);
    }

    [MethodImpl(AggressiveInlining)] public static Dual<S> operator -(Dual<S> x) => new(-x.Value, -x.Tangent);

    [MethodImpl(AggressiveInlining)] public static Dual<S> FusedMultiplyAdd(Dual<S> a, Dual<S> b, Dual<S> c) =>
        new(S.FusedMultiplyAdd(a.Value, b.Value, c.Value),
            S.FusedMultiplyAdd(a.Tangent, b.Value, S.FusedMultiplyAdd(a.Value, b.Tangent, c.Tangent)));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Abs(Dual<S> x) => new(S.Abs(x.Value), x.Tangent * RealMath.Sign(x.Value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Sqrt(Dual<S> x)
    {
        S y = S.Sqrt(x.Value);
        return new(y, x.Tangent / (y + y));
    }

    [MethodImpl(AggressiveInlining)] public static Dual<S> Floor(Dual<S> x) => Constant(S.Floor(x.Value));

    [MethodImpl(AggressiveInlining)] public static Dual<S> Round(Dual<S> x) => Constant(S.Round(x.Value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> SelectLess(Dual<S> a, Dual<S> b, Dual<S> then, Dual<S> otherwise) =>
        new(S.SelectLess(a.Value, b.Value, then.Value, otherwise.Value),
            S.SelectLess(a.Value, b.Value, then.Tangent, otherwise.Tangent));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> SelectLessEqual(Dual<S> a, Dual<S> b, Dual<S> then, Dual<S> otherwise) =>
        new(S.SelectLessEqual(a.Value, b.Value, then.Value, otherwise.Value),
            S.SelectLessEqual(a.Value, b.Value, then.Tangent, otherwise.Tangent));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> SelectEqual(Dual<S> a, Dual<S> b, Dual<S> then, Dual<S> otherwise) =>
        new(S.SelectEqual(a.Value, b.Value, then.Value, otherwise.Value),
            S.SelectEqual(a.Value, b.Value, then.Tangent, otherwise.Tangent));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> ScaleB(Dual<S> x, Dual<S> n) => new(S.ScaleB(x.Value, n.Value), S.ScaleB(x.Tangent, n.Value));

    [MethodImpl(AggressiveInlining)] public static Dual<S> Exponent(Dual<S> x) => Constant(S.Exponent(x.Value));

    [MethodImpl(AggressiveInlining)] public static Dual<S> Mantissa(Dual<S> x) =>
        new(S.Mantissa(x.Value), S.ScaleB(x.Tangent * RealMath.Sign(x.Value), -S.Exponent(x.Value)));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Exp(Dual<S> x)
    {
        S y = S.Exp(x.Value);
        return new(y, x.Tangent * y);
    }

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Expm1(Dual<S> x) => new(S.Expm1(x.Value), x.Tangent * S.Exp(x.Value));

    [MethodImpl(AggressiveInlining)] public static Dual<S> Log(Dual<S> x) => new(S.Log(x.Value), x.Tangent / x.Value);

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Log1p(Dual<S> x) => new(S.Log1p(x.Value), x.Tangent / (S.Const(1) + x.Value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Log2(Dual<S> x) => new(S.Log2(x.Value), x.Tangent * S.Const(1.4426950408889634) / x.Value);

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Log10(Dual<S> x) => new(S.Log10(x.Value), x.Tangent * S.Const(0.4342944819032518) / x.Value);

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Sin(Dual<S> x) => new(S.Sin(x.Value), x.Tangent * S.Cos(x.Value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Cos(Dual<S> x) => new(S.Cos(x.Value), -(x.Tangent * S.Sin(x.Value)));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Tan(Dual<S> x)
    {
        S y = S.Tan(x.Value);
        return new(y, x.Tangent * S.FusedMultiplyAdd(y, y, S.Const(1)));
    }

    [MethodImpl(AggressiveInlining)] public static Dual<S> Atan(Dual<S> x) =>
        new(S.Atan(x.Value), x.Tangent / S.FusedMultiplyAdd(x.Value, x.Value, S.Const(1)));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Erf(Dual<S> x) => new(S.Erf(x.Value), x.Tangent * RealMath.ErfSlope(x.Value));

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Erfc(Dual<S> x) => new(S.Erfc(x.Value), -(x.Tangent * RealMath.ErfSlope(x.Value)));

    [MethodImpl(AggressiveInlining)] public static Dual<S> CopySign(Dual<S> x, Dual<S> sign) =>
        new(S.CopySign(x.Value, sign.Value), x.Tangent * RealMath.Sign(x.Value) * S.CopySign(S.Const(1), sign.Value));

    public static bool AllLessEqual(Dual<S> a, Dual<S> b) => S.AllLessEqual(a.Value, b.Value);

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> BranchLessEqual<TRare>(Dual<S> a, Dual<S> b, Dual<S> usual, TRare rare, Dual<S> x)
        where TRare : struct, IUnaryFormula =>
        new(S.BranchLessEqual(a.Value, b.Value, usual.Value, rare, x.Value),
            S.BranchLessEqual(a.Value, b.Value, usual.Tangent, new TangentOf<TRare>(rare), x.Value, x.Tangent));

    private readonly struct TangentOf<TFormula>(TFormula formula) : IBinaryFormula
        where TFormula : struct, IUnaryFormula
    {
        public R F<R>(R x, R tangent) where R : IReal<R> => formula.F(new Dual<R>(x, tangent)).Tangent;
    }

    [MethodImpl(AggressiveInlining)]
    public static Dual<S> Pow(Dual<S> x, Dual<S> p)
    {
        // A constant base or exponent contributes nothing, not even where the slope along it is infinite or not real.
        S zero = S.Const(0);
        S byBase = x.Tangent * RealMath.PowSlopeBase(x.Value, p.Value),
            byExponent = p.Tangent * RealMath.PowSlopeExponent(x.Value, p.Value);
        byBase = S.SelectEqual(x.Tangent, zero, S.SelectEqual(x.Value, zero, zero, byBase), byBase);
        byExponent = S.SelectEqual(p.Tangent, zero, S.SelectLess(zero, x.Value, byExponent, zero), byExponent);
        return new(S.Pow(x.Value, p.Value), byBase + byExponent);
    }
}
