using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Passes operands of any layout and type to a loop: directly where all are laid out alike, else copied in chunks.
/// </summary>
internal static unsafe class ElementDriver
{
    /// <summary>Bytes of a chunk: all operands' chunks together stay in the first-level cache.</summary>
    private const int ChunkBytes = 4096;

    /// <summary>Bytes of a page of memory.</summary>
    private const int PageBytes = 4096;

    /// <summary>Elements of a part: what one thread does at a time.</summary>
    public const int PartElements = 32 * 1024;

    /// <summary>The same where an element takes long: smaller parts, for load balance.</summary>
    private const int FewerElements = PartElements / 4;

    /// <summary>Instructions for an element that take as long as loading it.</summary>
    private const int EffortOfElement = 8;

    /// <summary>Elements from which on a short formula's loop takes two vectors in each iteration.</summary>
    private const int LongElements = 8192;

    /// <summary>Instructions of a formula beside which those of the loop itself count.</summary>
    private const int EffortOfLoop = 12;

    /// <summary>
    /// The loop for so many elements into the caches: for many of them and a short formula, the one with two vectors in
    /// each iteration.
    /// </summary>
    /// <param name="loop">The usual loop.</param>
    /// <param name="shaped">Gives the loop in a shape for many elements.</param>
    /// <param name="effort">Gives the instructions that the operation takes for an element.</param>
    /// <param name="op">The operation.</param>
    /// <param name="count">The elements.</param>
    /// <param name="compute">The type to compute in.</param>
    public static delegate*<void*, void**, void*, nint, void> LoopFor(
        delegate*<void*, void**, void*, nint, void> loop,
        delegate*<DType, LoopShape, delegate*<void*, void**, void*, nint, void>> shaped, delegate*<void*, int> effort,
        void* op, long count, DType compute) =>
        Lanes.Bytes >= 32 && count >= LongElements && compute.IsFloatingPoint() && effort(op) <= EffortOfLoop
            ? shaped(compute, LoopShape.Pairs)
            : loop;

    /// <param name="loop">The loop.</param>
    /// <param name="shaped">Gives the loop in a shape for many elements.</param>
    /// <param name="effort">Gives the instructions that the operation takes for an element.</param>
    /// <param name="op">The operation.</param>
    /// <param name="inputs">Its operands.</param>
    /// <param name="y">Its result.</param>
    /// <param name="compute">The type to compute in.</param>
    [SkipLocalsInit]
    public static void Run(
        delegate*<void*, void**, void*, nint, void> loop,
        delegate*<DType, LoopShape, delegate*<void*, void**, void*, nint, void>> shaped, delegate*<void*, int> effort,
        void* op, ReadOnlySpan<TensorView> inputs, in TensorView y, DType compute)
    {
        long count = y.Count;
        if (count == 0)
        {
            return;
        }

        loop = LoopFor(loop, shaped, effort, op, count, compute);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* p0 = &Memory(inputs, 0, use), p1 = &Memory(inputs, 1, use), p2 = &Memory(inputs, 2, use),
            p3 = &Memory(inputs, 3, use), result = &y.Memory(use))
        {
            byte** memory = stackalloc byte*[] { p0, p1, p2, p3 };
            int size = compute.SizeOf();
            bool alike = y.Layout.IsContiguous;
            void** x = stackalloc void*[Formulas.MostOperands];
            for (int k = 0; k < inputs.Length; k++)
            {
                ref readonly TensorView view = ref inputs[k];
                alike &= view.DType == compute && view.Layout.IsContiguous;
                x[k] = memory[k] + view.Offset * size;
            }

            if (alike && y.DType == compute)
            {
                byte* target = result + y.Offset * size;
                bool isNonTemporal = compute.IsFloatingPoint() && NonTemporal.IsFasterFor(target, count * size);
                for (int k = 0; k < inputs.Length; k++)
                {
                    isNonTemporal &= x[k] != target; // what is changed in place is in the caches anyway
                }

                if (!isNonTemporal
                    && (count <= PartElements || CpuThreads.Count == 1
                        || Work(count, effort, op, size) < ThreadedLoop.Threshold))
                {
                    loop(op, x, target, (nint)count);
                    return;
                }

                int perPart = count < ThreadedLoop.Threshold ? FewerElements : PartElements;
                Straight body = new()
                {
                    Loop = isNonTemporal ? shaped(compute, LoopShape.NonTemporal) : loop, Op = op, X = x,
                    Arity = inputs.Length, Y = target, Count = count, PerPart = perPart, Size = size,
                    IsNonTemporal = isNonTemporal
                };
                CpuThreads.For(Sizes.Parts(count, perPart), body);
                return;
            }

            if (alike && y.DType == DType.Bool && compute == DType.Float32)
            {
                Tests body = new()
                {
                    Loop = shaped(compute, LoopShape.Buffer), Op = op, X = x, Arity = inputs.Length,
                    Y = result + y.Offset, Count = count
                };
                ThreadedLoop.For(Sizes.Parts(count, PartElements), Work(count, effort, op, size), body);
                return;
            }

            long work = Work(count, effort, op, size);
            switch (compute)
            {
                case DType.Float32: Chunked<float>(loop, op, inputs, memory, y, result, work); break;
                case DType.Float64: Chunked<double>(loop, op, inputs, memory, y, result, work); break;
                case DType.Int64: Chunked<long>(loop, op, inputs, memory, y, result, work); break;
                default: Chunked<int>(loop, op, inputs, memory, y, result, work); break;
            }
        }
    }

    /// <summary>
    /// What <paramref name="count"/> elements take, in elements that only have to be loaded; what fits into one part is
    /// not looked at.
    /// </summary>
    private static long Work(long count, delegate*<void*, int> effort, void* op, int size) =>
        count <= PartElements
            ? count
            : Math.Max(count, count * effort(op) * size / (sizeof(float) * EffortOfElement));

    /// <summary>
    /// Operands that lie alike: the loop runs over them as they are. Each element gets the same bits wherever a part
    /// begins.
    /// </summary>
    private struct Straight : IParallelBody
    {
        public delegate*<void*, void**, void*, nint, void> Loop;
        public void* Op;
        public byte* Y;
        public void** X;
        public int Arity, Size, PerPart;
        public long Count;
        public bool IsNonTemporal;

        public readonly void Run(int part)
        {
            long first = (long)part * PerPart;
            void** x = stackalloc void*[Formulas.MostOperands];
            for (int k = 0; k < Arity; k++)
            {
                x[k] = (byte*)X[k] + first * Size;
            }

            Loop(Op, x, Y + first * Size, (nint)Math.Min(PerPart, Count - first));
            if (IsNonTemporal)
            {
                NonTemporal.Fence();
            }
        }
    }

    /// <summary>
    /// Numbers that lie alike, whose results are told from zero: chunk by chunk into a buffer, from there into bytes.
    /// </summary>
    private struct Tests : IParallelBody
    {
        public delegate*<void*, void**, void*, nint, void> Loop;
        public void* Op;
        public void** X;
        public int Arity;
        public byte* Y;
        public long Count;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            const int Chunk = ChunkBytes / sizeof(float);
            byte* raw = stackalloc byte[PageBytes + ChunkBytes + BufferPool.Alignment];
            float* buffer = (float*)AwayFrom(X[0], raw);
            void** x = stackalloc void*[Formulas.MostOperands];
            long first = (long)part * PartElements, end = Math.Min(Count, first + PartElements);
            for (long done = first; done < end; done += Chunk)
            {
                for (int k = 0; k < Arity; k++)
                {
                    x[k] = (float*)X[k] + done;
                }

                int n = (int)Math.Min(Chunk, end - done);
                Loop(Op, x, buffer, n);
                ElementConversion.PackAll(buffer, Y + done, n);
            }
        }
    }

    /// <summary>
    /// The first place from <paramref name="memory"/> on, at the start of a line, that lies half a page from
    /// <paramref name="source"/> within a page, against 4 KiB aliasing: a load is delayed by an earlier store at the
    /// same page offset.
    /// </summary>
    private static byte* AwayFrom(void* source, byte* memory)
    {
        const nuint LineMask = BufferPool.Alignment - 1;
        nuint start = ((nuint)memory + LineMask) & ~LineMask;
        nuint wanted = ((nuint)source & ~LineMask) + (PageBytes / 2);
        return (byte*)(start + ((wanted - start) & (PageBytes - 1)));
    }

    private static void Chunked<T>(
        delegate*<void*, void**, void*, nint, void> loop, void* op, ReadOnlySpan<TensorView> inputs, byte** memory,
        in TensorView y, byte* result, long work)
        where T : unmanaged, INumber<T>
    {
        // Whole rows of repeated operands: such a chunk then holds the same in every iteration, and is filled once.
        int chunk = ChunkBytes / sizeof(T), period = 1;
        foreach (ref readonly TensorView x in inputs)
        {
            period = Math.Max(period, ElementCursor<T>.Period(x.Layout));
        }

        chunk = period <= chunk ? chunk / period * period : chunk;
        Chunks<T> body = new()
        {
            Loop = loop, Op = op, Inputs = inputs, Memory = memory, Y = y, Result = result, Chunk = chunk,
            PerPart = PartElements / chunk,
        };
        long perPart = (long)body.PerPart * chunk;
        ThreadedLoop.For(Sizes.Parts(y.Count, perPart), work, body);
    }

    /// <summary>
    /// Operands of other layouts: each is copied, chunk by chunk, into the form that the loop takes.
    /// </summary>
    private ref struct Chunks<T> : IParallelBody where T : unmanaged, INumber<T>
    {
        public delegate*<void*, void**, void*, nint, void> Loop;
        public void* Op;
        public ReadOnlySpan<TensorView> Inputs;
        public byte** Memory;
        public TensorView Y;
        public byte* Result;
        public int Chunk, PerPart;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            long first = (long)part * PerPart * Chunk, end = Math.Min(Y.Count, first + (long)PerPart * Chunk);
            int pitch = (Chunk * sizeof(T) + 63) & ~63, arity = Inputs.Length;
            byte* raw = stackalloc byte[(arity + 1) * pitch + 64];
            raw = (byte*)(((nuint)raw + 63) & ~(nuint)63);
            ElementCursor<T>* cursors = stackalloc ElementCursor<T>[arity + 1];
            for (int k = 0; k < arity; k++)
            {
                cursors[k].Start(Inputs[k], Memory[k], first);
            }

            ElementCursor<T>* output = cursors + arity;
            output->Start(Y, Result, first);
            T* spare = (T*)(raw + arity * pitch);
            void** x = stackalloc void*[Formulas.MostOperands];
            for (long done = first; done < end; done += Chunk)
            {
                int n = (int)Math.Min(Chunk, end - done);
                for (int k = 0; k < arity; k++)
                {
                    x[k] = cursors[k].Read(n, (T*)(raw + k * pitch));
                }

                T* to = output->Target(n, spare);
                Loop(Op, x, to, n);
                output->Write(n, to);
            }
        }
    }

    private static ref byte Memory(ReadOnlySpan<TensorView> inputs, int k, in MemoryUse use) =>
        ref k < inputs.Length ? ref inputs[k].Memory(use) : ref Unsafe.NullRef<byte>();
}
