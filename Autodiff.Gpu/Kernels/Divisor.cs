namespace Autodiff.Gpu.Kernels;

/// <summary>
/// Division by a number that the kernel learns when it is launched, without dividing: n / d = (mulhi(n, m) + n) >> s
/// for n &lt; 2^31 (Granlund and Montgomery, "Division by Invariant Integers using Multiplication", 1994).
/// </summary>
internal readonly struct Divisor
{
    public Divisor(uint value)
    {
        Value = value;
        Shift = value == 1 ? 0 : 32 - (uint)System.Numerics.BitOperations.LeadingZeroCount(value - 1);
        Magic = (uint)((((1UL << (int)Shift) - value) << 32) / value + 1);
    }

    public uint Value { get; }

    public uint Magic { get; }

    public uint Shift { get; }
}
