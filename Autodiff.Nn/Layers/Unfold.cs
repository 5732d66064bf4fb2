namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>Cuts images into the (overlapping) blocks that a convolution would see, one column a block (im2col).</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="kernelSize">The block's height and width.</param>
    /// <param name="dilation">The step between a block's elements.</param>
    /// <param name="padding">Zeros added on every side.</param>
    /// <param name="stride">The step between blocks.</param>
    /// <returns>[N, C kernelSize², L], where L = ((H + 2 padding - dilation (kernelSize - 1) - 1) / stride + 1) times the same of W.</returns>
    /// <exception cref="ArgumentException">x has another rank, or a block does not fit.</exception>
    public static Tensor Unfold(Tensor x, int kernelSize, int dilation = 1, int padding = 0, int stride = 1)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(kernelSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(dilation, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        int span = dilation * (kernelSize - 1) + 1;
        if (x.Rank != 4 || x.Size(2) + 2 * padding < span || x.Size(3) + 2 * padding < span)
        {
            throw new ArgumentException(
                $"Unfold: a block spans {span} x {span}, which does not fit x {x.Shape} with padding {padding}; x must be [N, C, H, W].", nameof(x));
        }

        Tensor padded = padding == 0 ? x : x.Pad([padding, padding, padding, padding]);
        TensorIndex every = TensorIndex.Slice(null, null, dilation);
        Tensor blocks = padded.Unfold(2, span, stride).Unfold(3, span, stride)[TensorIndex.Ellipsis, every, every]; // [N, C, rows, columns, k, k]
        return blocks.Permute(0, 1, 4, 5, 2, 3)
            .Reshape(x.Size(0), x.Size(1) * kernelSize * kernelSize, blocks.Size(2) * blocks.Size(3));
    }
}
