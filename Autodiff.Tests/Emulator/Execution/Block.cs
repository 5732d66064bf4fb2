using System.Runtime.InteropServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>The blocks of a launch that one worker executes, one after the other in the same memory.</summary>
internal sealed unsafe class Block : IDisposable
{
    private const int RegisterAlignment = 64;

    private readonly Warp[] _warps;
    private readonly Extent _grid;
    private readonly Extent _size;
    private readonly byte* _memory;

    public Block(Kernel kernel, Extent grid, Extent size, byte[] parameters, uint sharedBytes, DeviceMemory memory,
        LaunchSettings settings)
    {
        (Kernel, Memory, Settings, Parameters, SharedBytes) = (kernel, memory, settings, parameters, sharedBytes);
        (_grid, _size) = (grid, size);
        _warps = new Warp[(size.Count + Warp.Size - 1) / Warp.Size];
        nuint bytes = ((nuint)kernel.RegisterBytes * (nuint)_warps.Length) + sharedBytes + RegisterAlignment;
        _memory = (byte*)NativeMemory.AlignedAlloc(bytes, RegisterAlignment);
        NativeMemory.Fill(_memory, bytes, 0xFF);
        Shared = _memory + ((nuint)kernel.RegisterBytes * (nuint)_warps.Length);
        Races = settings.FindsRaces && sharedBytes > 0 ? new SharedRaces(sharedBytes) : null;
        for (int w = 0; w < _warps.Length; w++)
        {
            _warps[w] = new Warp(this, w) { Registers = _memory + ((nuint)kernel.RegisterBytes * (nuint)w) };
            foreach ((int slot, int lane, ulong bits) in kernel.Constants)
            {
                Lanes.Fill(_warps[w].Registers + slot, lane, bits);
            }
        }
    }

    public Kernel Kernel { get; }

    public DeviceMemory Memory { get; }

    public LaunchSettings Settings { get; }

    /// <summary>The values of the kernel's parameters, each at its offset.</summary>
    public byte[] Parameters { get; }

    public byte* Shared { get; }

    /// <summary>Who used shared memory since the last barrier; null if nobody asks.</summary>
    public SharedRaces? Races { get; }

    public uint SharedBytes { get; }

    public int X { get; private set; }

    public int Y { get; private set; }

    public int Z { get; private set; }

    /// <summary>How many instructions this worker's warps have executed.</summary>
    public long Steps => _warps.Sum(warp => warp.Steps);

    public void Dispose() => NativeMemory.AlignedFree(_memory);

    /// <summary>Executes the block of this number, counted along x, then y, then z.</summary>
    public void Run(long number)
    {
        (X, Y, Z) = ((int)(number % _grid.X), (int)(number / _grid.X % _grid.Y), (int)(number / _grid.X / _grid.Y));
        NativeMemory.Fill(Shared, SharedBytes, 0xFF);
        Races?.NextPhase();
        foreach (Warp warp in _warps)
        {
            warp.Start((int)_size.Count - (warp.Index * Warp.Size));
            FillSpecials(warp);
        }

        Instruction[] code = Kernel.Code.Get();
        long limit = Steps + Settings.MaxStepsPerBlock;
        bool running = true;
        while (running)
        {
            running = false;
            foreach (Warp warp in _warps)
            {
                if (warp.State == Pause.Yielded)
                {
                    running |= warp.Run(code) == Pause.Yielded;
                }
            }

            running |= OpenBarriers();
            if (running && Steps > limit)
            {
                throw new KernelFault(
                    $"Kernel '{Kernel.Name}', block ({X}, {Y}, {Z}): no end after {Settings.MaxStepsPerBlock} "
                        + "instructions.", false);
            }
        }

        if (Array.Find(_warps, static warp => warp.State == Pause.AtBarrier) is { } stuck)
        {
            throw new KernelFault(
                $"Kernel '{Kernel.Name}', block ({X}, {Y}, {Z}): warp {stuck.Index} waits forever at barrier "
                    + $"{stuck.WaitsAt}.", false);
        }
    }

    /// <summary>A thread's coordinates from its number in the block.</summary>
    public (int X, int Y, int Z) Thread(int number) =>
        (number % _size.X, number / _size.X % _size.Y, number / _size.X / _size.Y);

    // A barrier opens when the threads that it waits for stand at it; threads that are done count as having come.
    private bool OpenBarriers()
    {
        bool opened = false;
        foreach (Warp first in _warps)
        {
            if (first.State != Pause.AtBarrier)
            {
                continue;
            }

            int number = first.WaitsAt, arrived = 0, expected = first.WaitsFor;
            bool all = true;
            foreach (Warp warp in _warps)
            {
                bool here = warp.State == Pause.AtBarrier && warp.WaitsAt == number;
                arrived += here ? Warp.Size : 0;
                all &= here || warp.State == Pause.Done;
            }

            if (expected == 0 ? !all : arrived < expected)
            {
                continue;
            }

            foreach (Warp warp in _warps)
            {
                if (warp.State == Pause.AtBarrier && warp.WaitsAt == number)
                {
                    warp.State = Pause.Yielded;
                }
            }

            opened = true;
            Races?.NextPhase();
        }

        return opened;
    }

    private void FillSpecials(Warp warp)
    {
        foreach ((int slot, Special which) in Kernel.Specials)
        {
            uint* lanes = (uint*)(warp.Registers + slot);
            for (int lane = 0; lane < Warp.Size; lane++)
            {
                lanes[lane] = Value(which, warp.Index, lane);
            }
        }
    }

    private uint Value(Special which, int warp, int lane)
    {
        (int x, int y, int z) = Thread((warp * Warp.Size) + lane);
        uint bit = 1u << lane;
        return which switch
        {
            Special.ThreadX => (uint)x,
            Special.ThreadY => (uint)y,
            Special.ThreadZ => (uint)z,
            Special.BlockSizeX => (uint)_size.X,
            Special.BlockSizeY => (uint)_size.Y,
            Special.BlockSizeZ => (uint)_size.Z,
            Special.BlockX => (uint)X,
            Special.BlockY => (uint)Y,
            Special.BlockZ => (uint)Z,
            Special.GridSizeX => (uint)_grid.X,
            Special.GridSizeY => (uint)_grid.Y,
            Special.GridSizeZ => (uint)_grid.Z,
            Special.Lane => (uint)lane,
            Special.WarpIndex => (uint)warp,
            Special.WarpCount => (uint)_warps.Length,
            Special.LanesEqual => bit,
            Special.LanesBelow => bit - 1,
            Special.LanesUpTo => bit | (bit - 1),
            Special.LanesAbove => ~(bit | (bit - 1)),
            Special.LanesFrom => ~(bit - 1),
            _ => throw new ArgumentOutOfRangeException(nameof(which), which, null),
        };
    }
}
