namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>
    /// Cuts images into the (overlapping) blocks that a convolution would see, one column a block (im2col).
    /// </summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="kernelSize">The block's height and width, one number or a pair, as all settings.</param>
    /// <param name="dilation">The steps between a block's elements; 1 if null.</param>
    /// <param name="padding">Zeros added above and below, left and right; none if null.</param>
    /// <param name="stride">The steps between blocks; 1 if null.</param>
    /// <returns>
    /// [N, C kernelHeight kernelWidth, L], where L = ((H + 2 padding - dilation (kernelHeight - 1) - 1) / stride + 1)
    /// times the same of W.
    /// </returns>
    /// <exception cref="ArgumentException">x has another rank, or a block does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size, a dilation or a stride is not positive, or a padding is negative.
    /// </exception>
    public static Tensor Unfold(
        Tensor x, Size2D kernelSize, Size2D? dilation = null, Size2D? padding = null, Size2D? stride = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank == 3)
        {
            return Unfold(x.Unsqueeze(0), kernelSize, dilation, padding, stride).Squeeze(0);
        }

        (Size2D between, Size2D around, Size2D step) = (dilation ?? 1, padding ?? 0, stride ?? 1);
        RequireSetting(nameof(Unfold), kernelSize, 1, nameof(kernelSize));
        RequireSetting(nameof(Unfold), between, 1, nameof(dilation));
        RequireSetting(nameof(Unfold), around, 0, nameof(padding));
        RequireSetting(nameof(Unfold), step, 1, nameof(stride));
        (long height, long width) = (
            between.Height * (kernelSize.Height - 1L) + 1, between.Width * (kernelSize.Width - 1L) + 1);
        if (x.Rank != 4 || x.Size(2) + 2L * around.Height < height || x.Size(3) + 2L * around.Width < width)
        {
            throw new ArgumentException(
                $"Unfold: a block spans {height} x {width}, which does not fit x {x.Shape} with padding {around}; x "
                + "must be [N, C, H, W] or [C, H, W].", nameof(x));
        }

        Tensor padded = around == 0 ? x : x.Pad([around.Width, around.Width, around.Height, around.Height]);
        Tensor blocks = Blocks(padded, kernelSize, between, step);
        return blocks.Reshape(
            x.Size(0), x.Size(1) * kernelSize.Height * kernelSize.Width, blocks.Size(-2) * blocks.Size(-1)).Apart(x);
    }

    /// <summary>A result, copied where it would be a view of x: what is done to it in place is not done to x.</summary>
    private static Tensor Apart(this Tensor result, Tensor x) => result.SharesMemory(x) ? result.Clone() : result;

    /// <summary>The blocks of images [..., H, W] as [..., kernelHeight, kernelWidth, rows, columns], a view.</summary>
    private static Tensor Blocks(Tensor x, Size2D kernel, Size2D between, Size2D step)
    {
        int height = (between.Height * (kernel.Height - 1)) + 1, width = (between.Width * (kernel.Width - 1)) + 1;
        return x.Unfold(-2, height, step.Height).Unfold(-2, width, step.Width)[
            // [..., rows, columns, kernelHeight, kernelWidth]
            TensorIndex.Ellipsis, TensorIndex.Slice(null, null, between.Height),
            TensorIndex.Slice(null, null, between.Width)].MoveDim([-2, -1], [-4, -3]);
    }
}
