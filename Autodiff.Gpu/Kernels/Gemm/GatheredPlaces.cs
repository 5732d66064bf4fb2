using System.Numerics;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// An operand that is no matrix in memory: the element of a line and a term is where the steps of both together lead.
/// Where their coordinates lead out of the operand, it is 0. So are the columns of a convolution, what each output sees
/// of the input, which nobody copies.
/// </summary>
/// <param name="Lines">The lines.</param>
/// <param name="Depth">The terms.</param>
/// <param name="Shifts">The coordinates of the first line's first term.</param>
/// <param name="Sizes">The operand's size along each dimension.</param>
/// <param name="Access">How elements are read.</param>
internal sealed record Gather(GatherIndex Lines, GatherIndex Depth, int[] Shifts, int[] Sizes, OperandAccess Access)
{
    /// <summary>What the kernel's text depends on.</summary>
    public GatherVariant Variant
    {
        get
        {
            // Only dimensions along which some line and term lead out of the operand are looked at.
            int checks = 0;
            for (int d = 0; d < Sizes.Length; d++)
            {
                (long low, long high) = (Shifts[d], Shifts[d]);
                foreach (GatherDim dim in (ReadOnlySpan<GatherDim>)[Lines.Dims[d], Depth.Dims[d]])
                {
                    long most = (dim.Count - 1L) * dim.Scale;
                    (low, high) = (low + Math.Min(most, 0), high + Math.Max(most, 0));
                }

                checks |= low < 0 || high >= Sizes[d] ? 1 << d : 0;
            }

            return new(Lines.Dims.Length, Depth.Dims.Length, checks, Depth.ChannelsLast);
        }
    }

    /// <summary>Adds the parameters that <see cref="GatherParameters"/> reads.</summary>
    public void AddTo(ref KernelArguments arguments, int elementSize)
    {
        Lines.AddTo(ref arguments, elementSize);
        Depth.AddTo(ref arguments, elementSize);
        int checks = Variant.Checks;
        for (int d = 0; d < Sizes.Length; d++)
        {
            if ((checks >> d & 1) != 0)
            {
                arguments.Add(Shifts[d]);
                arguments.Add(Sizes[d]);
            }
        }
    }
}

/// <summary>What the text of a kernel that gathers an operand depends on.</summary>
/// <param name="LineDims">Dimensions of lines.</param>
/// <param name="DepthDims">Dimensions of terms.</param>
/// <param name="Checks">A bit for each dimension whose coordinates may lead out of the operand.</param>
/// <param name="ChannelsLast">
/// Whether the terms of a tile are channels of one tap, which is then looked at once for all of them.
/// </param>
internal readonly record struct GatherVariant(int LineDims, int DepthDims, int Checks, bool ChannelsLast);

/// <summary>The parameters of a gathered operand, as <see cref="Gather.AddTo"/> adds them.</summary>
internal sealed class GatherParameters
{
    public GatherParameters(KernelWriter w, GatherVariant variant)
    {
        Variant = variant;
        Lines = new(w, variant.LineDims, channelsLast: false);
        Depth = new(w, variant.DepthDims, variant.ChannelsLast);
        Checks = new (int, Value, Value)[BitOperations.PopCount((uint)variant.Checks)];
        int count = 0;
        for (int d = 0; count < Checks.Length; d++)
        {
            if ((variant.Checks >> d & 1) != 0)
            {
                Checks[count++] = (d, w.Parameter(PtxType.U32), w.Parameter(PtxType.U32));
            }
        }
    }

    public GatherVariant Variant { get; }

    public GatherDecoder Lines { get; }

    public GatherDecoder Depth { get; }

    /// <summary>The dimensions that are looked at, with their first coordinates and sizes.</summary>
    public (int Dim, Value Shift, Value Size)[] Checks { get; }
}

/// <summary>The places of a <see cref="Gather"/>.</summary>
internal sealed class GatheredPlaces : OperandPlaces
{
    private readonly GatherParameters _parameters;
    private readonly Value _origin, _firstLine;
    private readonly Variable _term;
    private readonly int _tileDepth;
    private readonly List<Copy> _copies = [];
    private readonly List<Value> _addresses = [];
    private Value _now;

    /// <param name="w">The kernel.</param>
    /// <param name="parameters">The operand's parameters.</param>
    /// <param name="tile">Where elements go.</param>
    /// <param name="origin">The address of the first line's first term.</param>
    /// <param name="firstLine">The tile's first line.</param>
    /// <param name="firstTerm">The first tile's first term.</param>
    public GatheredPlaces(
        KernelWriter w, GatherParameters parameters, SharedTile tile, Value origin, Value firstLine, Value firstTerm)
    {
        (_parameters, _origin, _firstLine, _tileDepth) = (parameters, origin, firstLine, tile.Depth);
        _term = w.Variable(firstTerm);
    }

    // Where channels come last, a copy is at an offset of some channels from one before it (or, Before < 0, from its
    // line's first place).
    private readonly record struct Copy(
        Value From, Value[] Coordinates, Value Term, string Line, int KStep, int Before, Value Offset);

    public override void Add(Value line, Value k, int kStep)
    {
        (Value bytes, Value[] steps) = _parameters.Lines.Decode(_firstLine + line);
        Value[] coordinates =
            [.. _parameters.Checks.Select(c => _parameters.Lines.Coordinate(c.Dim, steps[c.Dim], c.Shift))];
        int before = _copies.FindLastIndex(copy => copy.Line == line.Text);
        Value offset = _parameters.Depth.ChannelStep;
        if (_parameters.Variant.ChannelsLast)
        {
            offset = before < 0
                ? (k + kStep).To(PtxType.S32).MultiplyWide(offset)
                : offset.MultiplyWide(kStep - _copies[before].KStep);
        }

        _copies.Add(new(_origin + bytes, coordinates, k + kStep, line.Text, kStep, before, offset));
    }

    public override void Begin()
    {
        _now = _term.Value;
        _addresses.Clear();
    }

    public override (Value Address, Value? Inside) Place(int copy)
    {
        Copy c = _copies[copy];
        bool together = _parameters.Variant.ChannelsLast;
        (Value bytes, Value[] steps) = _parameters.Depth.Decode(together ? _now : _now + c.Term);
        Value? inside = null;
        for (int i = 0; i < _parameters.Checks.Length; i++)
        {
            (int d, _, Value size) = _parameters.Checks[i];

            // What is below 0 is beyond every size without its sign.
            Value holds = _parameters.Depth.Coordinate(d, steps[d], c.Coordinates[i]) < size;
            inside = inside is { } others ? others & holds : holds;
        }

        Value address = !together ? c.From + bytes : (c.Before < 0 ? c.From + bytes : _addresses[c.Before]) + c.Offset;
        _addresses.Add(address);
        return (address, inside);
    }

    public override void Advance() => _term.Set(_term.Value + _tileDepth);
}
