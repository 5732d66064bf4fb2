using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Tests.Emulator.Execution;

namespace Autodiff.Tests.Emulator.Instructions;

/// <summary>
/// atom and red: memory becomes f(memory, b, c) at once; what was there goes to d (none if negative).
/// </summary>
internal sealed unsafe class Atomic<T, TOp>(Place place, int d, int b, int c) : Instruction
    where T : unmanaged where TOp : ITernary<T, T, T, T>
{
    private readonly Place _place = place;

    public override void Execute(Warp warp, uint active)
    {
        for (; active != 0; active &= active - 1)
        {
            int i = BitOperations.TrailingZeroCount(active);
            byte* at = _place.Find(warp, (uint)sizeof(T), Access.Atomic, this, i);
            T second = ((T*)(warp.Registers + b))[i], third = ((T*)(warp.Registers + c))[i];
            T before, after;
            do
            {
                before = Unsafe.Read<T>(at);
                after = TOp.Apply(before, second, third);
            }
            while (!TryExchange(at, before, after));
            if (d >= 0)
            {
                ((T*)(warp.Registers + d))[i] = before;
            }
        }
    }

    private static bool TryExchange(byte* at, T before, T after) => sizeof(T) == 4
        ? Interlocked.CompareExchange(ref *(uint*)at, *(uint*)&after, *(uint*)&before) == *(uint*)&before
        : Interlocked.CompareExchange(ref *(ulong*)at, *(ulong*)&after, *(ulong*)&before) == *(ulong*)&before;
}

/// <summary>Memory and operand joined by a function of two.</summary>
internal readonly struct Accumulate<T, TOp> : ITernary<T, T, T, T> where TOp : IBinary<T, T, T>
{
    public static T Apply(T memory, T b, T c) => TOp.Apply(memory, b);
}

/// <summary>The operand takes the place of what was there (exch).</summary>
internal readonly struct Exchange<T> : ITernary<T, T, T, T>
{
    public static T Apply(T memory, T b, T c) => b;
}

/// <summary>c takes the place of what was there if that was b (cas).</summary>
internal readonly struct CompareAndSwap<T> : ITernary<T, T, T, T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Apply(T memory, T b, T c) => memory == b ? c : memory;
}

/// <summary>One more, 0 after b (inc).</summary>
internal readonly struct Increment : ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint memory, uint b, uint c) => memory >= b ? 0 : memory + 1;
}

/// <summary>One less, b after 0 (dec).</summary>
internal readonly struct Decrement : ITernary<uint, uint, uint, uint>
{
    public static uint Apply(uint memory, uint b, uint c) => memory == 0 || memory > b ? b : memory - 1;
}
