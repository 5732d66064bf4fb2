using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>512 bits of float or double as a real number. (one register with AVX-512)</summary>
/// <remarks>
/// Every member asks to be inlined: the compiler charges an inlining that is not asked for, by the length of its code, to a
/// budget that a formula of a few hundred operations would exhaust; the rest would become calls. Results are made by
/// reinterpreting a register, which the compiler does without the local variables that a constructor's call leaves behind:
/// it also stops inlining when a method has too many of those.
/// </remarks>
internal readonly unsafe struct V512<T> : ILanes<V512<T>, T>
    where T : unmanaged
{
    private readonly Vector512<T> _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private V512(Vector512<T> value) => _value = value;

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
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

    public static V512<T> Lanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == sizeof(double)
            ? new(Vector512<double>.Indices.As<double, T>())
            : new(Vector512<float>.Indices.As<float, T>());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> SwapHalves(V512<T> x, int group) => sizeof(T) == sizeof(double)
        ? new((group switch
        {
            8 => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(4L, 5L, 6L, 7L, 0L, 1L, 2L, 3L)),
            4 => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(2L, 3L, 0L, 1L, 6L, 7L, 4L, 5L)),
            _ => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(1L, 0L, 3L, 2L, 5L, 4L, 7L, 6L)),
        }).As<double, T>())
        : new((group switch
        {
            16 => Vector512.Shuffle(x._value.AsSingle(), Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
            8 => Vector512.Shuffle(x._value.AsSingle(), Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)),
            4 => Vector512.Shuffle(x._value.AsSingle(), Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)),
            _ => Vector512.Shuffle(x._value.AsSingle(), Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)),
        }).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Load(T* source) => new(Vector512.Load(source));

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
    public static V512<T> Const(double value) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Create(value).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Create((float)value).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Const(Constant value) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Create(value.Double).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Create(value.Single).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> operator +(V512<T> a, V512<T> b) => Unsafe.BitCast<Vector512<T>, V512<T>>(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> operator -(V512<T> a, V512<T> b) => Unsafe.BitCast<Vector512<T>, V512<T>>(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> operator *(V512<T> a, V512<T> b) => Unsafe.BitCast<Vector512<T>, V512<T>>(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> operator /(V512<T> a, V512<T> b) => Unsafe.BitCast<Vector512<T>, V512<T>>(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> operator -(V512<T> x) => Unsafe.BitCast<Vector512<T>, V512<T>>(-x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> FusedMultiplyAdd(V512<T> a, V512<T> b, V512<T> c) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Abs(V512<T> x) => Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Sqrt(V512<T> x) => Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Floor(V512<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Floor(x._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Floor(x._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Round(V512<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Round(x._value.AsDouble()).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.Round(x._value.AsSingle()).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> SelectLess(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.LessThan(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> SelectLessEqual(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> SelectEqual(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.Equals(a._value, b._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> CopySign(V512<T> x, V512<T> sign)
    {
        Vector512<T> bit = sizeof(T) == sizeof(double) ? Vector512.Create(-0.0).As<double, T>() : Vector512.Create(-0f).As<float, T>();
        return Unsafe.BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(bit, sign._value, x._value));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLessEqual(V512<T> a, V512<T> b) => Vector512.LessThanOrEqualAll(a._value, b._value);

    // One instruction with AVX-512. Elsewhere two factors, so that a result may overflow or become subnormal though a
    // single 2^n would not be a number; the first product is exact, so both ways round once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> ScaleB(V512<T> x, V512<T> n)
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.Scale(x._value.AsDouble(), n._value.AsDouble()).As<double, T>())
                : Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.Scale(x._value.AsSingle(), n._value.AsSingle()).As<float, T>());
        }

        V512<T> half = Floor(n * Const(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Exponent(V512<T> x)
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.GetExponent(x._value.AsDouble()).As<double, T>())
                : Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.GetExponent(x._value.AsSingle()).As<float, T>());
        }

        V512<T> a = Abs(x), infinity = Const(double.PositiveInfinity), zero = Const(0);
        V512<T> e = ExponentField(ScaleSubnormal(a)) - SelectLess(a, Const(SmallestNormal), Const(SubnormalShift), zero);
        return SelectEqual(a, zero, -infinity, SelectLess(a, infinity, e, a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V512<T> Mantissa(V512<T> x)
    {
        if (Avx512F.IsSupported)
        {
            return sizeof(T) == sizeof(double)
                ? Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.GetMantissa(x._value.AsDouble(), OneToTwoWithoutSign).As<double, T>())
                : Unsafe.BitCast<Vector512<T>, V512<T>>(Avx512F.GetMantissa(x._value.AsSingle(), OneToTwoWithoutSign).As<float, T>());
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
    private static V512<T> ScaleSubnormal(V512<T> a) => SelectLess(a, Const(SmallestNormal), a * Const(18446744073709551616.0), a);

    // 2^n, the exponent field and the significand are read and made through the bits. Adding a number whose unit in the
    // last place is 1 puts an integral n into the low bits, without the conversions that AVX2 lacks for 64-bit integers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V512<T> PowerOfTwo(V512<T> n) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(((n._value.AsDouble() + Vector512.Create(6755399441055744.0 + 1023.0)).AsInt64() << 52).As<long, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(((n._value.AsSingle() + Vector512.Create(12582912f + 127f)).AsInt32() << 23).As<int, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V512<T> ExponentField(V512<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>((((x._value.AsUInt64() >>> 52) | Vector512.Create(0x4330000000000000ul)).AsDouble() - Vector512.Create(4503599627370496.0 + 1023.0)).As<double, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>((((x._value.AsUInt32() >>> 23) | Vector512.Create(0x4B000000u)).AsSingle() - Vector512.Create(8388608f + 127f)).As<float, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V512<T> SignificandField(V512<T> x) => sizeof(T) == sizeof(double)
        ? Unsafe.BitCast<Vector512<T>, V512<T>>(((x._value.AsUInt64() & Vector512.Create(0x000FFFFFFFFFFFFFul)) | Vector512.Create(0x3FF0000000000000ul)).As<ulong, T>())
        : Unsafe.BitCast<Vector512<T>, V512<T>>(((x._value.AsUInt32() & Vector512.Create(0x007FFFFFu)) | Vector512.Create(0x3F800000u)).As<uint, T>());
}
