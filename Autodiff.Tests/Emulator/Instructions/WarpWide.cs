using System.Numerics;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>
/// An instruction in which the lanes of a mask take part together (.sync). All of them that are not done must be here;
/// a device would wait for them, here it is a fault since they are elsewhere.
/// </summary>
internal abstract unsafe class Collective(int members) : Instruction
{
    public override void Execute(Warp warp, uint active)
    {
        for (uint left = active; left != 0; left &= left - 1)
        {
            uint named = ((uint*)(warp.Registers + members))[BitOperations.TrailingZeroCount(left)];
            uint missing = named & warp.Live & ~active;
            if (missing != 0)
            {
                throw warp.Fault(this, left,
                    $"the lanes 0x{named:x8} are to take part, but 0x{missing:x8} of them are elsewhere.");
            }

            if ((named >> BitOperations.TrailingZeroCount(left) & 1) == 0)
            {
                throw warp.Fault(this, left, $"the lane is not among those that take part, 0x{named:x8}.");
            }
        }

        Together(warp, active);
    }

    protected abstract void Together(Warp warp, uint active);
}

/// <summary>How shfl picks its source lane.</summary>
internal enum ShuffleMode
{
    Up,
    Down,
    Bfly,
    Idx,
}

/// <summary>
/// shfl.sync: d = a of another lane; p tells whether that lane is within the segment. As in the PTX manual, with
/// c = clamp in bits 0-4, mask of the segment in bits 8-12.
/// </summary>
internal sealed unsafe class Shuffle(ShuffleMode mode, int d, int p, int a, int b, int c, int members)
    : Collective(members)
{
    /// <summary>What a lane gets from one that is not there: nothing may depend on it.</summary>
    public const uint Undefined = 0xFFFF_FFFF;

    protected override void Together(Warp warp, uint active)
    {
        uint* values = stackalloc uint[Warp.Size];
        uint within = 0;
        for (uint left = active; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            int distance = (int)(((uint*)(warp.Registers + b))[lane] & 31);
            uint third = ((uint*)(warp.Registers + c))[lane];
            int clamp = (int)(third & 31), segment = (int)(third >> 8 & 31);
            int highest = (lane & segment) | (clamp & ~segment), lowest = lane & segment;
            (int source, bool inside) = mode switch
            {
                ShuffleMode.Up => (lane - distance, lane - distance >= highest),
                ShuffleMode.Down => (lane + distance, lane + distance <= highest),
                ShuffleMode.Bfly => (lane ^ distance, (lane ^ distance) <= highest),
                _ => (lowest | (distance & ~segment), (lowest | (distance & ~segment)) <= highest),
            };
            source = inside ? source : lane;
            within |= (inside ? 1u : 0u) << lane;
            values[lane] = (active >> source & 1) != 0 ? ((uint*)(warp.Registers + a))[source] : Undefined;
        }

        for (uint left = active; d >= 0 && left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ((uint*)(warp.Registers + d))[lane] = values[lane];
        }

        if (p >= 0)
        {
            uint* mask = (uint*)(warp.Registers + p);
            *mask = (*mask & ~active) | within;
        }
    }
}

/// <summary>What vote.sync asks.</summary>
internal enum VoteMode
{
    All,
    Any,
    Uni,
    Ballot,
}

/// <summary>vote.sync: all, any, uni give a predicate, ballot the mask of the lanes where p holds.</summary>
internal sealed unsafe class Vote(VoteMode mode, int d, int p, uint flip, int members) : Collective(members)
{
    protected override void Together(Warp warp, uint active)
    {
        uint yes = (*(uint*)(warp.Registers + p) ^ flip) & active;
        if (mode == VoteMode.Ballot)
        {
            for (uint left = active; left != 0; left &= left - 1)
            {
                ((uint*)(warp.Registers + d))[BitOperations.TrailingZeroCount(left)] = yes;
            }

            return;
        }

        bool answer = mode switch
        {
            VoteMode.All => yes == active,
            VoteMode.Any => yes != 0,
            _ => yes == active || yes == 0,
        };
        uint* mask = (uint*)(warp.Registers + d);
        *mask = answer ? *mask | active : *mask & ~active;
    }
}

/// <summary>
/// match.sync.any: the mask of the lanes with the same a; match.sync.all: all of them if all are the same, else 0.
/// </summary>
internal sealed unsafe class Match(bool all, int d, int p, int a, int size, int members) : Collective(members)
{
    protected override void Together(Warp warp, uint active)
    {
        uint* answers = stackalloc uint[Warp.Size];
        for (uint left = active; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            uint same = 0;
            for (uint others = active; others != 0; others &= others - 1)
            {
                int other = BitOperations.TrailingZeroCount(others);
                same |= (Value(warp, lane) == Value(warp, other) ? 1u : 0u) << other;
            }

            answers[lane] = all && same != active ? 0 : same;
        }

        for (uint left = active; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            ((uint*)(warp.Registers + d))[lane] = answers[lane];
            if (p >= 0)
            {
                uint* mask = (uint*)(warp.Registers + p);
                *mask = answers[lane] != 0 ? *mask | (1u << lane) : *mask & ~(1u << lane);
            }
        }
    }

    private ulong Value(Warp warp, int lane) =>
        size == 8 ? ((ulong*)(warp.Registers + a))[lane] : ((uint*)(warp.Registers + a))[lane];
}

/// <summary>redux.sync: the sum, smallest, largest, and, or, xor over the lanes, for all of them.</summary>
internal sealed unsafe class Reduce<T, TOp>(int d, int a, int members) : Collective(members)
    where T : unmanaged where TOp : IBinary<T, T, T>
{
    protected override void Together(Warp warp, uint active)
    {
        T* values = (T*)(warp.Registers + a);
        T result = values[BitOperations.TrailingZeroCount(active)];
        for (uint left = active & (active - 1); left != 0; left &= left - 1)
        {
            result = TOp.Apply(result, values[BitOperations.TrailingZeroCount(left)]);
        }

        for (; active != 0; active &= active - 1)
        {
            ((T*)(warp.Registers + d))[BitOperations.TrailingZeroCount(active)] = result;
        }
    }
}

/// <summary>
/// bar.warp.sync: lanes go in step anyway, so it only makes their accesses to shared memory follow each other.
/// </summary>
internal sealed class WarpBarrier(int members) : Collective(members)
{
    protected override void Together(Warp warp, uint active) => warp.Synchronize();
}

/// <summary>activemask: the lanes that are here together.</summary>
internal sealed unsafe class ActiveMask(int d) : Instruction
{
    public override void Execute(Warp warp, uint active)
    {
        for (uint left = active; left != 0; left &= left - 1)
        {
            ((uint*)(warp.Registers + d))[BitOperations.TrailingZeroCount(left)] = active;
        }
    }
}
