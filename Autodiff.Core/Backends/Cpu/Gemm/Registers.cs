using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// One vector register, as the matrix product sees it. The kernels are written once over this interface; the JIT makes
/// each instance as if it had been written for that register.
/// </summary>
internal unsafe interface IRegister<TSelf, T>
    where TSelf : unmanaged, IRegister<TSelf, T>
    where T : unmanaged
{
    /// <summary>How many numbers the register holds.</summary>
    static abstract int Count { get; }

    /// <summary>The most rows of a tile two registers wide whose sums, with both operands, fit in the register file.</summary>
    static abstract int TileRows { get; }

    static abstract TSelf Load(T* from);

    /// <summary>The mask of the first <paramref name="count"/> numbers.</summary>
    static abstract TSelf First(nint count);

    /// <summary>The numbers under the mask and zeros elsewhere; touches no memory outside the mask.</summary>
    static abstract TSelf Load(T* from, TSelf mask);

    static abstract TSelf Broadcast(T value);

    static abstract TSelf Add(TSelf x, TSelf y);

    /// <summary>x · y + z, with one rounding where the machine has such an instruction.</summary>
    static abstract TSelf MultiplyAdd(TSelf x, TSelf y, TSelf z);

    /// <summary>max(floor, x), and x where it is NaN or both are zeros.</summary>
    static abstract TSelf AtLeast(TSelf floor, TSelf x);

    static abstract T Sum(TSelf x);

    /// <summary>The sums of four registers, one after the other.</summary>
    static abstract void Sums(TSelf x0, TSelf x1, TSelf x2, TSelf x3, T* to);

    static abstract void Store(TSelf x, T* to);

    /// <summary>Stores the numbers under the mask and touches no memory outside it.</summary>
    static abstract void Store(TSelf x, T* to, TSelf mask);
}

/// <summary>An AVX-512 register.</summary>
internal readonly unsafe struct Register512<T>(Vector512<T> value) : IRegister<Register512<T>, T>
    where T : unmanaged
{
    private readonly Vector512<T> _value = value;

    public static int Count => Vector512<T>.Count;

    public static int TileRows => 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Load(T* from) => new(Vector512.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> First(nint count) => typeof(T) == typeof(float)
        ? new(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).As<int, T>())
        : new(Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Load(T* from, Register512<T> mask) => typeof(T) == typeof(float)
        ? new(Avx512F.MaskLoad((float*)from, mask._value.AsSingle(), Vector512<float>.Zero).As<float, T>())
        : new(Avx512F.MaskLoad((double*)from, mask._value.AsDouble(), Vector512<double>.Zero).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Add(Register512<T> x, Register512<T> y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> MultiplyAdd(Register512<T> x, Register512<T> y, Register512<T> z) => typeof(T) == typeof(float)
        ? new(Vector512.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
        : new(Vector512.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> AtLeast(Register512<T> floor, Register512<T> x) => typeof(T) == typeof(float)
        ? new(Avx512F.Max(floor._value.AsSingle(), x._value.AsSingle()).As<float, T>())
        : new(Avx512F.Max(floor._value.AsDouble(), x._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register512<T> x) => Vector512.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Register512<T> x0, Register512<T> x1, Register512<T> x2, Register512<T> x3, T* to) =>
        Register256<T>.Sums(Half(x0), Half(x1), Half(x2), Half(x3), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register256<T> Half(Register512<T> x) => new(x._value.GetLower() + x._value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register512<T> x, T* to) => x._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register512<T> x, T* to, Register512<T> mask)
    {
        if (typeof(T) == typeof(float))
        {
            Avx512F.MaskStore((float*)to, mask._value.AsSingle(), x._value.AsSingle());
        }
        else
        {
            Avx512F.MaskStore((double*)to, mask._value.AsDouble(), x._value.AsDouble());
        }
    }
}

/// <summary>An AVX register, on a machine with FMA.</summary>
internal readonly unsafe struct Register256<T>(Vector256<T> value) : IRegister<Register256<T>, T>
    where T : unmanaged
{
    private readonly Vector256<T> _value = value;

    public static int Count => Vector256<T>.Count;

    public static int TileRows => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Load(T* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> First(nint count) => typeof(T) == typeof(float)
        ? new(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).As<int, T>())
        : new(Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).As<long, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Load(T* from, Register256<T> mask) => typeof(T) == typeof(float)
        ? new(Avx.MaskLoad((float*)from, mask._value.AsSingle()).As<float, T>())
        : new(Avx.MaskLoad((double*)from, mask._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Add(Register256<T> x, Register256<T> y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> MultiplyAdd(Register256<T> x, Register256<T> y, Register256<T> z) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> AtLeast(Register256<T> floor, Register256<T> x) => typeof(T) == typeof(float)
        ? new(Avx.Max(floor._value.AsSingle(), x._value.AsSingle()).As<float, T>())
        : new(Avx.Max(floor._value.AsDouble(), x._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register256<T> x) => Vector256.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Register256<T> x0, Register256<T> x1, Register256<T> x2, Register256<T> x3, T* to) =>
        Register128<T>.Sums(Half(x0), Half(x1), Half(x2), Half(x3), to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Register128<T> Half(Register256<T> x) => new(x._value.GetLower() + x._value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register256<T> x, T* to) => x._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register256<T> x, T* to, Register256<T> mask)
    {
        if (typeof(T) == typeof(float))
        {
            Avx.MaskStore((float*)to, mask._value.AsSingle(), x._value.AsSingle());
        }
        else
        {
            Avx.MaskStore((double*)to, mask._value.AsDouble(), x._value.AsDouble());
        }
    }
}

/// <summary>A 128-bit register of any machine; plain arithmetic where there is none.</summary>
internal readonly unsafe struct Register128<T>(Vector128<T> value) : IRegister<Register128<T>, T>
    where T : unmanaged
{
    private readonly Vector128<T> _value = value;

    public static int Count => Vector128<T>.Count;

    // 16 registers in SSE, 32 in AdvSimd.
    public static int TileRows => AdvSimd.IsSupported ? 12 : 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Load(T* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> First(nint count) => typeof(T) == typeof(float)
        ? new(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create((int)count)).As<int, T>())
        : new(Vector128.LessThan(Vector128<long>.Indices, Vector128.Create((long)count)).As<long, T>());

    public static Register128<T> Load(T* from, Register128<T> mask)
    {
        Vector128<T> value = Vector128<T>.Zero;
        uint bits = mask._value.ExtractMostSignificantBits();
        for (int i = 0; i < Count; i++)
        {
            value = (bits >> i & 1) != 0 ? value.WithElement(i, from[i]) : value;
        }

        return new(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Broadcast(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Add(Register128<T> x, Register128<T> y) => new(x._value + y._value);

    // The estimate is the fused instruction where there is one; asking for the fused result elsewhere would emulate it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> MultiplyAdd(Register128<T> x, Register128<T> y, Register128<T> z) => typeof(T) == typeof(float)
        ? new(Vector128.MultiplyAddEstimate(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
        : new(Vector128.MultiplyAddEstimate(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> AtLeast(Register128<T> floor, Register128<T> x) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(x._value, floor._value), floor._value, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register128<T> x) => Vector128.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sums(Register128<T> x0, Register128<T> x1, Register128<T> x2, Register128<T> x3, T* to)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register128<T> x, T* to) => x._value.Store(to);

    public static void Store(Register128<T> x, T* to, Register128<T> mask)
    {
        uint bits = mask._value.ExtractMostSignificantBits();
        for (int i = 0; i < Count; i++)
        {
            if ((bits >> i & 1) != 0)
            {
                to[i] = x._value.GetElement(i);
            }
        }
    }
}
