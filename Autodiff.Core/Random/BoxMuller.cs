using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autodiff;

/// <summary>
/// PyTorch's block form of the Box-Muller transform: in a block of 16 uniforms, element j of the first half and
/// element j + 8 give r cos t and r sin t with r = sqrt(-2 log(1 - d[j])), t = 2 pi d[j + 8].
/// </summary>
internal static class BoxMuller
{
    /// <summary>Elements that are transformed together.</summary>
    internal const int BlockLength = 16;

    private const int Half = BlockLength / 2;

    /// <summary>Turns whole blocks of uniforms into normals in place, with the float32 polynomials of Cephes.</summary>
    internal static void Transform(Span<float> blocks, float mean, float std)
    {
        ref float data = ref MemoryMarshal.GetReference(blocks);
        Vector256<float> shift = Vector256.Create(mean);
        Vector256<float> scale = Vector256.Create(std);
        for (nuint i = 0; i + BlockLength <= (nuint)blocks.Length; i += BlockLength)
        {
            Vector256<float> u1 = Vector256<float>.One - Vector256.LoadUnsafe(ref data, i);
            Vector256<float> u2 = Vector256.LoadUnsafe(ref data, i + Half);
            Vector256<float> r = Vector256.Sqrt(Vector256.Create(-2f) * Log(u1));
            SinCos(Vector256.Create((float)(2 * Math.PI)) * u2, out Vector256<float> sin, out Vector256<float> cos);
            Vector256.FusedMultiplyAdd(r * cos, scale, shift).StoreUnsafe(ref data, i);
            Vector256.FusedMultiplyAdd(r * sin, scale, shift).StoreUnsafe(ref data, i + Half);
        }
    }

    /// <summary>Turns whole blocks of uniforms into normals in place, with the platform's log, cos and sin.</summary>
    internal static void Transform(Span<double> blocks, double mean, double std)
    {
        for (; blocks.Length >= BlockLength; blocks = blocks[BlockLength..])
        {
            for (int j = 0; j < Half; j++)
            {
                double r = Math.Sqrt(-2 * Math.Log(1 - blocks[j]));
                double t = 2 * Math.PI * blocks[j + Half];
                blocks[j] = Math.FusedMultiplyAdd(r * Math.Cos(t), std, mean);
                blocks[j + Half] = Math.FusedMultiplyAdd(r * Math.Sin(t), std, mean);
            }
        }
    }

    /// <summary>
    /// The natural logarithm of positive normal floats: Cephes' polynomial with the multiply-adds fused as PyTorch's
    /// AVX2 build has them. The last bit differs from a libm's for one value in eight, and it is this bit that counts.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Log(Vector256<float> x)
    {
        Vector256<int> bits = x.AsInt32();
        Vector256<float> e = Vector256.ConvertToSingle((bits >>> 23) - Vector256.Create(126));
        Vector256<float> m = ((bits & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F000000)).AsSingle();
        Vector256<float> belowSqrtHalf = Vector256.LessThan(m, Vector256.Create(0.70710678f));
        e -= Vector256<float>.One & belowSqrtHalf;
        x = (m - Vector256<float>.One) + (m & belowSqrtHalf);

        Vector256<float> z = x * x;
        Vector256<float> y = Vector256.Create(7.0376836292E-2f);
        y = MultiplyAdd(y, x, -1.1514610310E-1f);
        y = MultiplyAdd(y, x, 1.1676998740E-1f);
        y = MultiplyAdd(y, x, -1.2420140846E-1f);
        y = MultiplyAdd(y, x, 1.4249322787E-1f);
        y = MultiplyAdd(y, x, -1.6668057665E-1f);
        y = MultiplyAdd(y, x, 2.0000714765E-1f);
        y = MultiplyAdd(y, x, -2.4999993993E-1f);
        y = MultiplyAdd(y, x, 3.3333331174E-1f);
        y *= x;
        y = Vector256.FusedMultiplyAdd(y, z, e * -2.12194440e-4f);
        y = Vector256.FusedMultiplyAdd(-z, Vector256.Create(0.5f), y);
        return Vector256.FusedMultiplyAdd(e, Vector256.Create(0.693359375f), x + y);
    }

    /// <summary>
    /// Sine and cosine of angles in [0, 8192], by the same Cephes polynomials over a reduction by pi/4.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SinCos(Vector256<float> x, out Vector256<float> sin, out Vector256<float> cos)
    {
        Vector256<int> octant = Vector256.ConvertToInt32Native(x * 1.27323954473516f);
        octant = (octant + Vector256<int>.One) & Vector256.Create(~1);
        Vector256<float> q = Vector256.ConvertToSingle(octant);
        x = Vector256.FusedMultiplyAdd(q, Vector256.Create(-0.78515625f), x);
        x = Vector256.FusedMultiplyAdd(q, Vector256.Create(-2.4187564849853515625e-4f), x);
        x = Vector256.FusedMultiplyAdd(q, Vector256.Create(-3.77489497744594108e-8f), x);

        Vector256<float> z = x * x;
        Vector256<float> c = MultiplyAdd(Vector256.Create(2.443315711809948E-5f), z, -1.388731625493765E-3f);
        c = MultiplyAdd(c, z, 4.166664568298827E-2f);
        c *= z;
        c = Vector256.FusedMultiplyAdd(c, z, -(z * 0.5f)) + Vector256<float>.One;

        Vector256<float> s = MultiplyAdd(Vector256.Create(-1.9515295891E-4f), z, 8.3321608736E-3f);
        s = MultiplyAdd(s, z, -1.6666654611E-1f);
        s *= z;
        s = Vector256.FusedMultiplyAdd(s, x, x);

        Vector256<float> keep = Vector256.Equals(octant & Vector256.Create(2), Vector256<int>.Zero).AsSingle();
        Vector256<int> sinSign = (octant & Vector256.Create(4)) << 29;
        Vector256<int> cosSign = Vector256.AndNot(Vector256.Create(4), octant - Vector256.Create(2)) << 29;
        sin = Vector256.ConditionalSelect(keep, s, c) ^ sinSign.AsSingle();
        cos = Vector256.ConditionalSelect(keep, c, s) ^ cosSign.AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> MultiplyAdd(Vector256<float> x, Vector256<float> y, float addend) =>
        Vector256.FusedMultiplyAdd(x, y, Vector256.Create(addend));
}
