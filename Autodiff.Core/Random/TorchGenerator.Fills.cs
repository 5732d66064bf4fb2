using System.Numerics;
using System.Runtime.InteropServices;

namespace Autodiff;

// Draws of real numbers and masks.
public sealed partial class TorchGenerator
{
    private const float Ulp24 = 1f / (1 << 24);
    private const double Ulp53 = 1.0 / (1L << 53);

    /// <summary>
    /// Uniforms u (to - from) + from, u the low 24 bits of a word times 2^-24, in one rounding: <c>uniform_</c> on
    /// float32. One word each. The bounds are rounded to float32 first. Where rounding gives <paramref name="to"/>
    /// itself, which PyTorch then returns, the number is <paramref name="from"/>, so that all numbers of the range are
    /// equally likely.
    /// </summary>
    /// <inheritdoc cref="Generator.Uniform(Span{float}, double, double)"/>
    public override void Uniform(Span<float> destination, double from = 0, double to = 1)
    {
        RequireRange(from, to, float.MaxValue);
        lock (_gate)
        {
            FillUniform(destination, (float)from, (float)to);
        }
    }

    /// <summary>
    /// Uniforms u (to - from) + from, u the low 53 bits of two words times 2^-53, in one rounding: <c>uniform_</c> on
    /// float64. Two words each.
    /// </summary>
    /// <inheritdoc cref="Generator.Uniform(Span{float}, double, double)"/>
    public override void Uniform(Span<double> destination, double from = 0, double to = 1)
    {
        RequireRange(from, to, double.MaxValue);
        lock (_gate)
        {
            FillUniform(destination, from, to);
        }
    }

    /// <summary>Normals with a mean and a standard deviation: <c>normal_</c>, <c>torch.randn</c> on float32.</summary>
    /// <remarks>
    /// Two rules, as in PyTorch. Sixteen contiguous elements or more: n uniforms fill the destination, then each block
    /// of 16 turns into normals by the Box-Muller transform in float32; a last short block is completed by 16 new
    /// uniforms over the last 16 places (n + 16 words). Otherwise one at a time in double from pairs of uniform
    /// doubles, of which the second normal waits in the generator for the next draw of this kind (four words a pair).
    /// </remarks>
    /// <inheritdoc cref="Generator.Normal(Span{float}, double, double, bool)"/>
    public override void Normal(Span<float> destination, double mean = 0, double std = 1, bool contiguous = true) =>
        FillNormal(destination, mean, std, contiguous);

    /// <summary>Normals with a mean and a standard deviation: <c>normal_</c>, <c>torch.randn</c> on float64.</summary>
    /// <remarks>The rules of <see cref="Normal(Span{float}, double, double, bool)"/> with 53-bit uniforms: twice the
    /// words where a block is transformed.</remarks>
    /// <inheritdoc cref="Normal(Span{float}, double, double, bool)"/>
    public override void Normal(Span<double> destination, double mean = 0, double std = 1, bool contiguous = true) =>
        FillNormal(destination, mean, std, contiguous);

    /// <summary>
    /// Ones where a 53-bit uniform is below p, zeros elsewhere: <c>bernoulli_(p)</c> with one probability for all. Two
    /// words each, whatever p.
    /// </summary>
    /// <inheritdoc cref="Generator.Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<float> destination, double p) => FillMask(destination, p, 1f);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<double> destination, double p) => FillMask(destination, p, 1.0);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<bool> destination, double p) => FillMask(destination, p, true);

    /// <summary>
    /// Ones where a 24-bit uniform is below the element's own probability, zeros elsewhere: <c>torch.bernoulli(p)</c>
    /// of a float32 tensor. One word each.
    /// </summary>
    /// <inheritdoc cref="Generator.Bernoulli(Span{float}, ReadOnlySpan{float})"/>
    public override void Bernoulli(Span<float> destination, ReadOnlySpan<float> p)
    {
        RequireProbabilities(destination.Length, p);
        lock (_gate)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = Uniform24(_engine.Next32()) < p[i] ? 1f : 0f;
            }
        }
    }

    /// <summary>
    /// Ones where a 53-bit uniform is below the element's own probability, zeros elsewhere: <c>torch.bernoulli(p)</c>
    /// of a float64 tensor. Two words each.
    /// </summary>
    /// <inheritdoc cref="Bernoulli(Span{float}, ReadOnlySpan{float})"/>
    public override void Bernoulli(Span<double> destination, ReadOnlySpan<double> p)
    {
        RequireProbabilities(destination.Length, p);
        lock (_gate)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = NextUniform() < p[i] ? 1.0 : 0.0;
            }
        }
    }

    /// <summary>
    /// The factors of dropout: 1 / (1 - p) where a 53-bit uniform is below 1 - p, zero elsewhere. Two words each; none
    /// where p is 0 (all ones) or 1 (all zeros), as in PyTorch. (PyTorch built with Intel MKL draws these masks from
    /// MKL's own stream, which differs.)
    /// </summary>
    /// <inheritdoc cref="Generator.DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<float> destination, double p) =>
        FillDropout(destination, p, 1f / (float)(1 - p), 1f);

    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<double> destination, double p) =>
        FillDropout(destination, p, 1 / (1 - p), 1.0);

    /// <summary>The same draw as a mask: true where the element is kept.</summary>
    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<bool> destination, double p) => FillDropout(destination, p, true, true);

    private static float Uniform24(uint word) => (word & 0xFFFFFF) * Ulp24;

    private static double Uniform53(ulong words) => (words & ((1UL << 53) - 1)) * Ulp53;

    private double NextUniform() => Uniform53(_engine.Next64());

    private double NextNormal(double mean, double std)
    {
        double value;
        if (_cachedNormal is double cached)
        {
            _cachedNormal = null;
            value = cached;
        }
        else
        {
            double u1 = NextUniform();
            double u2 = NextUniform();
            double r = Math.Sqrt(-2 * Fdlibm.Log1P(-u2));
            double t = 2 * Math.PI * u1;
            _cachedNormal = r * Math.Sin(t);
            value = r * Math.Cos(t);
        }

        return Math.FusedMultiplyAdd(value, std, mean);
    }

    // The words are drawn into the destination itself and become numbers in place.
    private void FillUniform(Span<float> destination, float from, float to)
    {
        Span<uint> words = MemoryMarshal.Cast<float, uint>(destination);
        _engine.Fill(words);
        ref uint word = ref MemoryMarshal.GetReference(words);
        ref float value = ref MemoryMarshal.GetReference(destination);
        var range = new Vector<float>(to - from);
        var start = new Vector<float>(from);
        var end = new Vector<float>(to);
        int i = 0;
        for (; i <= words.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<uint> low = Vector.LoadUnsafe(ref word, (nuint)i) & new Vector<uint>(0xFFFFFF);
            Vector<float> u = Vector.ConvertToSingle(Vector.AsVectorInt32(low)) * Ulp24;
            Vector<float> y = Vector.FusedMultiplyAdd(u, range, start);
            Vector.ConditionalSelect(Vector.LessThan(y, end), y, start).StoreUnsafe(ref value, (nuint)i);
        }

        for (; i < words.Length; i++)
        {
            float y = MathF.FusedMultiplyAdd(Uniform24(words[i]), to - from, from);
            destination[i] = y < to ? y : from;
        }
    }

    private void FillUniform(Span<double> destination, double from, double to)
    {
        Span<uint> words = MemoryMarshal.Cast<double, uint>(destination);
        _engine.Fill(words);
        for (int i = 0; i < destination.Length; i++)
        {
            double u = Uniform53(((ulong)words[2 * i] << 32) | words[(2 * i) + 1]);
            double y = Math.FusedMultiplyAdd(u, to - from, from);
            destination[i] = y < to ? y : from;
        }
    }

    private void FillNormal<T>(Span<T> destination, double mean, double std, bool contiguous)
        where T : unmanaged, INumber<T>
    {
        BitGenerator.RequireScale(nameof(Normal), std);
        lock (_gate)
        {
            if (destination.Length >= BoxMuller.BlockLength && contiguous)
            {
                FillNormalBlocks(destination, mean, std);
                if (destination.Length % BoxMuller.BlockLength != 0)
                {
                    FillNormalBlocks(destination[^BoxMuller.BlockLength..], mean, std);
                }

                return;
            }

            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = T.CreateTruncating(NextNormal(mean, std));
            }
        }
    }

    private void FillNormalBlocks<T>(Span<T> destination, double mean, double std) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Span<float> blocks = MemoryMarshal.Cast<T, float>(destination);
            FillUniform(blocks, 0f, 1f);
            BoxMuller.Transform(blocks, (float)mean, (float)std);
        }
        else
        {
            Span<double> blocks = MemoryMarshal.Cast<T, double>(destination);
            FillUniform(blocks, 0.0, 1.0);
            BoxMuller.Transform(blocks, mean, std);
        }
    }

    private void FillDropout<T>(Span<T> destination, double p, T scale, T one) where T : unmanaged
    {
        RequireProbability(nameof(DropoutMask), p);
        if (p is 0 or 1)
        {
            destination.Fill(p == 0 ? one : default);
            return;
        }

        FillMask(destination, 1 - p, scale);
    }

    private void FillMask<T>(Span<T> destination, double p, T success) where T : unmanaged
    {
        RequireProbability(nameof(Bernoulli), p);
        Span<double> uniforms = stackalloc double[ChunkWords / 2];
        lock (_gate)
        {
            while (!destination.IsEmpty)
            {
                Span<double> chunk = uniforms[..Math.Min(uniforms.Length, destination.Length)];
                FillUniform(chunk, 0.0, 1.0);
                for (int i = 0; i < chunk.Length; i++)
                {
                    destination[i] = chunk[i] < p ? success : default;
                }

                destination = destination[chunk.Length..];
            }
        }
    }
}
