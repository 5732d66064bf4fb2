using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Passes a parameter, its gradient and its states to the loop of an update rule: in place, without temporaries.
/// </summary>
internal static unsafe class UpdateDriver
{
    /// <summary>Operands of an update: gradient, parameter and up to three states.</summary>
    public const int MaxOperands = 5;

    /// <summary>Elements of one part of a shared job: enough that starting a thread's work is lost in it.</summary>
    private const int PartElements = 1 << 15;

    /// <summary>Elements of a chunk of strided operands; all chunks together stay in the first-level cache.</summary>
    private const int ChunkElements = 512;

    /// <summary>One step.</summary>
    /// <exception cref="ArgumentException">Operands differ in type, size or device.</exception>
    public static void Run<TRule>(ReadOnlySpan<double> coefficients, in UpdateOperands operands)
        where TRule : struct, IUpdateRule
    {
        UpdateOperands.RequireAlike<TRule>(operands);
        ((delegate*<ReadOnlySpan<double>, in UpdateOperands, void>)Lanes.FloatLoop<Loop<TRule>>(
            operands.Parameter.DType))(coefficients, operands);
    }

    private readonly struct Loop<TRule> : IFloatLoop where TRule : struct, IUpdateRule
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<ReadOnlySpan<double>, in UpdateOperands, void>)&Run<TRule, T, V>;
    }

    [SkipLocalsInit]
    private static void Run<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands)
        where TRule : struct, IUpdateRule where T : unmanaged, INumber<T> where V : unmanaged, ILanes<V, T>
    {
        long count = operands.Parameter.Count;
        if (count == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* g = &operands.Gradient.Memory(use), w = &operands.Parameter.Memory(use),
            s0 = &State<TRule>(0, operands.State0, use), s1 = &State<TRule>(1, operands.State1, use),
            s2 = &State<TRule>(2, operands.State2, use))
        {
            byte** memory = stackalloc byte*[MaxOperands] { g, w, s0, s1, s2 };
            if (!Contiguous<TRule>(operands))
            {
                Strided<TRule, T, V>(coefficients, operands, memory);
            }
            else if (count > PartElements)
            {
                int parts = (int)((count + PartElements - 1) / PartElements);
                CpuThreads.For(parts, new Part<TRule, T, V>(coefficients, operands, memory, count));
            }
            else
            {
                // A partial vector costs more than a full one.
                count = EndInPadding<TRule>(operands) ? (count + V.Width - 1) / V.Width * V.Width : count;
                new Part<TRule, T, V>(coefficients, operands, memory, count).Run(0);
            }
        }
    }

    private static bool Contiguous<TRule>(in UpdateOperands x) where TRule : struct, IUpdateRule =>
        x.Parameter.Layout.IsContiguous && x.Gradient.Layout.IsContiguous
        && (TRule.StateCount < 1 || x.State0.Layout.IsContiguous)
        && (TRule.StateCount < 2 || x.State1.Layout.IsContiguous)
        && (TRule.StateCount < 3 || x.State2.Layout.IsContiguous);

    private static bool EndInPadding<TRule>(in UpdateOperands x) where TRule : struct, IUpdateRule =>
        CpuStorage.EndsInPadding(x.Parameter) && CpuStorage.EndsInPadding(x.Gradient)
        && (TRule.StateCount < 1 || CpuStorage.EndsInPadding(x.State0))
        && (TRule.StateCount < 2 || CpuStorage.EndsInPadding(x.State1))
        && (TRule.StateCount < 3 || CpuStorage.EndsInPadding(x.State2));

    [SkipLocalsInit]
    private static void Strided<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands,
        byte** memory)
        where TRule : struct, IUpdateRule where T : unmanaged, INumber<T> where V : unmanaged, ILanes<V, T>
    {
        int used = 2 + TRule.StateCount;
        T* buffers = stackalloc T[MaxOperands * ChunkElements];
        T** x = stackalloc T*[MaxOperands];
        ElementCursor<T>* readers = stackalloc ElementCursor<T>[MaxOperands];
        ElementCursor<T>* writers = stackalloc ElementCursor<T>[MaxOperands];
        Start(0, operands.Gradient);
        Start(1, operands.Parameter);
        Start(2, operands.State0);
        Start(3, operands.State1);
        Start(4, operands.State2);
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

        void Start(int k, in TensorView view)
        {
            if (k < used)
            {
                readers[k].Start(view, memory[k], 0);
                writers[k].Start(view, memory[k], 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte State<TRule>(int k, in TensorView state, in MemoryUse use)
        where TRule : struct, IUpdateRule =>
        ref k < TRule.StateCount ? ref state.Memory(use) : ref Unsafe.NullRef<byte>();

    /// <summary>A range of elements of contiguous operands.</summary>
    private readonly ref struct Part<TRule, T, V>(ReadOnlySpan<double> coefficients, in UpdateOperands operands,
        byte** memory, long count) : IParallelBody
        where TRule : struct, IUpdateRule where T : unmanaged where V : unmanaged, ILanes<V, T>
    {
        private readonly ReadOnlySpan<double> _coefficients = coefficients;
        private readonly ref readonly UpdateOperands _operands = ref operands;
        private readonly byte** _memory = memory;
        private readonly long _count = count;

        [SkipLocalsInit]
        public void Run(int part)
        {
            ref readonly UpdateOperands x = ref _operands;
            long first = (long)part * PartElements;
            T** p = stackalloc T*[MaxOperands];
            p[0] = (T*)_memory[0] + x.Gradient.Offset + first;
            p[1] = (T*)_memory[1] + x.Parameter.Offset + first;
            p[2] = (T*)_memory[2] + x.State0.Offset + first;
            p[3] = (T*)_memory[3] + x.State1.Offset + first;
            p[4] = (T*)_memory[4] + x.State2.Offset + first;
            UpdateLoops.Run<TRule, T, V>(_coefficients, p, (nint)Math.Min(PartElements, _count - first));
        }
    }
}
