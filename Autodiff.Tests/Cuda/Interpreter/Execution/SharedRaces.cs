namespace Autodiff.Tests.Cuda.Interpreter.Execution;

/// <summary>What an instruction does at an address.</summary>
internal enum Access
{
    Read,
    Write,

    /// <summary>Reads and writes at once; never in conflict with others of its kind.</summary>
    Atomic,
}

/// <summary>
/// Finds threads of a block that use a word of shared memory, at least one of them writing, with no barrier between: what then
/// happens depends on which comes first. Between warps a bar.sync orders, within a warp a bar.warp.sync does too.
/// </summary>
/// <remarks>
/// For every word of four bytes the last writer and the readers since are kept. Smaller accesses are not looked at. Any barrier of
/// the block counts for all of its threads, so a race past one that only some wait at is missed; no race is reported that is none.
/// </remarks>
internal sealed class SharedRaces(uint bytes)
{
    private const int WordBytes = 4;
    private const byte Several = 255;

    private readonly Use[] _writers = new Use[(bytes + WordBytes - 1) / WordBytes];
    private readonly Use[] _readers = new Use[(bytes + WordBytes - 1) / WordBytes];
    private uint _phase = 1;

    /// <summary>All threads have met, or another block begins.</summary>
    public void NextPhase() => _phase++;

    /// <summary>Notes an access; gives what it is in conflict with, or null.</summary>
    public string? Note(ulong address, uint size, Access access, int warp, int lane, uint warpPhase)
    {
        if (access == Access.Atomic)
        {
            return null;
        }

        Use use = new(_phase, (ushort)warpPhase, (byte)warp, (byte)lane);
        for (ulong word = address / WordBytes, end = (address + size) / WordBytes; word < end; word++)
        {
            ref Use writer = ref _writers[word], reader = ref _readers[word];
            if (writer.Phase == _phase && writer.Conflicts(use))
            {
                return $"{(access == Access.Read ? "reads" : "writes")} shared memory at 0x{word * WordBytes:x}, which {writer} writes with no barrier between.";
            }

            if (access == Access.Write)
            {
                if (reader.Phase == _phase && reader.Conflicts(use))
                {
                    return $"writes shared memory at 0x{word * WordBytes:x}, which {reader} reads with no barrier between.";
                }

                writer = use;
            }
            else
            {
                reader = reader.Phase == _phase ? reader.And(use) : use;
            }
        }

        return null;
    }

    // Who used a word, and when: the phase counts barriers of the block, the warp's those of the warp.
    private readonly record struct Use(uint Phase, ushort WarpPhase, byte Warp, byte Lane)
    {
        public bool Conflicts(Use later) => Warp != later.Warp || (WarpPhase == later.WarpPhase && Lane != later.Lane);

        public Use And(Use later) => Warp != later.Warp ? later with { Warp = Several, Lane = Several }
            : WarpPhase == later.WarpPhase && Lane != later.Lane ? later with { Lane = Several }
            : later;

        public override string ToString() => Warp == Several ? "more than one warp"
            : Lane == Several ? $"more than one lane of warp {Warp}" : $"lane {Lane} of warp {Warp}";
    }
}
