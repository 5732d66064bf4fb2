using System.Numerics;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>Bitwise and.</summary>
internal readonly struct And : IIntegerFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a & b;
}

/// <summary>Bitwise or.</summary>
internal readonly struct Or : IIntegerFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a | b;
}

/// <summary>Bitwise exclusive or.</summary>
internal readonly struct Xor : IIntegerFunction2
{
    public static T Apply<T>(T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => a ^ b;
}

/// <summary>Bitwise complement.</summary>
internal readonly struct Not : IIntegerFunction1
{
    public static T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => ~a;
}

/// <summary>The same bits.</summary>
internal readonly struct Copy<T> : IUnary<T, T> where T : unmanaged
{
    public static T Apply(T a) => a;
}

/// <summary>a 2^b; 0 from the width on.</summary>
internal readonly struct ShiftLeft : IShift
{
    public static unsafe T Apply<T>(T a, uint b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        b >= 8 * sizeof(T) ? T.Zero : a << (int)b;
}

/// <summary>a shifted to lower bits, zeros or the sign coming in; from the width on nothing else is left.</summary>
internal readonly struct ShiftRight : IShift
{
    public static unsafe T Apply<T>(T a, uint b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        b < 8 * sizeof(T) ? a >> (int)b : T.IsNegative(a) ? T.Zero - T.One : T.Zero;
}

/// <summary>How many bits are 1.</summary>
internal readonly struct PopCount : ICount
{
    public static uint Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        uint.CreateTruncating(T.PopCount(a));
}

/// <summary>How many zeros stand before the highest 1.</summary>
internal readonly struct LeadingZeros : ICount
{
    public static uint Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>The place of the highest bit that differs from the sign; all ones if there is none.</summary>
internal readonly struct FindHighest : ICount
{
    public static unsafe uint Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> =>
        (uint)(8 * sizeof(T)) - 1 - uint.CreateTruncating(T.LeadingZeroCount(T.IsNegative(a) ? ~a : a));
}

/// <summary>The bits in reverse order.</summary>
internal readonly struct Reverse : IIntegerFunction1
{
    public static unsafe T Apply<T>(T a) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        T reversed = T.Zero;
        for (int i = 0; i < 8 * sizeof(T); i++)
        {
            reversed = (reversed << 1) | ((a >> i) & T.One);
        }

        return reversed;
    }
}

/// <summary>c bits of a from place b on, extended by zeros or by the highest of them.</summary>
internal readonly struct Extract<T> : ITernary<T, uint, uint, T> where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    public static unsafe T Apply(T a, uint b, uint c)
    {
        int width = 8 * sizeof(T), start = (int)(b & 0xFF), count = (int)(c & 0xFF);
        bool signed = T.IsNegative(T.MinValue);
        int highest = Math.Min(start + count - 1, width - 1);
        bool sign = signed && count > 0 && !T.IsZero((a >> highest) & T.One);
        T kept = start >= width ? T.Zero : a >> start;
        if (count >= width)
        {
            return start >= width && sign ? T.Zero - T.One : kept;
        }

        T mask = (T.One << count) - T.One;
        int present = Math.Clamp(width - start, 0, count);
        T low = (T.One << present) - T.One;
        return sign ? (kept & mask & low) | ~low : kept & mask & low;
    }
}

/// <summary>The c low bits of a put into b.</summary>
internal static class Insert
{
    /// <summary>
    /// b with <paramref name="count"/> bits from <paramref name="start"/> on replaced by the low bits of a.
    /// </summary>
    public static ulong Apply(ulong a, ulong b, uint start, uint count, int width)
    {
        (int from, int bits) = ((int)(start & 0xFF), (int)(count & 0xFF));
        if (from >= width || bits == 0)
        {
            return b;
        }

        ulong field = bits >= 64 ? ulong.MaxValue : (1UL << bits) - 1;
        return (b & ~(field << from)) | ((a & field) << from);
    }
}

/// <summary>
/// 32 bits of the 64 that b:a make, from the upper half after a shift to the left (shf.l); counts beyond 32 are held
/// (clamp) or wrap.
/// </summary>
internal static class Funnel
{
    public static uint Left(uint a, uint b, uint count, bool wrap)
    {
        int n = (int)(wrap ? count & 31 : Math.Min(count, 32));
        return n == 0 ? b : n == 32 ? a : (b << n) | (a >> (32 - n));
    }

    /// <summary>The lower half after a shift to the right (shf.r).</summary>
    public static uint Right(uint a, uint b, uint count, bool wrap)
    {
        int n = (int)(wrap ? count & 31 : Math.Min(count, 32));
        return n == 0 ? a : n == 32 ? b : (a >> n) | (b << (32 - n));
    }
}

/// <summary>Four bytes picked out of the eight of b:a (prmt).</summary>
internal readonly struct Permute : ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint a, uint b, uint selector)
    {
        ulong bytes = ((ulong)b << 32) | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            uint pick = (selector >> (4 * i)) & 0xF;
            uint value = (uint)(bytes >> (int)(8 * (pick & 7))) & 0xFF;
            value = (pick & 8) == 0 ? value : (value & 0x80) == 0 ? 0u : 0xFFu;
            result |= value << (8 * i);
        }

        return result;
    }
}

/// <summary>Any function of three bits, given by its table (lop3).</summary>
internal static class Logic
{
    /// <summary>Bit i of the answer is bit (4 a_i + 2 b_i + c_i) of the table.</summary>
    public static uint Apply(uint a, uint b, uint c, int table)
    {
        uint result = 0;
        for (int row = 0; row < 8; row++)
        {
            if ((table >> row & 1) != 0)
            {
                result |= ((row & 4) != 0 ? a : ~a) & ((row & 2) != 0 ? b : ~b) & ((row & 1) != 0 ? c : ~c);
            }
        }

        return result;
    }
}
