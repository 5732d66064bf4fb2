using System.Diagnostics.CodeAnalysis;
using Autodiff.Tests.Emulator.Syntax;

namespace Autodiff.Tests.Emulator.Execution;

/// <summary>What an instruction does to the flow of the program.</summary>
internal enum Control
{
    /// <summary>Nothing: the next instruction follows.</summary>
    None,

    /// <summary>The lanes where the guard holds go on at <see cref="Branch.Target"/>.</summary>
    Branch,

    /// <summary>The lanes where the guard holds are done.</summary>
    Return,

    /// <summary>The warp waits for others.</summary>
    Barrier,
}

/// <summary>
/// A decoded instruction: it knows where its operands' lanes lie and does its work for the lanes of a mask.
/// </summary>
internal abstract unsafe class Instruction
{
    /// <summary>A mask with all 32 lanes.</summary>
    protected const uint All = uint.MaxValue;

    /// <summary>How it was written.</summary>
    [NotNull]
    public Statement? Statement { get; set; }

    /// <summary>The slot of the predicate behind @, or -1.</summary>
    public int Guard { get; set; } = -1;

    /// <summary>All ones if the guard is @!p, else 0.</summary>
    public uint GuardFlip { get; set; }

    public virtual Control Control => Control.None;

    /// <summary>Does the work for the lanes in <paramref name="active"/>, which is not 0.</summary>
    public abstract void Execute(Warp warp, uint active);
}

/// <summary>bra.</summary>
internal sealed class Branch(int target, bool isUniform) : Instruction
{
    public int Target { get; } = target;

    /// <summary>Whether the text promises that all active lanes go the same way.</summary>
    public bool IsUniform { get; } = isUniform;

    public override Control Control => Control.Branch;

    public override void Execute(Warp warp, uint active)
    {
    }
}

/// <summary>ret and exit.</summary>
internal sealed class Return : Instruction
{
    public override Control Control => Control.Return;

    public override void Execute(Warp warp, uint active)
    {
    }
}

/// <summary>
/// bar.sync: the warp waits until <paramref name="threads"/> threads (null: all of the block) stand at the barrier of
/// this number.
/// </summary>
internal sealed unsafe class BlockBarrier(int number, int? threads) : Instruction
{
    public override Control Control => Control.Barrier;

    public override void Execute(Warp warp, uint active)
    {
        if (active != warp.Live)
        {
            throw warp.Fault(this, active,
                "a barrier that only some of the warp's lanes reach: the others are elsewhere.");
        }

        int lane = System.Numerics.BitOperations.TrailingZeroCount(active);
        warp.WaitsAt = (int)((uint*)(warp.Registers + number))[lane];
        warp.WaitsFor = threads is { } slot ? (int)((uint*)(warp.Registers + slot))[lane] : 0;
    }
}

/// <summary>trap.</summary>
internal sealed class Trap : Instruction
{
    public override void Execute(Warp warp, uint active) => throw warp.Fault(this, active, "trap.");
}

/// <summary>An instruction that has nothing to do here, such as a fence: memory is seen in order.</summary>
internal sealed class NoOperation : Instruction
{
    public override void Execute(Warp warp, uint active) => Interlocked.MemoryBarrier();
}
