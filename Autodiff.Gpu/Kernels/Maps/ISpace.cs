using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>How far a group is from the first of each operand.</summary>
internal struct Place
{
    public long A, B, C, D, Y;
}

/// <summary>
/// The dimensions of a map, by which a group's number becomes its place. Their number is a type (a dimension has those
/// around it as a type parameter), so that a kernel has no loop and no table: a table would lie in its slowest memory.
/// </summary>
internal interface ISpace
{
    /// <summary>Whether there is one dimension: then the last elements may be fewer than a group.</summary>
    static abstract bool IsFlat { get; }

    /// <summary>The place of the group of this number.</summary>
    Place At(uint group);
}

/// <summary>One dimension, in which all operands are without gaps or one element.</summary>
internal readonly struct Flat : ISpace
{
    public static bool IsFlat => true;

    public Place At(uint group) => new() { A = group, B = group, C = group, D = group, Y = group };
}

/// <summary>The dimension that has none around it.</summary>
internal readonly struct Line(Steps steps) : ISpace
{
    private readonly Steps _steps = steps;

    public static bool IsFlat => true;

    public Place At(uint group) => _steps.To(group);
}

/// <summary>A dimension inside another.</summary>
internal readonly struct Inside<TOuter>(KernelDivisor length, Steps steps, TOuter outer) : ISpace
    where TOuter : struct, ISpace
{
    private readonly KernelDivisor _length = length;
    private readonly Steps _steps = steps;
    private readonly TOuter _outer = outer;

    public static bool IsFlat => false;

    public Place At(uint group)
    {
        uint around = _length.Divide(group, out uint at);
        return _steps.From(_outer.At(around), at);
    }
}

/// <summary>The distances between neighbours along a dimension, in each operand: they may lead back.</summary>
internal readonly struct Steps(int a, int b, int c, int d, int y)
{
    private readonly int _a = a, _b = b, _c = c, _d = d, _y = y;

    /// <summary>The place so many steps from the first.</summary>
    public Place To(uint steps)
    {
        int n = (int)steps;
        return new()
        {
            A = Whole.Multiply(n, _a), B = Whole.Multiply(n, _b), C = Whole.Multiply(n, _c), D = Whole.Multiply(n, _d),
            Y = Whole.Multiply(n, _y),
        };
    }

    /// <summary>The place so many steps from another.</summary>
    public Place From(Place place, uint steps)
    {
        int n = (int)steps;
        return new()
        {
            A = Whole.MultiplyAdd(n, _a, place.A), B = Whole.MultiplyAdd(n, _b, place.B),
            C = Whole.MultiplyAdd(n, _c, place.C), D = Whole.MultiplyAdd(n, _d, place.D),
            Y = Whole.MultiplyAdd(n, _y, place.Y),
        };
    }
}

/// <summary>A <see cref="Divisor"/> inside a kernel.</summary>
internal readonly struct KernelDivisor(uint value, uint magic, uint shift)
{
    private readonly uint _value = value, _magic = magic, _shift = shift;

    /// <summary>Quotient and remainder of a number below 2^31.</summary>
    public uint Divide(uint n, out uint rest)
    {
        uint quotient = Whole.Quotient(n, _magic, _shift);
        rest = n - quotient * _value;
        return quotient;
    }
}
