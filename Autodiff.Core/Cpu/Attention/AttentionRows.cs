using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>What an attention does to one row of scores.</summary>
internal static unsafe class AttentionRows<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    /// <summary>s = scale · s + added; the largest of these, and -∞ of none. A NaN is not looked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Scaled(T* s, T* added, T scale, nint n)
    {
        V factor = V.Broadcast(scale), lowest = V.Broadcast(T.NegativeInfinity), largest = lowest;
        for (nint c = 0; c < n; c += V.Width)
        {
            V mask = V.First(n - c), x = V.Load(s + c, mask);
            x = added == null ? x * factor : V.FusedMultiplyAdd(x, factor, V.Load(added + c, mask));
            x.Store(s + c, mask);
            x = V.SelectLess(V.Lanes, V.Broadcast(T.CreateTruncating(n - c)), x, lowest);
            largest = V.SelectLess(largest, x, x, largest);
        }

        for (int group = V.Width; group > 1; group /= 2)
        {
            V other = V.SwapHalves(largest, group);
            largest = V.SelectLess(largest, other, other, largest);
        }

        return largest[0];
    }

    /// <summary>s = e^(s - shift), and their sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Powers(T* s, T shift, nint n)
    {
        V from = V.Broadcast(shift), sum = default;
        for (nint c = 0; c < n; c += V.Width)
        {
            V mask = V.First(n - c), x = V.Exp(V.Load(s + c, mask) - from);
            x.Store(s + c, mask);
            sum = sum + V.SelectLess(V.Lanes, V.Broadcast(T.CreateTruncating(n - c)), x, default);
        }

        return V.Sum(sum);
    }

    /// <summary>s = e^(scale · s + added - shift) · factor: the weights once more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(T* s, T* added, T scale, T shift, T factor, nint n)
    {
        V by = V.Broadcast(scale), from = V.Broadcast(shift), f = V.Broadcast(factor);
        for (nint c = 0; c < n; c += V.Width)
        {
            // in the steps of the forward pass, for its bits
            V mask = V.First(n - c), x = V.Load(s + c, mask);
            x = added == null ? x * by : V.FusedMultiplyAdd(x, by, V.Load(added + c, mask));
            (V.Exp(x - from) * f).Store(s + c, mask);
        }
    }

    /// <summary>d = p (d - mean) scale: the gradient of the products from that of the weights p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Slopes(T* d, T* p, T mean, T scale, nint n)
    {
        V from = V.Broadcast(mean), by = V.Broadcast(scale);
        for (nint c = 0; c < n; c += V.Width)
        {
            V mask = V.First(n - c);
            (V.Load(p + c, mask) * (V.Load(d + c, mask) - from) * by).Store(d + c, mask);
        }
    }

    /// <summary>x = factor · x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(T* x, T factor, nint n)
    {
        V f = V.Broadcast(factor);
        for (nint c = 0; c < n; c += V.Width)
        {
            V mask = V.First(n - c);
            (V.Load(x + c, mask) * f).Store(x + c, mask);
        }
    }

    /// <summary>Σ a b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static T Dot(T* a, T* b, nint n)
    {
        V sum = default;
        for (nint c = 0; c < n; c += V.Width)
        {
            V mask = V.First(n - c);
            sum = V.FusedMultiplyAdd(V.Load(a + c, mask), V.Load(b + c, mask), sum);
        }

        return V.Sum(sum);
    }
}
