using System.Globalization;
using Autodiff.Operations;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>Makes a signal, an image or a volume larger or smaller, to a size or by factors.</summary>
    /// <param name="x">[N, C, L], [N, C, H, W] or [N, C, D, H, W].</param>
    /// <param name="size">The size of each dimension behind C, or one for all; null where factors are given.</param>
    /// <param name="scaleFactor">The factor of each, or one for all: the size is ⌊L factor⌋; null where sizes are
    /// given.</param>
    /// <param name="mode">How values between entries are found.</param>
    /// <param name="alignCorners">Whether the middles of the corner entries stay where they are, rather than the outer
    /// edges; for linear and cubic modes.
    /// </param>
    /// <param name="recomputeScaleFactor">Whether positions follow from the sizes rather than from the factors.</param>
    /// <param name="antialias">Whether each result sees all the entries that it covers; for bilinear and
    /// bicubic.</param>
    /// <exception cref="ArgumentException">Size and factors are both given or both missing, are not one for each
    /// dimension, or the mode does not go with the shape or the other options.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size or factor is not positive.</exception>
    /// <exception cref="InsufficientMemoryException">A size is more than a table of weights can have.</exception>
    public static Tensor Interpolate(
        Tensor x, int[]? size = null, double[]? scaleFactor = null, InterpolationMode mode = InterpolationMode.Nearest,
        bool? alignCorners = null, bool recomputeScaleFactor = false, bool antialias = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        int dimensions = x.Rank - 2;
        int wanted = mode switch
        {
            InterpolationMode.Linear => 1, InterpolationMode.Bilinear or InterpolationMode.Bicubic => 2,
            InterpolationMode.Trilinear => 3,
            _ => dimensions,
        };
        if (dimensions is < 1 or > 3 || dimensions != wanted)
        {
            string fits = wanted switch
            {
                1 => "[N, C, L]", 2 => "[N, C, H, W]", 3 => "[N, C, D, H, W]",
                _ => "[N, C, L], [N, C, H, W] or [N, C, D, H, W]"
            };
            throw new ArgumentException($"Interpolate: input {x.Shape} must be {fits} for mode {mode}.", nameof(x));
        }

        RequireFloating(nameof(Interpolate), x);
        bool isLinear =
            mode is InterpolationMode.Linear or InterpolationMode.Bilinear or InterpolationMode.Bicubic
                or InterpolationMode.Trilinear;
        if (alignCorners is not null && !isLinear)
        {
            throw new ArgumentException(
                $"Interpolate: alignCorners says nothing for mode {mode}; it goes with linear and cubic modes.",
                nameof(alignCorners));
        }

        if (antialias && mode is not (InterpolationMode.Bilinear or InterpolationMode.Bicubic))
        {
            throw new ArgumentException(
                $"Interpolate: antialias goes with Bilinear and Bicubic, not with {mode}.", nameof(antialias));
        }

        (int[] sizes, double[]? factors) = InterpolatedSizes(x, size, scaleFactor, recomputeScaleFactor);
        if (mode == InterpolationMode.Area)
        {
            return AdaptiveAvgPool(x, Array.ConvertAll(sizes, static each => (int?)each), nameof(Interpolate));
        }

        Band[] bands = new Band[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            InterpolationBand along = new(x.Size(2 + i), sizes[i], factors?[i], alignCorners ?? false, x.DType);
            bands[i] = mode switch
            {
                InterpolationMode.Nearest => along.Nearest(exact: false),
                InterpolationMode.NearestExact => along.Nearest(exact: true),
                _ when antialias => along.Smooth(cubic: mode == InterpolationMode.Bicubic),
                InterpolationMode.Bicubic => along.Cubic(),
                _ => along.Linear(),
            };
        }

        return x.Resample("Interpolate", bands);
    }

    /// <inheritdoc cref="Interpolate"/>
    public static Tensor Upsample(
        Tensor x, int[]? size = null, double[]? scaleFactor = null, InterpolationMode mode = InterpolationMode.Nearest,
        bool? alignCorners = null) => Interpolate(x, size, scaleFactor, mode, alignCorners);

    /// <summary>The sizes that are asked for, and the factors where positions are to follow from these.</summary>
    private static (int[] Sizes, double[]? Factors) InterpolatedSizes(
        Tensor x, int[]? size, double[]? factors, bool recompute)
    {
        int dimensions = x.Rank - 2, given = (size ?? []).Length + (factors ?? []).Length;
        if ((size is null) == (factors is null) || (given != 1 && given != dimensions))
        {
            throw new ArgumentException(
                $"Interpolate: either size or scaleFactor must be given, one for all or one for each of the "
                    + $"{dimensions} dimensions of {x.Shape}.",
                size is null ? nameof(factors) : nameof(size));
        }

        if (recompute && factors is null)
        {
            throw new ArgumentException(
                "Interpolate: recomputeScaleFactor goes with scaleFactor, not with size.", nameof(recompute));
        }

        int[] sizes = new int[dimensions];
        double[]? each = factors is null ? null : new double[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            if (each is not null)
            {
                each[i] = factors![factors.Length == 1 ? 0 : i];
            }

            double wanted = each is null ? size![size.Length == 1 ? 0 : i] : Math.Floor(x.Size(2 + i) * each[i]);
            if (!(wanted is >= 1 and <= int.MaxValue) || x.Size(2 + i) == 0)
            {
                string text = wanted.ToString(CultureInfo.InvariantCulture);
                throw new ArgumentOutOfRangeException(
                    nameof(size), wanted,
                    $"Interpolate: dim {2 + i} of {x.Shape} would get {text} entries; it must have some before and "
                        + "after.");
            }

            // the weights of all results are made first
            sizes[i] = Sizes.HostEntries(nameof(Interpolate), wanted, DType.Float64);
        }

        return (sizes, recompute ? null : each);
    }
}
