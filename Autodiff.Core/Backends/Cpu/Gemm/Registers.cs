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

    /// <summary>The first <paramref name="count"/> numbers, then zeros; reads nothing past them.</summary>
    static abstract TSelf LoadFirst(T* from, nint count);

    static abstract TSelf Broadcast(T value);

    static abstract TSelf Add(TSelf x, TSelf y);

    /// <summary>x · y + z, with one rounding where the machine has such an instruction.</summary>
    static abstract TSelf MultiplyAdd(TSelf x, TSelf y, TSelf z);

    /// <summary>max(0, x), and NaN for NaN.</summary>
    static abstract TSelf Relu(TSelf x);

    static abstract T Sum(TSelf x);

    static abstract void Store(TSelf x, T* to);

    static abstract void StoreFirst(TSelf x, T* to, nint count);
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
    public static Register512<T> LoadFirst(T* from, nint count) => typeof(T) == typeof(float)
        ? new(Avx512F.MaskLoad((float*)from, Mask32(count), Vector512<float>.Zero).As<float, T>())
        : new(Avx512F.MaskLoad((double*)from, Mask64(count), Vector512<double>.Zero).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Broadcast(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Add(Register512<T> x, Register512<T> y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> MultiplyAdd(Register512<T> x, Register512<T> y, Register512<T> z) => typeof(T) == typeof(float)
        ? new(Vector512.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
        : new(Vector512.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Relu(Register512<T> x) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x._value, Vector512<T>.Zero), Vector512<T>.Zero, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register512<T> x) => Vector512.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register512<T> x, T* to) => x._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Register512<T> x, T* to, nint count)
    {
        if (typeof(T) == typeof(float))
        {
            Avx512F.MaskStore((float*)to, Mask32(count), x._value.AsSingle());
        }
        else
        {
            Avx512F.MaskStore((double*)to, Mask64(count), x._value.AsDouble());
        }
    }

    private static Vector512<float> Mask32(nint count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle();

    private static Vector512<double> Mask64(nint count) =>
        Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();
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
    public static Register256<T> LoadFirst(T* from, nint count) => typeof(T) == typeof(float)
        ? new(Avx.MaskLoad((float*)from, Mask32(count)).As<float, T>())
        : new(Avx.MaskLoad((double*)from, Mask64(count)).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Broadcast(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Add(Register256<T> x, Register256<T> y) => new(x._value + y._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> MultiplyAdd(Register256<T> x, Register256<T> y, Register256<T> z) => typeof(T) == typeof(float)
        ? new(Vector256.FusedMultiplyAdd(x._value.AsSingle(), y._value.AsSingle(), z._value.AsSingle()).As<float, T>())
        : new(Vector256.FusedMultiplyAdd(x._value.AsDouble(), y._value.AsDouble(), z._value.AsDouble()).As<double, T>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Relu(Register256<T> x) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x._value, Vector256<T>.Zero), Vector256<T>.Zero, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register256<T> x) => Vector256.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register256<T> x, T* to) => x._value.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Register256<T> x, T* to, nint count)
    {
        if (typeof(T) == typeof(float))
        {
            Avx.MaskStore((float*)to, Mask32(count), x._value.AsSingle());
        }
        else
        {
            Avx.MaskStore((double*)to, Mask64(count), x._value.AsDouble());
        }
    }

    private static Vector256<float> Mask32(nint count) =>
        Vector256.LessThan(Vector256<int>.Indices, Vector256.Create((int)count)).AsSingle();

    private static Vector256<double> Mask64(nint count) =>
        Vector256.LessThan(Vector256<long>.Indices, Vector256.Create((long)count)).AsDouble();
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

    public static Register128<T> LoadFirst(T* from, nint count)
    {
        Vector128<T> value = Vector128<T>.Zero;
        for (int i = 0; i < (int)count; i++)
        {
            value = value.WithElement(i, from[i]);
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
    public static Register128<T> Relu(Register128<T> x) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(x._value, Vector128<T>.Zero), Vector128<T>.Zero, x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum(Register128<T> x) => Vector128.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Register128<T> x, T* to) => x._value.Store(to);

    public static void StoreFirst(Register128<T> x, T* to, nint count)
    {
        for (int i = 0; i < (int)count; i++)
        {
            to[i] = x._value.GetElement(i);
        }
    }
}
