using Autodiff.Gpu.Kernels.Carriers;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>An unsigned integer that compares as the element does from which it was made.</summary>
internal interface IKey<K> where K : unmanaged, IKey<K>
{
    /// <summary>The smallest key.</summary>
    static abstract K First { get; }

    /// <summary>The largest key.</summary>
    static abstract K Last { get; }

    static abstract bool IsLess(K a, K b);

    static abstract bool AreEqual(K a, K b);

    /// <summary>The key of the thread whose number differs by the bits of <paramref name="mask"/>.</summary>
    static abstract K Xor<TThreads>(K key, int mask) where TThreads : struct, IThreads;
}

/// <summary>A key of 32 bits.</summary>
internal readonly struct Key32(uint bits) : IKey<Key32>
{
    private readonly uint _bits = bits;

    public static Key32 First => default;

    public static Key32 Last => new(uint.MaxValue);

    public static bool IsLess(Key32 a, Key32 b) => a._bits < b._bits;

    public static bool AreEqual(Key32 a, Key32 b) => a._bits == b._bits;

    public static Key32 Xor<TThreads>(Key32 key, int mask) where TThreads : struct, IThreads =>
        new(TThreads.Xor(key._bits, mask));
}

/// <summary>A key of 64 bits.</summary>
internal readonly struct Key64(ulong bits) : IKey<Key64>
{
    private readonly ulong _bits = bits;

    public static Key64 First => default;

    public static Key64 Last => new(ulong.MaxValue);

    public static bool IsLess(Key64 a, Key64 b) => a._bits < b._bits;

    public static bool AreEqual(Key64 a, Key64 b) => a._bits == b._bits;

    public static Key64 Xor<TThreads>(Key64 key, int mask) where TThreads : struct, IThreads =>
        new(TThreads.Xor(key._bits, mask));
}

/// <summary>In which order elements are wanted.</summary>
/// <param name="Reverse">1 where larger numbers get smaller keys, else 0.</param>
/// <param name="NanLast">1 where NaN has the largest key in reverse, too, else 0.</param>
internal readonly record struct KeyOrder(int Reverse, int NanLast);

/// <summary>Elements as keys: both zeros are one, NaN is above all; in reverse, keys are complemented.</summary>
/// <typeparam name="K">The key.</typeparam>
/// <typeparam name="M">What lies in memory.</typeparam>
internal interface IKeyed<K, M> where K : unmanaged, IKey<K> where M : unmanaged
{
    static abstract K Of(M element, KeyOrder order);
}

/// <summary>Keys of float32.</summary>
internal readonly struct SingleKeys : IKeyed<Key32, float>
{
    public static Key32 Of(float element, KeyOrder order)
    {
        // A negative number's bits grow downwards: all are complemented; a positive one goes above by its sign.
        uint bits = Interop.FloatAsInt(ExactSingle.Add(element, 0f));
        uint number = bits ^ ((uint)((int)bits >> 31) | 0x80000000u);
        uint key = order.Reverse != 0 ? ~number : number, nan = order.Reverse > order.NanLast ? 0 : uint.MaxValue;
        return new(ExactSingle.IsLessEqual(element, element) != 0 ? key : nan);
    }
}

/// <summary>Keys of float64.</summary>
internal readonly struct DoubleKeys : IKeyed<Key64, double>
{
    public static Key64 Of(double element, KeyOrder order)
    {
        ulong bits = Interop.FloatAsInt(ExactDouble.Add(element, 0.0));
        ulong number = bits ^ ((ulong)((long)bits >> 63) | 0x8000000000000000ul);
        ulong key = order.Reverse != 0 ? ~number : number, nan = order.Reverse > order.NanLast ? 0 : ulong.MaxValue;
        return new(ExactDouble.IsLessEqual(element, element) != 0 ? key : nan);
    }
}

/// <summary>Keys of int32.</summary>
internal readonly struct Int32Keys : IKeyed<Key32, int>
{
    public static Key32 Of(int element, KeyOrder order)
    {
        uint key = (uint)element ^ 0x80000000u;
        return new(order.Reverse != 0 ? ~key : key);
    }
}

/// <summary>Keys of int64.</summary>
internal readonly struct Int64Keys : IKeyed<Key64, long>
{
    public static Key64 Of(long element, KeyOrder order)
    {
        ulong key = (ulong)element ^ 0x8000000000000000ul;
        return new(order.Reverse != 0 ? ~key : key);
    }
}

/// <summary>Keys of bool.</summary>
internal readonly struct BoolKeys : IKeyed<Key32, byte>
{
    public static Key32 Of(byte element, KeyOrder order) => new(order.Reverse != 0 ? ~(uint)element : element);
}

/// <summary>From element types to types of keys.</summary>
internal static class KeyTypes
{
    /// <summary>The key, how elements become it, and what lies in memory.</summary>
    public static (Type Key, Type Keys, Type Memory) Of(DType type) => type switch
    {
        DType.Float32 => (typeof(Key32), typeof(SingleKeys), typeof(float)),
        DType.Float64 => (typeof(Key64), typeof(DoubleKeys), typeof(double)),
        DType.Int32 => (typeof(Key32), typeof(Int32Keys), typeof(int)),
        DType.Int64 => (typeof(Key64), typeof(Int64Keys), typeof(long)),
        _ => (typeof(Key32), typeof(BoolKeys), typeof(byte)),
    };
}
