using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>Brings a parameter, its gradient and its states to the loop of an update rule: in place, without temporaries.</summary>
internal static unsafe class UpdateDriver
{
    /// <summary>Operands of an update: gradient, parameter and up to three states.</summary>
    public const int MaxOperands = 5;

    /// <summary>Elements of one part of a shared job: enough that starting a thread's work is lost in it.</summary>
    private const int PartElements = 1 << 15;

    /// <summary>Elements of a chunk of strided operands; all chunks together stay in the first-level cache.</summary>
    private const int ChunkElements = 512;

    public static void Run<TRule>(ReadOnlySpan<double> coefficients, in UpdateOperands operands) where TRule : struct, IUpdateRule
    {
        if (operands.Parameter.DType == DType.Float32)
        {
            if (Vector512.IsHardwareAccelerated)
            {
                Run<TRule, float, V512<float>>(coefficients, operands);
            }
            else
            {
                Run<TRule, float, V256<float>>(coefficients, operands);
            }
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            Run<TRule, double, V512<double>>(coefficients, operands);
        }
        else
        {
            Run<TRule, double, V256<double>>(coefficients, operands);
        }
    }

    private static void Run<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands)
        where TRule : struct, IUpdateRule where T : unmanaged, INumber<T> where V : unmanaged, ILanes<V, T>
    {
        long count = operands.Parameter.Count;
        if (Contiguous<TRule>(operands))
        {
            if (count > PartElements)
            {
                int parts = (int)((count + PartElements - 1) / PartElements);
                CpuThreads.For(parts, new Part<TRule, T, V>(coefficients, operands, count));
                return;
            }

            // A loop has more trouble with the last few elements than with a vector.
            count = EndInRoom<TRule>(operands) ? (count + V.Width - 1) / V.Width * V.Width : count;
            new Part<TRule, T, V>(coefficients, operands, count).Run(0);
        }
        else if (count > 0)
        {
            Strided<TRule, T, V>(coefficients, operands);
        }
    }

    private static bool Contiguous<TRule>(in UpdateOperands x) where TRule : struct, IUpdateRule =>
        x.Parameter.Layout.IsContiguous && x.Gradient.Layout.IsContiguous
        && (TRule.StateCount < 1 || x.State0.Layout.IsContiguous)
        && (TRule.StateCount < 2 || x.State1.Layout.IsContiguous)
        && (TRule.StateCount < 3 || x.State2.Layout.IsContiguous);

    private static bool EndInRoom<TRule>(in UpdateOperands x) where TRule : struct, IUpdateRule =>
        CpuStorage.EndsInRoom(x.Parameter) && CpuStorage.EndsInRoom(x.Gradient)
        && (TRule.StateCount < 1 || CpuStorage.EndsInRoom(x.State0))
        && (TRule.StateCount < 2 || CpuStorage.EndsInRoom(x.State1))
        && (TRule.StateCount < 3 || CpuStorage.EndsInRoom(x.State2));

    [SkipLocalsInit]
    private static void Strided<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands)
        where TRule : struct, IUpdateRule where T : unmanaged, INumber<T> where V : unmanaged, ILanes<V, T>
    {
        fixed (byte* g = Memory(operands.Gradient), w = Memory(operands.Parameter),
            s0 = Memory(operands.State0), s1 = Memory(operands.State1), s2 = Memory(operands.State2))
        {
            int used = 2 + TRule.StateCount;
            T* buffers = stackalloc T[MaxOperands * ChunkElements];
            T** x = stackalloc T*[MaxOperands];
            ElementCursor<T>* readers = stackalloc ElementCursor<T>[MaxOperands];
            ElementCursor<T>* writers = stackalloc ElementCursor<T>[MaxOperands];
            Start(0, operands.Gradient, g);
            Start(1, operands.Parameter, w);
            Start(2, operands.State0, s0);
            Start(3, operands.State1, s1);
            Start(4, operands.State2, s2);
            long count = operands.Parameter.Count;
            for (long done = 0; done < count; done += ChunkElements)
            {
                int n = (int)Math.Min(ChunkElements, count - done);
                for (int k = 0; k < used; k++)
                {
                    x[k] = readers[k].Read(n, buffers + k * ChunkElements);
                }

                UpdateLoops.Run<TRule, T, V>(coefficients, x, n);
                for (int k = 1; k < used; k++)
                {
                    writers[k].Write(n, x[k]);
                }
            }

            void Start(int k, in TensorView view, byte* memory)
            {
                if (k < used)
                {
                    memory += ((CpuStorage)view.Storage).Start;
                    readers[k].Start(view, memory, 0);
                    writers[k].Start(view, memory, 0);
                }
            }
        }
    }

    private static byte[]? Memory(in TensorView view) => view.Storage is CpuStorage cpu ? cpu.Buffer : null;

    /// <summary>A range of elements of contiguous operands.</summary>
    private readonly ref struct Part<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands, long count) : IParallelBody
        where TRule : struct, IUpdateRule where T : unmanaged where V : unmanaged, ILanes<V, T>
    {
        private readonly ReadOnlySpan<double> _coefficients = coefficients;
        private readonly ref readonly UpdateOperands _operands = ref operands;
        private readonly long _count = count;

        public void Run(int part)
        {
            ref readonly UpdateOperands x = ref _operands;
            fixed (byte* g = Memory(x.Gradient), w = Memory(x.Parameter), s0 = Memory(x.State0), s1 = Memory(x.State1), s2 = Memory(x.State2))
            {
                long first = (long)part * PartElements;
                T** p = stackalloc T*[MaxOperands];
                p[0] = At(x.Gradient, g, first);
                p[1] = At(x.Parameter, w, first);
                p[2] = At(x.State0, s0, first);
                p[3] = At(x.State1, s1, first);
                p[4] = At(x.State2, s2, first);
                UpdateLoops.Run<TRule, T, V>(_coefficients, p, (nint)Math.Min(PartElements, _count - first));
            }
        }

        private static T* At(in TensorView view, byte* memory, long first) => view.Storage is CpuStorage cpu
            ? (T*)(memory + cpu.Start) + view.Offset + first
            : null;
    }
}
