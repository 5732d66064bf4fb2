using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>256 bits of float or double as a real number. (one register with AVX2, two with NEON or SSE)</summary>
/// <remarks>Inlining and registers as in <see cref="V512{T}"/>.</remarks>
internal readonly unsafe struct V256<T> : ILanes<V256<T>, T>
    where T : unmanaged
{
    private readonly Vector256<T> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V256(Vector256<T> value) => _value = value;

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    public static bool IsDouble
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == sizeof(double);
    }

    public T this[int lane]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _value[lane];
    }

    public static V256<T> Lanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == sizeof(double)
            ? new(Vector256<double>.Indices.As<double, T>())
            : new(Vector256<float>.Indices.As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SwapHalves(V256<T> x, int group) => sizeof(T) == sizeof(double)
        ? new((group switch
        {
            4 => Vector256.Shuffle(x._value.AsDouble(), Vector256.Create(2L, 3L, 0L, 1L)),
            _ => Vector256.Shuffle(x._value.AsDouble(), Vector256.Create(1L, 0L, 3L, 2L)),
        }).As<double, T>())
        : new((group switch
        {
            8 => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)),
            4 => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)),
            _ => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)),
        }).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(T* target) => _value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(T* source)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(source);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Const(double value) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Create(value).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Const(Constant value) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Create(value.Double).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Create(value.Single).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator +(V256<T> a, V256<T> b) => Unsafe.BitCast<Vector256<T>, V256<T>>(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator -(V256<T> a, V256<T> b) => Unsafe.BitCast<Vector256<T>, V256<T>>(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator *(V256<T> a, V256<T> b) => Unsafe.BitCast<Vector256<T>, V256<T>>(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator /(V256<T> a, V256<T> b) => Unsafe.BitCast<Vector256<T>, V256<T>>(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> operator -(V256<T> x) => Unsafe.BitCast<Vector256<T>, V256<T>>(-x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> FusedMultiplyAdd(V256<T> a, V256<T> b, V256<T> c) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Abs(V256<T> x) => Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Sqrt(V256<T> x) => Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Floor(V256<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Floor(x._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Floor(x._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Round(V256<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Round(x._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.Round(x._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectLess(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectLessEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> SelectEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.Equals(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> CopySign(V256<T> x, V256<T> sign)
    {
        Vector256<T> bit = sizeof(T) == sizeof(double) ? Vector256.Create(-0.0).As<double, T>() : Vector256.Create(-0f).As<float, T>();
        return Unsafe.BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(bit, sign._value, x._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLessEqual(V256<T> a, V256<T> b) => Vector256.LessThanOrEqualAll(a._value, b._value);

    // One instruction with AVX-512. Elsewhere two factors, so that a result may overflow or become subnormal though a
    // single 2^n would not be a number; the first product is exact, so both ways round once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> ScaleB(V256<T> x, V256<T> n)
    {
        if (Avx512F.VL.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.Scale(x._value.AsDouble(), n._value.AsDouble()).As<double, T>())
                : Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.Scale(x._value.AsSingle(), n._value.AsSingle()).As<float, T>());
        }

        V256<T> half = Floor(n * Const(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Exponent(V256<T> x)
    {
        if (Avx512F.VL.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetExponent(x._value.AsDouble()).As<double, T>())
                : Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetExponent(x._value.AsSingle()).As<float, T>());
        }

        V256<T> a = Abs(x), infinity = Const(double.PositiveInfinity), zero = Const(0);
        V256<T> e = ExponentField(ScaleSubnormal(a)) - SelectLess(a, Const(SmallestNormal), Const(SubnormalShift), zero);
        return SelectEqual(a, zero, -infinity, SelectLess(a, infinity, e, a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V256<T> Mantissa(V256<T> x)
    {
        if (Avx512F.VL.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetMantissa(x._value.AsDouble(), OneToTwoWithoutSign).As<double, T>())
                : Unsafe.BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetMantissa(x._value.AsSingle(), OneToTwoWithoutSign).As<float, T>());
        }

        return SelectEqual(x, x, SignificandField(ScaleSubnormal(Abs(x))), x);
    }

    // The immediate of the AVX-512 instruction: significands in [1, 2), the sign dropped.
    private const byte OneToTwoWithoutSign = 4;

    private static double SmallestNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == sizeof(double) ? 2.2250738585072014e-308 : 1.17549435e-38;
    }

    // By 2^64 a subnormal number of either type becomes a normal one, whose exponent field says something.
    private const double SubnormalShift = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256<T> ScaleSubnormal(V256<T> a) => SelectLess(a, Const(SmallestNormal), a * Const(18446744073709551616.0), a);

    // 2^n, the exponent field and the significand are read and made through the bits. Adding a number whose unit in the
    // last place is 1 puts an integral n into the low bits, without the conversions that AVX2 lacks for 64-bit integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256<T> PowerOfTwo(V256<T> n) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(((n._value.AsDouble() + Vector256.Create(6755399441055744.0 + 1023.0)).AsInt64() << 52).As<long, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(((n._value.AsSingle() + Vector256.Create(12582912f + 127f)).AsInt32() << 23).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256<T> ExponentField(V256<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>((((x._value.AsUInt64() >>> 52) | Vector256.Create(0x4330000000000000ul)).AsDouble() - Vector256.Create(4503599627370496.0 + 1023.0)).As<double, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>((((x._value.AsUInt32() >>> 23) | Vector256.Create(0x4B000000u)).AsSingle() - Vector256.Create(8388608f + 127f)).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V256<T> SignificandField(V256<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector256<T>, V256<T>>(((x._value.AsUInt64() & Vector256.Create(0x000FFFFFFFFFFFFFul)) | Vector256.Create(0x3FF0000000000000ul)).As<ulong, T>())
        : Unsafe.BitCast<Vector256<T>, V256<T>>(((x._value.AsUInt32() & Vector256.Create(0x007FFFFFu)) | Vector256.Create(0x3F800000u)).As<uint, T>());
}
