using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>A function of one operand.</summary>
internal interface IUnary<TA, TR>
{
    static abstract TR Apply(TA a);
}

/// <summary>A function of two operands.</summary>
internal interface IBinary<TA, TB, TR>
{
    static abstract TR Apply(TA a, TB b);
}

/// <summary>A function of three operands.</summary>
internal interface ITernary<TA, TB, TC, TR>
{
    static abstract TR Apply(TA a, TB b, TC c);
}

/// <summary>d = f(a), lane by lane. Operands are slots of the register file.</summary>
internal sealed unsafe class Unary<TA, TR, TOp>(int d, int a) : Instruction
    where TA : unmanaged where TR : unmanaged where TOp : IUnary<TA, TR>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        TR* to = (TR*)(warp.Registers + d);
        TA* from = (TA*)(warp.Registers + a);
        if (active == All)
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                to[i] = TOp.Apply(from[i]);
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            to[i] = TOp.Apply(from[i]);
        }
    }
}

/// <summary>d = f(a, b), lane by lane.</summary>
internal sealed unsafe class Binary<TA, TB, TR, TOp>(int d, int a, int b) : Instruction
    where TA : unmanaged where TB : unmanaged where TR : unmanaged where TOp : IBinary<TA, TB, TR>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        TR* to = (TR*)(warp.Registers + d);
        TA* left = (TA*)(warp.Registers + a);
        TB* right = (TB*)(warp.Registers + b);
        if (active == All)
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                to[i] = TOp.Apply(left[i], right[i]);
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            to[i] = TOp.Apply(left[i], right[i]);
        }
    }
}

/// <summary>d = f(a, b, c), lane by lane.</summary>
internal sealed unsafe class Ternary<TA, TB, TC, TR, TOp>(int d, int a, int b, int c) : Instruction
    where TA : unmanaged where TB : unmanaged where TC : unmanaged where TR : unmanaged
    where TOp : ITernary<TA, TB, TC, TR>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        TR* to = (TR*)(warp.Registers + d);
        TA* first = (TA*)(warp.Registers + a);
        TB* second = (TB*)(warp.Registers + b);
        TC* third = (TC*)(warp.Registers + c);
        if (active == All)
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                to[i] = TOp.Apply(first[i], second[i], third[i]);
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            to[i] = TOp.Apply(first[i], second[i], third[i]);
        }
    }
}

/// <summary>An instruction that a function of the lanes describes: for those that hot loops don't contain.</summary>
/// <param name="body">What to do for one lane, given the warp's registers.</param>
internal sealed unsafe class PerLane(PerLane.Body body) : Instruction
{
    /// <summary>The work of one lane.</summary>
    internal delegate void Body(byte* registers, int lane);

    public override void Execute(Warp warp, uint active)
    {
        for (; active != 0; active &= active - 1)
        {
            body(warp.Registers, BitOperations.TrailingZeroCount(active));
        }
    }
}
