using System.Globalization;

namespace Autodiff.Nn;

/// <summary>Makes a signal, an image or a volume larger, to a size or by factors.</summary>
/// <param name="size">The size of each dimension behind C, or one for all; null where factors are given.</param>
/// <param name="scaleFactor">The factor of each, or one for all; null where sizes are given.</param>
/// <param name="mode">How values between entries are found.</param>
/// <param name="alignCorners">Whether the middles of the corner entries stay where they are; for linear and cubic
/// modes.</param>
/// <param name="recomputeScaleFactor">Whether positions follow from the sizes rather than from the factors.</param>
public class Upsample(
    int[]? size = null, double[]? scaleFactor = null, InterpolationMode mode = InterpolationMode.Nearest,
    bool? alignCorners = null,
    bool recomputeScaleFactor = false) : Module
{
    private readonly int[]? _size = size;
    private readonly double[]? _scaleFactor = scaleFactor;

    /// <summary>How values between entries are found.</summary>
    public InterpolationMode Mode { get; } = mode;

    /// <summary>Whether the middles of the corner entries stay where they are; null where the mode has no such
    /// choice.</summary>
    public bool? AlignCorners { get; } = alignCorners;

    protected override string Settings
    {
        get
        {
            string[] values = _scaleFactor is null
                ? Array.ConvertAll(_size ?? [], static n => n.ToString(CultureInfo.InvariantCulture))
                : Array.ConvertAll(_scaleFactor, Format.Number);
            string value = values.Length == 1 ? values[0] : $"({string.Join(", ", values)})";
            return $"{(_scaleFactor is null ? "size" : "scale_factor")}={value}, mode='{ModeName}'";
        }
    }

    private string ModeName => Mode switch
    {
        InterpolationMode.NearestExact => "nearest-exact",
        _ => Mode.ToString().ToLowerInvariant(),
    };

    /// <inheritdoc/>
    /// <param name="x">[N, C, L], [N, C, H, W] or [N, C, D, H, W].</param>
    public override Tensor Forward(Tensor x) =>
        Functional.Interpolate(x, _size, _scaleFactor, Mode, AlignCorners, recomputeScaleFactor);
}

/// <summary><see cref="Upsample"/> of images to the nearest entry.</summary>
/// <param name="size">The height and the width, or one for both; null where factors are given.</param>
/// <param name="scaleFactor">The factors, or one for both; null where sizes are given.</param>
public class UpsamplingNearest2d(int[]? size = null, double[]? scaleFactor = null) : Upsample(size, scaleFactor);

/// <summary><see cref="Upsample"/> of images by straight lines, the corners aligned.</summary>
/// <param name="size">The height and the width, or one for both; null where factors are given.</param>
/// <param name="scaleFactor">The factors, or one for both; null where sizes are given.</param>
public class UpsamplingBilinear2d(int[]? size = null, double[]? scaleFactor = null)
    : Upsample(size, scaleFactor, InterpolationMode.Bilinear, alignCorners: true);
