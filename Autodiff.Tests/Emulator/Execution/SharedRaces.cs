using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>What an instruction does at an address.</summary>
internal enum Access
{
    Read,
    Write,

    /// <summary>Reads and writes at once; never in conflict with others of its kind.</summary>
    Atomic,
}

/// <summary>
/// Finds threads of a block that use a word of shared memory, at least one of them writing, with no barrier between:
/// what then happens depends on which comes first. Between warps a bar.sync orders, within a warp a bar.warp.sync does
/// too.
/// </summary>
/// <remarks>
/// For every word of four bytes the last writer and the readers since are kept. Smaller accesses are not looked at. Any
/// barrier of the block counts for all of its threads, so a race past one that only some wait at is missed; no race is
/// reported that is none.
/// </remarks>
internal sealed class SharedRaces(uint bytes)
{
    private const int WordBytes = 4;

    private readonly Word[] _words = new Word[(bytes + WordBytes - 1) / WordBytes];
    private uint _phase = 1;

    /// <summary>All threads have met, or another block begins.</summary>
    public void NextPhase() => _phase++;

    /// <summary>Notes an access; gives what it is in conflict with, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public string? Note(uint address, uint size, Access access, int warp, int lane, uint warpPhase)
    {
        if (access == Access.Atomic)
        {
            return null;
        }

        Use use = new(_phase, warp, warpPhase, lane);
        foreach (ref Word word in _words.AsSpan((int)(address / WordBytes), (int)(size / WordBytes)))
        {
            if (word.Writer.Conflicts(use) || (access == Access.Write && word.Reader.Conflicts(use)))
            {
                bool written = word.Writer.Conflicts(use);
                return $"{(access == Access.Read ? "reads" : "writes")} shared memory at 0x{address:x}, which "
                    + $"{(written ? word.Writer : word.Reader)} "
                    + $"{(written ? "writes" : "reads")} with no barrier between.";
            }

            if (access == Access.Write)
            {
                word.Writer = use;
            }
            else
            {
                word.Reader = word.Reader.And(use);
            }
        }

        return null;
    }

    private struct Word
    {
        public Use Writer;
        public Use Reader;
    }

    // Who used a word, and when, packed: how many barriers the block had met at, the warp, how many the warp had, the
    // lane.
    private readonly struct Use
    {
        private const int PhaseShift = 32, WarpShift = 24, WarpPhaseShift = 8;
        private const ulong Several = 0xFF;

        private readonly ulong _bits;

        public Use(uint phase, int warp, uint warpPhase, int lane) =>
            _bits = ((ulong)phase << PhaseShift) | ((ulong)warp << WarpShift)
                | ((ulong)(ushort)warpPhase << WarpPhaseShift) | (uint)lane;

        private Use(ulong bits) => _bits = bits;

        /// <summary>Whether another thread's later use follows with no barrier between.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool Conflicts(Use later)
        {
            ulong differs = _bits ^ later._bits;
            return differs != 0 && differs >> PhaseShift == 0
                && (differs >> WarpShift != 0 || differs >> WarpPhaseShift == 0);
        }

        /// <summary>This use and a later one together: several lanes, or several warps.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Use And(Use later)
        {
            ulong differs = _bits ^ later._bits;
            return differs == 0 || differs >> PhaseShift != 0 ? later
                : differs >> WarpShift != 0 ? new(later._bits | (Several << WarpShift) | Several)
                : differs >> WarpPhaseShift == 0 ? new(later._bits | Several)
                : later;
        }

        public override string ToString()
        {
            (ulong warp, ulong lane) = ((_bits >> WarpShift) & Several, _bits & Several);
            return warp == Several
                ? "more than one warp"
                : lane == Several ? $"more than one lane of warp {warp}" : $"lane {lane} of warp {warp}";
        }
    }
}
