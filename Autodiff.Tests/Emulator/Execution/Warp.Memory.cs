using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>The kinds of memory that instructions name.</summary>
internal enum Space
{
    /// <summary>An address that tells by itself whether it is the device's or the block's.</summary>
    Generic,
    Global,
    Shared,
}

/// <content>Where addresses lead, with every check.</content>
internal sealed unsafe partial class Warp
{
    /// <summary>Where the block's shared memory begins in generic addresses.</summary>
    public const ulong SharedWindow = 0x1000_0000;

    // How often the warp's lanes met at a barrier of their own.
    private uint _phase;

    private const ulong SharedWindowEnd = SharedWindow + 0x100_0000;

    /// <summary>What the lanes did to shared memory before is seen by all of them from here on.</summary>
    public void Synchronize() => _phase++;

    /// <summary>Where the bytes at a thread's address lie on the host.</summary>
    /// <exception cref="KernelFault">The access is misaligned or leaves what was allocated.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Global(ulong address, uint bytes, Instruction instruction, int lane)
    {
        ulong offset = address - _recent.Start;
        return offset < _recent.Size && _recent.Size - offset >= bytes && (address & (bytes - 1)) == 0
            ? _recent.Host + offset
            : FindGlobal(address, bytes, instruction, lane);
    }

    /// <summary>Where the bytes in the block's memory lie on the host.</summary>
    /// <exception cref="KernelFault">The access is misaligned or leaves what the block has.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Shared(ulong address, uint bytes, Access access, Instruction instruction, int lane)
    {
        uint size = Block.SharedBytes;
        if (address >= size || size - address < bytes || (address & (bytes - 1)) != 0)
        {
            throw SharedFault(address, bytes, instruction, lane);
        }

        if (Block.Races is not null)
        {
            CheckRace(address, bytes, access, instruction, lane);
        }

        return Block.Shared + address;
    }

    /// <summary>Where the bytes lie, in whichever memory.</summary>
    public byte* Generic(ulong address, uint bytes, Access access, Instruction instruction, int lane) =>
        address is >= SharedWindow and < SharedWindowEnd
        ? Shared(address - SharedWindow, bytes, access, instruction, lane)
        : Global(address, bytes, instruction, lane);

    /// <summary>As <see cref="Global"/>, for any number of bytes wherever they begin.</summary>
    public byte* GlobalSpan(ulong address, uint bytes, Instruction instruction, int lane) =>
        Block.Memory.Resolve(address, bytes) is var found && found != null
            ? found
            : throw Missing(address, bytes, instruction, lane);

    private void CheckRace(ulong address, uint bytes, Access access, Instruction instruction, int lane)
    {
        if (Block.Races!.Note((uint)address, bytes, access, Index, lane, _phase) is { } conflict)
        {
            throw Fault(instruction, 1u << lane, conflict);
        }
    }

    private byte* FindGlobal(ulong address, uint bytes, Instruction instruction, int lane)
    {
        if ((address & (bytes - 1)) != 0)
        {
            throw Misaligned(address, bytes, instruction, lane);
        }

        if (Block.Memory.Find(address, bytes) is not { } found)
        {
            throw Missing(address, bytes, instruction, lane);
        }

        _recent = found;
        return found.Host + (address - found.Start);
    }

    private KernelFault Missing(ulong address, uint bytes, Instruction instruction, int lane) => Fault(
        instruction, 1u << lane, $"{bytes} bytes at 0x{address:x}, {Block.Memory.Describe(address, bytes)}.",
        isAddress: true);

    private KernelFault SharedFault(ulong address, uint bytes, Instruction instruction, int lane) =>
        (address & (bytes - 1)) != 0
        ? Misaligned(address, bytes, instruction, lane)
        : Fault(
            instruction, 1u << lane,
            $"{bytes} bytes at 0x{address:x} of shared memory; the block has {Block.SharedBytes} bytes.",
            isAddress: true);

    private KernelFault Misaligned(ulong address, uint bytes, Instruction instruction, int lane) =>
        Fault(instruction, 1u << lane, $"{bytes} bytes at 0x{address:x}, which is no multiple of {bytes}.",
            isAddress: true);
}
