using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

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

    /// <summary>The arguments for a <see cref="PtxDivisor"/>'s parameters.</summary>
    public void Pass(ref KernelArguments arguments)
    {
        arguments.Add(Value);
        arguments.Add(Magic);
        arguments.Add(Shift);
    }
}

/// <summary>A <see cref="Divisor"/> inside a kernel: three parameters.</summary>
internal readonly struct PtxDivisor
{
    private readonly Value _value, _magic, _shift;

    public PtxDivisor(KernelWriter k)
    {
        _value = k.Parameter(PtxType.U32);
        _magic = k.Parameter(PtxType.U32);
        _shift = k.Parameter(PtxType.U32);
    }

    /// <summary>Quotient and remainder of a U32 below 2^31.</summary>
    public (Value Quotient, Value Remainder) Divide(Value n)
    {
        Value quotient = (n.MultiplyHigh(_magic) + n).ShiftRight(_shift);
        return (quotient, n - quotient * _value);
    }
}
