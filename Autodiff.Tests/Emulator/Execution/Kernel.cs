using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>A special register that each thread or block finds filled when it begins.</summary>
internal enum Special
{
    ThreadX,
    ThreadY,
    ThreadZ,
    BlockSizeX,
    BlockSizeY,
    BlockSizeZ,
    BlockX,
    BlockY,
    BlockZ,
    GridSizeX,
    GridSizeY,
    GridSizeZ,
    Lane,
    WarpIndex,
    WarpCount,
    LanesEqual,
    LanesBelow,
    LanesUpTo,
    LanesAbove,
    LanesFrom,
}

/// <summary>A kernel, decoded: what a launch needs.</summary>
internal sealed class Kernel
{
    public required string Name { get; init; }

    public required KernelCode Code { get; init; }

    public required IReadOnlyList<Parameter> Parameters { get; init; }

    public required int ParameterBytes { get; init; }

    /// <summary>Bytes of shared memory that the text declares.</summary>
    public required int SharedBytes { get; init; }

    /// <summary>The most threads of a block by .maxntid; 0 if it is not given.</summary>
    public required int MaxThreads { get; init; }

    /// <summary>Bytes of a warp's register file, constants and special registers included.</summary>
    public required int RegisterBytes { get; init; }

    /// <summary>How many 32-bit registers the declarations would take.</summary>
    public required int RegisterWords { get; init; }

    /// <summary>The constants of the text: slot, bytes of a lane, bits.</summary>
    public required IReadOnlyList<(int Slot, int Size, ulong Bits)> Constants { get; init; }

    /// <summary>The special registers that the text reads: slot and which.</summary>
    public required IReadOnlyList<(int Slot, Special Which)> Specials { get; init; }
}
