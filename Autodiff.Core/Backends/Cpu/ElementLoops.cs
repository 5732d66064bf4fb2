using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>The loops themselves: one method per arity, compiled for each operation, element type and vector width.</summary>
/// <remarks>Fully optimised at once: a loop is entered rarely and runs long, so tiering would only delay it.</remarks>
internal static unsafe class ElementLoops
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IUnaryFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        T* a = (T*)x[0], r = (T*)y;
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            Put<T, V>(f.F(V.Load(a + i)), r + i);
        }

        if (i < n)
        {
            Tail<T, V>(&Unary<TOp, T, V>, op, x, 1, r, i, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IBinaryFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        T* a = (T*)x[0], b = (T*)x[1], r = (T*)y;
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            Put<T, V>(f.F(V.Load(a + i), V.Load(b + i)), r + i);
        }

        if (i < n)
        {
            Tail<T, V>(&Binary<TOp, T, V>, op, x, 2, r, i, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, ITernaryFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        T* a = (T*)x[0], b = (T*)x[1], c = (T*)x[2], r = (T*)y;
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            Put<T, V>(f.F(V.Load(a + i), V.Load(b + i), V.Load(c + i)), r + i);
        }

        if (i < n)
        {
            Tail<T, V>(&Ternary<TOp, T, V>, op, x, 3, r, i, n);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quaternary<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IQuaternaryFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        T* a = (T*)x[0], b = (T*)x[1], c = (T*)x[2], d = (T*)x[3], r = (T*)y;
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            Put<T, V>(f.F(V.Load(a + i), V.Load(b + i), V.Load(c + i), V.Load(d + i)), r + i);
        }

        if (i < n)
        {
            Tail<T, V>(&Quaternary<TOp, T, V>, op, x, 4, r, i, n);
        }
    }

    // A line of the result that is on its way to the first-level cache when its turn comes delays no store.
    private const int BytesAhead = 512;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T, V>(V value, T* target) where T : unmanaged where V : struct, ILanes<V, T>
    {
        V.Prefetch(target + BytesAhead / sizeof(T));
        value.Store(target);
    }

    /// <summary>The last few elements go through the same vector code in a padded buffer, so that every element gets the same bits.</summary>
    [SkipLocalsInit]
    private static void Tail<T, V>(delegate*<void*, void**, void*, nint, void> loop, void* op, void** x, int arity, T* y, nint from, nint n)
        where T : unmanaged where V : struct, ILanes<V, T>
    {
        T* lanes = stackalloc T[V.Width * 5];
        void** padded = stackalloc void*[4];
        nint rest = n - from;
        for (int k = 0; k < arity; k++)
        {
            T* lane = lanes + k * V.Width;
            V.Const(1).Store(lane);
            Move((T*)x[k] + from, lane, rest);
            padded[k] = lane;
        }

        T* result = lanes + 4 * V.Width;
        loop(op, padded, result, V.Width);
        Move(result, y + from, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(T* from, T* to, nint count) where T : unmanaged
    {
        if (count == 1)
        {
            *to = *from; // a single number: not worth a call
        }
        else
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)(count * sizeof(T)));
        }
    }
}

/// <summary>Chooses the loop for an element type on this processor.</summary>
internal static unsafe class ElementKernels
{
    public static delegate*<void*, void**, void*, nint, void> Unary<TOp>(DType type) where TOp : unmanaged, IUnaryFormula => type switch
    {
        DType.Float32 => Vector512.IsHardwareAccelerated ? &ElementLoops.Unary<TOp, float, V512<float>> : &ElementLoops.Unary<TOp, float, V256<float>>,
        DType.Float64 => Vector512.IsHardwareAccelerated ? &ElementLoops.Unary<TOp, double, V512<double>> : &ElementLoops.Unary<TOp, double, V256<double>>,
        DType.Int64 => &ElementLoops.Unary<TOp, long, IntegerReal<long>>,
        _ => &ElementLoops.Unary<TOp, int, IntegerReal<int>>,
    };

    public static delegate*<void*, void**, void*, nint, void> Binary<TOp>(DType type) where TOp : unmanaged, IBinaryFormula => type switch
    {
        DType.Float32 => Vector512.IsHardwareAccelerated ? &ElementLoops.Binary<TOp, float, V512<float>> : &ElementLoops.Binary<TOp, float, V256<float>>,
        DType.Float64 => Vector512.IsHardwareAccelerated ? &ElementLoops.Binary<TOp, double, V512<double>> : &ElementLoops.Binary<TOp, double, V256<double>>,
        DType.Int64 => &ElementLoops.Binary<TOp, long, IntegerReal<long>>,
        _ => &ElementLoops.Binary<TOp, int, IntegerReal<int>>,
    };

    public static delegate*<void*, void**, void*, nint, void> Ternary<TOp>(DType type) where TOp : unmanaged, ITernaryFormula => type switch
    {
        DType.Float32 => Vector512.IsHardwareAccelerated ? &ElementLoops.Ternary<TOp, float, V512<float>> : &ElementLoops.Ternary<TOp, float, V256<float>>,
        DType.Float64 => Vector512.IsHardwareAccelerated ? &ElementLoops.Ternary<TOp, double, V512<double>> : &ElementLoops.Ternary<TOp, double, V256<double>>,
        DType.Int64 => &ElementLoops.Ternary<TOp, long, IntegerReal<long>>,
        _ => &ElementLoops.Ternary<TOp, int, IntegerReal<int>>,
    };

    public static delegate*<void*, void**, void*, nint, void> Quaternary<TOp>(DType type) where TOp : unmanaged, IQuaternaryFormula => type switch
    {
        DType.Float32 => Vector512.IsHardwareAccelerated ? &ElementLoops.Quaternary<TOp, float, V512<float>> : &ElementLoops.Quaternary<TOp, float, V256<float>>,
        DType.Float64 => Vector512.IsHardwareAccelerated ? &ElementLoops.Quaternary<TOp, double, V512<double>> : &ElementLoops.Quaternary<TOp, double, V256<double>>,
        DType.Int64 => &ElementLoops.Quaternary<TOp, long, IntegerReal<long>>,
        _ => &ElementLoops.Quaternary<TOp, int, IntegerReal<int>>,
    };
}
