namespace Autodiff.Nn;

/// <summary>How <see cref="Functional.Interpolate"/> finds values between entries.</summary>
public enum InterpolationMode
{
    /// <summary>The entry at ⌊o / scale⌋, as older libraries have it (PyTorch's <c>nearest</c>).</summary>
    Nearest,

    /// <summary>The entry whose middle is nearest (PyTorch's <c>nearest-exact</c>).</summary>
    NearestExact,

    /// <summary>A straight line between two neighbours; [N, C, L].</summary>
    Linear,

    /// <summary>Straight lines along the height and the width; [N, C, H, W].</summary>
    Bilinear,

    /// <summary>Cubic convolution of four neighbours along the height and the width; [N, C, H, W].</summary>
    Bicubic,

    /// <summary>Straight lines along the depth, the height and the width; [N, C, D, H, W].</summary>
    Trilinear,

    /// <summary>The mean of the entries that a result covers: an adaptive average pool.</summary>
    Area,
}
