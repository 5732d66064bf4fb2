using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Algebra;
using static System.Runtime.CompilerServices.Unsafe;

namespace Autodiff.Cpu;

/// <summary>256 bits of float or double: one register with AVX2.</summary>
/// <remarks>Inlining and registers as in <see cref="V512{T}"/>.</remarks>
internal readonly unsafe struct V256<T> : IFloatLanes<V256<T>, T>
    where T : unmanaged
{
    private const MethodImplOptions Inlined = MethodImplOptions.AggressiveInlining;

    // The immediate of the AVX-512 instruction: significands in [1, 2), the sign dropped.
    private const byte OneToTwoWithoutSign = 4;

    private readonly Vector256<T> _value;

    [MethodImpl(Inlined)]
    private V256(Vector256<T> value) => _value = value;

    public static int Width { [MethodImpl(Inlined)] get => Vector256<T>.Count; }

    public static int Registers { [MethodImpl(Inlined)] get => 16; }

    public static bool IsDouble { [MethodImpl(Inlined)] get => sizeof(T) == sizeof(double); }

    public T this[int lane] { [MethodImpl(Inlined)] get => _value[lane]; }

    public static V256<T> Lanes
    {
        [MethodImpl(Inlined)] get => BitCast<Vector256<T>, V256<T>>(Vector256<T>.Indices);
    }

    [MethodImpl(Inlined)]
    public static V256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(Inlined)]
    public static V256<T> SwapHalves(V256<T> x, int group) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>((group switch
        {
            4 => Vector256.Shuffle(x._value.AsDouble(), Vector256.Create(2L, 3L, 0L, 1L)),
            _ => Vector256.Shuffle(x._value.AsDouble(), Vector256.Create(1L, 0L, 3L, 2L)),
        }).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>((group switch
        {
            8 => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)),
            4 => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)),
            _ => Vector256.Shuffle(x._value.AsSingle(), Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)),
        }).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(Inlined)]
    public void Store(T* target) => _value.Store(target);

    [MethodImpl(Inlined)]
    public void StoreNonTemporal(T* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(Inlined)]
    public static V256<T> First(nint count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count))
            .As<long, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count))
            .As<int, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Load(T* source, V256<T> mask) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Avx.MaskLoad((double*)source, mask._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Avx.MaskLoad((float*)source, mask._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public void Store(T* target, V256<T> mask)
    {
        if (sizeof(T) == sizeof(double))
        {
            Avx.MaskStore((double*)target, mask._value.AsDouble(), _value.AsDouble());
        }
        else
        {
            Avx.MaskStore((float*)target, mask._value.AsSingle(), _value.AsSingle());
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
    public static V256<T> Const(double value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.Create(value).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.Create((float)value).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Const(Constant value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.Create(value.Double).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.Create(value.Single).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> operator +(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value + b._value);

    [MethodImpl(Inlined)]
    public static V256<T> operator -(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value - b._value);

    [MethodImpl(Inlined)]
    public static V256<T> operator *(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value * b._value);

    [MethodImpl(Inlined)]
    public static V256<T> operator /(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value / b._value);

    [MethodImpl(Inlined)]
    public static V256<T> operator -(V256<T> x) => BitCast<Vector256<T>, V256<T>>(-x._value);

    [MethodImpl(Inlined)]
    public static V256<T> FusedMultiplyAdd(V256<T> a, V256<T> b, V256<T> c) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.FusedMultiplyAdd(a._value.AsDouble(), b._value.AsDouble(),
            c._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.FusedMultiplyAdd(a._value.AsSingle(), b._value.AsSingle(),
            c._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> AtLeast(V256<T> floor, V256<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Avx.Max(floor._value.AsDouble(), x._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Avx.Max(floor._value.AsSingle(), x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static T Sum(V256<T> x) => Vector256.Sum(x._value);

    [MethodImpl(Inlined)]
    public static void Sums(V256<T> x0, V256<T> x1, V256<T> x2, V256<T> x3, T* to) =>
        V128<T, Fused>.Sums(Half(x0), Half(x1), Half(x2), Half(x3), to);

    [MethodImpl(Inlined)]
    private static V128<T, Fused> Half(V256<T> x) =>
        BitCast<Vector128<T>, V128<T, Fused>>(x._value.GetLower() + x._value.GetUpper());

    [MethodImpl(Inlined)]
    public static V256<T> EvenLanes(V256<T> low, V256<T> high)
    {
        // Of each half of both; then the middle quarters change places.
        Vector256<double> halves = sizeof(T) == sizeof(double)
            ? Avx.UnpackLow(low._value.AsDouble(), high._value.AsDouble())
            : Avx.Shuffle(low._value.AsSingle(), high._value.AsSingle(), 0b10_00_10_00).AsDouble();
        return BitCast<Vector256<T>, V256<T>>(Avx2.Permute4x64(halves, 0b11_01_10_00).As<double, T>());
    }

    [MethodImpl(Inlined)]
    public static V256<T> OddLanes(V256<T> low, V256<T> high)
    {
        Vector256<double> halves = sizeof(T) == sizeof(double)
            ? Avx.UnpackHigh(low._value.AsDouble(), high._value.AsDouble())
            : Avx.Shuffle(low._value.AsSingle(), high._value.AsSingle(), 0b11_01_11_01).AsDouble();
        return BitCast<Vector256<T>, V256<T>>(Avx2.Permute4x64(halves, 0b11_01_10_00).As<double, T>());
    }

    [MethodImpl(Inlined)]
    public static V256<T> Abs(V256<T> x) => BitCast<Vector256<T>, V256<T>>(Vector256.Abs(x._value));

    [MethodImpl(Inlined)]
    public static V256<T> Sqrt(V256<T> x) => BitCast<Vector256<T>, V256<T>>(Vector256.Sqrt(x._value));

    [MethodImpl(Inlined)]
    public static V256<T> Floor(V256<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.Floor(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.Floor(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Round(V256<T> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Vector256.Round(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Vector256.Round(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> SelectLess(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.LessThan(a._value, b._value), then._value,
            otherwise._value));

    [MethodImpl(Inlined)]
    public static V256<T> SelectLessEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.LessThanOrEqual(a._value, b._value),
            then._value, otherwise._value));

    [MethodImpl(Inlined)]
    public static V256<T> SelectEqual(V256<T> a, V256<T> b, V256<T> then, V256<T> otherwise) =>
        BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(Vector256.Equals(a._value, b._value), then._value,
            otherwise._value));

    [MethodImpl(Inlined)]
    public static bool AllLessEqual(V256<T> a, V256<T> b) =>
        Vector256.LessThanOrEqual(a._value, b._value).ExtractMostSignificantBits() == (1u << Width) - 1;

    [MethodImpl(Inlined)]
    public static V256<T> CopySign(V256<T> x, V256<T> sign)
    {
        Vector256<T> bit = sizeof(T) == sizeof(double)
            ? Vector256.Create(-0.0).As<double, T>()
            : Vector256.Create(-0f).As<float, T>();
        return BitCast<Vector256<T>, V256<T>>(Vector256.ConditionalSelect(bit, sign._value, x._value));
    }

    [MethodImpl(Inlined)]
    public static V256<T> ScaleB(V256<T> x, V256<T> n) =>
        !Avx512F.VL.IsSupported ? FloatBits<V256<T>, T>.ScaleB(x, n)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Avx512F.VL.Scale(x._value.AsDouble(), n._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Avx512F.VL.Scale(x._value.AsSingle(), n._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Exponent(V256<T> x) =>
        !Avx512F.VL.IsSupported ? FloatBits<V256<T>, T>.Exponent(x)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetExponent(x._value.AsDouble()).As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetExponent(x._value.AsSingle()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> Mantissa(V256<T> x) =>
        !Avx512F.VL.IsSupported ? FloatBits<V256<T>, T>.Mantissa(x)
        : sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetMantissa(x._value.AsDouble(), OneToTwoWithoutSign)
            .As<double, T>())
        : BitCast<Vector256<T>, V256<T>>(Avx512F.VL.GetMantissa(x._value.AsSingle(), OneToTwoWithoutSign)
            .As<float, T>());

    [MethodImpl(Inlined)]
    public static V256<T> BitsAnd(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value & b._value);

    [MethodImpl(Inlined)]
    public static V256<T> BitsOr(V256<T> a, V256<T> b) => BitCast<Vector256<T>, V256<T>>(a._value | b._value);

    [MethodImpl(Inlined)]
    public static V256<T> BitsLeft(V256<T> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>((x._value.AsUInt64() << count).As<ulong, T>())
        : BitCast<Vector256<T>, V256<T>>((x._value.AsUInt32() << count).As<uint, T>());

    [MethodImpl(Inlined)]
    public static V256<T> BitsRight(V256<T> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector256<T>, V256<T>>((x._value.AsUInt64() >>> count).As<ulong, T>())
        : BitCast<Vector256<T>, V256<T>>((x._value.AsUInt32() >>> count).As<uint, T>());
}
