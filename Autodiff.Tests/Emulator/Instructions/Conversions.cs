using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>
/// cvt: reads a lane of a register of <paramref name="sizeA"/> bytes as TA, writes the answer extended to a register of
/// <paramref name="sizeD"/> bytes.
/// </summary>
internal sealed unsafe class Convert<TA, TR, TOp>(int d, int sizeD, int a, int sizeA) : Instruction
    where TA : unmanaged where TR : unmanaged, INumberBase<TR> where TOp : IUnary<TA, TR>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        byte* to = warp.Registers + d, from = warp.Registers + a;
        if (active == All && sizeA == sizeof(TA) && sizeD == sizeof(TR))
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                ((TR*)to)[i] = TOp.Apply(((TA*)from)[i]);
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            TR value = TOp.Apply(*(TA*)(from + (sizeA * i)));
            if (sizeD == sizeof(TR))
            {
                ((TR*)to)[i] = value;
            }
            else
            {
                Lanes.Extend(to, sizeD, i, value);
            }
        }
    }
}

/// <summary>
/// The number modulo 2^bits between integers; between floats and to floats rounded to nearest, ties to even.
/// </summary>
internal readonly struct Cast<TA, TR> : IUnary<TA, TR>
    where TA : unmanaged, INumber<TA> where TR : unmanaged, INumber<TR>
{
    public static TR Apply(TA a) => Single.Canonical(TR.CreateTruncating(a));
}

/// <summary>An integer held within the range of another type (.sat).</summary>
internal readonly struct SaturatingCast<TA, TR> : IUnary<TA, TR>
    where TA : unmanaged, INumber<TA> where TR : unmanaged, INumber<TR>
{
    public static TR Apply(TA a) => TR.CreateSaturating(a);
}

/// <summary>Where a number that a type cannot hold goes.</summary>
internal interface IRounding
{
    static abstract MidpointRounding Mode { get; }
}

/// <summary>To the nearest, ties to even (.rn, .rni).</summary>
internal readonly struct ToNearest : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToEven;
}

/// <summary>Toward zero (.rz, .rzi).</summary>
internal readonly struct TowardZero : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToZero;
}

/// <summary>Toward minus infinity (.rm, .rmi).</summary>
internal readonly struct Downward : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToNegativeInfinity;
}

/// <summary>Toward infinity (.rp, .rpi).</summary>
internal readonly struct Upward : IRounding
{
    public static MidpointRounding Mode => MidpointRounding.ToPositiveInfinity;
}

/// <summary>
/// A float to an integer, held within the range. NaN gives 0 if neither side has 64 bits, else the number with the
/// highest bit alone, as the PTX manual has it.
/// </summary>
internal readonly struct ToInteger<TA, TR, TRounding> : IUnary<TA, TR>
    where TA : unmanaged, IFloatingPointIeee754<TA> where TR : unmanaged, IBinaryInteger<TR> where TRounding : IRounding
{
    public static unsafe TR Apply(TA a) =>
        !TA.IsNaN(a) ? TR.CreateSaturating(TA.Round(a, TRounding.Mode))
        : sizeof(TA) < 8 && sizeof(TR) < 8 ? TR.Zero
        : TR.One << ((8 * sizeof(TR)) - 1);
}

/// <summary>A float to a whole number of the same type (cvt.rni.f32.f32).</summary>
internal readonly struct ToWhole<T, TRounding> : IUnary<T, T>
    where T : unmanaged, IFloatingPointIeee754<T> where TRounding : IRounding
{
    public static T Apply(T a) => Single.Canonical(T.Round(a, TRounding.Mode));
}

/// <summary>A number to a float that lies on the given side of it (.rz, .rm, .rp).</summary>
internal readonly struct Directed<TA, TR, TRounding> : IUnary<TA, TR>
    where TA : unmanaged, INumber<TA> where TR : unmanaged, IFloatingPointIeee754<TR> where TRounding : IRounding
{
    public static TR Apply(TA a)
    {
        TR nearest = TR.CreateTruncating(a);
        int above = Compare(nearest, a);
        bool up = TRounding.Mode == MidpointRounding.ToPositiveInfinity
            || (TRounding.Mode == MidpointRounding.ToZero && TA.IsNegative(a));
        return above == 0 || TRounding.Mode == MidpointRounding.ToEven || TR.IsNaN(nearest) ? Single.Canonical(nearest)
            : up ? above > 0 ? nearest : TR.BitIncrement(nearest)
            : above < 0 ? nearest : TR.BitDecrement(nearest);
    }

    // The sign of r - a, exactly.
    private static int Compare(TR r, TA a) =>
        typeof(TA) == typeof(float) || typeof(TA) == typeof(double) || typeof(TA) == typeof(Half)
        ? double.CreateTruncating(r).CompareTo(double.CreateTruncating(a))
        : Int128.CreateSaturating(r).CompareTo(Int128.CreateTruncating(a));
}

/// <summary>A float held between 0 and 1, NaN as 0 (.sat).</summary>
internal readonly struct SaturateToUnit<T, TOp> : IUnary<T, T>
    where T : unmanaged, IFloatingPointIeee754<T> where TOp : IUnary<T, T>
{
    public static T Apply(T a)
    {
        T value = TOp.Apply(a);
        return value > T.Zero ? T.Min(value, T.One) : T.Zero;
    }
}

/// <summary>The formats of the tensor cores.</summary>
internal static class SmallFloats
{
    /// <summary>bfloat16 of a float, rounded to nearest, ties to even.</summary>
    public static ushort ToBFloat16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    /// <summary>bfloat16 of a float, toward zero.</summary>
    public static ushort ToBFloat16Down(float x) =>
        float.IsNaN(x) ? (ushort)0x7FFF : (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16);

    /// <summary>The float that a bfloat16 stands for.</summary>
    public static float FromBFloat16(uint bits) => BitConverter.UInt32BitsToSingle(bits << 16);

    /// <summary>float16 of a float, rounded to nearest, ties to even.</summary>
    public static ushort ToFloat16(float x) => float.IsNaN(x) ? (ushort)0x7FFF : BitConverter.HalfToUInt16Bits((Half)x);

    /// <summary>The float that a float16 stands for.</summary>
    public static float FromFloat16(uint bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);

    /// <summary>tf32 of a float: 10 bits of significand, to nearest, ties away from zero (cvt.rna.tf32.f32).</summary>
    public static uint ToTf32(float x) =>
        float.IsNaN(x)
            ? 0x7FFF_FFFF
            : (BitConverter.SingleToUInt32Bits(x) + (float.IsInfinity(x) ? 0u : 0x1000u)) & 0xFFFF_E000;

    /// <summary>What the tensor cores read from 32 bits as tf32: the lowest 13 don't count.</summary>
    public static float FromTf32(uint bits) => BitConverter.UInt32BitsToSingle(bits & 0xFFFF_E000);
}
