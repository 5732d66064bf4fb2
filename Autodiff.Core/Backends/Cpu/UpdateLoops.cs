using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>The loop of an optimizer's update rule, compiled for each rule, element type and vector width.</summary>
internal static unsafe class UpdateLoops
{
    /// <summary>Applies the rule to <paramref name="n"/> elements of gradient, parameter and states, in that order in <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRule, T, V>(TRule rule, T** x, nint n)
        where TRule : unmanaged, IUpdateRule where T : unmanaged where V : struct, ILanes<V, T>
    {
        T* g = x[0], w = x[1], s0 = x[2], s1 = x[3], s2 = x[4];
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            V vw = V.Load(w + i), v0 = default, v1 = default, v2 = default;
            if (TRule.StateCount > 0)
            {
                v0 = V.Load(s0 + i);
            }

            if (TRule.StateCount > 1)
            {
                v1 = V.Load(s1 + i);
            }

            if (TRule.StateCount > 2)
            {
                v2 = V.Load(s2 + i);
            }

            rule.Apply(V.Load(g + i), ref vw, ref v0, ref v1, ref v2);
            vw.Store(w + i);
            if (TRule.StateCount > 0)
            {
                v0.Store(s0 + i);
            }

            if (TRule.StateCount > 1)
            {
                v1.Store(s1 + i);
            }

            if (TRule.StateCount > 2)
            {
                v2.Store(s2 + i);
            }
        }

        if (i < n)
        {
            Tail<TRule, T, V>(rule, x, i, n);
        }
    }

    /// <summary>The last few elements go through the same vector code in padded buffers, so that every element gets the same bits.</summary>
    private static void Tail<TRule, T, V>(TRule rule, T** x, nint from, nint n)
        where TRule : unmanaged, IUpdateRule where T : unmanaged where V : struct, ILanes<V, T>
    {
        int used = 2 + TRule.StateCount;
        uint bytes = (uint)((n - from) * sizeof(T));
        T* lanes = stackalloc T[UpdateDriver.MaxOperands * V.Width];
        T** padded = stackalloc T*[UpdateDriver.MaxOperands];
        for (int k = 0; k < used; k++)
        {
            padded[k] = lanes + k * V.Width;
            V.Const(1).Store(padded[k]);
            Unsafe.CopyBlockUnaligned(padded[k], x[k] + from, bytes);
        }

        Run<TRule, T, V>(rule, padded, V.Width);
        for (int k = 1; k < used; k++)
        {
            Unsafe.CopyBlockUnaligned(x[k] + from, padded[k], bytes);
        }
    }
}
