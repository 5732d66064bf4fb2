using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>[base + offset]: the slot of the addresses, bytes of a lane of it, and the number.</summary>
internal readonly record struct Place(Space Space, int Slot, int Size, long Offset)
{
    /// <summary>A lane's address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe ulong Address(byte* registers, int lane) => Size == 8
        ? ((ulong*)(registers + Slot))[lane] + (ulong)Offset
        : ((uint*)(registers + Slot))[lane] + (uint)Offset;

    /// <summary>Where a lane's bytes lie on the host.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe byte* Find(Warp warp, uint bytes, Access access, Instruction instruction, int lane)
    {
        ulong address = Address(warp.Registers, lane);
        return Space == Space.Global ? warp.Global(address, bytes, instruction, lane)
            : Space == Space.Shared ? warp.Shared(address & uint.MaxValue, bytes, access, instruction, lane)
            : warp.Generic(address, bytes, access, instruction, lane);
    }
}

/// <summary>
/// ld: TM in memory, extended to registers of <paramref name="size"/> bytes; several registers for a vector.
/// </summary>
internal sealed unsafe class Load<TM>(Place place, int size, params int[] targets) : Instruction
    where TM : unmanaged, INumberBase<TM>
{
    private readonly Place _place = place;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        uint bytes = (uint)(sizeof(TM) * targets.Length);
        if (targets.Length == 1 && size == sizeof(TM))
        {
            TM* to = (TM*)(warp.Registers + targets[0]);
            for (; active != 0; active &= active - 1)
            {
                int i = BitOperations.TrailingZeroCount(active);
                to[i] = *(TM*)_place.Find(warp, bytes, Access.Read, this, i);
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            TM* from = (TM*)_place.Find(warp, bytes, Access.Read, this, i);
            for (int v = 0; v < targets.Length; v++)
            {
                if (targets[v] < 0)
                {
                    continue;
                }

                if (size == sizeof(TM))
                {
                    ((TM*)(warp.Registers + targets[v]))[i] = from[v];
                }
                else
                {
                    Lanes.Extend(warp.Registers + targets[v], size, i, from[v]);
                }
            }
        }
    }
}

/// <summary>st: the low bytes of registers of <paramref name="size"/> bytes.</summary>
internal sealed unsafe class Store<TM>(Place place, int size, params int[] sources) : Instruction where TM : unmanaged
{
    private readonly Place _place = place;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        uint bytes = (uint)(sizeof(TM) * sources.Length);
        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            TM* to = (TM*)_place.Find(warp, bytes, Access.Write, this, i);
            for (int v = 0; v < sources.Length; v++)
            {
                to[v] = *(TM*)(warp.Registers + sources[v] + (size * i));
            }
        }
    }
}

/// <summary>ld.param: the same value for all lanes.</summary>
internal sealed unsafe class LoadParameter<TM>(int offset, int size, params int[] targets) : Instruction
    where TM : unmanaged, INumberBase<TM>
{
    public override void Execute(Warp warp, uint active)
    {
        fixed (byte* parameters = warp.Block.Parameters)
        {
            TM* from = (TM*)(parameters + offset);
            for (; active != 0; active &= active - 1)
            {
                for (int v = 0; v < targets.Length; v++)
                {
                    Lanes.Extend(warp.Registers + targets[v], size, BitOperations.TrailingZeroCount(active), from[v]);
                }
            }
        }
    }
}

/// <summary>
/// ld.param from a parameter's bytes at an address that each lane holds (mov gives where a parameter begins).
/// </summary>
internal sealed unsafe class LoadParameterAt<TM>(Place place, int size, params int[] targets) : Instruction
    where TM : unmanaged, INumberBase<TM>
{
    private readonly Place _place = place;

    public override void Execute(Warp warp, uint active)
    {
        ReadOnlySpan<byte> parameters = warp.Block.Parameters;
        uint bytes = (uint)(sizeof(TM) * targets.Length);
        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            ulong address = _place.Address(warp.Registers, i);
            if (address % bytes != 0 || address + bytes > (ulong)parameters.Length)
            {
                throw warp.Fault(this, 1u << i,
                    $"{bytes} bytes at {address} of {parameters.Length} bytes of parameters.", isAddress: true);
            }

            for (int v = 0; v < targets.Length; v++)
            {
                Lanes.Extend(warp.Registers + targets[v], size, i,
                    MemoryMarshal.Read<TM>(parameters[((int)address + (v * sizeof(TM)))..]));
            }
        }
    }
}

/// <summary>
/// cp.async: begins to copy bytes from global to shared memory; a slot can say how many come from the source, zeros for
/// the rest.
/// </summary>
internal sealed unsafe class CopyAsync(Place shared, Place global, uint size, int taken) : Instruction
{
    private readonly Place _shared = shared, _global = global;

    public override void Execute(Warp warp, uint active)
    {
        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            byte* target = _shared.Find(warp, size, Access.Write, this, i);
            uint bytes = taken < 0 ? size : ((uint*)(warp.Registers + taken))[i];
            if (bytes > size)
            {
                throw warp.Fault(this, 1u << i, $"cp.async of {size} bytes takes {bytes} from its source.");
            }

            // Nothing is read where nothing is taken, but the address is to be aligned all the same.
            ulong address = _global.Address(warp.Registers, i);
            if ((address & (size - 1)) != 0)
            {
                throw warp.Fault(this, 1u << i, $"{size} bytes at 0x{address:x}, which is no multiple of {size}.",
                    isAddress: true);
            }

            byte* source = bytes == 0 ? target : warp.GlobalSpan(address, bytes, this, i);
            warp.BeginCopy(this, i, target, source, bytes, size);
        }
    }
}

/// <summary>cp.async.commit_group, wait_group (that many groups may be left), wait_all (-1).</summary>
internal sealed class CopyGroup(CopyGroup.Step step, int pending) : Instruction
{
    /// <summary>What to do with the copies under way.</summary>
    internal enum Step
    {
        Commit,
        Wait,
        WaitAll,
    }

    public override void Execute(Warp warp, uint active)
    {
        if (active != warp.Live)
        {
            throw warp.Fault(this, active,
                "groups of asynchronous copies are counted for each thread; here only some of a warp's lanes come by, "
                    + "which is not modelled.");
        }

        switch (step)
        {
            case Step.Commit:
                warp.CommitCopies();
                break;
            case Step.Wait:
                warp.WaitForCopies(pending);
                break;
            default:
                warp.WaitForAllCopies();
                break;
        }
    }
}
