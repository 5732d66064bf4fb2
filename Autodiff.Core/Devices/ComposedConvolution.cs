using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Devices;

/// <summary>
/// A convolution made of a backend's copies, sums and matrix products: what the windows see is copied into columns, a
/// few samples at a time. What <see cref="IBackend.Convolve"/> does where a backend has no way of its own.
/// </summary>
internal sealed class ComposedConvolution
{
    // Bytes of columns that are made at once.
    private const long MostBytes = 64L << 20;

    private readonly IBackend _backend;
    private readonly ConvolutionGeometry _geometry;
    private readonly TensorView _input, _weight, _output;
    private readonly int[] _x, _w, _y, _padded;
    private readonly int _taps, _places;

    private ComposedConvolution(
        IBackend backend, in ConvolutionGeometry geometry, in TensorView input, in TensorView weight,
        in TensorView output)
    {
        (_backend, _geometry, _input, _weight, _output) = (backend, geometry, input, weight, output);
        (_x, _w, _y) = (input.Layout.Dims, weight.Layout.Dims, output.Layout.Dims);
        _taps = _w[2] * _w[3] * _w[4];
        _places = _y[2] * _y[3] * _y[4];
        _padded = new int[3];
        for (int d = 0; d < 3; d++)
        {
            ConvolutionDim dim = geometry[d];
            _padded[d] = checked(Math.Max(
                dim.Padding + _x[d + 2], ((_y[d + 2] - 1) * dim.Stride) + ((_w[d + 2] - 1) * dim.Dilation) + 1));
        }
    }

    private DType Type => _output.DType;

    private int Groups => _geometry.Groups;

    public static void Run(
        IBackend backend, in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        ComposedConvolution work = new(backend, geometry, input, weight, output);
        long columns = (long)work._x[1] * work._taps * work._places * output.DType.SizeOf();
        int samples = (int)Math.Clamp(MostBytes / Math.Max(columns, 1), 1, work._x[0]);
        for (int n = 0; n < work._x[0]; n += samples)
        {
            int count = Math.Min(samples, work._x[0] - n);
            switch (wanted)
            {
                case ConvolutionResult.Output: work.Output(n, count); break;
                case ConvolutionResult.Weight: work.Weight(n, count); break;
                default: work.Input(n, count); break;
            }
        }

        if (bias is { } channels)
        {
            TensorView row = new(
                channels.Storage, channels.Offset, new([1, work._y[1], 1, 1, 1], [0, 1, 0, 0, 0]), channels.DType);
            backend.Map(default(Of2<Add>), [output, row.Expand(output.Layout)], output, output.DType);
        }
    }

    private void Output(int first, int count)
    {
        TensorView columns = Columns(first, count);
        for (int group = 0; group < Groups; group++)
        {
            _backend.MatMul(
                WeightOf(group, count), ColumnsOf(columns, group), null,
                Matrices(_output, first, count, group, _y[1] / Groups));
        }

        columns.Storage.Release();
    }

    private void Weight(int first, int count)
    {
        // One product for each group, whose inner dimension runs over samples and places.
        TensorView columns = Columns(first, count);
        int outputs = _y[1] / Groups, rows = _w[1] * _taps, inner = count * _places;
        TensorView gradient = New(_y[1], count, _places), windows = New(_x[1] * _taps, count, _places);
        _backend.Copy(Swapped(Matrices(_output, first, count, 0, _y[1])), gradient);
        _backend.Copy(Swapped(columns), windows);
        TensorView sum = first == 0 ? _weight : New(_w);
        for (int group = 0; group < Groups; group++)
        {
            _backend.MatMul(
                At(gradient, (long)group * outputs * inner, [1, outputs, inner], [0, inner, 1]),
                At(windows, (long)group * rows * inner, [1, inner, rows], [0, 1, inner]),
                null, At(sum, (long)group * outputs * rows, [1, outputs, rows], [0, rows, 1]));
        }

        if (first > 0)
        {
            _backend.Map(default(Of2<Add>), [_weight, sum], _weight, Type);
            sum.Storage.Release();
        }

        columns.Storage.Release();
        gradient.Storage.Release();
        windows.Storage.Release();
    }

    private void Input(int first, int count)
    {
        TensorView columns = New(count, _x[1] * _taps, _places),
            padded = New(count, _x[1], _padded[0], _padded[1], _padded[2]);
        for (int group = 0; group < Groups; group++)
        {
            TensorView weight = WeightOf(group, count);
            _backend.MatMul(
                new(weight.Storage, weight.Offset, weight.Layout.Transposed, Type),
                Matrices(_output, first, count, group, _y[1] / Groups), null, ColumnsOf(columns, group));
        }

        _backend.Fill(padded, 0);
        TensorView windows = Windows(padded);
        long[] from = Layout.Contiguous([count, _x[1], _w[2], _w[3], _w[4], _y[2], _y[3], _y[4]]).Strides,
            to = windows.Layout.Strides;
        int[] dims = [count, _x[1], _y[2], _y[3], _y[4]];
        for (int tap = 0; tap < _taps; tap++)
        {
            (int k, int kw) = Math.DivRem(tap, _w[4]);
            (int kd, int kh) = Math.DivRem(k, _w[3]);
            TensorView target = At(
                padded, (kd * to[2]) + (kh * to[3]) + (kw * to[4]), dims, [to[0], to[1], .. to[5..]]);
            TensorView source = At(columns, (long)tap * _places, dims, [from[0], from[1], .. from[5..]]);
            _backend.Map(default(Of2<Add>), [target, source], target, Type);
        }

        _backend.Copy(Inner(padded, count), Samples(_input, first, count));
        columns.Storage.Release();
        padded.Storage.Release();
    }

    /// <summary>What the windows of some samples see, [count, C taps, places].</summary>
    private TensorView Columns(int first, int count)
    {
        TensorView padded = New(count, _x[1], _padded[0], _padded[1], _padded[2]),
            columns = New(count, _x[1] * _taps, _places);
        _backend.Fill(padded, 0);
        _backend.Copy(Samples(_input, first, count), Inner(padded, count));
        int[] dims = [count, _x[1], _w[2], _w[3], _w[4], _y[2], _y[3], _y[4]];
        _backend.Copy(Windows(padded), At(columns, 0, dims, Layout.Contiguous(dims).Strides));
        padded.Storage.Release();
        return columns;
    }

    /// <summary>The padded samples as every window sees them, [N, C, kD, kH, kW, oD, oH, oW].</summary>
    private TensorView Windows(TensorView padded)
    {
        long[] s = padded.Layout.Strides;
        return At(
            padded, 0, [padded.Layout.Dims[0], _x[1], _w[2], _w[3], _w[4], _y[2], _y[3], _y[4]],
            [
                s[0], s[1], s[2] * _geometry[0].Dilation, s[3] * _geometry[1].Dilation, s[4] * _geometry[2].Dilation,
                s[2] * _geometry[0].Stride, s[3] * _geometry[1].Stride, s[4] * _geometry[2].Stride,
            ]);
    }

    /// <summary>The place of the samples within their padding.</summary>
    private TensorView Inner(TensorView padded, int count)
    {
        long[] s = padded.Layout.Strides;
        (ConvolutionDim depth, ConvolutionDim height, ConvolutionDim width, _) = _geometry;
        long first = (depth.Padding * s[2]) + (height.Padding * s[3]) + (width.Padding * s[4]);
        return At(padded, first, [count, .. _x[1..]], s);
    }

    private TensorView New(params int[] dims)
    {
        Layout layout = Layout.Contiguous(dims);
        return new(_backend.AllocateOwn(checked(layout.Count * Type.SizeOf())), 0, layout, Type);
    }

    private static TensorView At(in TensorView view, long offset, int[] dims, long[] strides) =>
        new(view.Storage, view.Offset + offset, new(dims, strides), view.DType);

    private static TensorView Samples(in TensorView view, int first, int count) =>
        At(view, first * view.Layout.Strides[0], [count, .. view.Layout.Dims[1..]], view.Layout.Strides);

    /// <summary>The channels of a group as rows of a matrix for each sample.</summary>
    private TensorView Matrices(in TensorView view, int first, int count, int group, int channels) => At(
        view, ((long)first * _y[1] * _places) + ((long)group * channels * _places),
        [count, channels, _places], [(long)_y[1] * _places, _places, 1]);

    private TensorView WeightOf(int group, int count)
    {
        int outputs = _y[1] / Groups, rows = _w[1] * _taps;
        return At(_weight, (long)group * outputs * rows, [count, outputs, rows], [0, rows, 1]);
    }

    private TensorView ColumnsOf(in TensorView columns, int group)
    {
        int[] dims = columns.Layout.Dims;
        int rows = _w[1] * _taps;
        return At(columns, (long)group * rows * _places, [dims[0], rows, _places], columns.Layout.Strides);
    }

    /// <summary>Samples and channels in each other's place.</summary>
    private static TensorView Swapped(in TensorView view)
    {
        (int[] d, long[] s) = (view.Layout.Dims, view.Layout.Strides);
        return At(view, 0, [d[1], d[0], d[2]], [s[1], s[0], s[2]]);
    }
}
