namespace Autodiff;

/// <summary>
/// NumPy's legacy generator <c>numpy.random.RandomState</c>, the one behind <c>np.random.seed(42)</c>, bit for bit:
/// MT19937 with NumPy's rules for doubles, normals, integers and shuffles (checked against NumPy 1.24; the stream is
/// frozen since 1.17).
/// </summary>
/// <remarks>
/// Not safe for concurrent use: give each thread its own. Normals use the platform's logarithm; between platforms their
/// last bit may differ. Everything else is the same on every machine.
/// </remarks>
public sealed class NumpyRandomState
{
    private Mt19937 _engine;
    private double? _cachedNormal;

    /// <summary>Makes a generator as <c>RandomState(seed)</c> does.</summary>
    /// <param name="seed">0 to 2^32 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="seed"/> is outside that range.</exception>
    public NumpyRandomState(long seed) => Seed(seed);

    /// <summary>Makes a generator from an array seed, as <c>RandomState([1, 2, 3])</c> does.</summary>
    /// <param name="seed">One word or more.</param>
    /// <exception cref="ArgumentException"><paramref name="seed"/> is empty.</exception>
    public NumpyRandomState(ReadOnlySpan<uint> seed) => Seed(seed);

    private NumpyRandomState(NumpyRandomState other)
    {
        _engine = other._engine;
        _cachedNormal = other._cachedNormal;
    }

    /// <summary>A generator in the same state: both give the same stream from here on.</summary>
    public NumpyRandomState Clone() => new(this);

    /// <summary>Restarts the stream from a seed and forgets the cached normal.</summary>
    /// <param name="seed">0 to 2^32 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="seed"/> is outside that range.</exception>
    public void Seed(long seed)
    {
        if (seed is < 0 or > uint.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(seed), seed, "RandomState: a seed must lie between 0 and 2^32 - 1.");
        }

        _engine = new Mt19937((uint)seed);
        _cachedNormal = null;
    }

    /// <summary>Restarts the stream from an array seed and forgets the cached normal.</summary>
    /// <param name="seed">One word or more; unlike a number, one word as an array goes through
    /// <c>init_by_array</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="seed"/> is empty.</exception>
    public void Seed(ReadOnlySpan<uint> seed)
    {
        _engine = new Mt19937(seed);
        _cachedNormal = null;
    }

    /// <summary>A double in [0, 1) with 53 random bits; two words. <c>np.random.rand</c> draws the same.</summary>
    public double RandomSample() => _engine.NextDouble();

    /// <summary>Doubles in [0, 1), each as <see cref="RandomSample()"/>.</summary>
    public void RandomSample(Span<double> destination)
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
    /// A standard normal by Marsaglia's polar method: x1, x2 uniform in [-1, 1) until 0 &lt; r² &lt; 1, then f x2 now
    /// and f x1 at the next call, f = sqrt(-2 log(r²) / r²). Other draws leave the waiting value alone.
    /// </summary>
    public double StandardNormal()
    {
        if (_cachedNormal is double cached)
        {
            _cachedNormal = null;
            return cached;
        }

        double x1, x2, r2;
        do
        {
            x1 = (2 * _engine.NextDouble()) - 1;
            x2 = (2 * _engine.NextDouble()) - 1;
            r2 = (x1 * x1) + (x2 * x2);
        }
        while (r2 is >= 1 or 0);

        double f = Math.Sqrt(-2 * Math.Log(r2) / r2);
        _cachedNormal = f * x1;
        return f * x2;
    }

    /// <summary>
    /// Standard normals, each as <see cref="StandardNormal()"/>; <c>np.random.randn</c> draws the same.
    /// </summary>
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
            destination[i] = mean + (scale * StandardNormal());
        }
    }

    /// <summary>An integer in [low, high) by masked rejection; a range of one value draws nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref
    /// name="high"/>.</exception>
    public long RandInt(long low, long high)
    {
        long value = 0;
        RandInt(new Span<long>(ref value), low, high);
        return value;
    }

    /// <summary>Integers, each as <see cref="RandInt(long, long)"/>: NumPy's int64 draws.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below <paramref
    /// name="high"/>.</exception>
    public void RandInt(Span<long> destination, long low, long high)
    {
        ulong span = BitGenerator.Span(nameof(RandInt), low, high);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = unchecked(low + (long)BitGenerator.Interval(ref _engine, span));
        }
    }

    /// <summary>Shuffles in place: for i = n-1, ..., 1 swaps element i with one of 0, ..., i.</summary>
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

    /// <summary>
    /// <paramref name="count"/> of the numbers 0, 1, ..., n-1: integers drawn one by one with replacement, the head of
    /// a permutation without.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">n is not positive, or without replacement more are asked for than
    /// there are.</exception>
    public long[] Choice(int n, int count, bool replace = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (replace)
        {
            var chosen = new long[count];
            RandInt(chosen, 0, n);
            return chosen;
        }

        if (count > n)
        {
            throw new ArgumentOutOfRangeException(
                nameof(count), count, $"Choice: {count} of {n} cannot be drawn without replacement.");
        }

        return Permutation(n)[..count];
    }
}
