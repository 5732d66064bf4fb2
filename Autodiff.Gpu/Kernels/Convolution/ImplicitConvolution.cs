using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Convolution;

/// <summary>
/// A convolution as products of matrices, one of whose factors, the columns that the outputs see, is gathered from
/// where it lies as tiles are copied (<see cref="Gather"/>): no column is ever written to memory. Samples are part of a
/// product's columns or of its sums; groups are its batch.
/// </summary>
/// <remarks>
/// "Implicit GEMM" in Chetlur et al., "cuDNN: Efficient Primitives for Deep Learning", 2014. The input with a stride is
/// one product for each remainder of its places by the stride: so no zeros between the outputs are multiplied.
/// </remarks>
internal sealed class ImplicitConvolution
{
    /// <summary>More products than this for one input are more launches than they are worth.</summary>
    private const int MostClasses = 64;

    // Less than 2^31 by the largest tile.
    private const int MostCounted = int.MaxValue - 1024;

    private readonly CudaBackend _backend;
    private readonly TensorView _input, _weight, _output;
    private readonly int _groups, _samples, _inputs, _outputs, _taps, _size, _places, _elementSize;
    private readonly TapDim[] _dims;
    private readonly int[] _inputSteps, _weightSteps, _outputSteps;

    private ImplicitConvolution(
        CudaBackend backend, in ConvolutionGeometry geometry, in TensorView input, in TensorView weight,
        in TensorView output)
    {
        (_backend, _input, _weight, _output) = (backend, input, weight, output);
        int[] x = input.Layout.Dims, w = weight.Layout.Dims, y = output.Layout.Dims;
        _groups = geometry.Groups;
        (_samples, _inputs, _outputs, _elementSize) = (x[0], w[1], w[0] / _groups, output.DType.SizeOf());
        _dims = TapDim.Of(geometry, x, w, y);
        (_inputSteps, _size) = Steps(_dims, static dim => dim.Size);
        (_weightSteps, _taps) = Steps(_dims, static dim => dim.Taps);
        (_outputSteps, _places) = Steps(_dims, static dim => dim.Places);
    }

    /// <summary>Computes what is wanted, unless the shapes are not for it.</summary>
    public static bool TryRun(
        CudaBackend backend, in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        if (!Fits(geometry, input, weight, output))
        {
            return false;
        }

        ImplicitConvolution work = new(backend, geometry, input, weight, output);
        if (wanted == ConvolutionResult.Input && work.Classes > MostClasses)
        {
            return false;
        }

        switch (wanted)
        {
            case ConvolutionResult.Output: work.Output(bias); break;
            case ConvolutionResult.Weight: work.Weight(); break;
            default: work.Input(); break;
        }

        return true;
    }

    // Kernels count lines, terms and the bytes of one sample in 31 bits. What is larger, the composed convolution takes
    // in pieces; it has groups one by one, however many.
    private static bool Fits(
        in ConvolutionGeometry geometry, in TensorView input, in TensorView weight, in TensorView output)
    {
        int[] x = input.Layout.Dims, w = weight.Layout.Dims, y = output.Layout.Dims;
        long size = output.DType.SizeOf(), places = x[0], elements = x[0], inner = size,
            most = Math.Max(
                weight.Count * size, Math.Max(input.Layout.Strides[0], output.Layout.Strides[0]) * size);
        for (int d = 2; d >= 0; d--)
        {
            // Padding, strides and dilations lead out of an image: by a distance of 31 bits, too.
            ConvolutionDim dim = TapDim.GeometryOf(geometry[d], w[d + 2], y[d + 2]);
            long extent = ((y[d + 2] - 1L) * dim.Stride) + ((w[d + 2] - 1L) * dim.Dilation) + dim.Padding + x[d + 2];
            most = extent > MostCounted / inner ? long.MaxValue : Math.Max(most, extent * inner);
            inner *= Math.Max(x[d + 2], y[d + 2]);
            (places, elements) = (places * y[d + 2], elements * x[d + 2]);
        }

        return output.DType is DType.Float32 or DType.Float64 && geometry.Groups <= ushort.MaxValue
            && Math.Max(most, Math.Max(places, elements)) <= MostCounted;
    }

    private long Classes => _dims.Aggregate(1L, static (count, dim) => count * Math.Min(dim.Geometry.Stride, dim.Size));

    private PtxType Type => PtxTypes.Of(_output.DType);

    private void Output(TensorView? bias)
    {
        Gather columns = new(
            new(_samples, _groups * _inputs * _size, Dims(i => new(
                _dims[i].Places, _dims[i].Geometry.Stride, _dims[i].Geometry.Stride * _inputSteps[i]))),
            new(_inputs, _size, Dims(i => new(
                _dims[i].Taps, _dims[i].Geometry.Dilation, _dims[i].Geometry.Dilation * _inputSteps[i]))),
            Shifts, [.. _dims.Select(dim => dim.Size)], LineAccess(_input, _size));
        int depth = _inputs * _taps;
        using MemoryUse use = MemoryUse.Begin();
        GemmProblem product = new(
            Type, _groups, _outputs, _samples * _places, depth,
            new(_backend.Address(use, _weight), (long)_outputs * depth, depth, 1),
            new(Before(_backend.Address(use, _input)), (long)_inputs * _size, 0, 0),
            new(_backend.Address(use, _output), (long)_outputs * _places, _places, 1),
            bias is { } channels ? _backend.Address(use, channels) : 0, Relu: false)
        {
            GatherB = columns,
            Columns = new(_samples, _groups * _outputs * _places, Dims(i => new(
                _dims[i].Places, 0, _outputSteps[i]))),
            BiasesRows = bias is not null,
        };
        Run(use, product, Weights(
            0, (_groups, (long)_outputs * depth), (_outputs, depth), _dims.Select((dim, d) => (dim.Taps, 1)),
            (_inputs, _taps)));
    }

    private void Input()
    {
        TapClass[][] classes = [.. _dims.Select(dim =>
            Enumerable.Range(0, Math.Min(dim.Geometry.Stride, dim.Size)).Select(dim.Class).ToArray())];
        if (classes.Any(ofDim => ofDim.Any(each => each.Taps == 0)))
        {
            _backend.Fill(_input, 0);
        }

        foreach (TapClass[] c in Combinations(classes))
        {
            if (c.All(static each => each.Taps > 0))
            {
                Input(c);
            }
        }
    }

    private void Input(TapClass[] c)
    {
        int[] sizes = [.. _dims.Select(dim => dim.Places)];
        Gather columns = new(
            new(_samples, _groups * _outputs * _places, Dims(i => new(c[i].Count, 1, _outputSteps[i]))),
            new(_outputs, _places, Dims(i => new(c[i].Taps, -c[i].Scale, -c[i].Scale * _outputSteps[i]))),
            [.. c.Select(each => each.Shift)], sizes, LineAccess(_output, _places));
        int taps = c.Aggregate(1, static (count, each) => count * each.Taps),
            lines = c.Aggregate(1, static (count, each) => count * each.Count), depth = _outputs * taps;
        (long first, long from, long shift) = (0, 0, 0);
        for (int d = 0; d < c.Length; d++)
        {
            first += (long)c[d].FirstTap * _weightSteps[d];
            from += (long)c[d].First * _inputSteps[d];
            shift += (long)c[d].Shift * _outputSteps[d];
        }

        using MemoryUse use = MemoryUse.Begin();
        ulong size = (ulong)_elementSize;
        GemmProblem product = new(
            Type, _groups, _inputs, _samples * lines, depth,
            new(_backend.Address(use, _weight) + ((ulong)first * size), (long)_outputs * _inputs * _taps, _taps,
                (long)_inputs * _taps),
            new(_backend.Address(use, _output) + (ulong)(shift * _elementSize), (long)_outputs * _places, 0, 0),
            new(_backend.Address(use, _input) + ((ulong)from * size), (long)_inputs * _size, _size, 1), 0, Relu: false)
        {
            GatherB = columns,
            Columns = new(_samples, _groups * _inputs * _size, Dims(i => new(
                c[i].Count, 0, _dims[i].Geometry.Stride * _inputSteps[i]))),
        };
        Run(use, product, Weights(
            first, (_groups, (long)_outputs * _inputs * _taps), (_inputs, _taps),
            c.Select(static each => (each.Taps, each.TapStep)), (_outputs, (long)_inputs * _taps)));
    }

    private void Weight()
    {
        int rows = _inputs * _taps, inner = _samples * _places;
        OperandAccess along = _places % (16 / _elementSize) == 0
            ? OperandAccess.DepthVectors : OperandAccess.DepthElements;
        using MemoryUse use = MemoryUse.Begin();
        ulong input = _backend.Address(use, _input), output = _backend.Address(use, _output);
        Gather gradient = new(
            new(_outputs, _places, []),
            new(_samples, _groups * _outputs * _places, [new(_places, 0, 1)]), [], [], Aligned(along, output));
        Gather windows = new(
            new(_inputs, _size, Dims(i => new(
                _dims[i].Taps, _dims[i].Geometry.Dilation, _dims[i].Geometry.Dilation * _inputSteps[i]))),
            new(_samples, _groups * _inputs * _size, Dims(i => new(
                _dims[i].Places, _dims[i].Geometry.Stride, _dims[i].Geometry.Stride * _inputSteps[i]))),
            Shifts, [.. _dims.Select(dim => dim.Size)],
            IsPointwise ? Aligned(along, input) : OperandAccess.DepthElements);
        GemmProblem product = new(
            Type, _groups, _outputs, rows, inner,
            new(output, (long)_outputs * _places, 0, 0), new(Before(input), (long)_inputs * _size, 0, 0),
            new(_backend.Address(use, _weight), (long)_outputs * rows, rows, 1), 0, Relu: false)
        {
            GatherA = gradient, GatherB = windows,
        };
        if (ChannelConvolution.IsFor(product))
        {
            ChannelConvolution.RunWeight(_backend, product);
            return;
        }

        _backend.Products.Run(product, Cuda.MatMulPrecision);
    }

    // The weight, or some of its taps, as [group, row, taps along each dimension, channel].
    private TensorView Weights(
        long first, (int Count, long Step) groups, (int Count, long Step) rows, IEnumerable<(int Count, int Step)> taps,
        (int Count, long Step) channels)
    {
        (int Count, long Step)[] all =
            [groups, rows, .. taps.Select((tap, d) => (tap.Count, (long)tap.Step * _weightSteps[d])), channels];
        Layout layout = new([.. all.Select(static dim => dim.Count)], [.. all.Select(static dim => dim.Step)]);
        return new(_weight.Storage, _weight.Offset + first, layout, _weight.DType);
    }

    // Runs a product whose depth is channels and taps. Where a tile is as deep as some channels, taps go before
    // channels, so that all terms of a tile have one tap; the weight is then copied into that order.
    private void Run(in MemoryUse use, GemmProblem product, in TensorView weight)
    {
        (int[] dims, long[] strides) = (weight.Layout.Dims, weight.Layout.Strides);
        if (ChannelConvolution.IsFor(product))
        {
            ChannelConvolution.Run(_backend, product, (strides[0], strides[1], strides[^1]), strides.AsSpan()[2..^1]);
            return;
        }

        int channels = dims[^1];
        MatMulPrecision precision = Cuda.MatMulPrecision;
        bool isOneTap = product.K == channels,
            isWhole = channels % _backend.Products.Plan(product, precision).Tile.Depth == 0;
        GemmProblem tapsFirst = product with
        {
            GatherB = product.GatherB! with { Depth = product.GatherB.Depth with { ChannelsLast = true } },
        };
        if (isOneTap || (!isWhole && product.A.ColumnStride == 1))
        {
            // The weight lies as a matrix.
            _backend.Products.Run(isOneTap ? tapsFirst : product, precision);
            return;
        }

        Layout ordered = isWhole ? weight.Layout : new(
            [.. dims[..2], dims[^1], .. dims[2..^1]], [.. strides[..2], strides[^1], .. strides[2..^1]]);
        Layout packed = Layout.Contiguous(ordered.Dims);
        Storage memory = _backend.AllocateOwn(packed.Count * _elementSize);
        try
        {
            TensorView copy = new(memory, 0, packed, _weight.DType);
            _backend.Copy(new(weight.Storage, weight.Offset, ordered, _weight.DType), copy);
            GemmMatrix a = new(_backend.Address(use, copy), (long)product.M * product.K, product.K, 1);
            _backend.Products.Run((isWhole ? tapsFirst : product) with { A = a }, precision);
        }
        finally
        {
            memory.Release();
        }
    }

    private int[] Shifts => [.. _dims.Select(dim => -dim.Geometry.Padding)];

    private bool IsPointwise => _dims is [{ IsPointwise: true }];

    // The address of the first place's first tap, which may lie before the operand.
    private ulong Before(ulong address)
    {
        long elements = 0;
        for (int d = 0; d < _dims.Length; d++)
        {
            elements += (long)_dims[d].Geometry.Padding * _inputSteps[d];
        }

        return address - (ulong)(elements * _elementSize);
    }

    // Neighbouring places of one channel are read 16 bytes at a time where taps shift none of them.
    private OperandAccess LineAccess(in TensorView operand, int places) =>
        IsPointwise && places % (16 / _elementSize) == 0 && operand.Offset * _elementSize % 16 == 0
            ? OperandAccess.LineVectors : OperandAccess.LineElements;

    private static OperandAccess Aligned(OperandAccess access, ulong address) =>
        address % 16 == 0 ? access : OperandAccess.DepthElements;

    private GatherDim[] Dims(Func<int, GatherDim> dim) => [.. Enumerable.Range(0, _dims.Length).Select(dim)];

    private static (int[] Steps, int Count) Steps(TapDim[] dims, Func<TapDim, int> size)
    {
        int[] steps = new int[dims.Length];
        int count = 1;
        for (int d = dims.Length - 1; d >= 0; d--)
        {
            steps[d] = count;
            count *= size(dims[d]);
        }

        return (steps, count);
    }

    private static IEnumerable<TapClass[]> Combinations(TapClass[][] classes) =>
        classes.Aggregate(
            (IEnumerable<TapClass[]>)[[]],
            static (all, ofDim) =>
                all.SelectMany(before => ofDim, static (before, each) => (TapClass[])[.. before, each]));
}
