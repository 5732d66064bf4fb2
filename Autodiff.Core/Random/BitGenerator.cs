using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>
/// A source of random words, as NumPy's distributions see it. Implemented by mutable structs and always passed by
/// reference as a type argument, so that a loop over draws compiles to direct calls.
/// </summary>
internal interface IBitGenerator
{
    /// <summary>The next 32-bit word.</summary>
    uint Next32();

    /// <summary>The next 64-bit word.</summary>
    ulong Next64();

    /// <summary>A double in [0, 1) with 53 random bits.</summary>
    double NextDouble();
}

/// <summary>The draws that NumPy's <c>RandomState</c> and <c>Generator</c> share.</summary>
internal static class BitGenerator
{
    /// <summary>
    /// A uniform integer in [0, <paramref name="max"/>] by masked rejection: draw under the smallest mask 2^k - 1 >=
    /// max until the value fits. Draws nothing when max is 0, and 32-bit words when max fits in one.
    /// </summary>
    internal static ulong Interval<TBits>(ref TBits bits, ulong max) where TBits : struct, IBitGenerator
    {
        if (max == 0)
        {
            return 0;
        }

        ulong mask = ulong.MaxValue >> BitOperations.LeadingZeroCount(max);
        ulong value;
        if (max <= uint.MaxValue)
        {
            do
            {
                value = bits.Next32() & mask;
            }
            while (value > max);
        }
        else
        {
            do
            {
                value = bits.Next64() & mask;
            }
            while (value > max);
        }

        return value;
    }

    /// <summary>
    /// Fisher-Yates from the back: for i = n-1, ..., 1 swap element i with element <c>Interval(i)</c>.
    /// </summary>
    internal static void Shuffle<TBits, T>(ref TBits bits, Span<T> values) where TBits : struct, IBitGenerator
    {
        for (int i = values.Length - 1; i >= 1; i--)
        {
            int j = (int)Interval(ref bits, (ulong)i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>A shuffled 0, 1, ..., n-1.</summary>
    internal static long[] Permutation<TBits>(ref TBits bits, int n) where TBits : struct, IBitGenerator
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var order = new long[n];
        for (int i = 0; i < n; i++)
        {
            order[i] = i;
        }

        Shuffle<TBits, long>(ref bits, order);
        return order;
    }

    /// <summary>low + (high - low) u, u uniform in [0, 1); the range is not ordered, as in NumPy.</summary>
    internal static void Uniform<TBits>(ref TBits bits, Span<double> destination, double low, double high)
        where TBits : struct, IBitGenerator
    {
        double range = high - low;
        if (!double.IsFinite(range))
        {
            throw new ArgumentException($"Uniform: the range from low = {low} to high = {high} is not finite.");
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = low + (range * bits.NextDouble());
        }
    }

    /// <summary>
    /// high - 1 - low as an unsigned number, or high - low with <paramref name="endpoint"/>: how far a bounded integer
    /// may lie above <paramref name="low"/>.
    /// </summary>
    internal static ulong Span(string operation, long low, long high, bool endpoint = false)
    {
        if (endpoint ? low > high : low >= high)
        {
            throw new ArgumentOutOfRangeException(
                nameof(high), high, $"{operation}: no integer lies in [{low}, {high}{(endpoint ? ']' : ')')}.");
        }

        ulong difference = unchecked((ulong)high - (ulong)low);
        return endpoint ? difference : difference - 1;
    }

    /// <summary>Refuses a negative or NaN standard deviation.</summary>
    internal static void RequireScale(
        string operation, double scale, [CallerArgumentExpression(nameof(scale))] string? name = null)
    {
        if (!(scale >= 0))
        {
            throw new ArgumentOutOfRangeException(
                name, scale, $"{operation}: the standard deviation must be at least 0.");
        }
    }
}
