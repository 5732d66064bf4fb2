using System.Numerics;

namespace Autodiff;

/// <summary>
/// The random generator of PyTorch's CPU backend, bit for bit: MT19937 with PyTorch's rules for turning words into
/// uniforms, normals, integers, permutations and masks. After <c>ManualSeed(42)</c> it gives the numbers that
/// <c>torch.manual_seed(42)</c> gives (checked against PyTorch 1.13 on the CPU).
/// </summary>
/// <remarks>
/// <para>Every method draws a definite number of 32-bit words, which its documentation gives, so that later draws
/// agree too.</para>
/// <para>Thread safety: each call holds the generator's lock from its first word to its last, so that concurrent calls
/// never tear the state or share a word, but which call comes first is up to the threads. For a reproducible run, draw
/// from one thread, or give each thread a generator of its own.</para>
/// <para>float64 normals use the platform's logarithm, sine and cosine; between platforms their last bit may differ.
/// Everything else is the same on every machine.</para>
/// </remarks>
public sealed partial class TorchGenerator : Generator
{
    /// <summary>The seed of a generator made without one, as in PyTorch.</summary>
    public const long DefaultSeed = 67280421310721;

    // Words that a draw of a mask takes from the engine at a time.
    private const int ChunkWords = 512;

    private readonly Lock _gate = new();
    private Mt19937 _engine;
    private double? _cachedNormal;
    private long _initialSeed;

    /// <summary>Makes a generator as <c>torch.Generator().manual_seed(seed)</c> does.</summary>
    /// <param name="seed">Any value; only its low 32 bits count.</param>
    public TorchGenerator(long seed = DefaultSeed) => Reseed(seed);

    /// <summary>
    /// The generator that every draw without an explicit one uses, for the whole process and all its threads.
    /// It starts at <see cref="DefaultSeed"/>; PyTorch starts its own at a random seed.
    /// </summary>
    public static TorchGenerator Default { get; } = new();

    /// <summary>
    /// The seed last given to the constructor, <see cref="ManualSeed"/> or chosen by <see cref="Generator.Seed"/>.
    /// </summary>
    public override long InitialSeed
    {
        get
        {
            lock (_gate)
            {
                return _initialSeed;
            }
        }
    }

    /// <summary>Restarts the stream from a seed and forgets the cached normal.</summary>
    /// <param name="seed">Any value; only its low 32 bits count.</param>
    /// <returns>This generator.</returns>
    public override TorchGenerator ManualSeed(long seed)
    {
        lock (_gate)
        {
            Reseed(seed);
        }

        return this;
    }

    /// <summary>The next word, uniform on all 2^32 values.</summary>
    public override uint Random32()
    {
        lock (_gate)
        {
            return _engine.Next32();
        }
    }

    /// <summary>Two words as one, the first of them the high half.</summary>
    public override ulong Random64()
    {
        lock (_gate)
        {
            return _engine.Next64();
        }
    }

    /// <summary>Integers uniform on 0, 1, ..., 2^63 - 1: PyTorch's <c>random_()</c> on int64. Two words each.</summary>
    public void Random(Span<long> destination)
    {
        lock (_gate)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (long)(_engine.Next64() & long.MaxValue);
            }
        }
    }

    /// <summary>
    /// Integers low + word mod (high - low), in [low, high): <c>torch.randint</c>. One word each, two where the range
    /// has 2^32 values or more.
    /// </summary>
    /// <inheritdoc cref="Generator.RandInt(Span{long}, long, long)"/>
    public override void RandInt(Span<long> destination, long low, long high)
    {
        ulong span = BitGenerator.Span(nameof(RandInt), low, high);
        lock (_gate)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                ulong word = span < uint.MaxValue ? _engine.Next32() : _engine.Next64();
                destination[i] = unchecked((long)((ulong)low + (word % (span + 1))));
            }
        }
    }

    /// <summary>
    /// A random permutation of 0, 1, ..., n-1: <c>torch.randperm</c>. For i = 0, ..., n-2 it swaps element i with
    /// element i + word mod (n - i). n - 1 words.
    /// </summary>
    /// <inheritdoc cref="Generator.RandPerm(Span{long})"/>
    public override void RandPerm(Span<long> destination) => FillPermutation(destination);

    /// <inheritdoc cref="RandPerm(Span{long})"/>
    public override void RandPerm(Span<int> destination) => FillPermutation(destination);

    private void FillPermutation<T>(Span<T> order) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = T.CreateTruncating(i);
        }

        lock (_gate)
        {
            for (int i = 0; i < order.Length - 1; i++)
            {
                int j = i + (int)(_engine.Next32() % (uint)(order.Length - i));
                (order[i], order[j]) = (order[j], order[i]);
            }
        }
    }

    private void Reseed(long seed)
    {
        _engine = new Mt19937(unchecked((uint)seed));
        _cachedNormal = null;
        _initialSeed = seed;
    }
}
