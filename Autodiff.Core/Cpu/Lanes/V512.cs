using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Algebra;
using static System.Runtime.CompilerServices.Unsafe;

namespace Autodiff.Cpu;

/// <summary>512 bits of float or double: one register with AVX-512.</summary>
/// <remarks>
/// Every member is AggressiveInlining: a formula of a few hundred operations would exhaust the compiler's inlining
/// budget otherwise, and the rest become calls. Results are reinterpreted registers, since a constructor's call leaves
/// temporaries, of which a method may have only so many before inlining stops.
/// </remarks>
internal readonly unsafe struct V512<T> : IFloatLanes<V512<T>, T>
    where T : unmanaged
{
    private const MethodImplOptions Inlined = MethodImplOptions.AggressiveInlining;

    // The immediate of the AVX-512 instruction: significands in [1, 2), the sign dropped.
    private const byte OneToTwoWithoutSign = 4;

    private readonly Vector512<T> _value;

    [MethodImpl(Inlined)]
    private V512(Vector512<T> value) => _value = value;

    public static int Width { [MethodImpl(Inlined)] get => Vector512<T>.Count; }

    public static int Registers { [MethodImpl(Inlined)] get => 32; }

    public static bool IsDouble { [MethodImpl(Inlined)] get => sizeof(T) == sizeof(double); }

    public T this[int lane] { [MethodImpl(Inlined)] get => _value[lane]; }

    public static V512<T> Lanes
    {
        [MethodImpl(Inlined)] get => BitCast<Vector512<T>, V512<T>>(Vector512<T>.Indices);
    }

    [MethodImpl(Inlined)]
    public static V512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(Inlined)]
    public static V512<T> SwapHalves(V512<T> x, int group) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>((group switch
        {
            8 => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(4L, 5L, 6L, 7L, 0L, 1L, 2L, 3L)),
            4 => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(2L, 3L, 0L, 1L, 6L, 7L, 4L, 5L)),
            _ => Vector512.Shuffle(x._value.AsDouble(), Vector512.Create(1L, 0L, 3L, 2L, 5L, 4L, 7L, 6L)),
        }).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>((group switch
        {
            16 =>
                Vector512.Shuffle(x._value.AsSingle(),
                    Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)),
            8 =>
                Vector512.Shuffle(x._value.AsSingle(),
                    Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)),
            4 =>
                Vector512.Shuffle(x._value.AsSingle(),
                    Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)),
            _ =>
                Vector512.Shuffle(x._value.AsSingle(),
                    Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)),
        }).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(Inlined)]
    public void Store(T* target) => _value.Store(target);

    [MethodImpl(Inlined)]
    public void StoreNonTemporal(T* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(Inlined)]
    public static V512<T> First(nint count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count))
            .As<long, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count))
            .As<int, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Load(T* source, V512<T> mask) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.MaskLoad((double*)source, mask._value.AsDouble(),
            Vector512<double>.Zero).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.MaskLoad((float*)source, mask._value.AsSingle(), Vector512<float>.Zero)
            .As<float, T>());

    [MethodImpl(Inlined)]
    public void Store(T* target, V512<T> mask)
    {
        if (sizeof(T) == sizeof(double))
        {
            Avx512F.MaskStore((double*)target, mask._value.AsDouble(), _value.AsDouble());
        }
        else
        {
            Avx512F.MaskStore((float*)target, mask._value.AsSingle(), _value.AsSingle());
        }
    }

    [MethodImpl(Inlined)]
    public static void Prefetch(T* source)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(source);
        }
    }

    [MethodImpl(Inlined)]
    public static V512<T> Const(double value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.Create(value).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.Create((float)value).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Const(Constant value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.Create(value.Double).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.Create(value.Single).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> operator +(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value + b._value);

    [MethodImpl(Inlined)]
    public static V512<T> operator -(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value - b._value);

    [MethodImpl(Inlined)]
    public static V512<T> operator *(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value * b._value);

    [MethodImpl(Inlined)]
    public static V512<T> operator /(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value / b._value);

    [MethodImpl(Inlined)]
    public static V512<T> operator -(V512<T> x) => BitCast<Vector512<T>, V512<T>>(-x._value);

    [MethodImpl(Inlined)]
    public static V512<T> FusedMultiplyAdd(V512<T> a, V512<T> b, V512<T> c) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(),
            c._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(),
            c._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> AtLeast(V512<T> floor, V512<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.Max(floor._value.AsDouble(), x._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.Max(floor._value.AsSingle(), x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static T Sum(V512<T> x) => Vector512.Sum(x._value);

    [MethodImpl(Inlined)]
    public static void Sums(V512<T> x0, V512<T> x1, V512<T> x2, V512<T> x3, T* to) =>
        V256<T>.Sums(Half(x0), Half(x1), Half(x2), Half(x3), to);

    [MethodImpl(Inlined)]
    private static V256<T> Half(V512<T> x) => BitCast<Vector256<T>, V256<T>>(x._value.GetLower() + x._value.GetUpper());

    [MethodImpl(Inlined)]
    public static V512<T> EvenLanes(V512<T> low, V512<T> high) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.PermuteVar8x64x2(low._value.AsDouble(),
            Vector512.Create(0L, 2L, 4L, 6L, 8L, 10L, 12L, 14L), high._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.PermuteVar16x32x2(low._value.AsSingle(),
            Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), high._value.AsSingle())
            .As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> OddLanes(V512<T> low, V512<T> high) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.PermuteVar8x64x2(low._value.AsDouble(),
            Vector512.Create(1L, 3L, 5L, 7L, 9L, 11L, 13L, 15L), high._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.PermuteVar16x32x2(low._value.AsSingle(),
            Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), high._value.AsSingle())
            .As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Abs(V512<T> x) => BitCast<Vector512<T>, V512<T>>(Vector512.Abs(x._value));

    [MethodImpl(Inlined)]
    public static V512<T> Sqrt(V512<T> x) => BitCast<Vector512<T>, V512<T>>(Vector512.Sqrt(x._value));

    [MethodImpl(Inlined)]
    public static V512<T> Floor(V512<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.Floor(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.Floor(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Round(V512<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Vector512.Round(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Vector512.Round(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> SelectLess(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.LessThan(a._value, b._value), then._value,
            otherwise._value));

    [MethodImpl(Inlined)]
    public static V512<T> SelectLessEqual(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a._value, b._value),
            then._value, otherwise._value));

    [MethodImpl(Inlined)]
    public static V512<T> SelectEqual(V512<T> a, V512<T> b, V512<T> then, V512<T> otherwise) =>
        BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(Vector512.Equals(a._value, b._value), then._value,
            otherwise._value));

    [MethodImpl(Inlined)]
    public static bool AllLessEqual(V512<T> a, V512<T> b) => Vector512.LessThanOrEqualAll(a._value, b._value);

    [MethodImpl(Inlined)]
    public static V512<T> CopySign(V512<T> x, V512<T> sign)
    {
        Vector512<T> bit = sizeof(T) == sizeof(double)
            ? Vector512.Create(-0.0).As<double, T>()
            : Vector512.Create(-0f).As<float, T>();
        return BitCast<Vector512<T>, V512<T>>(Vector512.ConditionalSelect(bit, sign._value, x._value));
    }

    [MethodImpl(Inlined)]
    public static V512<T> ScaleB(V512<T> x, V512<T> n) =>
        !Avx512F.IsSupported ? FloatBits<V512<T>, T>.ScaleB(x, n)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.Scale(x._value.AsDouble(), n._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.Scale(x._value.AsSingle(), n._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Exponent(V512<T> x) =>
        !Avx512F.IsSupported ? FloatBits<V512<T>, T>.Exponent(x)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.GetExponent(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.GetExponent(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> Mantissa(V512<T> x) =>
        !Avx512F.IsSupported ? FloatBits<V512<T>, T>.Mantissa(x)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>(Avx512F.GetMantissa(x._value.AsDouble(), OneToTwoWithoutSign).As<double, T>())
        : BitCast<Vector512<T>, V512<T>>(Avx512F.GetMantissa(x._value.AsSingle(), OneToTwoWithoutSign).As<float, T>());

    [MethodImpl(Inlined)]
    public static V512<T> BitsAnd(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value & b._value);

    [MethodImpl(Inlined)]
    public static V512<T> BitsOr(V512<T> a, V512<T> b) => BitCast<Vector512<T>, V512<T>>(a._value | b._value);

    [MethodImpl(Inlined)]
    public static V512<T> BitsLeft(V512<T> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>((x._value.AsUInt64() << count).As<ulong, T>())
        : BitCast<Vector512<T>, V512<T>>((x._value.AsUInt32() << count).As<uint, T>());

    [MethodImpl(Inlined)]
    public static V512<T> BitsRight(V512<T> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector512<T>, V512<T>>((x._value.AsUInt64() >>> count).As<ulong, T>())
        : BitCast<Vector512<T>, V512<T>>((x._value.AsUInt32() >>> count).As<uint, T>());
}
