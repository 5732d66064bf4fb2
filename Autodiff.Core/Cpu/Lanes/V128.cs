using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Autodiff.Algebra;
using static System.Runtime.CompilerServices.Unsafe;

namespace Autodiff.Cpu;

/// <summary>128 bits of float or double: one register of any machine that has vectors.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="M">How a b + c is computed.</typeparam>
/// <remarks>Inlining and registers as in <see cref="V512{T}"/>.</remarks>
internal readonly unsafe struct V128<T, M> : IFloatLanes<V128<T, M>, T>
    where T : unmanaged
    where M : struct, IMultiplyAdd
{
    private const MethodImplOptions Inlined = MethodImplOptions.AggressiveInlining;

    private readonly Vector128<T> _value;

    [MethodImpl(Inlined)]
    private V128(Vector128<T> value) => _value = value;

    public static int Width { [MethodImpl(Inlined)] get => Vector128<T>.Count; }

    public static int Registers { [MethodImpl(Inlined)] get => AdvSimd.IsSupported ? 32 : 16; }

    public static bool IsDouble { [MethodImpl(Inlined)] get => sizeof(T) == sizeof(double); }

    public T this[int lane] { [MethodImpl(Inlined)] get => _value[lane]; }

    public static V128<T, M> Lanes
    {
        [MethodImpl(Inlined)] get => BitCast<Vector128<T>, V128<T, M>>(Vector128<T>.Indices);
    }

    [MethodImpl(Inlined)]
    public static V128<T, M> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(Inlined)]
    public static V128<T, M> SwapHalves(V128<T, M> x, int group) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.Shuffle(x._value.AsDouble(), Vector128.Create(1L, 0L))
            .As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>((group switch
        {
            4 => Vector128.Shuffle(x._value.AsSingle(), Vector128.Create(2, 3, 0, 1)),
            _ => Vector128.Shuffle(x._value.AsSingle(), Vector128.Create(1, 0, 3, 2)),
        }).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(Inlined)]
    public void Store(T* target) => _value.Store(target);

    [MethodImpl(Inlined)]
    public void StoreNonTemporal(T* target) => _value.StoreAlignedNonTemporal(target);

    [MethodImpl(Inlined)]
    public static V128<T, M> First(nint count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count))
            .As<long, T>())
        : BitCast<Vector128<T>, V128<T, M>>(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)count))
            .As<int, T>());

    public static V128<T, M> Load(T* source, V128<T, M> mask)
    {
        Vector128<T> value = Vector128<T>.Zero;
        uint bits = mask._value.ExtractMostSignificantBits();
        for (int i = 0; i < Width; i++)
        {
            value = (bits >> i & 1) != 0 ? value.WithElement(i, source[i]) : value;
        }

        return BitCast<Vector128<T>, V128<T, M>>(value);
    }

    public void Store(T* target, V128<T, M> mask)
    {
        uint bits = mask._value.ExtractMostSignificantBits();
        for (int i = 0; i < Width; i++)
        {
            if ((bits >> i & 1) != 0)
            {
                target[i] = _value.GetElement(i);
            }
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
    public static V128<T, M> Const(double value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(value).As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>(Vector128.Create((float)value).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> Const(Constant value) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(value.Double).As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(value.Single).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> operator +(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value + b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> operator -(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value - b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> operator *(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value * b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> operator /(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value / b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> operator -(V128<T, M> x) => BitCast<Vector128<T>, V128<T, M>>(-x._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> FusedMultiplyAdd(V128<T, M> a, V128<T, M> b, V128<T, M> c) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(M.Of(a._value.AsDouble(), b._value.AsDouble(), c._value.AsDouble())
            .As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>(M.Of(a._value.AsSingle(), b._value.AsSingle(), c._value.AsSingle())
            .As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> AtLeast(V128<T, M> floor, V128<T, M> x) =>
        BitCast<Vector128<T>, V128<T, M>>(Vector128.ConditionalSelect(Vector128.LessThan(x._value, floor._value),
            floor._value, x._value));

    [MethodImpl(Inlined)]
    public static T Sum(V128<T, M> x) => Vector128.Sum(x._value);

    [MethodImpl(Inlined)]
    public static void Sums(V128<T, M> x0, V128<T, M> x1, V128<T, M> x2, V128<T, M> x3, T* to)
    {
        if (typeof(T) == typeof(float) && Sse3.IsSupported)
        {
            Vector128<float> low = Sse3.HorizontalAdd(x0._value.AsSingle(), x1._value.AsSingle());
            Vector128<float> high = Sse3.HorizontalAdd(x2._value.AsSingle(), x3._value.AsSingle());
            Sse3.HorizontalAdd(low, high).Store((float*)to);
            return;
        }

        (to[0], to[1], to[2], to[3]) = (Sum(x0), Sum(x1), Sum(x2), Sum(x3));
    }

    [MethodImpl(Inlined)]
    public static V128<T, M> EvenLanes(V128<T, M> low, V128<T, M> high) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(low._value.GetLower(), high._value.GetLower()))
        : BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(
            Vector128.Shuffle(low._value.AsSingle(), Vector128.Create(0, 2, 0, 2)).GetLower(),
            Vector128.Shuffle(high._value.AsSingle(), Vector128.Create(0, 2, 0, 2)).GetLower()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> OddLanes(V128<T, M> low, V128<T, M> high) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(low._value.GetUpper(), high._value.GetUpper()))
        : BitCast<Vector128<T>, V128<T, M>>(Vector128.Create(
            Vector128.Shuffle(low._value.AsSingle(), Vector128.Create(1, 3, 1, 3)).GetLower(),
            Vector128.Shuffle(high._value.AsSingle(), Vector128.Create(1, 3, 1, 3)).GetLower()).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> Abs(V128<T, M> x) => BitCast<Vector128<T>, V128<T, M>>(Vector128.Abs(x._value));

    [MethodImpl(Inlined)]
    public static V128<T, M> Sqrt(V128<T, M> x) => BitCast<Vector128<T>, V128<T, M>>(Vector128.Sqrt(x._value));

    // The native compiler makes a call for each lane of Vector128.Floor and Round, unless it may take SSE4.1 for
    // granted; called as an intrinsic, the instruction is behind a check.
    [MethodImpl(Inlined)]
    public static V128<T, M> Floor(V128<T, M> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(
            (Sse41.IsSupported ? Sse41.Floor(x._value.AsDouble()) : Vector128.Floor(x._value.AsDouble()))
                .As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>(
            (Sse41.IsSupported ? Sse41.Floor(x._value.AsSingle()) : Vector128.Floor(x._value.AsSingle()))
                .As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> Round(V128<T, M> x) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>(
            (Sse41.IsSupported
                ? Sse41.RoundToNearestInteger(x._value.AsDouble())
                : Vector128.Round(x._value.AsDouble())).As<double, T>())
        : BitCast<Vector128<T>, V128<T, M>>(
            (Sse41.IsSupported
                ? Sse41.RoundToNearestInteger(x._value.AsSingle())
                : Vector128.Round(x._value.AsSingle())).As<float, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> SelectLess(V128<T, M> a, V128<T, M> b, V128<T, M> then, V128<T, M> otherwise) =>
        BitCast<Vector128<T>, V128<T, M>>(Vector128.ConditionalSelect(Vector128.LessThan(a._value, b._value),
            then._value, otherwise._value));

    [MethodImpl(Inlined)]
    public static V128<T, M> SelectLessEqual(V128<T, M> a, V128<T, M> b, V128<T, M> then, V128<T, M> otherwise) =>
        BitCast<Vector128<T>, V128<T, M>>(Vector128.ConditionalSelect(Vector128.LessThanOrEqual(a._value, b._value),
            then._value, otherwise._value));

    [MethodImpl(Inlined)]
    public static V128<T, M> SelectEqual(V128<T, M> a, V128<T, M> b, V128<T, M> then, V128<T, M> otherwise) =>
        BitCast<Vector128<T>, V128<T, M>>(Vector128.ConditionalSelect(Vector128.Equals(a._value, b._value), then._value,
            otherwise._value));

    [MethodImpl(Inlined)]
    public static bool AllLessEqual(V128<T, M> a, V128<T, M> b) => Vector128.LessThanOrEqualAll(a._value, b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> CopySign(V128<T, M> x, V128<T, M> sign)
    {
        Vector128<T> bit = sizeof(T) == sizeof(double)
            ? Vector128.Create(-0.0).As<double, T>()
            : Vector128.Create(-0f).As<float, T>();
        return BitCast<Vector128<T>, V128<T, M>>(Vector128.ConditionalSelect(bit, sign._value, x._value));
    }

    [MethodImpl(Inlined)]
    public static V128<T, M> ScaleB(V128<T, M> x, V128<T, M> n) => FloatBits<V128<T, M>, T>.ScaleB(x, n);

    [MethodImpl(Inlined)]
    public static V128<T, M> Exponent(V128<T, M> x) => FloatBits<V128<T, M>, T>.Exponent(x);

    [MethodImpl(Inlined)]
    public static V128<T, M> Mantissa(V128<T, M> x) => FloatBits<V128<T, M>, T>.Mantissa(x);

    [MethodImpl(Inlined)]
    public static V128<T, M> BitsAnd(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value & b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> BitsOr(V128<T, M> a, V128<T, M> b) =>
        BitCast<Vector128<T>, V128<T, M>>(a._value | b._value);

    [MethodImpl(Inlined)]
    public static V128<T, M> BitsLeft(V128<T, M> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>((x._value.AsUInt64() << count).As<ulong, T>())
        : BitCast<Vector128<T>, V128<T, M>>((x._value.AsUInt32() << count).As<uint, T>());

    [MethodImpl(Inlined)]
    public static V128<T, M> BitsRight(V128<T, M> x, int count) => sizeof(T) == sizeof(double)
        ? BitCast<Vector128<T>, V128<T, M>>((x._value.AsUInt64() >>> count).As<ulong, T>())
        : BitCast<Vector128<T>, V128<T, M>>((x._value.AsUInt32() >>> count).As<uint, T>());
}
