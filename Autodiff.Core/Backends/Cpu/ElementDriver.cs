using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Brings operands of any layout and type to a loop: directly where all lie alike, else chunk by chunk.</summary>
internal static unsafe class ElementDriver
{
    /// <summary>Bytes of a chunk: all operands' chunks together stay in the first-level cache.</summary>
    private const int ChunkBytes = 4096;

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

                loop(op, x, result + y.Offset * size, (nint)count);
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

    [SkipLocalsInit]
    private static void Chunked<T>(
        delegate*<void*, void**, void*, nint, void> loop, void* op, ReadOnlySpan<TensorView> inputs, byte** memory, in TensorView y, byte* result)
        where T : unmanaged, INumber<T>
    {
        int chunk = (int)Math.Min(ChunkBytes / sizeof(T), y.Count);
        byte* raw = stackalloc byte[(inputs.Length + 1) * (chunk * sizeof(T) + 64) + 64];
        raw = (byte*)(((nuint)raw + 63) & ~(nuint)63);
        int pitch = (chunk * sizeof(T) + 63) & ~63;
        ElementCursor<T>* cursors = stackalloc ElementCursor<T>[inputs.Length + 1];
        for (int k = 0; k < inputs.Length; k++)
        {
            cursors[k].Start(inputs[k], memory[k], 0);
        }

        ElementCursor<T>* output = cursors + inputs.Length;
        output->Start(y, result, 0);
        T* spare = (T*)(raw + inputs.Length * pitch);
        void** x = stackalloc void*[4];
        for (long done = 0; done < y.Count; done += chunk)
        {
            int n = (int)Math.Min(chunk, y.Count - done);
            for (int k = 0; k < inputs.Length; k++)
            {
                x[k] = cursors[k].Read(n, (T*)(raw + k * pitch));
            }

            T* to = output->Target(n, spare);
            loop(op, x, to, n);
            output->Write(n, to);
        }
    }

    private static byte[]? Memory(ReadOnlySpan<TensorView> inputs, int k) =>
        k < inputs.Length ? ((CpuStorage)inputs[k].Storage).Buffer : null;
}
