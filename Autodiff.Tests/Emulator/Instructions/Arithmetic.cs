using System.Numerics;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>What becomes of NaN and of numbers too small: the rules of the device's 32-bit arithmetic.</summary>
internal static class Single
{
    /// <summary>Any NaN of 32 bits becomes the device's one, 0x7FFFFFFF; other types pass.</summary>
    public static T Canonical<T>(T x) where T : INumberBase<T> =>
        typeof(T) == typeof(float) && T.IsNaN(x) ? (T)(object)BitConverter.UInt32BitsToSingle(0x7FFF_FFFF) : x;

    /// <summary>Subnormal numbers become zeros of their sign (.ftz).</summary>
    public static float Flush(float x) => MathF.Abs(x) < 1.17549435e-38f ? MathF.CopySign(0, x) : x;
}

/// <summary>The sum; integers wrap.</summary>
internal readonly struct Add : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(a + b);
}

/// <summary>The difference; integers wrap.</summary>
internal readonly struct Subtract : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(a - b);
}

/// <summary>The product, of integers its lower half.</summary>
internal readonly struct Multiply : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(a * b);
}

/// <summary>
/// The quotient; of integers toward zero, all ones where the divisor is 0, the smallest number for its division by -1.
/// </summary>
internal readonly struct Divide : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Single.Canonical(a / b)
        : T.IsZero(b) ? T.Zero - T.One
        : b == T.Zero - T.One && T.IsNegative(b) ? T.Zero - a
        : a / b;
}

/// <summary>What an integer division leaves, with the dividend's sign; the dividend where the divisor is 0.</summary>
internal readonly struct Remainder : IIntegerFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        T.IsZero(b) ? a : b == T.Zero - T.One && T.IsNegative(b) ? T.Zero : a % b;
}

/// <summary>The smaller; of NaN and a number the number; -0 is less than +0.</summary>
internal readonly struct Min : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(T.MinNumber(a, b));
}

/// <summary>The larger; of NaN and a number the number; -0 is less than +0.</summary>
internal readonly struct Max : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(T.MaxNumber(a, b));
}

/// <summary>min.NaN: the smaller, NaN where one is NaN.</summary>
internal readonly struct MinOrNaN : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(T.Min(a, b));
}

/// <summary>max.NaN: the larger, NaN where one is NaN.</summary>
internal readonly struct MaxOrNaN : INumberFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, INumber<T> => Single.Canonical(T.Max(a, b));
}

/// <summary>The absolute value; of the smallest integer itself.</summary>
internal readonly struct Absolute : INumberFunction1
{
    public static T Apply<T>(T a) where T : unmanaged, INumber<T> =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? T.Abs(a) : T.IsNegative(a) ? T.Zero - a : a;
}

/// <summary>The negative.</summary>
internal readonly struct Negate : INumberFunction1
{
    public static T Apply<T>(T a) where T : unmanaged, INumber<T> => -a;
}

/// <summary>a b + c; of integers the lower half of the product.</summary>
internal readonly struct MultiplyAdd : IIntegerFunction3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => (a * b) + c;
}

/// <summary>a b + c, rounded once.</summary>
internal readonly struct FusedMultiplyAdd : IFloatFunction3
{
    public static T Apply<T>(T a, T b, T c) where T : unmanaged, IFloatingPointIeee754<T> =>
        Single.Canonical(T.FusedMultiplyAdd(a, b, c));
}

/// <summary>The product in the integer type of twice the size.</summary>
internal readonly struct MultiplyWide<T, TWide> : IBinary<T, T, TWide>
    where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static TWide Apply(T a, T b) => TWide.CreateTruncating(a) * TWide.CreateTruncating(b);
}

/// <summary>The product in the integer type of twice the size, plus c.</summary>
internal readonly struct MultiplyAddWide<T, TWide> : ITernary<T, T, TWide, TWide>
    where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static TWide Apply(T a, T b, TWide c) => (TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) + c;
}

/// <summary>The upper half of the product of integers.</summary>
internal readonly struct MultiplyHigh<T, TWide> : IBinary<T, T, T>
    where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static unsafe T Apply(T a, T b) =>
        T.CreateTruncating((TWide.CreateTruncating(a) * TWide.CreateTruncating(b)) >> (8 * sizeof(T)));
}

/// <summary>The upper half of the product of integers, plus c.</summary>
internal readonly struct MultiplyAddHigh<T, TWide> : ITernary<T, T, T, T>
    where T : unmanaged, IBinaryInteger<T> where TWide : unmanaged, IBinaryInteger<TWide>
{
    public static T Apply(T a, T b, T c) => MultiplyHigh<T, TWide>.Apply(a, b) + c;
}

/// <summary>The square root, rounded once.</summary>
internal readonly struct SquareRoot : IFloatFunction1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => Single.Canonical(T.Sqrt(a));
}

/// <summary>1 / a, rounded once.</summary>
internal readonly struct Reciprocal : IFloatFunction1
{
    public static T Apply<T>(T a) where T : unmanaged, IFloatingPointIeee754<T> => Single.Canonical(T.One / a);
}

/// <summary>The size of b with the sign of a.</summary>
internal readonly struct CopySign : IFloatFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.CopySign(b, a);
}

/// <summary>The sum of 32-bit integers, held within their range.</summary>
internal readonly struct AddSaturated : IBinary<int, int, int>
{
    public static int Apply(int a, int b) => int.CreateSaturating((long)a + b);
}

/// <summary>The difference of 32-bit integers, held within their range.</summary>
internal readonly struct SubtractSaturated : IBinary<int, int, int>
{
    public static int Apply(int a, int b) => int.CreateSaturating((long)a - b);
}

/// <summary>A function of 32-bit floats with subnormal operands and results as zeros (.ftz).</summary>
internal readonly struct Flushed1<TOp> : IUnary<float, float> where TOp : IUnary<float, float>
{
    public static float Apply(float a) => Single.Flush(TOp.Apply(Single.Flush(a)));
}

/// <inheritdoc cref="Flushed1{TOp}"/>
internal readonly struct Flushed2<TOp> : IBinary<float, float, float> where TOp : IBinary<float, float, float>
{
    public static float Apply(float a, float b) => Single.Flush(TOp.Apply(Single.Flush(a), Single.Flush(b)));
}

/// <inheritdoc cref="Flushed1{TOp}"/>
internal readonly struct Flushed3<TOp> : ITernary<float, float, float, float>
    where TOp : ITernary<float, float, float, float>
{
    public static float Apply(float a, float b, float c) =>
        Single.Flush(TOp.Apply(Single.Flush(a), Single.Flush(b), Single.Flush(c)));
}
