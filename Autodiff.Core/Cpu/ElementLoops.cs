using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>The loop over elements, compiled for each operation, element type and vector width.</summary>
/// <remarks>Fully optimised at once: a loop is entered rarely and runs long, so tiering would only delay it.</remarks>
internal static unsafe class ElementLoops
{
    /// <summary>
    /// The loop for an element type on this processor: constants, addresses of the operands, of the result, a count.
    /// </summary>
    public static delegate*<void*, void**, void*, nint, void> Of<TOp>(DType type) where TOp : unmanaged, IFormula =>
        (delegate*<void*, void**, void*, nint, void>)Lanes.Loop<Loop<TOp, CachedResult>>(type);

    /// <summary>The same in a shape for some counts alone.</summary>
    public static delegate*<void*, void**, void*, nint, void> Of<TOp>(DType type, LoopShape shape)
        where TOp : unmanaged, IFormula =>
        (delegate*<void*, void**, void*, nint, void>)(shape switch
        {
            LoopShape.Vector => Lanes.Loop<VectorLoop<TOp>>(type),
            LoopShape.Pairs => Lanes.Loop<PairLoop<TOp>>(type),
            LoopShape.Buffer => Lanes.Loop<Loop<TOp, BufferResult>>(type),
            _ => Lanes.Loop<Loop<TOp, NonTemporalResult>>(type),
        });

    /// <summary>The instructions that the operation at <paramref name="op"/> takes for an element.</summary>
    public static int EffortOf<TOp>(void* op) where TOp : unmanaged, IFormula => Effort.Of(*(TOp*)op);

    /// <summary>The loop itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IFormula where T : unmanaged where V : struct, ILanes<V, T> =>
        Run<TOp, T, V, CachedResult>(op, x, y, n);

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TOp, T, V, TResult>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IFormula where T : unmanaged where V : struct, ILanes<V, T>
        where TResult : IResult
    {
        TOp f = *(TOp*)op;
        // In bytes, so that each address is a sum, which is folded into the addressing mode.
        byte* r = (byte*)y, a = Start<TOp>(x, 0), b = Start<TOp>(x, 1), c = Start<TOp>(x, 2), d = Start<TOp>(x, 3);
        Call rest = new() { Op = op, X = x, Count = n };
        nint i = 0, step = V.Width * sizeof(T), last = n * sizeof(T) - step;
        for (; i <= last; i += step)
        {
            TResult.Put<T, V>(f.F<V, Loaded<V>>(new(
                Load<TOp, T, V, TResult>(0, a, i), Load<TOp, T, V, TResult>(1, b, i),
                Load<TOp, T, V, TResult>(2, c, i), Load<TOp, T, V, TResult>(3, d, i))), r, i);
        }

        if (i < last + step)
        {
            Tail<T, V>(&Run<TOp, T, V, CachedResult>, &rest, TOp.Arity, r, i);
        }
    }

    /// <summary>
    /// The loop with two vectors an iteration, for short formulas, beside which the loop's own instructions count. (A
    /// method of its own: in one with the other, the compiler would inline the formulas no more.)
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPairs<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        byte* r = (byte*)y, a = Start<TOp>(x, 0), b = Start<TOp>(x, 1), c = Start<TOp>(x, 2), d = Start<TOp>(x, 3);
        nint i = 0, step = V.Width * sizeof(T), last = n * sizeof(T) - 2 * step;
        for (; i <= last; i += 2 * step)
        {
            CachedResult.Put<T, V>(f.F<V, Loaded<V>>(new(
                Load<TOp, T, V, CachedResult>(0, a, i), Load<TOp, T, V, CachedResult>(1, b, i),
                Load<TOp, T, V, CachedResult>(2, c, i), Load<TOp, T, V, CachedResult>(3, d, i))), r, i);
            nint j = i + step;
            V second = f.F<V, Loaded<V>>(new(
                Load<TOp, T, V, CachedResult>(0, a, j), Load<TOp, T, V, CachedResult>(1, b, j),
                Load<TOp, T, V, CachedResult>(2, c, j), Load<TOp, T, V, CachedResult>(3, d, j)));
            if (step < Lanes.LineBytes)
            {
                second.Store((T*)(r + j));
            }
            else
            {
                CachedResult.Put<T, V>(second, r, j);
            }
        }

        nint left = last + 2 * step - i;
        if (left > 0)
        {
            void** rest = stackalloc void*[] { a + i, b + i, c + i, d + i };
            Run<TOp, T, V, CachedResult>(op, rest, r + i, (nint)((nuint)left / (nuint)sizeof(T)));
        }
    }

    /// <summary>
    /// A vector, without the loop: what <see cref="Run{TOp, T, V, TResult}"/> keeps for its tail takes as long as a
    /// short formula.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunVector<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IFormula where T : unmanaged where V : struct, ILanes<V, T>
    {
        TOp f = *(TOp*)op;
        byte* a = Start<TOp>(x, 0), b = Start<TOp>(x, 1), c = Start<TOp>(x, 2), d = Start<TOp>(x, 3);
        f.F<V, Loaded<V>>(new(
            Load<TOp, T, V, CachedResult>(0, a, 0), Load<TOp, T, V, CachedResult>(1, b, 0),
            Load<TOp, T, V, CachedResult>(2, c, 0), Load<TOp, T, V, CachedResult>(3, d, 0))).Store((T*)y);
    }

    /// <summary>
    /// What only the tail needs. It is in memory, since the few registers that outlive a call of a formula's slow path
    /// are needed for the addresses and the counter.
    /// </summary>
    private struct Call
    {
        public void* Op;
        public void** X;
        public nint Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Start<TOp>(void** x, int k) where TOp : unmanaged, IFormula =>
        k < TOp.Arity ? (byte*)x[k] : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Load<TOp, T, V, TResult>(int k, byte* from, nint at)
        where TOp : unmanaged, IFormula where T : unmanaged where V : struct, ILanes<V, T> where TResult : IResult
    {
        if (k >= TOp.Arity)
        {
            return default;
        }

        TResult.Prefetch<T, V>((T*)(from + at));
        return V.Load((T*)(from + at));
    }

    /// <summary>A vector of each operand.</summary>
    private readonly struct Loaded<V>(V x0, V x1, V x2, V x3) : IOperands<V> where V : struct, IReal<V>
    {
        public V this[int k]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => k == 0 ? x0 : k == 1 ? x1 : k == 2 ? x2 : x3;
        }
    }

    private readonly struct Loop<TOp, TResult> : ILoop where TOp : unmanaged, IFormula where TResult : IResult
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&Run<TOp, T, V, TResult>;
    }

    private readonly struct PairLoop<TOp> : ILoop where TOp : unmanaged, IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&RunPairs<TOp, T, V>;
    }

    private readonly struct VectorLoop<TOp> : ILoop where TOp : unmanaged, IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, INumber<T>
            where V : unmanaged, ILanes<V, T>
            where W : unmanaged, ILanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&RunVector<TOp, T, V>;
    }

    /// <summary>Where a result goes.</summary>
    private interface IResult
    {
        /// <summary>Stores a vector of it, so many bytes from its start.</summary>
        static abstract void Put<T, V>(V value, byte* target, nint at)
            where T : unmanaged where V : struct, ILanes<V, T>;

        /// <summary>Prefetches what will be read a while after <paramref name="source"/>.</summary>
        static abstract void Prefetch<T, V>(T* source) where T : unmanaged where V : struct, ILanes<V, T>;
    }

    /// <summary>With ordinary stores, into the caches.</summary>
    private readonly struct CachedResult : IResult
    {
        // The result's lines are prefetched for write, so that stores don't stall.
        private const int BytesAhead = 512;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put<T, V>(V value, byte* target, nint at)
            where T : unmanaged where V : struct, ILanes<V, T>
        {
            V.Prefetch((T*)(target + at + BytesAhead));
            value.Store((T*)(target + at));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Prefetch<T, V>(T* source) where T : unmanaged where V : struct, ILanes<V, T>
        {
        }
    }

    /// <summary>Into a buffer that is in the first-level cache.</summary>
    private readonly struct BufferResult : IResult
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put<T, V>(V value, byte* target, nint at)
            where T : unmanaged where V : struct, ILanes<V, T> =>
            value.Store((T*)(target + at));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Prefetch<T, V>(T* source) where T : unmanaged where V : struct, ILanes<V, T>
        {
        }
    }

    /// <summary>
    /// With non-temporal stores, bypassing the caches. Operands come from memory too, and the next page misses the TLB.
    /// </summary>
    private readonly struct NonTemporalResult : IResult
    {
        private const int BytesAhead = 4096;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put<T, V>(V value, byte* target, nint at)
            where T : unmanaged where V : struct, ILanes<V, T> =>
            value.StoreNonTemporal((T*)(target + at));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Prefetch<T, V>(T* source) where T : unmanaged where V : struct, ILanes<V, T> =>
            V.Prefetch(source + BytesAhead / sizeof(T));
    }

    /// <summary>
    /// The last few elements go through the same vector code in a padded buffer, so that every element gets the same
    /// bits.
    /// </summary>
    [SkipLocalsInit]
    private static void Tail<T, V>(delegate*<void*, void**, void*, nint, void> loop, Call* call, int arity, byte* y,
        nint from)
        where T : unmanaged where V : struct, ILanes<V, T>
    {
        T* lanes = stackalloc T[V.Width * (Formulas.MostOperands + 1)];
        void** padded = stackalloc void*[Formulas.MostOperands];
        nint rest = call->Count * sizeof(T) - from;
        for (int k = 0; k < arity; k++)
        {
            T* lane = lanes + k * V.Width;
            V.Const(1).Store(lane);
            Move<T>((byte*)call->X[k] + from, lane, rest);
            padded[k] = lane;
        }

        T* result = lanes + Formulas.MostOperands * V.Width;
        loop(call->Op, padded, result, V.Width);
        Move<T>(result, y + from, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move<T>(void* from, void* to, nint bytes) where T : unmanaged
    {
        if (bytes == sizeof(T))
        {
            *(T*)to = *(T*)from; // a single number: not worth a call
        }
        else
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)bytes);
        }
    }
}
