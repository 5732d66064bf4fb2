using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>A number that goes a formula's usual way and remembers whether it should have gone the rare one.</summary>
/// <param name="value">The number.</param>
/// <param name="rare">Other than 0 where the rare way is wanted.</param>
internal readonly struct Usual<S>(S value, int rare) : IReal<Usual<S>> where S : IReal<S>
{
    public readonly S Value = value;

    public readonly int Rare = rare;

    public static bool IsDouble => S.IsDouble;

    public static Usual<S> Const(double value) => new(S.Const(value), 0);

    public static Usual<S> Const(Constant value) => new(S.Const(value), 0);

    public static Usual<S> operator +(Usual<S> a, Usual<S> b) => new(a.Value + b.Value, a.Rare | b.Rare);

    public static Usual<S> operator -(Usual<S> a, Usual<S> b) => new(a.Value - b.Value, a.Rare | b.Rare);

    public static Usual<S> operator *(Usual<S> a, Usual<S> b) => new(a.Value * b.Value, a.Rare | b.Rare);

    public static Usual<S> operator /(Usual<S> a, Usual<S> b) => new(a.Value / b.Value, a.Rare | b.Rare);

    public static Usual<S> operator -(Usual<S> x) => new(-x.Value, x.Rare);

    public static Usual<S> FusedMultiplyAdd(Usual<S> a, Usual<S> b, Usual<S> c) =>
        new(S.FusedMultiplyAdd(a.Value, b.Value, c.Value), a.Rare | b.Rare | c.Rare);

    public static Usual<S> Abs(Usual<S> x) => new(S.Abs(x.Value), x.Rare);

    public static Usual<S> Sqrt(Usual<S> x) => new(S.Sqrt(x.Value), x.Rare);

    public static Usual<S> Floor(Usual<S> x) => new(S.Floor(x.Value), x.Rare);

    public static Usual<S> Round(Usual<S> x) => new(S.Round(x.Value), x.Rare);

    public static Usual<S> SelectLess(Usual<S> a, Usual<S> b, Usual<S> then, Usual<S> otherwise) =>
        new(S.SelectLess(a.Value, b.Value, then.Value, otherwise.Value), a.Rare | b.Rare | then.Rare | otherwise.Rare);

    public static Usual<S> SelectLessEqual(Usual<S> a, Usual<S> b, Usual<S> then, Usual<S> otherwise) =>
        new(
            S.SelectLessEqual(a.Value, b.Value, then.Value, otherwise.Value),
            a.Rare | b.Rare | then.Rare | otherwise.Rare);

    public static Usual<S> SelectEqual(Usual<S> a, Usual<S> b, Usual<S> then, Usual<S> otherwise) =>
        new(S.SelectEqual(a.Value, b.Value, then.Value, otherwise.Value), a.Rare | b.Rare | then.Rare | otherwise.Rare);

    public static Usual<S> ScaleB(Usual<S> x, Usual<S> n) =>
        new(S.ScaleB(x.Value, n.Value), x.Rare | n.Rare);

    public static Usual<S> Exponent(Usual<S> x) => new(S.Exponent(x.Value), x.Rare);

    public static Usual<S> Mantissa(Usual<S> x) => new(S.Mantissa(x.Value), x.Rare);

    public static Usual<S> CopySign(Usual<S> x, Usual<S> sign) =>
        new(S.CopySign(x.Value, sign.Value), x.Rare | sign.Rare);

    public static Usual<S> And(Usual<S> a, Usual<S> b) =>
        new(S.And(a.Value, b.Value), a.Rare | b.Rare);

    public static bool AllLessEqual(Usual<S> a, Usual<S> b) => S.AllLessEqual(a.Value, b.Value);

    public static Usual<S> BranchLessEqual<TRare>(Usual<S> a, Usual<S> b, Usual<S> usual, TRare rare, Usual<S> x)
        where TRare : struct, IUnaryFormula => Unless(a, b, usual);

    public static Usual<S> BranchLessEqual<TRare>(
        Usual<S> a, Usual<S> b, Usual<S> usual, TRare rare, Usual<S> x, Usual<S> y)
            where TRare : struct, IBinaryFormula =>
        Unless(a, b, usual);

    private static Usual<S> Unless(Usual<S> a, Usual<S> b, Usual<S> usual)
    {
        int beyond = S.AllLessEqual(a.Value, b.Value) ? 0 : 1;
        return new(usual.Value, usual.Rare | a.Rare | b.Rare | beyond);
    }
}
