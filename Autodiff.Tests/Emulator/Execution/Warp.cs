using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>Why a warp stopped for now.</summary>
internal enum Pause
{
    /// <summary>All its threads are done.</summary>
    Done,

    /// <summary>It waits at a barrier.</summary>
    AtBarrier,

    /// <summary>It looped for long; others get their turn.</summary>
    Yielded,
}

/// <summary>
/// 32 threads that go in step. Where a branch divides them, the group with the lowest program counter goes first, and
/// groups that meet go on together: with blocks in their <see cref="Syntax.BlockOrder"/>, that is where branches join.
/// </summary>
internal sealed unsafe partial class Warp(Block block, int index)
{
    public const int Size = 32;

    private const int LoopsPerTurn = 4096;

    // Groups of lanes that wait behind the one that runs; the lowest program counter is last.
    private readonly int[] _counters = new int[Size];
    private readonly uint[] _masks = new uint[Size];
    private int _waiting;
    private int _nextCounter;
    private int _counter;
    private uint _mask;
    private Allocation _recent = Allocation.None;

    /// <summary>
    /// The register file: 32 lanes for each register, one behind the other; a predicate is one bit for each lane.
    /// </summary>
    public byte* Registers;

    public Block Block { get; } = block;

    /// <summary>The warp's place in its block.</summary>
    public int Index { get; } = index;

    /// <summary>The lanes that have not returned.</summary>
    public uint Live { get; private set; }

    /// <summary>The barrier at which the warp waits.</summary>
    public int WaitsAt { get; set; }

    /// <summary>How many threads the barrier waits for; 0: all of the block.</summary>
    public int WaitsFor { get; set; }

    /// <summary>What the warp's last turn ended with.</summary>
    public Pause State { get; set; }

    /// <summary>How many instructions the warp has executed.</summary>
    public long Steps { get; private set; }

    /// <summary>Places the warp at the beginning of the kernel.</summary>
    public void Start(int threads)
    {
        _counter = 0;
        _mask = Live = threads >= Size ? uint.MaxValue : (1u << threads) - 1;
        _waiting = 0;
        _nextCounter = int.MaxValue;
        State = Pause.Yielded;
        _copies?.Clear();
    }

    /// <summary>Executes until the warp is done, waits, or has looped for long.</summary>
    public Pause Run(Instruction[] code)
    {
        int loops = 0;
        long steps = 0;
        int counter = _counter;
        uint mask = _mask;
        while (true)
        {
            Instruction instruction = code[counter];
            steps++;
            uint active = mask;
            if (instruction.Guard >= 0)
            {
                active &= *(uint*)(Registers + instruction.Guard) ^ instruction.GuardFlip;
            }

            counter++;
            switch (instruction.Control)
            {
                case Control.None:
                    if (active != 0)
                    {
                        instruction.Execute(this, active);
                    }

                    break;
                case Control.Branch:
                    int target = Unsafe.As<Branch>(instruction).Target;
                    loops += target < counter ? 1 : 0;
                    if (active == mask)
                    {
                        counter = target;
                    }
                    else if (active != 0)
                    {
                        if (Unsafe.As<Branch>(instruction).IsUniform)
                        {
                            throw Fault(instruction, active, "bra.uni that only some of the active lanes take.");
                        }

                        Wait(Math.Max(target, counter), target > counter ? active : mask & ~active);
                        (counter, mask) = target > counter ? (counter, mask & ~active) : (target, active);
                    }

                    break;
                case Control.Return:
                    mask &= ~active;
                    Live &= ~active;
                    if (mask == 0)
                    {
                        if (_waiting == 0)
                        {
                            Steps += steps;
                            return State = Pause.Done;
                        }

                        (counter, mask) = Next();
                    }

                    break;
                case Control.Barrier:
                    if (active != 0)
                    {
                        instruction.Execute(this, active);
                        (_counter, _mask) = (counter, mask);
                        Steps += steps;
                        return State = Pause.AtBarrier;
                    }

                    break;
            }

            if (counter >= _nextCounter)
            {
                (counter, mask) = Join(counter, mask);
            }

            if (loops >= LoopsPerTurn)
            {
                (_counter, _mask) = (counter, mask);
                Steps += steps;
                return State = Pause.Yielded;
            }
        }
    }

    private (int Counter, uint Mask) Join(int counter, uint mask)
    {
        if (counter > _nextCounter)
        {
            Wait(counter, mask);
            return Next();
        }

        return (counter, mask | Next().Mask);
    }

    private (int Counter, uint Mask) Next()
    {
        _waiting--;
        _nextCounter = _waiting == 0 ? int.MaxValue : _counters[_waiting - 1];
        return (_counters[_waiting], _masks[_waiting]);
    }

    private void Wait(int counter, uint mask)
    {
        int place = _waiting;
        while (place > 0 && _counters[place - 1] < counter)
        {
            place--;
        }

        if (place > 0 && _counters[place - 1] == counter)
        {
            _masks[place - 1] |= mask;
            return;
        }

        Array.Copy(_counters, place, _counters, place + 1, _waiting - place);
        Array.Copy(_masks, place, _masks, place + 1, _waiting - place);
        (_counters[place], _masks[place]) = (counter, mask);
        _waiting++;
        _nextCounter = _counters[_waiting - 1];
    }

    /// <summary>What went wrong where: kernel, line, block, thread.</summary>
    public KernelFault Fault(Instruction instruction, uint lanes, string what, bool isAddress = false)
    {
        (int x, int y, int z) = Block.Thread((Index * Size) + BitOperations.TrailingZeroCount(lanes));
        Block b = Block;
        string place = instruction.Statement is { } statement
            ? $"PTX line {statement.Line} `{statement}`"
            : "unknown place";
        return new KernelFault(
            $"Kernel '{b.Kernel.Name}', {place}, block ({b.X}, {b.Y}, {b.Z}), thread ({x}, {y}, {z}): {what}",
            isAddress);
    }
}
