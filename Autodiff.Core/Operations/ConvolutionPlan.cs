using Autodiff.Devices;

namespace Autodiff.Operations;

/// <summary>The settings of a convolution, checked against its operands, and the shape of its result.</summary>
internal sealed class ConvolutionPlan
{
    private readonly string _name;
    private readonly Tensor _x, _weight;

    /// <summary>Checks everything.</summary>
    /// <param name="name">The operation that messages name.</param>
    /// <param name="x">[N, C, size...] or [C, size...].</param>
    /// <param name="weight">[O, C / groups, k...]; transposed, [C, O / groups, k...].</param>
    /// <param name="bias">[O] or null.</param>
    /// <param name="stride">One number for each spatial dimension, or one for all, or none, as all that follow.</param>
    /// <param name="before">Zeros before the first entry.</param>
    /// <param name="after">Zeros behind the last one.</param>
    /// <param name="dilation">The steps between taps.</param>
    /// <param name="transposed">Whether the convolution is transposed.</param>
    /// <param name="outputPadding">How much longer a transposed one's result is than the shortest.</param>
    /// <param name="groups">The number of groups.</param>
    public ConvolutionPlan(
        string name, Tensor x, Tensor weight, Tensor? bias, ReadOnlySpan<int> stride, ReadOnlySpan<int> before,
        ReadOnlySpan<int> after,
        ReadOnlySpan<int> dilation, bool transposed, ReadOnlySpan<int> outputPadding, int groups)
    {
        (_name, _x, _weight, Transposed, Spatial) = (name, x, weight, transposed, weight.Rank - 2);
        RequireRanks();
        HasBatch = x.Rank == Spatial + 2;
        int[] steps = Setting(stride, "stride", 1, 1), spread = Setting(dilation, "dilation", 1, 1);
        int[] head = Setting(before, "padding", 0, 0), tail = Setting(after, "padding", 0, 0);
        int[] more = Setting(outputPadding, "output padding", 0, 0);
        int channels = RequireChannels(groups, bias);
        Result = Sizes.Checked(
            name, [HasBatch ? x.Size(0) : 1, channels, .. Lengths(steps, spread, head, tail, more)], weight.DType);
        Geometry = new(DimOf(0), DimOf(1), DimOf(2), groups);

        ConvolutionDim DimOf(int dim) =>
            dim - (3 - Spatial) is >= 0 and int d ? new(steps[d], head[d], spread[d]) : ConvolutionDim.None;
    }

    public ConvolutionGeometry Geometry { get; }

    public bool Transposed { get; }

    /// <summary>The number of dimensions behind the channels.</summary>
    public int Spatial { get; }

    /// <summary>Whether the input has samples; otherwise it is one.</summary>
    public bool HasBatch { get; }

    /// <summary>The shape of the result, samples included.</summary>
    public int[] Result { get; }

    private void RequireRanks()
    {
        if (Spatial is < 1 or > 3)
        {
            throw new ArgumentException(
                $"{_name}: weight {_weight.Describe()} must be "
                + $"[{(Transposed ? "in, out / groups" : "out, in / groups")}, kernel...], "
                + "with one to three kernel dimensions.");
        }

        if (_x.Rank != Spatial + 2 && _x.Rank != Spatial + 1)
        {
            throw new ArgumentException(
                $"{_name}: input {_x.Describe()} must be [N, C, {Dims}] or [C, {Dims}] for weight "
                + $"{_weight.Describe()}.");
        }

        if (!_weight.DType.IsFloatingPoint())
        {
            throw new ArgumentException(
                $"{_name}: weight {_weight.Describe()} is {_weight.DType.DisplayName()}; it must be float32 or "
                + "float64.");
        }

        for (int d = 0; d < Spatial; d++)
        {
            if (_weight.Size(d + 2) == 0)
            {
                throw new ArgumentException(
                    $"{_name}: weight {_weight.Describe()} has no taps; a kernel's sizes are at least 1.");
            }
        }
    }

    private string Dims => Spatial switch { 1 => "L", 2 => "H, W", _ => "D, H, W" };

    private int[] Setting(ReadOnlySpan<int> given, string what, int usual, int least)
    {
        if (given.Length > 1 && given.Length != Spatial)
        {
            throw new ArgumentException(
                $"{_name}: {what} [{string.Join(", ", given.ToArray())}] must be one number or {Spatial}, one for each "
                + $"of {Dims}.");
        }

        int[] setting = new int[Spatial];
        for (int d = 0; d < Spatial; d++)
        {
            setting[d] = given.Length == 0 ? usual : given[given.Length == 1 ? 0 : d];
            if (setting[d] < least)
            {
                throw new ArgumentException($"{_name}: {what} is {setting[d]}; it must be {least} or more.");
            }
        }

        return setting;
    }

    /// <summary>The channels of the result.</summary>
    private int RequireChannels(int groups, Tensor? bias)
    {
        if (groups < 1)
        {
            throw new ArgumentException($"{_name}: groups is {groups}; it must be 1 or more.", nameof(groups));
        }

        int first = _weight.Size(0), second = _weight.Size(1), have = _x.Size(_x.Rank - Spatial - 1);
        int inputs = Transposed ? first : checked(second * groups),
            outputs = Transposed ? checked(second * groups) : first;
        if (first % groups != 0 || first == 0 || second == 0)
        {
            throw new ArgumentException(
                $"{_name}: the {first} {(Transposed ? "inputs" : "outputs")} of weight {_weight.Describe()} do not "
                + $"fall into {groups} groups"
                + " of equal size, one channel or more each.");
        }

        if (have != inputs)
        {
            throw new ArgumentException(
                $"{_name}: input {_x.Describe()} has {have} channels, weight {_weight.Describe()} takes {inputs}"
                + (groups == 1 ? "." : $" in {groups} groups."));
        }

        if (bias is not null && (bias.Rank != 1 || bias.Size(0) != outputs))
        {
            throw new ArgumentException(
                $"{_name}: bias {bias.Describe()} must have one number for each of the {outputs} outputs.");
        }

        Tensor.RequireLayerType(_name, _x, _weight, bias);
        if (bias is not null && bias.DType != _weight.DType)
        {
            throw new ArgumentException(
                $"{_name}: bias {bias.Describe()} is {bias.DType.DisplayName()} and weight "
                + $"{_weight.DType.DisplayName()}; they must have one type.");
        }

        Tensor.RequireSameDevice(_name, _x, _weight);
        Tensor.RequireSameDevice(_name, _x, bias ?? _weight);
        return outputs;
    }

    private long[] Lengths(int[] stride, int[] dilation, int[] before, int[] after, int[] more)
    {
        long[] lengths = new long[Spatial];
        for (int d = 0; d < Spatial; d++)
        {
            long size = _x.Size(_x.Rank - Spatial + d), window = (dilation[d] * (_weight.Size(d + 2) - 1L)) + 1;
            if (Transposed)
            {
                lengths[d] = ((size - 1) * stride[d]) - before[d] - after[d] + window + more[d];
                if (more[d] >= stride[d] && more[d] >= dilation[d])
                {
                    throw new ArgumentException(
                        $"{_name}: output padding {more[d]} must be less than the stride {stride[d]} or the dilation "
                        + $"{dilation[d]}.");
                }

                if (lengths[d] < 1 || size < 1)
                {
                    throw new ArgumentException(
                        $"{_name}: input {_x.Describe()} and weight {_weight.Describe()} leave a result of "
                        + $"{lengths[d]} entries along {Dims.Split(", ")[d]}; "
                        + "padding must be smaller, or the input larger.");
                }
            }
            else
            {
                long padded = size + before[d] + after[d];
                if (padded < window || size < 1)
                {
                    throw new ArgumentException(
                        $"{_name}: a window of {window} entries does not fit the {size} of input {_x.Describe()} along "
                        + $"{Dims.Split(", ")[d]}"
                        + $" with padding {before[d]} and {after[d]}; weight is {_weight.Describe()}, dilation "
                        + $"{dilation[d]}.");
                }

                lengths[d] = ((padded - window) / stride[d]) + 1;
            }
        }

        return lengths;
    }
}
