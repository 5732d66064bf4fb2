using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Autodiff;

/// <summary>
/// A source of random numbers for tensors (<c>torch.Generator</c>): <see cref="TorchGenerator"/>, whose stream is that
/// of PyTorch on the CPU, or <see cref="PhiloxGenerator"/>, whose numbers a GPU draws itself.
/// </summary>
/// <remarks>
/// Every draw takes a definite part of the stream, so one seed means the same numbers in the same program.
/// </remarks>
public abstract class Generator
{
    private protected Generator()
    {
    }

    /// <summary>The seed that the stream began with.</summary>
    public abstract long InitialSeed { get; }

    /// <summary>Restarts the stream from a seed.</summary>
    /// <param name="seed">Any value.</param>
    /// <returns>This generator.</returns>
    public abstract Generator ManualSeed(long seed);

    /// <summary>Restarts the stream from a seed that the operating system draws.</summary>
    /// <returns>The seed chosen, with which <see cref="ManualSeed"/> gives the same stream again.</returns>
    public long Seed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(bytes);
        long seed = MemoryMarshal.Read<long>(bytes);
        ManualSeed(seed);
        return seed;
    }

    /// <summary>The next word, uniform on all 2^32 values.</summary>
    public abstract uint Random32();

    /// <summary>A word uniform on all 2^64 values.</summary>
    public abstract ulong Random64();

    /// <summary>Numbers uniform in [from, to).</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="from">The lower bound.</param>
    /// <param name="to">The upper bound, which is not drawn itself unless both are equal.</param>
    /// <exception cref="ArgumentException">The range is reversed, or not finite.</exception>
    public abstract void Uniform(Span<float> destination, double from = 0, double to = 1);

    /// <inheritdoc cref="Uniform(Span{float}, double, double)"/>
    public abstract void Uniform(Span<double> destination, double from = 0, double to = 1);

    /// <summary>Normal numbers.</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="mean">The mean.</param>
    /// <param name="std">The standard deviation, at least 0.</param>
    /// <param name="contiguous">False where the destination stands for a tensor that is not contiguous, which PyTorch
    /// fills by another rule.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="std"/> is negative or NaN.</exception>
    public abstract void Normal(Span<float> destination, double mean = 0, double std = 1, bool contiguous = true);

    /// <inheritdoc cref="Normal(Span{float}, double, double, bool)"/>
    public abstract void Normal(Span<double> destination, double mean = 0, double std = 1, bool contiguous = true);

    /// <summary>Ones with probability p, else zeros.</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="p">The probability, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public abstract void Bernoulli(Span<float> destination, double p);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public abstract void Bernoulli(Span<double> destination, double p);

    /// <inheritdoc cref="Bernoulli(Span{float}, double)"/>
    public abstract void Bernoulli(Span<bool> destination, double p);

    /// <summary>Ones, each with its own probability, else zeros.</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="p">The probabilities, in [0, 1].</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A probability is not in [0, 1]; nothing was drawn.</exception>
    public abstract void Bernoulli(Span<float> destination, ReadOnlySpan<float> p);

    /// <inheritdoc cref="Bernoulli(Span{float}, ReadOnlySpan{float})"/>
    public abstract void Bernoulli(Span<double> destination, ReadOnlySpan<double> p);

    /// <summary>The factors of dropout: 1 / (1 - p), or 0 with probability p.</summary>
    /// <param name="destination">Receives the factors.</param>
    /// <param name="p">The probability to drop an element, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not in [0, 1].</exception>
    public abstract void DropoutMask(Span<float> destination, double p);

    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public abstract void DropoutMask(Span<double> destination, double p);

    /// <summary>The same draw as a mask: true where the element is kept.</summary>
    /// <inheritdoc cref="DropoutMask(Span{float}, double)"/>
    public abstract void DropoutMask(Span<bool> destination, double p);

    /// <summary>Whole numbers in [low, high).</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="low">The smallest.</param>
    /// <param name="high">One more than the largest.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="low"/> is not below
    /// <paramref name="high"/>.</exception>
    public abstract void RandInt(Span<long> destination, long low, long high);

    /// <summary>A random permutation of 0, 1, ..., n-1.</summary>
    /// <param name="n">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="n"/> is negative.</exception>
    public long[] RandPerm(int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        var order = new long[n];
        RandPerm(order);
        return order;
    }

    /// <summary>A random permutation of 0, 1, ..., n-1.</summary>
    /// <param name="destination">Receives the permutation; its length is n.</param>
    public abstract void RandPerm(Span<long> destination);

    /// <inheritdoc cref="RandPerm(Span{long})"/>
    public abstract void RandPerm(Span<int> destination);

    private protected static void RequireRange(double from, double to, double limit)
    {
        if (!(from <= to && to - from <= limit && Math.Abs(from) <= limit && Math.Abs(to) <= limit))
        {
            throw new ArgumentException(
                $"Uniform: [from, to) = [{from}, {to}) is not a range; from <= to and a finite to - from are needed.");
        }
    }

    private protected static void RequireProbability(string operation, double p)
    {
        if (!(p is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(p), p, $"{operation}: a probability must lie in [0, 1].");
        }
    }

    private protected static void RequireProbabilities<T>(int length, ReadOnlySpan<T> p) where T : INumber<T>
    {
        if (p.Length != length)
        {
            throw new ArgumentException(
                $"Bernoulli: {length} draws but {p.Length} probabilities; each draw needs its own.", nameof(p));
        }

        foreach (T probability in p)
        {
            RequireProbability(nameof(Bernoulli), double.CreateTruncating(probability));
        }
    }
}
