using System.Numerics;

namespace Autodiff;

/// <summary>
/// PCG64, the engine of NumPy's <c>default_rng</c>: a 128-bit linear congruential generator whose output is the XSL-RR
/// permutation of its state (O'Neill, 2014). A value type: assigning it copies the whole state.
/// </summary>
internal struct Pcg64 : IBitGenerator
{
    private static readonly UInt128 Multiplier = new(2549297995355413924UL, 4865540595714422341UL);

    private readonly UInt128 _increment;
    private UInt128 _state;

    // Half of a 64-bit draw, waiting for the next 32-bit one.
    private uint? _buffered;

    /// <summary>Seeds through NumPy's <see cref="SeedSequence"/>.</summary>
    internal Pcg64(ReadOnlySpan<uint> entropy)
    {
        Span<ulong> seed = stackalloc ulong[4];
        SeedSequence.Generate(entropy, seed);
        _increment = (new UInt128(seed[2], seed[3]) << 1) | 1;
        Step();
        _state += new UInt128(seed[0], seed[1]);
        Step();
    }

    /// <summary>The low half of a new 64-bit draw, or the high half left over from the draw before.</summary>
    public uint Next32()
    {
        if (_buffered is uint waiting)
        {
            _buffered = null;
            return waiting;
        }

        ulong word = Next64();
        _buffered = (uint)(word >> 32);
        return (uint)word;
    }

    /// <inheritdoc/>
    public ulong Next64()
    {
        Step();
        ulong high = (ulong)(_state >> 64);
        return BitOperations.RotateRight(high ^ (ulong)_state, (int)(high >> 58));
    }

    /// <inheritdoc/>
    public double NextDouble() => (Next64() >> 11) * (1.0 / (1L << 53));

    private void Step() => _state = (_state * Multiplier) + _increment;
}
