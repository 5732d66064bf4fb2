using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>The loop of an optimizer's update rule, compiled for each rule, element type and vector width.</summary>
internal static unsafe class UpdateLoops
{
    /// <summary>
    /// Applies the rule to <paramref name="n"/> elements of gradient, parameter and states, in that order in
    /// <paramref name="x"/>.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRule, T, V>(ReadOnlySpan<double> coefficients, T** x, nint n)
        where TRule : struct, IUpdateRule where T : unmanaged where V : unmanaged, ILanes<V, T>
    {
        int states = TRule.StateCount; // asked once: of a rule with switches it is a call
        // Spread over lanes once: the compiler would convert and spread them again for every vector.
        byte* memory = stackalloc byte[(TRule.CoefficientCount + 1) * sizeof(V)];
        V* lifted = (V*)(((nuint)memory + (nuint)sizeof(V) - 1) & ~((nuint)sizeof(V) - 1));
        for (int c = 0; c < TRule.CoefficientCount; c++)
        {
            lifted[c] = V.Const(coefficients[c]);
        }

        Lifted<V> k = new(lifted);
        T* g = x[0], w = x[1], s0 = x[2], s1 = x[3], s2 = x[4];
        nint i = 0;
        for (; i <= n - V.Width; i += V.Width)
        {
            V vw = V.Load(w + i), v0 = default, v1 = default, v2 = default;
            if (states > 0)
            {
                v0 = V.Load(s0 + i);
            }

            if (states > 1)
            {
                v1 = V.Load(s1 + i);
            }

            if (states > 2)
            {
                v2 = V.Load(s2 + i);
            }

            TRule.Apply(k, V.Load(g + i), ref vw, ref v0, ref v1, ref v2);
            vw.Store(w + i);
            if (states > 0)
            {
                v0.Store(s0 + i);
            }

            if (states > 1)
            {
                v1.Store(s1 + i);
            }

            if (states > 2)
            {
                v2.Store(s2 + i);
            }
        }

        if (i < n)
        {
            Tail<TRule, T, V>(coefficients, x, i, n);
        }
    }

    /// <summary>Coefficients in vectors side by side.</summary>
    private readonly struct Lifted<V>(V* values) : IOperands<V> where V : unmanaged, IReal<V>
    {
        private readonly V* _values = values;

        public V this[int index]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _values[index];
        }
    }

    /// <summary>
    /// The last few elements go through the same vector code in padded buffers, so that every element gets the same
    /// bits.
    /// </summary>
    [SkipLocalsInit]
    private static void Tail<TRule, T, V>(ReadOnlySpan<double> coefficients, T** x, nint from, nint n)
        where TRule : struct, IUpdateRule where T : unmanaged where V : unmanaged, ILanes<V, T>
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

        Run<TRule, T, V>(coefficients, padded, V.Width);
        for (int k = 1; k < used; k++)
        {
            Unsafe.CopyBlockUnaligned(x[k] + from, padded[k], bytes);
        }
    }
}
