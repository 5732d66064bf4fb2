using Autodiff.Algebra;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>A number that takes a formula's fast path and notes whether it needs the slow one.</summary>
/// <param name="value">The number.</param>
/// <param name="slow">Other than 0 where the slow path is needed.</param>
internal readonly struct FastPath<S>(S value, int slow) : IReal<FastPath<S>> where S : IReal<S>
{
    public readonly S Value = value;

    public readonly int Slow = slow;

    public static bool IsDouble => S.IsDouble;

    public static FastPath<S> Const(double value) => new(S.Const(value), 0);

    public static FastPath<S> Const(Constant value) => new(S.Const(value), 0);

    public static FastPath<S> operator +(FastPath<S> a, FastPath<S> b) => new(a.Value + b.Value, a.Slow | b.Slow);

    public static FastPath<S> operator -(FastPath<S> a, FastPath<S> b) => new(a.Value - b.Value, a.Slow | b.Slow);

    public static FastPath<S> operator *(FastPath<S> a, FastPath<S> b) => new(a.Value * b.Value, a.Slow | b.Slow);

    public static FastPath<S> operator /(FastPath<S> a, FastPath<S> b) => new(a.Value / b.Value, a.Slow | b.Slow);

    public static FastPath<S> operator -(FastPath<S> x) => new(-x.Value, x.Slow);

    public static FastPath<S> FusedMultiplyAdd(FastPath<S> a, FastPath<S> b, FastPath<S> c) =>
        new(S.FusedMultiplyAdd(a.Value, b.Value, c.Value), a.Slow | b.Slow | c.Slow);

    public static FastPath<S> Abs(FastPath<S> x) => new(S.Abs(x.Value), x.Slow);

    public static FastPath<S> Sqrt(FastPath<S> x) => new(S.Sqrt(x.Value), x.Slow);

    public static FastPath<S> Floor(FastPath<S> x) => new(S.Floor(x.Value), x.Slow);

    public static FastPath<S> Round(FastPath<S> x) => new(S.Round(x.Value), x.Slow);

    public static FastPath<S> SelectLess(FastPath<S> a, FastPath<S> b, FastPath<S> then, FastPath<S> otherwise) =>
        new(S.SelectLess(a.Value, b.Value, then.Value, otherwise.Value), a.Slow | b.Slow | then.Slow | otherwise.Slow);

    public static FastPath<S> SelectLessEqual(FastPath<S> a, FastPath<S> b, FastPath<S> then, FastPath<S> otherwise) =>
        new(
            S.SelectLessEqual(a.Value, b.Value, then.Value, otherwise.Value),
            a.Slow | b.Slow | then.Slow | otherwise.Slow);

    public static FastPath<S> SelectEqual(FastPath<S> a, FastPath<S> b, FastPath<S> then, FastPath<S> otherwise) =>
        new(S.SelectEqual(a.Value, b.Value, then.Value, otherwise.Value), a.Slow | b.Slow | then.Slow | otherwise.Slow);

    public static FastPath<S> ScaleB(FastPath<S> x, FastPath<S> n) =>
        new(S.ScaleB(x.Value, n.Value), x.Slow | n.Slow);

    public static FastPath<S> Exponent(FastPath<S> x) => new(S.Exponent(x.Value), x.Slow);

    public static FastPath<S> Mantissa(FastPath<S> x) => new(S.Mantissa(x.Value), x.Slow);

    public static FastPath<S> CopySign(FastPath<S> x, FastPath<S> sign) =>
        new(S.CopySign(x.Value, sign.Value), x.Slow | sign.Slow);

    public static FastPath<S> And(FastPath<S> a, FastPath<S> b) =>
        new(S.And(a.Value, b.Value), a.Slow | b.Slow);

    public static bool AllLessEqual(FastPath<S> a, FastPath<S> b) => S.AllLessEqual(a.Value, b.Value);

    public static FastPath<S> BranchLessEqual<TRare>(
        FastPath<S> a, FastPath<S> b, FastPath<S> usual, TRare rare, FastPath<S> x)
            where TRare : struct, IUnaryFormula =>
        Unless(a, b, usual);

    public static FastPath<S> BranchLessEqual<TRare>(
        FastPath<S> a, FastPath<S> b, FastPath<S> usual, TRare rare, FastPath<S> x, FastPath<S> y)
            where TRare : struct, IBinaryFormula =>
        Unless(a, b, usual);

    private static FastPath<S> Unless(FastPath<S> a, FastPath<S> b, FastPath<S> usual)
    {
        int beyond = S.AllLessEqual(a.Value, b.Value) ? 0 : 1;
        return new(usual.Value, usual.Slow | a.Slow | b.Slow | beyond);
    }
}
