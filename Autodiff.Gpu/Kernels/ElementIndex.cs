using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// From the number of a group of neighbours to the places of its elements in every operand: coordinates by
/// multiplication and shift, distances in 32 bits. The kernel's side is the constructor's parameters, the host's side
/// <see cref="Pass"/>, in the same order.
/// </summary>
internal sealed class ElementIndex
{
    private readonly KernelWriter _k;
    private readonly ElementVariant _variant;
    private readonly Value[] _bases;
    private readonly PtxDivisor[] _divisors;
    private readonly Value?[,] _strides;

    /// <summary>Declares the parameters: addresses, dimensions, steps.</summary>
    public ElementIndex(KernelWriter k, ElementVariant variant, int operands)
    {
        (_k, _variant) = (k, variant);
        int rank = variant.Rank;
        _bases = new Value[operands];
        for (int o = 0; o < operands; o++)
        {
            _bases[o] = k.Parameter(PtxType.U64);
        }

        _divisors = new PtxDivisor[rank];
        for (int d = 1; d < rank; d++)
        {
            _divisors[d] = new(k);
        }

        _strides = new Value?[operands, rank];
        for (int o = 0; o < operands; o++)
        {
            for (int d = 0; d < rank; d++)
            {
                if (TakesStride(variant, o, d))
                {
                    _strides[o, d] = k.Parameter(PtxType.S32);
                }
            }
        }
    }

    /// <summary>The arguments for the constructor's parameters.</summary>
    public static void Pass(ref KernelArguments arguments, ElementVariant variant, in ElementPlan plan,
        ReadOnlySpan<ulong> addresses)
    {
        int rank = variant.Rank, operands = addresses.Length;
        foreach (ulong address in addresses)
        {
            arguments.Add(address);
        }

        for (int d = 1; d < rank; d++)
        {
            new Divisor((uint)(d == rank - 1 ? plan.Dims[d] / variant.Width : plan.Dims[d])).Pass(ref arguments);
        }

        for (int o = 0; o < operands; o++)
        {
            for (int d = 0; d < rank; d++)
            {
                if (TakesStride(variant, o, d))
                {
                    arguments.Add((int)plan.Stride(o, d));
                }
            }
        }
    }

    /// <summary>The coordinates of a group; the last one counts groups.</summary>
    public Value[] Coordinates(Value group)
    {
        Value[] at = new Value[_variant.Rank];
        Value rest = group;
        for (int d = at.Length - 1; d > 0; d--)
        {
            (rest, at[d]) = _divisors[d].Divide(rest);
        }

        at[0] = rest;
        return at;
    }

    /// <summary>The address of operand o's first element in the group at these coordinates.</summary>
    public Value Address(int o, Value[] at)
    {
        int last = at.Length - 1, size = _variant.TypeOf(o).SizeOf();
        Value? offset = null;
        for (int d = 0; d <= last; d++)
        {
            if (_strides[o, d] is { } stride)
            {
                Value coordinate = (d == last ? at[d] * Constant(_variant.Width) : at[d]).To(PtxType.S32);
                offset = offset is { } sum ? coordinate.MultiplyAdd(stride, sum) : coordinate * stride;
            }
        }

        if (_variant.PatternOf(o) == AccessPattern.Linear)
        {
            if (offset is null)
            {
                return _k.At(_bases[o], at[last], _variant.Width * size); // flat: no distance, one multiplication
            }

            offset = at[last].To(PtxType.S32)
                .MultiplyAdd(Value.Constant(PtxType.S32, (long)_variant.Width), offset.Value);
        }

        return offset is { } distance ? _k.At(_bases[o], distance, size) : _bases[o];
    }

    /// <summary>The address of one element of a flat operand.</summary>
    public Value Element(int o, Value index)
    {
        int size = _variant.TypeOf(o).SizeOf();
        return _variant.PatternOf(o) switch
        {
            AccessPattern.Linear => _k.At(_bases[o], index, size),
            AccessPattern.Strided => _k.At(_bases[o], index.To(PtxType.S32) * _strides[o, 0]!.Value, size),
            _ => _bases[o],
        };
    }

    /// <summary>
    /// The elements of operand o in the group that begins at an address: <see cref="ElementVariant.Width"/> of them, or
    /// one that stands for all.
    /// </summary>
    public Value[] Load(int o, DType compute, Value address)
    {
        DType type = _variant.TypeOf(o);
        switch (_variant.PatternOf(o))
        {
            case AccessPattern.Linear: return ElementAccess.Load(_k, type, compute, address, 0, _variant.Width);
            case AccessPattern.Strided:
                Value[] values = new Value[_variant.Width];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = ElementAccess.Load(_k, type, compute, Step(o, address, i));
                }

                return values;
            default: return [ElementAccess.Load(_k, type, compute, address)];
        }
    }

    /// <summary>Stores a group of operand o.</summary>
    public void Store(int o, DType compute, Value address, ReadOnlySpan<Value> values)
    {
        DType type = _variant.TypeOf(o);
        if (_variant.PatternOf(o) == AccessPattern.Linear)
        {
            ElementAccess.Store(_k, type, compute, address, values);
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            ElementAccess.Store(_k, type, compute, Step(o, address, i), values[i]);
        }
    }

    /// <summary>The address of a group's i-th element of operand o, from the first one's.</summary>
    public Value Neighbour(int o, Value address, int i) => _variant.PatternOf(o) switch
    {
        AccessPattern.Linear => _k.At(address, i, _variant.TypeOf(o).SizeOf()),
        AccessPattern.Strided => Step(o, address, i),
        _ => address,
    };

    private Value Step(int o, Value address, int i) =>
        i == 0 ? address : _k.At(address, _strides[o, _variant.Rank - 1]!.Value * i, _variant.TypeOf(o).SizeOf());

    private static Value Constant(int value) => Value.Constant(PtxType.U32, (long)value);

    private static bool TakesStride(ElementVariant variant, int operand, int d) => variant.PatternOf(operand) switch
    {
        AccessPattern.Single => false,
        AccessPattern.Strided => true,
        _ => d < variant.Rank - 1,
    };
}
