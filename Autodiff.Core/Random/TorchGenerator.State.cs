using System.Buffers.Binary;

namespace Autodiff;

// The state as bytes, laid out as the struct behind torch.get_rng_state() is on a 64-bit little-endian machine:
//   0     uint64      initial seed
//   8     int32       left: words of the block still to come, plus 1
//   12    int32       seeded: 1
//   16    uint64      next: words of the block already given out
//   24    uint64[624] the words of state
//   5016  double      unused
//   5024  double      the cached normal
//   5032  double      unused
//   5040  int32       1 if a normal is cached
//   5048  float, bool unused
public sealed partial class TorchGenerator
{
    /// <summary>The length of a state in bytes.</summary>
    public const int StateSize = 5056;

    private const int WordsAt = 24;
    private const int CachedAt = 5024;
    private const int HasCachedAt = 5040;

    /// <summary>
    /// The whole state, cached normal and initial seed included, for a checkpoint: after <see cref="SetState"/> with
    /// it, a generator continues this one's stream.
    /// </summary>
    public byte[] GetState()
    {
        var state = new byte[StateSize];
        Span<uint> words = stackalloc uint[Mt19937.StateLength];
        lock (_gate)
        {
            _engine.CopyWordsTo(words);
            BinaryPrimitives.WriteInt64LittleEndian(state, _initialSeed);
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(8), Mt19937.StateLength + 1 - _engine.Position);
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(12), 1);
            BinaryPrimitives.WriteInt64LittleEndian(state.AsSpan(16), _engine.Position);
            BinaryPrimitives.WriteDoubleLittleEndian(state.AsSpan(CachedAt), _cachedNormal ?? 0);
            BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(HasCachedAt), _cachedNormal.HasValue ? 1 : 0);
        }

        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(WordsAt + (i * sizeof(ulong))), words[i]);
        }

        return state;
    }

    /// <summary>Continues the stream that <see cref="GetState"/> was taken from.</summary>
    /// <exception cref="ArgumentException">The bytes are not a state; the generator is as it was.</exception>
    public void SetState(ReadOnlySpan<byte> state)
    {
        if (state.Length != StateSize)
        {
            throw new ArgumentException(
                $"SetState: a generator's state has {StateSize} bytes, these are {state.Length}.", nameof(state));
        }

        int left = BinaryPrimitives.ReadInt32LittleEndian(state[8..]);
        ulong next = BinaryPrimitives.ReadUInt64LittleEndian(state[16..]);

        // PyTorch leaves next at 0 in an engine that has not drawn yet; left is 1 there as after a whole block.
        int position = Mt19937.StateLength + 1 - left;
        bool agrees = next == (ulong)position || (left == 1 && next == 0);
        if (left is < 1 or > Mt19937.StateLength || !agrees
            || BinaryPrimitives.ReadInt32LittleEndian(state[12..]) != 1)
        {
            throw new ArgumentException(
                $"SetState: these bytes are no generator's state (left = {left}, next = {next}).", nameof(state));
        }

        Span<uint> words = stackalloc uint[Mt19937.StateLength];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = (uint)BinaryPrimitives.ReadUInt64LittleEndian(state[(WordsAt + (i * sizeof(ulong)))..]);
        }

        lock (_gate)
        {
            _engine = new Mt19937(words, position);
            _initialSeed = BinaryPrimitives.ReadInt64LittleEndian(state);
            _cachedNormal = BinaryPrimitives.ReadInt32LittleEndian(state[HasCachedAt..]) != 0
                ? BinaryPrimitives.ReadDoubleLittleEndian(state[CachedAt..])
                : null;
        }
    }
}
