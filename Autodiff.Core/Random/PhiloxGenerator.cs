using System.Numerics;

namespace Autodiff;

/// <summary>
/// A counter-based generator: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), as
/// CUDA libraries use it. Any part of its stream can be had at once, so a GPU fills its tensors itself, with the same
/// numbers that the processor draws from the same seed.
/// </summary>
/// <remarks>
/// <para>The stream is a sequence of blocks of four words; block b is Philox of the counter b under the seed as key. A
/// draw takes whole blocks: n/4 of them rounded up, or n/2 for float64 numbers. The numbers are not those of PyTorch on
/// any device; for these see <see cref="TorchGenerator"/>.</para>
/// <para>Thread safety: each draw takes its part of the stream at once; which call comes first is up to the
/// threads.</para>
/// </remarks>
public sealed class PhiloxGenerator : Generator
{
    private readonly Lock _gate = new();
    private ulong _offset;
    private long _seed;

    /// <summary>A stream that begins at block 0.</summary>
    /// <param name="seed">The key: all 64 bits count.</param>
    public PhiloxGenerator(long seed = TorchGenerator.DefaultSeed) => _seed = seed;

    public override long InitialSeed
    {
        get
        {
            lock (_gate)
            {
                return _seed;
            }
        }
    }

    /// <summary>
    /// The block that the next draw begins with. With <see cref="InitialSeed"/> it is the whole state.
    /// </summary>
    public ulong Offset
    {
        get
        {
            lock (_gate)
            {
                return _offset;
            }
        }

        set
        {
            lock (_gate)
            {
                _offset = value;
            }
        }
    }

    /// <summary>Restarts at block 0 of a seed's stream.</summary>
    /// <param name="seed">Any value; all 64 bits count.</param>
    /// <returns>This generator.</returns>
    public override PhiloxGenerator ManualSeed(long seed)
    {
        lock (_gate)
        {
            (_seed, _offset) = (seed, 0);
        }

        return this;
    }

    /// <summary>The first word of a block of its own.</summary>
    public override uint Random32() => Block().X0;

    /// <summary>The first two words of a block of its own, the first of them the low half.</summary>
    public override ulong Random64()
    {
        (uint x0, uint x1, _, _) = Block();
        return ((ulong)x1 << 32) | x0;
    }

    /// <summary>
    /// u (to - from) + from in one rounding, u the upper 24 bits of a word times 2^-24. One word each.
    /// </summary>
    /// <inheritdoc cref="Generator.Uniform(Span{float}, double, double)"/>
    public override void Uniform(Span<float> destination, double from = 0, double to = 1) =>
        PhiloxFill.Fill(TakeUniform(DType.Float32, destination.Length, from, to), destination);

    /// <summary>
    /// u (to - from) + from in one rounding, u the upper 53 bits of two words times 2^-53. Two words each.
    /// </summary>
    /// <inheritdoc cref="Generator.Uniform(Span{float}, double, double)"/>
    public override void Uniform(Span<double> destination, double from = 0, double to = 1) =>
        PhiloxFill.Fill(TakeUniform(DType.Float64, destination.Length, from, to), destination);

    /// <summary>
    /// r cos(2 pi v) std + mean and r sin(2 pi v) std + mean with r = sqrt(-2 ln u): two numbers from two words, u =
    /// (word + 1/2) 2^-32 and v the upper 24 bits of the other times 2^-24. The layout of the destination makes no
    /// difference.
    /// </summary>
    /// <inheritdoc cref="Generator.Normal(Span{float}, double, double, bool)"/>
    public override void Normal(Span<float> destination, double mean = 0, double std = 1, bool contiguous = true) =>
        PhiloxFill.Fill(TakeNormal(DType.Float32, destination.Length, mean, std), destination);

    /// <summary>As for float32, with 53 bits of two words for u and for v.</summary>
    /// <inheritdoc cref="Generator.Normal(Span{float}, double, double, bool)"/>
    public override void Normal(Span<double> destination, double mean = 0, double std = 1, bool contiguous = true) =>
        PhiloxFill.Fill(TakeNormal(DType.Float64, destination.Length, mean, std), destination);

    /// <summary>Ones where a word is below p 2^32, else zeros. One word each.</summary>
    /// <inheritdoc cref="Generator.Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<float> destination, double p) =>
        PhiloxFill.Fill(TakeChoice(destination.Length, p, 1, 0), destination);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<double> destination, double p) =>
        PhiloxFill.Fill(TakeChoice(destination.Length, p, 1, 0), destination);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public override void Bernoulli(Span<bool> destination, double p) =>
        PhiloxFill.Fill(TakeChoice(destination.Length, p, 1, 0), destination);

    /// <summary>
    /// Ones where a word times 2^-32 is below the element's own probability, else zeros. One word each.
    /// </summary>
    /// <inheritdoc cref="Generator.Bernoulli(Span{float}, ReadOnlySpan{float})"/>
    public override void Bernoulli(Span<float> destination, ReadOnlySpan<float> p) => BernoulliEach(destination, p);

    /// <inheritdoc cref="Bernoulli(Span{float}, ReadOnlySpan{float})"/>
    public override void Bernoulli(Span<double> destination, ReadOnlySpan<double> p) => BernoulliEach(destination, p);

    /// <summary>1 / (1 - p) where a word is below (1 - p) 2^32, else zero. One word each.</summary>
    /// <inheritdoc cref="Generator.DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<float> destination, double p) =>
        PhiloxFill.Fill(TakeDropout(destination.Length, p), destination);

    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<double> destination, double p) =>
        PhiloxFill.Fill(TakeDropout(destination.Length, p), destination);

    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public override void DropoutMask(Span<bool> destination, double p) =>
        PhiloxFill.Fill(TakeDropout(destination.Length, p), destination);

    /// <summary>low + the upper half of a 64-bit word times (high - low), 128 bits wide. Two words each.</summary>
    /// <inheritdoc cref="Generator.RandInt(Span{long}, long, long)"/>
    public override void RandInt(Span<long> destination, long low, long high)
    {
        ulong most = BitGenerator.Span(nameof(RandInt), low, high);
        Pairs words = new(Take((ulong)((destination.Length + 1L) / 2)), (ulong)InitialSeed);
        foreach (ref long value in destination)
        {
            ulong word = words.Next();
            ulong above = most == ulong.MaxValue ? word : Math.BigMul(word, most + 1, out _);
            value = unchecked((long)((ulong)low + above));
        }
    }

    /// <summary>Fisher and Yates's shuffle from the front, with two words for each exchange.</summary>
    /// <inheritdoc cref="Generator.RandPerm(Span{long})"/>
    public override void RandPerm(Span<long> destination) => Permute(destination);

    /// <inheritdoc cref="RandPerm(Span{long})"/>
    public override void RandPerm(Span<int> destination) => Permute(destination);

    internal PhiloxDraw TakeUniform(DType type, long count, double from, double to)
    {
        RequireRange(from, to, type == DType.Float32 ? float.MaxValue : double.MaxValue);
        return Take(new(PhiloxKind.Uniform, 0, 0, from, to, 0), type, count);
    }

    internal PhiloxDraw TakeNormal(DType type, long count, double mean, double std)
    {
        BitGenerator.RequireScale(nameof(Normal), std);
        return Take(new(PhiloxKind.Normal, 0, 0, mean, std, 0), type, count);
    }

    /// <summary>a with probability p, else b.</summary>
    internal PhiloxDraw TakeChoice(long count, double p, double a, double b)
    {
        RequireProbability(nameof(Bernoulli), p);
        return Take(new(PhiloxKind.Choice, 0, 0, a, b, (ulong)Math.Ceiling(p * (1L << 32))), DType.Float32, count);
    }

    internal PhiloxDraw TakeDropout(long count, double p)
    {
        RequireProbability(nameof(DropoutMask), p);
        return TakeChoice(count, 1 - p, p == 1 ? 0 : 1 / (1 - p), 0);
    }

    private PhiloxDraw Take(PhiloxDraw draw, DType type, long count)
    {
        lock (_gate)
        {
            draw = draw with { Key = (ulong)_seed, Offset = _offset };
            _offset += draw.Blocks(type, count);
        }

        return draw;
    }

    private ulong Take(ulong blocks)
    {
        lock (_gate)
        {
            ulong first = _offset;
            _offset += blocks;
            return first;
        }
    }

    private (uint X0, uint X1, uint X2, uint X3) Block() => PhiloxFill.Block((ulong)InitialSeed, Take(1));

    private void BernoulliEach<T>(Span<T> destination, ReadOnlySpan<T> p) where T : unmanaged, INumber<T>
    {
        RequireProbabilities(destination.Length, p);
        ulong block = Take(((ulong)destination.Length + 3) / 4);
        for (int i = 0; i < destination.Length; i += 4)
        {
            (uint x0, uint x1, uint x2, uint x3) = PhiloxFill.Block((ulong)InitialSeed, block++);
            ReadOnlySpan<uint> words = [x0, x1, x2, x3];
            for (int j = 0; j < Math.Min(4, destination.Length - i); j++)
            {
                destination[i + j] = words[j] < double.CreateTruncating(p[i + j]) * (1L << 32) ? T.One : T.Zero;
            }
        }
    }

    private void Permute<T>(Span<T> order) where T : unmanaged, IBinaryInteger<T>
    {
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = T.CreateTruncating(i);
        }

        Pairs words = new(Take((ulong)order.Length / 2), (ulong)InitialSeed);
        for (int i = 0; i < order.Length - 1; i++)
        {
            int j = i + (int)Math.BigMul(words.Next(), (ulong)(order.Length - i), out _);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    /// <summary>64-bit words, two of a block.</summary>
    private ref struct Pairs(ulong block, ulong key)
    {
        private ulong _next;
        private bool _half;

        public ulong Next()
        {
            if (_half)
            {
                _half = false;
                return _next;
            }

            (uint x0, uint x1, uint x2, uint x3) = PhiloxFill.Block(key, block++);
            (_next, _half) = (((ulong)x3 << 32) | x2, true);
            return ((ulong)x1 << 32) | x0;
        }
    }
}
