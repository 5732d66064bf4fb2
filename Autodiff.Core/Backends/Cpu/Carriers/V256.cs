using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Backends.Cpu;

/// <summary>256 bits of float, double or integers as a real number. (one register with AVX2, two with NEON or SSE)</summary>
internal readonly unsafe struct V256<T>(Vector256<T> value) : ILanes<V256<T>, T>
    where T : unmanaged
{
    private readonly Vector256<T> _value = value;

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    public static bool IsDouble
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(double);
    }

    public T this[int lane] => _value[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Const(double value) => new(Broadcast(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator +(V256<T> a, V256<T> b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator -(V256<T> a, V256<T> b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator *(V256<T> a, V256<T> b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator /(V256<T> a, V256<T> b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator -(V256<T> x) => new(-x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> FusedMultiplyAdd(V256<T> a, V256<T> b, V256<T> c) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Abs(V256<T> x) => new(Vector256.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Sqrt(V256<T> x) => new(Vector256.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Floor(V256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Floor(x._value.AsSingle()).As<float, T>())
        : new(Vector256.Floor(x._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Round(V256<T> x) => typeof(T) == typeof(float)
        ? new(Vector256.Round(x._value.AsSingle()).As<float, T>())
        : new(Vector256.Round(x._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectLess(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectLessEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(a._value, b._value), then._value, otherwise._value));

    // One instruction with AVX-512. Elsewhere two factors, so that a result may overflow or become subnormal though a
    // single 2^n would not be a number; the first product is exact, so both ways round once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> ScaleB(V256<T> x, V256<T> n)
    {
        if (Avx512F.VL.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? new(Avx512F.VL.Scale(x._value.AsSingle(), n._value.AsSingle()).As<float, T>())
                : new(Avx512F.VL.Scale(x._value.AsDouble(), n._value.AsDouble()).As<double, T>());
        }

        V256<T> half = Floor(n * Const(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    // 2^n, the exponent field and the significand are read and made through the bits. Adding a number whose unit in the
    // last place is 1 puts an integral n into the low bits, without the conversions that AVX2 lacks for 64-bit integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256<T> PowerOfTwo(V256<T> n)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> biased = n._value.AsSingle() + Vector256.Create(12582912f + 127f);
            return new((biased.AsInt32() << 23).As<int, T>());
        }

        Vector256<double> wide = n._value.AsDouble() + Vector256.Create(6755399441055744.0 + 1023.0);
        return new((wide.AsInt64() << 52).As<long, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Exponent(V256<T> x)
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<uint> field = (x._value.AsUInt32() >>> 23) | Vector256.Create(0x4B000000u);
            return new((field.AsSingle() - Vector256.Create(8388608f + 127f)).As<float, T>());
        }

        Vector256<ulong> wide = (x._value.AsUInt64() >>> 52) | Vector256.Create(0x4330000000000000ul);
        return new((wide.AsDouble() - Vector256.Create(4503599627370496.0 + 1023.0)).As<double, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Mantissa(V256<T> x) => typeof(T) == typeof(float)
        ? new(((x._value.AsUInt32() & Vector256.Create(0x007FFFFFu)) | Vector256.Create(0x3F800000u)).As<uint, T>())
        : new(((x._value.AsUInt64() & Vector256.Create(0x000FFFFFFFFFFFFFul)) | Vector256.Create(0x3FF0000000000000ul)).As<ulong, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Broadcast(double value)
    {
        if (typeof(T) == typeof(float))
        {
            return Vector256.Create((float)value).As<float, T>();
        }

        if (typeof(T) == typeof(double))
        {
            return Vector256.Create(value).As<double, T>();
        }

        return typeof(T) == typeof(int) ? Vector256.Create((int)value).As<int, T>() : Vector256.Create((long)value).As<long, T>();
    }
}
