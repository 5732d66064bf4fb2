namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.PixelShuffle" path="/summary"/>
/// <param name="upscaleFactor">r.</param>
public class PixelShuffle(int upscaleFactor) : Module
{
    /// <summary>r.</summary>
    public int UpscaleFactor { get; } = upscaleFactor;

    protected override string Settings => $"upscale_factor={UpscaleFactor}";

    /// <inheritdoc/>
    /// <param name="x">[..., C r², H, W].</param>
    public override Tensor Forward(Tensor x) => Functional.PixelShuffle(x, UpscaleFactor);
}

/// <inheritdoc cref="Functional.PixelUnshuffle" path="/summary"/>
/// <param name="downscaleFactor">r.</param>
public class PixelUnshuffle(int downscaleFactor) : Module
{
    /// <summary>r.</summary>
    public int DownscaleFactor { get; } = downscaleFactor;

    protected override string Settings => $"downscale_factor={DownscaleFactor}";

    /// <inheritdoc/>
    /// <param name="x">[..., C, H r, W r].</param>
    public override Tensor Forward(Tensor x) => Functional.PixelUnshuffle(x, DownscaleFactor);
}

/// <inheritdoc cref="Functional.ChannelShuffle" path="/summary"/>
/// <param name="groups">How many groups there are.</param>
public class ChannelShuffle(int groups) : Module
{
    /// <summary>How many groups there are.</summary>
    public int Groups { get; } = groups;

    protected override string Settings => $"groups={Groups}";

    /// <inheritdoc/>
    /// <param name="x">[N, C, ...].</param>
    public override Tensor Forward(Tensor x) => Functional.ChannelShuffle(x, Groups);
}

public static partial class Functional
{
    /// <summary>
    /// Lays r² channels out as blocks of r by r pixels: [..., C r², H, W] becomes [..., C, H r, W r] (Shi et al.,
    /// "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network",
    /// 2016).
    /// </summary>
    /// <param name="x">[..., C r², H, W].</param>
    /// <param name="upscaleFactor">r.</param>
    /// <exception cref="ArgumentException">There are fewer than three dimensions, or r² does not divide the
    /// channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">r is not positive.</exception>
    public static Tensor PixelShuffle(Tensor x, int upscaleFactor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(upscaleFactor, 1);
        int r = upscaleFactor;
        long square = (long)r * r;
        if (x.Rank < 3 || x.Size(-3) % square != 0)
        {
            throw new ArgumentException(
                $"PixelShuffle: input {x.Shape} must be [..., C, H, W] with C divided by {r}² = {square}.", nameof(x));
        }

        int[] lead = [.. x.Shape.AsSpan()[..^3]];
        (int c, int h, int w) = (x.Size(-3) / r / r, x.Size(-2), x.Size(-1));
        int d = lead.Length;
        return x.Reshape([.. lead, c, r, r, h, w]).Permute([.. Enumerable.Range(0, d + 1), d + 3, d + 1, d + 4, d + 2])
            .Reshape([.. lead, c, h * r, w * r]).Apart(x);
    }

    /// <summary>The inverse of <see cref="PixelShuffle"/>: [..., C, H r, W r] becomes [..., C r², H, W].</summary>
    /// <param name="x">[..., C, H r, W r].</param>
    /// <param name="downscaleFactor">r.</param>
    /// <exception cref="ArgumentException">There are fewer than three dimensions, or r does not divide height and
    /// width.</exception>
    /// <exception cref="ArgumentOutOfRangeException">r is not positive.</exception>
    public static Tensor PixelUnshuffle(Tensor x, int downscaleFactor)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(downscaleFactor, 1);
        int r = downscaleFactor;
        if (x.Rank < 3 || x.Size(-2) % r != 0 || x.Size(-1) % r != 0)
        {
            throw new ArgumentException(
                $"PixelUnshuffle: input {x.Shape} must be [..., C, H, W] with H and W divided by {r}.", nameof(x));
        }

        int[] lead = [.. x.Shape.AsSpan()[..^3]];
        (int c, int h, int w) = (x.Size(-3), x.Size(-2) / r, x.Size(-1) / r);
        int d = lead.Length;
        return x.Reshape([.. lead, c, h, r, w, r]).Permute([.. Enumerable.Range(0, d + 1), d + 2, d + 4, d + 1, d + 3])
            .Reshape([.. lead, c * r * r, h, w]).Apart(x);
    }

    /// <summary>
    /// Deals channels out: of g groups the first channels come first, then the second ones, ... (Zhang et al.,
    /// "ShuffleNet", 2018).
    /// </summary>
    /// <param name="x">[N, C, ...].</param>
    /// <param name="groups">g.</param>
    /// <exception cref="ArgumentException">There are fewer than three dimensions, or g does not divide the
    /// channels.</exception>
    /// <exception cref="ArgumentOutOfRangeException">g is not positive.</exception>
    public static Tensor ChannelShuffle(Tensor x, int groups)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 1);
        if (x.Rank < 3 || x.Size(1) % groups != 0)
        {
            throw new ArgumentException(
                $"ChannelShuffle: input {x.Shape} must be [N, C, ...] with C divided by {groups} groups.", nameof(x));
        }

        int[] rest = [.. x.Shape.AsSpan()[2..]];
        return x.Reshape([x.Size(0), groups, x.Size(1) / groups, .. rest]).Transpose(1, 2).Reshape(x.Shape).Apart(x);
    }
}
