using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Brings operands of any layout and type to a loop: directly where all lie alike, else chunk by chunk.</summary>
internal static unsafe class ElementDriver
{
    /// <summary>Bytes of a chunk: all operands' chunks together stay in the first-level cache.</summary>
    private const int ChunkBytes = 4096;

    /// <summary>Elements of a part: what one thread does at a time.</summary>
    public const int PartElements = 32 * 1024;

    public static void Run(
        delegate*<void*, void**, void*, nint, void> loop, void* op, ReadOnlySpan<TensorView> inputs, in TensorView y, DType compute)
    {
        long count = y.Count;
        if (count == 0)
        {
            return;
        }

        fixed (byte* p0 = Memory(inputs, 0), p1 = Memory(inputs, 1), p2 = Memory(inputs, 2), p3 = Memory(inputs, 3),
            target = ((CpuStorage)y.Storage).Buffer)
        {
            byte** memory = stackalloc byte*[] { p0, p1, p2, p3 };
            for (int k = 0; k < inputs.Length; k++)
            {
                memory[k] += ((CpuStorage)inputs[k].Storage).Start;
            }

            byte* result = target + ((CpuStorage)y.Storage).Start;
            if (AllAlike(inputs, y, compute))
            {
                int size = compute.SizeOf();
                void** x = stackalloc void*[4];
                for (int k = 0; k < inputs.Length; k++)
                {
                    x[k] = memory[k] + inputs[k].Offset * size;
                }

                byte* to = result + y.Offset * size;
                if (count <= PartElements)
                {
                    loop(op, x, to, (nint)count);
                    return;
                }

                Straight body = new() { Loop = loop, Op = op, X = x, Arity = inputs.Length, Y = to, Count = count, Size = size };
                CpuWork.For(checked((int)((count + PartElements - 1) / PartElements)), count, body);
                return;
            }

            switch (compute)
            {
                case DType.Float32: Chunked<float>(loop, op, inputs, memory, y, result); break;
                case DType.Float64: Chunked<double>(loop, op, inputs, memory, y, result); break;
                case DType.Int64: Chunked<long>(loop, op, inputs, memory, y, result); break;
                default: Chunked<int>(loop, op, inputs, memory, y, result); break;
            }
        }
    }

    /// <summary>Operands that lie alike: the loop runs over them as they are. Each element gets the same bits wherever a part begins.</summary>
    private struct Straight : IParallelBody
    {
        public delegate*<void*, void**, void*, nint, void> Loop;
        public void* Op, Y;
        public void** X;
        public int Arity;
        public long Count;
        public int Size;

        public readonly void Run(int part)
        {
            long first = (long)part * PartElements;
            nint at = (nint)(first * Size);
            void** x = stackalloc void*[4];
            for (int k = 0; k < Arity; k++)
            {
                x[k] = (byte*)X[k] + at;
            }

            Loop(Op, x, (byte*)Y + at, (nint)Math.Min(PartElements, Count - first));
        }
    }

    private static bool AllAlike(ReadOnlySpan<TensorView> inputs, in TensorView y, DType compute)
    {
        if (y.DType != compute || !y.Layout.IsContiguous)
        {
            return false;
        }

        foreach (ref readonly TensorView x in inputs)
        {
            if (x.DType != compute || !x.Layout.IsContiguous)
            {
                return false;
            }
        }

        return true;
    }

    private static void Chunked<T>(
        delegate*<void*, void**, void*, nint, void> loop, void* op, ReadOnlySpan<TensorView> inputs, byte** memory, in TensorView y, byte* result)
        where T : unmanaged, INumber<T>
    {
        // Whole rows of repeated operands: such a chunk then holds the same in every turn, and is filled once.
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
        CpuWork.For(checked((int)((y.Count + perPart - 1) / perPart)), y.Count, body);
    }

    /// <summary>Operands that lie differently: each is brought, chunk by chunk, into a form that the loop takes.</summary>
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
            void** x = stackalloc void*[4];
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

    private static byte[]? Memory(ReadOnlySpan<TensorView> inputs, int k) =>
        k < inputs.Length ? ((CpuStorage)inputs[k].Storage).Buffer : null;
}
