using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>Conversions between what is in memory and the computing type, many elements at a time.</summary>
internal static unsafe class ElementConversion
{
    /// <summary>target[i] = source[i], for all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RoundAll<TFrom, TTo>(TFrom* source, TTo* target, int count)
        where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        for (int i = count < Vector256<float>.Count ? 0 : Round(source, target, count); i < count; i++)
        {
            target[i] = TTo.CreateTruncating(source[i]);
        }
    }

    /// <summary>target[i] = source[i] between float32 and float64.</summary>
    /// <returns>How many elements were converted: none for other types; the rest is less than a vector.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Round<TFrom, TTo>(TFrom* source, TTo* target, int count)
        where TFrom : unmanaged where TTo : unmanaged
    {
        int i = 0;
        if (typeof(TFrom) == typeof(float) && typeof(TTo) == typeof(double))
        {
            for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load((float*)source + i));
                low.Store((double*)target + i);
                high.Store((double*)target + i + Vector256<double>.Count);
            }
        }
        else if (typeof(TFrom) == typeof(double) && typeof(TTo) == typeof(float))
        {
            for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                double* x = (double*)source + i;
                Vector256.Narrow(Vector256.Load(x), Vector256.Load(x + Vector256<double>.Count))
                    .Store((float*)target + i);
            }
        }

        return i;
    }

    /// <summary>target[i] = source[i] is not zero, for all.</summary>
    public static void PackAll<T>(T* source, byte* target, int count) where T : unmanaged, INumber<T>
    {
        for (int i = Pack(source, target, count); i < count; i++)
        {
            target[i] = T.IsZero(source[i]) ? (byte)0 : (byte)1;
        }
    }

    /// <summary>target[i] = source[i] is not zero.</summary>
    /// <returns>How many elements were converted; the rest is less than a vector.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Pack<T>(T* source, byte* target, int count) where T : unmanaged
    {
        int i = 0;
        if (Avx512BW.IsSupported && sizeof(T) == sizeof(int))
        {
            // Saturation leaves no number but zero zero. Packing interleaves quarters of the vectors; the permutation
            // orders them.
            Vector512<int> order = Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            for (; i <= count - Vector512<byte>.Count; i += Vector512<byte>.Count)
            {
                T* x = source + i;
                Vector512<short> first = Avx512BW.PackSignedSaturate(Unsigned(x, 0), Unsigned(x, 1));
                Vector512<short> second = Avx512BW.PackSignedSaturate(Unsigned(x, 2), Unsigned(x, 3));
                Vector512<int> mixed = Avx512BW.PackSignedSaturate(first, second).AsInt32();
                Vector512.Min(Avx512F.PermuteVar16x32(mixed, order).AsByte(), Vector512<byte>.One).Store(target + i);
            }
        }

        for (; i <= count - Vector256<byte>.Count; i += Vector256<byte>.Count)
        {
            T* x = source + i;
            Vector256<short> low, high;
            if (sizeof(T) == sizeof(int))
            {
                low = Vector256.Narrow(Zeros(x, 0).AsInt32(), Zeros(x, 1).AsInt32());
                high = Vector256.Narrow(Zeros(x, 2).AsInt32(), Zeros(x, 3).AsInt32());
            }
            else
            {
                low = Vector256.Narrow(Narrow(x, 0), Narrow(x, 2));
                high = Vector256.Narrow(Narrow(x, 4), Narrow(x, 6));
            }

            // A lane of zeros is all ones: adding one to it leaves 0, and to any other 1.
            (Vector256.Narrow(low, high).AsByte() + Vector256<byte>.One).Store(target + i);
        }

        return i;
    }

    /// <summary>target[i] = source[i], 0 or 1.</summary>
    /// <returns>How many elements were converted; the rest is less than a vector.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Unpack<T>(byte* source, T* target, int count) where T : unmanaged
    {
        int i = 0;
        for (; i <= count - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            (Vector128<ushort> a, Vector128<ushort> b) = Vector128.Widen(Vector128.Load(source + i));
            Spread(a, target + i);
            Spread(b, target + i + Vector128<ushort>.Count);
        }

        return i;
    }

    /// <summary>
    /// The bits of 16 elements; those of floating-point numbers without the sign, which zeros have as well.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Unsigned<T>(T* source, int vector) where T : unmanaged
    {
        Vector512<int> bits = Vector512.Load(source + vector * Vector512<T>.Count).As<T, int>();
        return typeof(T) == typeof(float) ? bits << 1 : bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Zeros<T>(T* source, int vector) where T : unmanaged =>
        Vector256.Equals(Vector256.Load(source + vector * Vector256<T>.Count), Vector256<T>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Narrow<T>(T* source, int vector) where T : unmanaged =>
        Vector256.Narrow(Zeros(source, vector).AsInt64(), Zeros(source, vector + 1).AsInt64());

    // A mask of the elements that are one selects the bits of the number one, whatever the type.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<T>(Vector128<ushort> values, T* target) where T : unmanaged
    {
        (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(values);
        Vector256<uint> mask = Vector256<uint>.Zero - Vector256.Create(a, b);
        if (sizeof(T) == sizeof(int))
        {
            (mask.As<uint, T>() & Vector256<T>.One).Store(target);
            return;
        }

        (Vector256<long> low, Vector256<long> high) = Vector256.Widen(mask.AsInt32());
        (low.As<long, T>() & Vector256<T>.One).Store(target);
        (high.As<long, T>() & Vector256<T>.One).Store(target + Vector256<T>.Count);
    }
}
