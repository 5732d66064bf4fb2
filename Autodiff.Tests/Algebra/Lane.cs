using System.Numerics;
using Autodiff.Algebra;

namespace Autodiff.Tests;

/// <summary>
/// One number of either precision in plain IEEE arithmetic, with no function of its own: the definitions of
/// <see cref="IReal{S}"/> word by word, so the bits that every vector must give.
/// </summary>
internal readonly record struct Lane<T>(T Value) : IReal<Lane<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static bool IsDouble => typeof(T) == typeof(double);

    public static Lane<T> Const(double value) => new(T.CreateTruncating(value));

    public static Lane<T> operator +(Lane<T> a, Lane<T> b) => new(a.Value + b.Value);

    public static Lane<T> operator -(Lane<T> a, Lane<T> b) => new(a.Value - b.Value);

    public static Lane<T> operator *(Lane<T> a, Lane<T> b) => new(a.Value * b.Value);

    public static Lane<T> operator /(Lane<T> a, Lane<T> b) => new(a.Value / b.Value);

    public static Lane<T> operator -(Lane<T> x) => new(-x.Value);

    public static Lane<T> FusedMultiplyAdd(Lane<T> a, Lane<T> b, Lane<T> c) =>
        new(T.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    public static Lane<T> Abs(Lane<T> x) => new(T.Abs(x.Value));

    public static Lane<T> Sqrt(Lane<T> x) => new(T.Sqrt(x.Value));

    public static Lane<T> Floor(Lane<T> x) => new(T.Floor(x.Value));

    public static Lane<T> Round(Lane<T> x) => new(T.Round(x.Value));

    public static Lane<T> SelectLess(Lane<T> a, Lane<T> b, Lane<T> then, Lane<T> otherwise) =>
        a.Value < b.Value ? then : otherwise;

    public static Lane<T> SelectLessEqual(Lane<T> a, Lane<T> b, Lane<T> then, Lane<T> otherwise) =>
        a.Value <= b.Value ? then : otherwise;

    public static Lane<T> SelectEqual(Lane<T> a, Lane<T> b, Lane<T> then, Lane<T> otherwise) =>
        a.Value == b.Value ? then : otherwise;

    public static Lane<T> ScaleB(Lane<T> x, Lane<T> n) => new(T.ScaleB(x.Value, int.CreateSaturating(n.Value)));

    public static Lane<T> Exponent(Lane<T> x) => new(
        T.IsNaN(x.Value) ? T.NaN : T.IsInfinity(x.Value) ? T.PositiveInfinity
        : x.Value == T.Zero ? T.NegativeInfinity : T.CreateTruncating(T.ILogB(x.Value)));

    public static Lane<T> Mantissa(Lane<T> x) => new(
        T.IsNaN(x.Value) ? T.NaN : T.IsInfinity(x.Value) || x.Value == T.Zero ? T.One
        : T.ScaleB(T.Abs(x.Value), -T.ILogB(x.Value)));
}
