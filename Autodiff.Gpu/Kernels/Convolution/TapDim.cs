using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Gpu.Kernels.Convolution;

/// <summary>One dimension of a convolution: place i and tap k meet at i · stride + k · dilation - padding.</summary>
/// <param name="Size">Elements of the input.</param>
/// <param name="Taps">Elements of the weight.</param>
/// <param name="Places">Elements of the output.</param>
/// <param name="Geometry">How they lie to each other.</param>
internal readonly record struct TapDim(int Size, int Taps, int Places, ConvolutionDim Geometry)
{
    /// <summary>Whether each place meets the one element of the input that has its number.</summary>
    public bool IsPointwise => Taps == 1 && Size == Places && Geometry is { Stride: 1, Padding: 0 };

    /// <summary>A convolution's dimensions, where those that taps don't tell apart are one.</summary>
    public static TapDim[] Of(in ConvolutionGeometry geometry, int[] input, int[] weight, int[] output)
    {
        List<TapDim> dims = [];
        for (int d = 0; d < 3; d++)
        {
            TapDim dim = new(
                input[d + 2], weight[d + 2], output[d + 2], GeometryOf(geometry[d], weight[d + 2], output[d + 2]));
            if (dims.Count > 0 && dim.IsPointwise && dims[^1].IsPointwise)
            {
                int merged = dims[^1].Size * dim.Size;
                dims[^1] = new(merged, 1, merged, ConvolutionDim.None);
            }
            else if (dims.Count > 0 && dim.IsPointwise && dim.Size == 1)
            {
                continue;
            }
            else if (dims is [{ IsPointwise: true, Size: 1 }])
            {
                dims[0] = dim;
            }
            else
            {
                dims.Add(dim);
            }
        }

        return [.. dims];
    }

    /// <summary>How one place, or one tap, lies to others that are not there makes no difference.</summary>
    public static ConvolutionDim GeometryOf(ConvolutionDim dim, int taps, int places) =>
        new(places == 1 ? 1 : dim.Stride, dim.Padding, taps == 1 ? 1 : dim.Dilation);

    /// <summary>
    /// The elements of the input that are a multiple of the stride apart, from <paramref name="first"/> on, and the
    /// taps that meet them: all others would multiply zeros between the outputs.
    /// </summary>
    public TapClass Class(int first)
    {
        (int stride, int padding, int dilation) = Geometry;
        int step = stride / (int)BigInteger.GreatestCommonDivisor(stride, dilation), tap = 0;
        while (tap < Math.Min(step, Taps) && (first + padding - ((long)tap * dilation)) % stride != 0)
        {
            tap++;
        }

        int taps = tap < Math.Min(step, Taps) ? (Taps - tap + step - 1) / step : 0;
        return new(
            (Size - first + stride - 1) / stride, first, tap, step, taps,
            (int)((first + padding - ((long)tap * dilation)) / stride), (int)((long)step * dilation / stride));
    }
}

/// <summary>
/// Every stride-th element of the input along one dimension: element <c>First + u · stride</c> meets tap
/// <c>FirstTap + v · TapStep</c> at the output's place <c>u + Shift - v · Scale</c>.
/// </summary>
internal readonly record struct TapClass(
    int Count, int First, int FirstTap, int TapStep, int Taps, int Shift, int Scale);
