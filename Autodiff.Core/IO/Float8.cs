using System.Collections.Frozen;

namespace Autodiff.IO;

/// <summary>
/// The floating types of 8 bits, each by a table of its 256 values, all of which float32 holds exactly.
/// </summary>
/// <remarks>
/// E4M3, E5M2 and E8M0 are those of the Open Compute Project (OFP8, 2023, and MX, 2023): E4M3 has no infinities, and
/// NaN where all bits below the sign are set; E5M2 is float16 without its last 8 bits; E8M0 is a power of 2 without a
/// sign, NaN at 255. The FNUZ types (Noune et al., 2022) have a bias greater by 1 and neither infinities nor a negative
/// zero, whose bits are their NaN.
/// </remarks>
internal static class Float8
{
    private static readonly FrozenDictionary<StoredType, float[]> Tables = new Dictionary<StoredType, float[]>
    {
        [StoredType.Float8E4M3] = Table(b => (b & 0x7F) == 0x7F ? float.NaN : Value(b, mantissaBits: 3, bias: 7)),
        [StoredType.Float8E5M2] = Table(b => (float)BitConverter.UInt16BitsToHalf((ushort)(b << 8))),
        [StoredType.Float8E8M0] = Table(b => b == 0xFF ? float.NaN : MathF.ScaleB(1, b - 127)),
        [StoredType.Float8E4M3Fnuz] = Table(b => b == 0x80 ? float.NaN : Value(b, mantissaBits: 3, bias: 8)),
        [StoredType.Float8E5M2Fnuz] = Table(b => b == 0x80 ? float.NaN : Value(b, mantissaBits: 2, bias: 16)),
    }.ToFrozenDictionary();

    /// <summary>Widens numbers of the given type, one of the 8-bit floating ones.</summary>
    public static void ToSingle(ReadOnlySpan<byte> x, Span<float> y, StoredType type)
    {
        ReadOnlySpan<float> table = Tables[type];
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = table[x[i]];
        }
    }

    private static float[] Table(Func<int, float> value) => [.. Enumerable.Range(0, 256).Select(value)];

    /// <summary>
    /// (-1)^sign 2^(exponent - bias) 1.mantissa, and 2^(1 - bias) 0.mantissa where the exponent is 0.
    /// </summary>
    private static float Value(int bits, int mantissaBits, int bias)
    {
        int exponent = (bits & 0x7F) >> mantissaBits, mantissa = bits & ((1 << mantissaBits) - 1);
        float magnitude = exponent == 0
            ? MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : MathF.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        return (bits & 0x80) == 0 ? magnitude : -magnitude;
    }
}
