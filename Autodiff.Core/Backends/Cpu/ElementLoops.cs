using System.Numerics;
using System.Runtime.CompilerServices;
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

/// <summary>The loop for an element type on this processor.</summary>
internal static unsafe class ElementKernels
{
    public static delegate*<void*, void**, void*, nint, void> Unary<TOp>(DType type) where TOp : unmanaged, IUnaryFormula =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.Loop<UnaryLoop<TOp>>(type);

    public static delegate*<void*, void**, void*, nint, void> Binary<TOp>(DType type) where TOp : unmanaged, IBinaryFormula =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.Loop<BinaryLoop<TOp>>(type);

    public static delegate*<void*, void**, void*, nint, void> Ternary<TOp>(DType type) where TOp : unmanaged, ITernaryFormula =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.Loop<TernaryLoop<TOp>>(type);

    public static delegate*<void*, void**, void*, nint, void> Quaternary<TOp>(DType type) where TOp : unmanaged, IQuaternaryFormula =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.Loop<QuaternaryLoop<TOp>>(type);

    private readonly struct UnaryLoop<TOp> : ILoop where TOp : unmanaged, IUnaryFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&ElementLoops.Unary<TOp, T, V>;
    }

    private readonly struct BinaryLoop<TOp> : ILoop where TOp : unmanaged, IBinaryFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&ElementLoops.Binary<TOp, T, V>;
    }

    private readonly struct TernaryLoop<TOp> : ILoop where TOp : unmanaged, ITernaryFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&ElementLoops.Ternary<TOp, T, V>;
    }

    private readonly struct QuaternaryLoop<TOp> : ILoop where TOp : unmanaged, IQuaternaryFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&ElementLoops.Quaternary<TOp, T, V>;
    }
}
