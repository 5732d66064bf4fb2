using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>Two vectors as one of twice the width.</summary>
/// <remarks>
/// Where lanes are folded into one number, the width decides how the sum is grouped. Such loops run on 64 bytes
/// everywhere: one register with AVX-512, a pair of registers with AVX2, a pair of pairs with 128 bits; so all give the
/// same bits.
/// </remarks>
internal readonly unsafe struct Pair<V, T> : IFloatLanes<Pair<V, T>, T>
    where V : unmanaged, IFloatLanes<V, T>
    where T : unmanaged
{
    private const MethodImplOptions Inlined = MethodImplOptions.AggressiveInlining;

    private readonly V _low, _high;

    [MethodImpl(Inlined)]
    private Pair(V low, V high) => (_low, _high) = (low, high);

    public static int Width { [MethodImpl(Inlined)] get => 2 * V.Width; }

    public static int Registers { [MethodImpl(Inlined)] get => V.Registers / 2; }

    public static bool IsDouble { [MethodImpl(Inlined)] get => V.IsDouble; }

    public T this[int lane] { [MethodImpl(Inlined)] get => lane < V.Width ? _low[lane] : _high[lane - V.Width]; }

    public static Pair<V, T> Lanes { [MethodImpl(Inlined)] get => new(V.Lanes, V.Lanes + V.Const(V.Width)); }

    [MethodImpl(Inlined)]
    public static Pair<V, T> Broadcast(T value) => new(V.Broadcast(value), V.Broadcast(value));

    [MethodImpl(Inlined)]
    public static Pair<V, T> SwapHalves(Pair<V, T> x, int group) =>
        group == Width ? new(x._high, x._low) : new(V.SwapHalves(x._low, group), V.SwapHalves(x._high, group));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Load(T* source) => new(V.Load(source), V.Load(source + V.Width));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Load(T* source, Pair<V, T> mask) =>
        new(V.Load(source, mask._low), V.Load(source + V.Width, mask._high));

    [MethodImpl(Inlined)]
    public void Store(T* target)
    {
        _low.Store(target);
        _high.Store(target + V.Width);
    }

    [MethodImpl(Inlined)]
    public void StoreNonTemporal(T* target)
    {
        _low.StoreNonTemporal(target);
        _high.StoreNonTemporal(target + V.Width);
    }

    [MethodImpl(Inlined)]
    public void Store(T* target, Pair<V, T> mask)
    {
        _low.Store(target, mask._low);
        _high.Store(target + V.Width, mask._high);
    }

    [MethodImpl(Inlined)]
    public static Pair<V, T> First(nint count) => new(V.First(count), V.First(count - V.Width));

    [MethodImpl(Inlined)]
    public static void Prefetch(T* source) => V.Prefetch(source);

    [MethodImpl(Inlined)]
    public static Pair<V, T> Const(double value) => new(V.Const(value), V.Const(value));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Const(Constant value) => new(V.Const(value), V.Const(value));

    [MethodImpl(Inlined)]
    public static Pair<V, T> operator +(Pair<V, T> a, Pair<V, T> b) => new(a._low + b._low, a._high + b._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> operator -(Pair<V, T> a, Pair<V, T> b) => new(a._low - b._low, a._high - b._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> operator *(Pair<V, T> a, Pair<V, T> b) => new(a._low * b._low, a._high * b._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> operator /(Pair<V, T> a, Pair<V, T> b) => new(a._low / b._low, a._high / b._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> operator -(Pair<V, T> x) => new(-x._low, -x._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> FusedMultiplyAdd(Pair<V, T> a, Pair<V, T> b, Pair<V, T> c) =>
        new(V.FusedMultiplyAdd(a._low, b._low, c._low), V.FusedMultiplyAdd(a._high, b._high, c._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> AtLeast(Pair<V, T> floor, Pair<V, T> x) =>
        new(V.AtLeast(floor._low, x._low), V.AtLeast(floor._high, x._high));

    [MethodImpl(Inlined)]
    public static T Sum(Pair<V, T> x)
    {
        V sum = V.Broadcast(V.Sum(x._low)) + V.Broadcast(V.Sum(x._high));
        return sum[0];
    }

    [MethodImpl(Inlined)]
    public static void Sums(Pair<V, T> x0, Pair<V, T> x1, Pair<V, T> x2, Pair<V, T> x3, T* to) =>
        V.Sums(x0._low + x0._high, x1._low + x1._high, x2._low + x2._high, x3._low + x3._high, to);

    [MethodImpl(Inlined)]
    public static Pair<V, T> EvenLanes(Pair<V, T> low, Pair<V, T> high) =>
        new(V.EvenLanes(low._low, low._high), V.EvenLanes(high._low, high._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> OddLanes(Pair<V, T> low, Pair<V, T> high) =>
        new(V.OddLanes(low._low, low._high), V.OddLanes(high._low, high._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Abs(Pair<V, T> x) => new(V.Abs(x._low), V.Abs(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Sqrt(Pair<V, T> x) => new(V.Sqrt(x._low), V.Sqrt(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Floor(Pair<V, T> x) => new(V.Floor(x._low), V.Floor(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Round(Pair<V, T> x) => new(V.Round(x._low), V.Round(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> SelectLess(Pair<V, T> a, Pair<V, T> b, Pair<V, T> then, Pair<V, T> otherwise) => new(
        V.SelectLess(a._low, b._low, then._low, otherwise._low),
        V.SelectLess(a._high, b._high, then._high, otherwise._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> SelectLessEqual(Pair<V, T> a, Pair<V, T> b, Pair<V, T> then, Pair<V, T> otherwise) => new(
        V.SelectLessEqual(a._low, b._low, then._low, otherwise._low),
        V.SelectLessEqual(a._high, b._high, then._high, otherwise._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> SelectEqual(Pair<V, T> a, Pair<V, T> b, Pair<V, T> then, Pair<V, T> otherwise) => new(
        V.SelectEqual(a._low, b._low, then._low, otherwise._low),
        V.SelectEqual(a._high, b._high, then._high, otherwise._high));

    [MethodImpl(Inlined)]
    public static bool AllLessEqual(Pair<V, T> a, Pair<V, T> b) =>
        V.AllLessEqual(a._low, b._low) && V.AllLessEqual(a._high, b._high);

    [MethodImpl(Inlined)]
    public static Pair<V, T> CopySign(Pair<V, T> x, Pair<V, T> sign) =>
        new(V.CopySign(x._low, sign._low), V.CopySign(x._high, sign._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> ScaleB(Pair<V, T> x, Pair<V, T> n) =>
        new(V.ScaleB(x._low, n._low), V.ScaleB(x._high, n._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Exponent(Pair<V, T> x) => new(V.Exponent(x._low), V.Exponent(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Mantissa(Pair<V, T> x) => new(V.Mantissa(x._low), V.Mantissa(x._high));

    // A function of each half: as a formula over pairs it would have too many local variables for the compiler.
    [MethodImpl(Inlined)]
    public static Pair<V, T> Exp(Pair<V, T> x) => new(V.Exp(x._low), V.Exp(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Expm1(Pair<V, T> x) => new(V.Expm1(x._low), V.Expm1(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Log(Pair<V, T> x) => new(V.Log(x._low), V.Log(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Log1p(Pair<V, T> x) => new(V.Log1p(x._low), V.Log1p(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Log2(Pair<V, T> x) => new(V.Log2(x._low), V.Log2(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Log10(Pair<V, T> x) => new(V.Log10(x._low), V.Log10(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Sin(Pair<V, T> x) => new(V.Sin(x._low), V.Sin(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Cos(Pair<V, T> x) => new(V.Cos(x._low), V.Cos(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Tan(Pair<V, T> x) => new(V.Tan(x._low), V.Tan(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Atan(Pair<V, T> x) => new(V.Atan(x._low), V.Atan(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Erf(Pair<V, T> x) => new(V.Erf(x._low), V.Erf(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Erfc(Pair<V, T> x) => new(V.Erfc(x._low), V.Erfc(x._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> Pow(Pair<V, T> x, Pair<V, T> p) => new(V.Pow(x._low, p._low), V.Pow(x._high, p._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> BitsAnd(Pair<V, T> a, Pair<V, T> b) =>
        new(V.BitsAnd(a._low, b._low), V.BitsAnd(a._high, b._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> BitsOr(Pair<V, T> a, Pair<V, T> b) =>
        new(V.BitsOr(a._low, b._low), V.BitsOr(a._high, b._high));

    [MethodImpl(Inlined)]
    public static Pair<V, T> BitsLeft(Pair<V, T> x, int count) =>
        new(V.BitsLeft(x._low, count), V.BitsLeft(x._high, count));

    [MethodImpl(Inlined)]
    public static Pair<V, T> BitsRight(Pair<V, T> x, int count) =>
        new(V.BitsRight(x._low, count), V.BitsRight(x._high, count));
}
