using System.Numerics;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>mov d, {a, b, ...}: the parts make one register, the first in the lowest bits.</summary>
internal sealed unsafe class Pack(int d, int size, int[] parts) : Instruction
{
    public override void Execute(Warp warp, uint active)
    {
        int part = size / parts.Length;
        for (; active != 0; active &= active - 1)
        {
            int lane = BitOperations.TrailingZeroCount(active);
            ulong whole = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                byte* from = warp.Registers + parts[i] + (part * lane);
                whole |= (part == 4 ? *(uint*)from : *(ushort*)from) * (1UL << (8 * part * i));
            }

            Lanes.Extend(warp.Registers + d, size, lane, whole);
        }
    }
}

/// <summary>mov {d, e, ...}, a: one register falls into parts; those that nobody wants have a negative slot.</summary>
internal sealed unsafe class Unpack(int[] parts, int a, int size) : Instruction
{
    public override void Execute(Warp warp, uint active)
    {
        int part = size / parts.Length;
        for (; active != 0; active &= active - 1)
        {
            int lane = BitOperations.TrailingZeroCount(active);
            byte* from = warp.Registers + a + (size * lane);
            ulong whole = size == 8 ? *(ulong*)from : *(uint*)from;
            for (int i = 0; i < parts.Length; i++)
            {
                if (parts[i] >= 0)
                {
                    Lanes.Extend(warp.Registers + parts[i], part, lane, whole >> (8 * part * i));
                }
            }
        }
    }
}

/// <summary>mov of a clock: counts the warp's instructions.</summary>
internal sealed unsafe class ReadClock(int d, int size) : Instruction
{
    private static long s_now;

    public override void Execute(Warp warp, uint active)
    {
        long now = Interlocked.Increment(ref s_now);
        for (; active != 0; active &= active - 1)
        {
            Lanes.Extend(warp.Registers + d, size, BitOperations.TrailingZeroCount(active), now);
        }
    }
}
