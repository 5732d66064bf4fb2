using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Gpu.Kernels;

/// <summary>The stride of a dimension, in elements.</summary>
internal interface IStride
{
    /// <summary>So many steps further.</summary>
    long From(long origin, uint count);
}

/// <summary>A stride of 32 bits.</summary>
internal readonly struct Stride32(int step) : IStride
{
    private readonly int _step = step;

    public long From(long origin, uint count) => Whole.MultiplyAdd((int)count, _step, origin);
}

/// <summary>A stride of 64 bits.</summary>
internal readonly struct Stride64(long step) : IStride
{
    private readonly long _step = step;

    public long From(long origin, uint count) => origin + count * _step;
}

/// <summary>
/// Dimensions that a kernel walks in their order. Their number is a type (a dimension has those around it as a type
/// parameter), so that a kernel has no loop and no table.
/// </summary>
internal interface IStrides
{
    /// <summary>Whether elements that follow each other are neighbours in memory.</summary>
    static abstract bool AreNeighbours { get; }

    /// <summary>Where the element of this number is in the first operand, from the element at
    /// <paramref name="origin"/> on.</summary>
    long X(long origin, uint index);

    /// <summary>The same in the second operand.</summary>
    long Y(long origin, uint index);

    /// <summary>The same in the third operand.</summary>
    long Z(long origin, uint index);
}

/// <summary>No dimension: there is one element, or all are neighbours.</summary>
internal readonly struct NoStrides : IStrides
{
    public static bool AreNeighbours => true;

    public long X(long origin, uint index) => origin;

    public long Y(long origin, uint index) => origin;

    public long Z(long origin, uint index) => origin;
}

/// <summary>The dimension that has none around it.</summary>
internal readonly struct OuterStrides<TStride>(TStride x, TStride y, TStride z) : IStrides
    where TStride : struct, IStride
{
    private readonly TStride _x = x, _y = y, _z = z;

    public static bool AreNeighbours => false;

    public long X(long origin, uint index) => _x.From(origin, index);

    public long Y(long origin, uint index) => _y.From(origin, index);

    public long Z(long origin, uint index) => _z.From(origin, index);
}

/// <summary>A dimension inside another.</summary>
[CompiledAlone]
internal readonly struct InnerStrides<TStride, TOuter>(
    Maps.KernelDivisor length, TStride x, TStride y, TStride z, TOuter outer) : IStrides
    where TStride : struct, IStride where TOuter : struct, IStrides
{
    private readonly Maps.KernelDivisor _length = length;
    private readonly TStride _x = x, _y = y, _z = z;
    private readonly TOuter _outer = outer;

    public static bool AreNeighbours => false;

    public long X(long origin, uint index)
    {
        uint around = _length.Divide(index, out uint at);
        return _outer.X(_x.From(origin, at), around);
    }

    public long Y(long origin, uint index)
    {
        uint around = _length.Divide(index, out uint at);
        return _outer.Y(_y.From(origin, at), around);
    }

    public long Z(long origin, uint index)
    {
        uint around = _length.Divide(index, out uint at);
        return _outer.Z(_z.From(origin, at), around);
    }
}

/// <summary>The host's side of <see cref="IStrides"/>.</summary>
internal static class StrideTypes
{
    /// <summary>The type of so many dimensions.</summary>
    public static Type Of(int rank, bool wide)
    {
        if (rank == 0)
        {
            return typeof(NoStrides);
        }

        Type stride = wide ? typeof(Stride64) : typeof(Stride32),
            strides = typeof(OuterStrides<>).MakeGenericType(stride);
        for (int d = 1; d < rank; d++)
        {
            strides = typeof(InnerStrides<,>).MakeGenericType(stride, strides);
        }

        return strides;
    }

    /// <summary>Writes dimensions, whose steps are in bytes, from the innermost outwards, as the types are
    /// nested.</summary>
    public static void Add(ref ArgumentWriter arguments, List<KernelDim> dims, int sizeX, int sizeY, bool wide)
    {
        if (dims.Count == 0)
        {
            arguments.Skip();
        }

        for (int d = dims.Count - 1; d >= 0; d--)
        {
            if (d > 0)
            {
                Add(ref arguments, new Divisor((uint)dims[d].Size));
            }

            Add(ref arguments, dims[d].X / sizeX, wide);
            Add(ref arguments, dims[d].Y / sizeY, wide);
            Add(ref arguments, 0, wide);
        }
    }

    /// <summary>
    /// Writes the dimensions of three operands, of which a thread takes groups, each operand's steps in a unit of so
    /// many elements.
    /// </summary>
    public static void Add(ref ArgumentWriter arguments, in ElementPlan plan, int width, ReadOnlySpan<int> units)
    {
        for (int d = plan.Rank - 1; d >= 0; d--)
        {
            int group = d == plan.Rank - 1 ? width : 1;
            if (d > 0)
            {
                Add(ref arguments, new Divisor((uint)(plan.Dims[d] / group)));
            }

            for (int k = 0; k < 3; k++)
            {
                Add(ref arguments, plan.Stride(k, d) * group / units[k], wide: false);
            }
        }
    }

    /// <summary>Writes the numbers of a divisor.</summary>
    public static void Add(ref ArgumentWriter arguments, Divisor divisor)
    {
        arguments.Add(divisor.Value);
        arguments.Add(divisor.Magic);
        arguments.Add(divisor.Shift);
    }

    private static void Add(ref ArgumentWriter arguments, long step, bool wide)
    {
        if (wide)
        {
            arguments.Add(step);
        }
        else
        {
            arguments.Add(checked((int)step));
        }
    }
}
