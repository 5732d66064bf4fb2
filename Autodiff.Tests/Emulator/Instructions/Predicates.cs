using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>A relation of two operands.</summary>
internal interface IRelation
{
    static abstract bool Holds<T>(T a, T b) where T : INumber<T>;
}

/// <summary>a = b; false for NaN.</summary>
internal readonly struct Equal : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a == b;
}

/// <summary>a ≠ b and neither is NaN.</summary>
internal readonly struct NotEqual : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a < b || a > b;
}

/// <summary>a &lt; b; false for NaN.</summary>
internal readonly struct Less : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a < b;
}

/// <summary>a ≤ b; false for NaN.</summary>
internal readonly struct LessOrEqual : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a <= b;
}

/// <summary>a > b; false for NaN.</summary>
internal readonly struct Greater : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a > b;
}

/// <summary>a ≥ b; false for NaN.</summary>
internal readonly struct GreaterOrEqual : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => a >= b;
}

/// <summary>Neither is NaN.</summary>
internal readonly struct Ordered : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => !T.IsNaN(a) && !T.IsNaN(b);
}

/// <summary>
/// The opposite of another relation: equ, neu, ltu, leu, gtu, geu, nan are those of ne, eq, ge, gt, le, lt, num.
/// </summary>
internal readonly struct Opposite<TRelation> : IRelation where TRelation : IRelation
{
    public static bool Holds<T>(T a, T b) where T : INumber<T> => !TRelation.Holds(a, b);
}

/// <summary>How setp joins its relation with a third predicate.</summary>
internal enum Junction
{
    None,
    And,
    Or,
    Xor,
}

/// <summary>
/// setp: p = (a relation b) joined with c; q = its opposite joined with c. Predicates are bits of a mask.
/// </summary>
internal sealed unsafe class Compare<T, TRelation>(int p, int q, int a, int b, Junction junction, int c, uint flip)
    : Instruction
    where T : unmanaged, INumber<T> where TRelation : IRelation
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        byte* r = warp.Registers;
        T* left = (T*)(r + a);
        T* right = (T*)(r + b);
        uint holds = 0;
        if (active == All)
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                holds |= (TRelation.Holds(left[i], right[i]) ? 1u : 0u) << i;
            }
        }
        else
        {
            for (uint left2 = active; left2 != 0; left2 &= left2 - 1)
            {
                int i = BitOperations.TrailingZeroCount(left2);
                holds |= (TRelation.Holds(left[i], right[i]) ? 1u : 0u) << i;
            }
        }

        uint third = junction == Junction.None ? 0 : *(uint*)(r + c) ^ flip;
        Set(r, p, Join(holds, third), active);
        Set(r, q, Join(~holds, third), active);
    }

    private uint Join(uint holds, uint third) => junction switch
    {
        Junction.And => holds & third,
        Junction.Or => holds | third,
        Junction.Xor => holds ^ third,
        _ => holds,
    };

    private static void Set(byte* registers, int slot, uint bits, uint active)
    {
        if (slot >= 0)
        {
            uint* mask = (uint*)(registers + slot);
            *mask = (*mask & ~active) | (bits & active);
        }
    }
}

/// <summary>How a predicate follows from others.</summary>
internal enum PredicateFunction
{
    Copy,
    Not,
    And,
    Or,
    Xor,
}

/// <summary>and, or, xor, not, mov of predicates: all lanes at once, as bits.</summary>
internal sealed unsafe class PredicateLogic(PredicateFunction function, int d, int a, uint flipA, int b, uint flipB)
    : Instruction
{
    public override void Execute(Warp warp, uint active)
    {
        uint left = *(uint*)(warp.Registers + a) ^ flipA, right = *(uint*)(warp.Registers + b) ^ flipB;
        uint bits = function switch
        {
            PredicateFunction.And => left & right,
            PredicateFunction.Or => left | right,
            PredicateFunction.Xor => left ^ right,
            PredicateFunction.Not => ~left,
            _ => left,
        };
        uint* mask = (uint*)(warp.Registers + d);
        *mask = (*mask & ~active) | (bits & active);
    }
}

/// <summary>selp: d = p ? a : b.</summary>
internal sealed unsafe class Select<T>(int d, int a, int b, int p, uint flip) : Instruction where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Execute(Warp warp, uint active)
    {
        byte* r = warp.Registers;
        uint choice = *(uint*)(r + p) ^ flip;
        T* to = (T*)(r + d), then = (T*)(r + a), otherwise = (T*)(r + b);
        if (active == All)
        {
            for (int i = 0; i < Warp.Size; i++)
            {
                to[i] = (choice >> i & 1) != 0 ? then[i] : otherwise[i];
            }

            return;
        }

        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            to[i] = (choice >> i & 1) != 0 ? then[i] : otherwise[i];
        }
    }
}

/// <summary>A test of one operand, giving a predicate.</summary>
internal sealed unsafe class Test<T>(int p, int a, Func<T, bool> test) : Instruction where T : unmanaged
{
    public override void Execute(Warp warp, uint active)
    {
        uint* mask = (uint*)(warp.Registers + p);
        for (uint left = active; left != 0; left &= left - 1)
        {
            int i = BitOperations.TrailingZeroCount(left);
            uint bit = 1u << i;
            *mask = test(((T*)(warp.Registers + a))[i]) ? *mask | bit : *mask & ~bit;
        }
    }
}
