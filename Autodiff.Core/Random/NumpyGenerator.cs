using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Autodiff;

/// <summary>
/// NumPy's <c>numpy.random.default_rng</c>, bit for bit: PCG64 seeded by <c>SeedSequence</c>, Lemire's bounded
/// integers, the 256-step ziggurat (checked against NumPy 1.24).
/// </summary>
/// <remarks>
/// Not safe for concurrent use: give each thread its own. About one normal in 150 asks the platform's exponential or
/// logarithm; on another platform such a value may, very rarely, differ.
/// </remarks>
public sealed class NumpyGenerator
{
    private Pcg64 _engine;

    /// <summary>Makes a generator from entropy of the operating system, as <c>default_rng()</c> does.</summary>
    public NumpyGenerator()
    {
        Span<uint> entropy = stackalloc uint[4];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(entropy));
        _engine = new Pcg64(entropy);
    }

    /// <summary>Makes a generator as <c>default_rng(seed)</c> does.</summary>
    /// <param name="seed">A number of at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="seed"/> is negative.</exception>
    public NumpyGenerator(long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        ReadOnlySpan<uint> entropy = [(uint)seed, (uint)(seed >> 32)];
        _engine = new Pcg64(seed > uint.MaxValue ? entropy : entropy[..1]);
    }

    /// <summary>Makes a generator from a list of words, as <c>default_rng([1, 2, 3])</c> does.</summary>
    /// <param name="seed">Any number of words; of a larger number, its words from the lowest up.</param>
    public NumpyGenerator(ReadOnlySpan<uint> seed) => _engine = new Pcg64(seed);

    private NumpyGenerator(Pcg64 engine) => _engine = engine;

    /// <summary>A generator in the same state: both give the same stream from here on.</summary>
    public NumpyGenerator Clone() => new(_engine);

    /// <summary>A double in [0, 1): the top 53 bits of a word.</summary>
    public double Random() => _engine.NextDouble();

    /// <summary>Doubles in [0, 1), each as <see cref="Random()"/>.</summary>
    public void Random(Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = _engine.NextDouble();
        }
    }

    /// <summary>low + (high - low) u with u in [0, 1).</summary>
    /// <exception cref="ArgumentException">high - low is not finite.</exception>
    public double Uniform(double low = 0, double high = 1)
    {
        double value = 0;
        Uniform(new Span<double>(ref value), low, high);
        return value;
    }

    /// <summary>Doubles, each as <see cref="Uniform(double, double)"/>.</summary>
    /// <exception cref="ArgumentException">high - low is not finite.</exception>
    public void Uniform(Span<double> destination, double low = 0, double high = 1) =>
        BitGenerator.Uniform(ref _engine, destination, low, high);

    /// <summary>
    /// An integer in [low, high), or [low, high] with <paramref name="endpoint"/>, by Lemire's multiply-and-reject
    /// method (2019), on 32-bit words where the range has at most 2^32 values. A range of one value draws nothing.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No integer lies in the range.</exception>
    public long Integers(long low, long high, bool endpoint = false)
    {
        long value = 0;
        Integers(new Span<long>(ref value), low, high, endpoint);
        return value;
    }

    /// <summary>Integers, each as <see cref="Integers(long, long, bool)"/>: NumPy's int64 draws.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No integer lies in the range.</exception>
    public void Integers(Span<long> destination, long low, long high, bool endpoint = false)
    {
        ulong span = BitGenerator.Span(nameof(Integers), low, high, endpoint);
        for (int i = 0; i < destination.Length; i++)
        {
            ulong offset = span switch
            {
                0 => 0,
                < uint.MaxValue => Lemire32((uint)span),
                uint.MaxValue => _engine.Next32(),
                < ulong.MaxValue => Lemire64(span),
                _ => _engine.Next64(),
            };
            destination[i] = unchecked(low + (long)offset);
        }
    }

    /// <summary>A standard normal by the ziggurat method of Marsaglia and Tsang (2000) with 256 steps.</summary>
    public double StandardNormal() => Ziggurat.StandardNormal(ref _engine);

    /// <summary>Standard normals, each as <see cref="StandardNormal()"/>.</summary>
    public void StandardNormal(Span<double> destination) => Normal(destination);

    /// <summary>mean + scale z with z standard normal.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is negative or NaN.</exception>
    public double Normal(double mean = 0, double scale = 1)
    {
        double value = 0;
        Normal(new Span<double>(ref value), mean, scale);
        return value;
    }

    /// <summary>Normals, each as <see cref="Normal(double, double)"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is negative or NaN.</exception>
    public void Normal(Span<double> destination, double mean = 0, double scale = 1)
    {
        BitGenerator.RequireScale(nameof(Normal), scale);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = mean + (scale * Ziggurat.StandardNormal(ref _engine));
        }
    }

    /// <summary>
    /// Shuffles in place: for i = n-1, ..., 1 swaps element i with one of 0, ..., i, found by masked rejection.
    /// </summary>
    public void Shuffle<T>(Span<T> values) => BitGenerator.Shuffle(ref _engine, values);

    /// <summary>A random permutation of 0, 1, ..., n-1.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public long[] Permutation(int n) => BitGenerator.Permutation(ref _engine, n);

    /// <summary>A shuffled copy.</summary>
    public T[] Permutation<T>(ReadOnlySpan<T> values)
    {
        T[] copy = values.ToArray();
        Shuffle<T>(copy);
        return copy;
    }

    // The high word of word * (span + 1) is uniform once products whose low word falls short of 2^32 mod (span + 1) are
    // rejected. Computing that remainder is put off until the cheap bound fails.
    private uint Lemire32(uint span)
    {
        uint count = span + 1;
        ulong product = (ulong)_engine.Next32() * count;
        if ((uint)product < count)
        {
            uint threshold = (uint.MaxValue - span) % count;
            while ((uint)product < threshold)
            {
                product = (ulong)_engine.Next32() * count;
            }
        }

        return (uint)(product >> 32);
    }

    private ulong Lemire64(ulong span)
    {
        ulong count = span + 1;
        ulong high = Math.BigMul(_engine.Next64(), count, out ulong low);
        if (low < count)
        {
            ulong threshold = (ulong.MaxValue - span) % count;
            while (low < threshold)
            {
                high = Math.BigMul(_engine.Next64(), count, out low);
            }
        }

        return high;
    }
}
