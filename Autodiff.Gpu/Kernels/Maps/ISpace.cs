using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels.Maps;

/// <summary>
/// Where a group is: how far its row begins from the first element of each operand, and its column in the row.
/// </summary>
internal struct Place
{
    public int A, B, C, D, Y, Column;
}

/// <summary>
/// The dimensions of a map, by which a group's number becomes its place. The number of dimensions is a type (a
/// dimension has those around it as a type parameter), so that a kernel has no loop and no table: a table would lie in
/// its slowest memory.
/// </summary>
internal interface ISpace
{
    /// <summary>Whether there is one dimension: then the last elements may be fewer than a group.</summary>
    static abstract bool IsFlat { get; }

    /// <summary>The place of the group of this number.</summary>
    Place At(uint group);
}

/// <summary>One dimension is all there is.</summary>
internal readonly struct Flat : ISpace
{
    public static bool IsFlat => true;

    public Place At(uint group) => new() { Column = (int)group };
}

/// <summary>Rows of groups, in dimensions around them.</summary>
internal readonly struct Rows<TOuter>(KernelDivisor length, TOuter outer) : ISpace where TOuter : struct, IDimension
{
    private readonly KernelDivisor _length = length;
    private readonly TOuter _outer = outer;

    public static bool IsFlat => false;

    public Place At(uint group)
    {
        uint row = _length.Divide(group, out uint column);
        Place place = _outer.At(row);
        place.Column = (int)column;
        return place;
    }
}

/// <summary>A dimension around rows.</summary>
internal interface IDimension
{
    /// <summary>The place where the row of this number begins.</summary>
    Place At(uint row);
}

/// <summary>The dimension that has none around it.</summary>
internal readonly struct Outermost(Steps steps) : IDimension
{
    private readonly Steps _steps = steps;

    public Place At(uint row) => _steps.From(default, (int)row);
}

/// <summary>A dimension inside another.</summary>
internal readonly struct Dimension<TOuter>(KernelDivisor length, Steps steps, TOuter outer) : IDimension
    where TOuter : struct, IDimension
{
    private readonly KernelDivisor _length = length;
    private readonly Steps _steps = steps;
    private readonly TOuter _outer = outer;

    public Place At(uint row)
    {
        uint around = _length.Divide(row, out uint at);
        return _steps.From(_outer.At(around), (int)at);
    }
}

/// <summary>The distances between neighbours along a dimension, in each operand.</summary>
internal readonly struct Steps(int a, int b, int c, int d, int y)
{
    private readonly int _a = a, _b = b, _c = c, _d = d, _y = y;

    /// <summary>The place so many steps from another.</summary>
    public Place From(Place place, int steps)
    {
        place.A += steps * _a;
        place.B += steps * _b;
        place.C += steps * _c;
        place.D += steps * _d;
        place.Y += steps * _y;
        return place;
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
