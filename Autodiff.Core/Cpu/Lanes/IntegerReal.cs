using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Devices.Reference;

namespace Autodiff.Cpu;

/// <summary>
/// One integer as a "real" number: exact arithmetic that wraps, division that floors, no transcendental functions.
/// </summary>
internal readonly unsafe struct IntegerReal<T>(T value) : ILanes<IntegerReal<T>, T>, IReferenceNumber<IntegerReal<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly T _value = value;

    public static int Width => 1;

    public static bool IsDouble => true;

    public T this[int lane] => _value;

    public static IntegerReal<T> Lanes => default;

    public static IntegerReal<T> Load(T* source) => new(*source);

    public static IntegerReal<T> Broadcast(T value) => new(value);

    public static IntegerReal<T> SwapHalves(IntegerReal<T> x, int group) => x;

    public void Store(T* target) => *target = _value;

    public void StoreNonTemporal(T* target) => Store(target);

    public static void Prefetch(T* source)
    {
    }

    public static IntegerReal<T> Const(double value) => new(T.CreateSaturating(value));

    public static IntegerReal<T> Const(Constant value) => new(T.CreateSaturating(value.Integer));

    public static IntegerReal<T> operator +(IntegerReal<T> a, IntegerReal<T> b) => new(a._value + b._value);

    public static IntegerReal<T> operator -(IntegerReal<T> a, IntegerReal<T> b) => new(a._value - b._value);

    public static IntegerReal<T> operator *(IntegerReal<T> a, IntegerReal<T> b) => new(a._value * b._value);

    public static IntegerReal<T> operator /(IntegerReal<T> a, IntegerReal<T> b)
    {
        if (b._value == -T.One)
        {
            return new(-a._value); // the smallest integer by -1 wraps, as it does in two's complement
        }

        (T quotient, T remainder) = T.DivRem(a._value, b._value);
        return new(remainder != T.Zero && T.IsNegative(remainder) != T.IsNegative(b._value)
            ? quotient - T.One
            : quotient);
    }

    public static IntegerReal<T> operator -(IntegerReal<T> x) => new(-x._value);

    public static IntegerReal<T> FusedMultiplyAdd(IntegerReal<T> a, IntegerReal<T> b, IntegerReal<T> c) =>
        new(a._value * b._value + c._value);

    public static IntegerReal<T> Abs(IntegerReal<T> x) => T.IsNegative(x._value) ? -x : x;

    public static IntegerReal<T> Sqrt(IntegerReal<T> x) => throw Unsupported(nameof(Sqrt));

    public static IntegerReal<T> Floor(IntegerReal<T> x) => x;

    public static IntegerReal<T> Round(IntegerReal<T> x) => x;

    public static IntegerReal<T> CopySign(IntegerReal<T> x, IntegerReal<T> sign) =>
        T.IsNegative(sign._value) ? -Abs(x) : Abs(x);

    public static IntegerReal<T> SelectLess(IntegerReal<T> a, IntegerReal<T> b, IntegerReal<T> then,
        IntegerReal<T> otherwise) =>
        a._value < b._value ? then : otherwise;

    public static IntegerReal<T> SelectLessEqual(IntegerReal<T> a, IntegerReal<T> b, IntegerReal<T> then,
        IntegerReal<T> otherwise) =>
        a._value <= b._value ? then : otherwise;

    public static IntegerReal<T> SelectEqual(IntegerReal<T> a, IntegerReal<T> b, IntegerReal<T> then,
        IntegerReal<T> otherwise) =>
        a._value == b._value ? then : otherwise;

    public static IntegerReal<T> ScaleB(IntegerReal<T> x, IntegerReal<T> n) => throw Unsupported(nameof(ScaleB));

    public static IntegerReal<T> Exponent(IntegerReal<T> x) => throw Unsupported(nameof(Exponent));

    public static IntegerReal<T> Mantissa(IntegerReal<T> x) => throw Unsupported(nameof(Mantissa));

    /// <summary>
    /// x^p by squaring; a negative power is 0 but for bases 1 and -1, as NumPy's integers would have it.
    /// </summary>
    public static IntegerReal<T> Pow(IntegerReal<T> x, IntegerReal<T> p)
    {
        T power = T.One, b = x._value, e = p._value;
        if (T.IsNegative(e))
        {
            return new(b == T.One ? T.One : b == -T.One ? (T.IsEvenInteger(e) ? T.One : b) : T.Zero);
        }

        for (; e != T.Zero; e >>= 1)
        {
            power *= T.IsOddInteger(e) ? b : T.One;
            b *= b;
        }

        return new(power);
    }

    public static IntegerReal<T> And(IntegerReal<T> a, IntegerReal<T> b) => new(a._value & b._value);

    public static IntegerReal<T> Get(ReferenceView from, ReadOnlySpan<int> at) =>
        new(T.CreateTruncating(from.Integer(at)));

    public void Put(ReferenceView to, ReadOnlySpan<int> at) => to.Set(at, _value);

    private static NotSupportedException Unsupported(string name) =>
        new($"{name} is not defined on integers; convert the tensor to a floating type first.");
}
