using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>One dimension of a <see cref="GatherIndex"/>.</summary>
/// <param name="Count">How many steps it has.</param>
/// <param name="Scale">What a step adds to the coordinate.</param>
/// <param name="Step">Elements that a step adds to the place.</param>
internal readonly record struct GatherDim(int Count, int Scale, int Step);

/// <summary>
/// What the number of a line or of a term stands for: a channel or sample, and steps along a few dimensions behind it
/// (or, <paramref name="ChannelsLast"/>, before it), each of which moves a coordinate and the place in memory.
/// </summary>
/// <param name="Channels">How many channels there are; only read where they come last.</param>
/// <param name="ChannelStep">Elements from a channel to the next.</param>
/// <param name="Dims">The dimensions, the last one running fastest.</param>
/// <param name="ChannelsLast">Whether channels run faster than the dimensions.</param>
internal sealed record GatherIndex(int Channels, int ChannelStep, GatherDim[] Dims, bool ChannelsLast = false)
{
    /// <summary>How many elements lie together in memory, from each channel's first on.</summary>
    public int RunLength
    {
        get
        {
            int length = 1;
            for (int d = Dims.Length - 1; d >= 0 && (Dims[d].Step == length || Dims[d].Count == 1); d--)
            {
                length *= Dims[d].Count;
            }

            return length;
        }
    }

    /// <summary>Adds the parameters that <see cref="GatherDecoder"/> reads.</summary>
    public void AddTo(ref KernelArguments arguments, int elementSize)
    {
        arguments.Add(ChannelStep * elementSize);
        AddDivisor(ref arguments, Channels);
        foreach (GatherDim dim in Dims)
        {
            AddDivisor(ref arguments, dim.Count);
            arguments.Add(dim.Scale);
            arguments.Add(dim.Step * elementSize);
        }
    }

    private static void AddDivisor(ref KernelArguments arguments, int value)
    {
        Divisor divisor = new((uint)value);
        arguments.Add(divisor.Magic);
        arguments.Add(divisor.Shift);
        arguments.Add(-value);
    }
}

/// <summary>Takes a number apart as a <see cref="GatherIndex"/> says, on the device.</summary>
internal sealed class GatherDecoder
{
    private readonly bool _channelsLast;
    private readonly Value _channelStep;
    private readonly (Value Magic, Value Shift, Value Negated) _channels;
    private readonly ((Value Magic, Value Shift, Value Negated) Count, Value Scale, Value Step)[] _dims;

    /// <summary>Reads the parameters that <see cref="GatherIndex.AddTo"/> adds.</summary>
    public GatherDecoder(KernelWriter w, int dims, bool channelsLast)
    {
        _channelsLast = channelsLast;
        _channelStep = w.Parameter(PtxType.S32);
        _channels = Divisor();
        _dims = new ((Value, Value, Value), Value, Value)[dims];
        for (int d = 0; d < dims; d++)
        {
            _dims[d] = (Divisor(), w.Parameter(PtxType.U32), w.Parameter(PtxType.S32));
        }

        (Value, Value, Value) Divisor() =>
            (w.Parameter(PtxType.U32), w.Parameter(PtxType.U32), w.Parameter(PtxType.U32));
    }

    /// <summary>Bytes from a channel to the next.</summary>
    public Value ChannelStep => _channelStep;

    /// <summary>
    /// The bytes (S64) and the steps along each dimension that a number below 2^31 stands for.
    /// </summary>
    public (Value Bytes, Value[] Steps) Decode(Value number)
    {
        Value[] steps = new Value[_dims.Length];
        Value rest = number, channel = number;
        if (_channelsLast)
        {
            (rest, channel) = Split(rest, _channels);
        }

        int slowest = _channelsLast ? 1 : 0;
        for (int d = _dims.Length - 1; d >= slowest; d--)
        {
            (rest, steps[d]) = Split(rest, _dims[d].Count);
        }

        if (_channelsLast)
        {
            steps[0] = rest;
        }
        else
        {
            channel = rest;
        }

        Value bytes = channel.To(PtxType.S32).MultiplyWide(_channelStep);
        for (int d = 0; d < steps.Length; d++)
        {
            bytes = steps[d].To(PtxType.S32).MultiplyAddWide(_dims[d].Step, bytes);
        }

        return (bytes, steps);
    }

    /// <summary>The coordinate that some steps along a dimension lead to, from another one on.</summary>
    public Value Coordinate(int dim, Value steps, Value from) => steps.MultiplyAdd(_dims[dim].Scale, from);

    // Division by a reciprocal, as Divisor has it.
    private static (Value Quotient, Value Remainder) Split(Value number, (Value Magic, Value Shift, Value Negated) by)
    {
        KernelWriter w = KernelWriter.Current;
        Value high = w.Pure("mul.hi.u32", PtxType.U32, number, by.Magic);
        Value quotient = w.Pure("shr.u32", PtxType.U32, high + number, by.Shift);
        return (quotient, quotient.MultiplyAdd(by.Negated, number));
    }
}
