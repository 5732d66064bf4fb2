using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff;

/// <summary>
/// The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), the engine under both PyTorch's CPU generator and
/// NumPy's <c>RandomState</c>. A value type that holds its 624 words in place: assigning it copies the whole state.
/// </summary>
internal struct Mt19937 : IBitGenerator
{
    /// <summary>Words of state, and of output between two twists.</summary>
    internal const int StateLength = 624;

    private const int Offset = 397;
    private const uint MatrixA = 0x9908B0DF;
    private const uint UpperMask = 0x80000000;
    private const uint LowerMask = 0x7FFFFFFF;

    // The state of the recurrence, and the same block as it is given out.
    private Block _words;
    private Block _tempered;

    // Words of the current block already given out; StateLength means that a twist is due.
    private int _position;

    /// <summary>Seeds with Knuth's recurrence st[j] = 1812433253 (st[j-1] ^ (st[j-1] >> 30)) + j.</summary>
    internal Mt19937(uint seed)
    {
        Span<uint> state = _words;
        state[0] = seed;
        for (int j = 1; j < StateLength; j++)
        {
            uint previous = state[j - 1];
            state[j] = (1812433253u * (previous ^ (previous >> 30))) + (uint)j;
        }

        _position = StateLength;
    }

    /// <summary>Seeds from an array of words: the reference implementation's <c>init_by_array</c>.</summary>
    internal Mt19937(ReadOnlySpan<uint> key)
    {
        if (key.IsEmpty)
        {
            throw new ArgumentException("MT19937: a seed array needs at least one word.", nameof(key));
        }

        this = new Mt19937(19650218u);
        Span<uint> state = _words;
        int i = 1;
        for (int k = 0; k < Math.Max(StateLength, key.Length); k++)
        {
            int j = k % key.Length;
            state[i] = (state[i] ^ (Scrambled(state[i - 1]) * 1664525u)) + key[j] + (uint)j;
            i = Advance(state, i);
        }

        for (int k = 1; k < StateLength; k++)
        {
            state[i] = (state[i] ^ (Scrambled(state[i - 1]) * 1566083941u)) - (uint)i;
            i = Advance(state, i);
        }

        state[0] = UpperMask;

        static uint Scrambled(uint word) => word ^ (word >> 30);

        static int Advance(Span<uint> state, int i)
        {
            if (i < StateLength - 1)
            {
                return i + 1;
            }

            state[0] = state[StateLength - 1];
            return 1;
        }
    }

    /// <summary>Restores an engine that has given out <paramref name="position"/> words of the block.</summary>
    internal Mt19937(ReadOnlySpan<uint> words, int position)
    {
        words[..StateLength].CopyTo(_words);
        Temper(_words, _tempered);
        _position = position;
    }

    /// <summary>Words of the current block already given out, 0 to 624.</summary>
    internal readonly int Position => _position;

    /// <summary>Copies the 624 untempered words of state.</summary>
    internal readonly void CopyWordsTo(Span<uint> destination) => ((ReadOnlySpan<uint>)_words).CopyTo(destination);

    /// <inheritdoc/>
    public uint Next32()
    {
        if (_position == StateLength)
        {
            Twist();
        }

        return _tempered[_position++];
    }

    /// <summary>Two words, the first of them the high half.</summary>
    public ulong Next64()
    {
        uint high = Next32();
        return ((ulong)high << 32) | Next32();
    }

    /// <summary>
    /// NumPy's double: (a 2^26 + b) 2^-53 of the top 27 bits a of one word and the top 26 bits b of the next.
    /// </summary>
    public double NextDouble()
    {
        uint a = Next32() >> 5;
        uint b = Next32() >> 6;
        return ((a * 67108864.0) + b) / 9007199254740992.0;
    }

    /// <summary>
    /// Writes the next <c>destination.Length</c> words: the same stream as <see cref="Next32"/>, many at once.
    /// </summary>
    internal void Fill(Span<uint> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_position == StateLength)
            {
                Twist();
            }

            int count = Math.Min(StateLength - _position, destination.Length);
            ((ReadOnlySpan<uint>)_tempered).Slice(_position, count).CopyTo(destination);
            _position += count;
            destination = destination[count..];
        }
    }

    // st[i] = st[i + 397 mod 624] ^ mix(st[i], st[i + 1 mod 624]). Reading from a copy of the old block, which gets
    // the new first word as its 625th, lets the last vector of a range overlap the one before it.
    private void Twist()
    {
        const int wrap = StateLength - Offset;
        Span<uint> old = stackalloc uint[StateLength + 1];
        Span<uint> state = _words;
        state.CopyTo(old);
        TwistRange(old, old[Offset..], state[..wrap]);
        old[StateLength] = state[0];
        TwistRange(old[wrap..], state, state[wrap..]);
        Temper(state, _tempered);
        _position = 0;
    }

    private static void TwistRange(ReadOnlySpan<uint> old, ReadOnlySpan<uint> far, Span<uint> target)
    {
        ref uint current = ref MemoryMarshal.GetReference(old);
        ref uint distant = ref MemoryMarshal.GetReference(far);
        ref uint destination = ref MemoryMarshal.GetReference(target);
        int last = target.Length - Vector<uint>.Count;
        for (int i = 0; ; i = Math.Min(i + Vector<uint>.Count, last))
        {
            Vector<uint> y = (Vector.LoadUnsafe(ref current, (nuint)i) & new Vector<uint>(UpperMask))
                | (Vector.LoadUnsafe(ref current, (nuint)(i + 1)) & new Vector<uint>(LowerMask));
            Vector<uint> odd = Vector<uint>.Zero - (y & Vector<uint>.One);
            Vector<uint> mixed = (y >>> 1) ^ (odd & new Vector<uint>(MatrixA));
            (Vector.LoadUnsafe(ref distant, (nuint)i) ^ mixed).StoreUnsafe(ref destination, (nuint)i);
            if (i == last)
            {
                return;
            }
        }
    }

    // 624 words are whole vectors at any width up to 512 bits.
    private static void Temper(ReadOnlySpan<uint> words, Span<uint> destination)
    {
        ref uint source = ref MemoryMarshal.GetReference(words);
        ref uint target = ref MemoryMarshal.GetReference(destination);
        for (int i = 0; i < StateLength; i += Vector<uint>.Count)
        {
            Vector<uint> y = Vector.LoadUnsafe(ref source, (nuint)i);
            y ^= y >>> 11;
            y ^= (y << 7) & new Vector<uint>(0x9D2C5680);
            y ^= (y << 15) & new Vector<uint>(0xEFC60000);
            (y ^ (y >>> 18)).StoreUnsafe(ref target, (nuint)i);
        }
    }

    [InlineArray(StateLength)]
    private struct Block
    {
        private uint _first;
    }
}
