namespace Autodiff.Nn;

/// <summary>How <see cref="Functional.GridSample"/> finds values between entries.</summary>
public enum GridSampleMode
{
    /// <summary>Straight lines between the entries around.</summary>
    Bilinear,

    /// <summary>The nearest entry; of two as near, the even one.</summary>
    Nearest,

    /// <summary>Cubic convolution of four by four entries; images only.</summary>
    Bicubic,
}

/// <summary>What <see cref="Functional.GridSample"/> finds outside of its input.</summary>
public enum GridSamplePadding
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The entry of the border that is nearest.</summary>
    Border,

    /// <summary>The input, mirrored at its border as often as needed.</summary>
    Reflection,
}

public static partial class Functional
{
    /// <summary>
    /// Values of an image or a volume at given places (Jaderberg et al., "Spatial transformer networks", 2015): y[n, c,
    /// i, j] = x[n, c] at grid[n, i, j] = (x, y), where -1 and 1 are the input's left and right, top and bottom.
    /// </summary>
    /// <param name="x">[N, C, H, W] or [N, C, D, H, W].</param>
    /// <param name="grid">[N, H', W', 2] or [N, D', H', W', 3]: places, the one along the width first.</param>
    /// <param name="mode">How values between entries are found.</param>
    /// <param name="paddingMode">What is found outside.</param>
    /// <param name="alignCorners">Whether -1 and 1 are the middles of the corner entries, rather than their outer
    /// edges.</param>
    /// <returns>[N, C, H', W'] or [N, C, D', H', W']. A place that is no number reads the first entry, or 0 where the
    /// padding is zeros.</returns>
    /// <exception cref="ArgumentException">The shapes or types do not fit, or bicubic is asked for in a
    /// volume.</exception>
    public static Tensor GridSample(
        Tensor x, Tensor grid, GridSampleMode mode = GridSampleMode.Bilinear,
        GridSamplePadding paddingMode = GridSamplePadding.Zeros,
        bool alignCorners = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(grid);
        int dimensions = x.Rank - 2;
        if (dimensions is not (2 or 3) || grid.Rank != x.Rank || grid.Size(-1) != dimensions
            || grid.Size(0) != x.Size(0)
            || x.Shape.AsSpan()[1..].Contains(0))
        {
            throw new ArgumentException(
                $"GridSample: input {x.Shape} and grid {grid.Shape} must be [N, C, H, W] and [N, H', W', 2], or [N, "
                    + "C, D, H, W] and [N, D', H', W', 3].",
                nameof(grid));
        }

        RequireFloating(nameof(GridSample), x);
        if (grid.DType != x.DType)
        {
            throw new ArgumentException(
                $"GridSample: the input is {x.DType} and the grid {grid.DType}; they must have one type.",
                nameof(grid));
        }

        if (mode == GridSampleMode.Bicubic && dimensions == 3)
        {
            throw new ArgumentException(
                "GridSample: Bicubic is for images [N, C, H, W]; use Bilinear for volumes.", nameof(mode));
        }

        int[] places = [.. grid.Shape.AsSpan()[1..^1]];
        int count = places.Aggregate(1, static (all, each) => all * each);
        if (x.Size(0) == 0 || count == 0)
        {
            return Tensor.Zeros([x.Size(0), x.Size(1), .. places], x.DType, x.Device) + (x.Sum() + grid.Sum()) * 0;
        }

        Tensor flatGrid = grid.Reshape(x.Size(0), count, dimensions);
        Taps[] taps = new Taps[dimensions];
        for (int i = 0; i < dimensions; i++)
        {
            // The grid's last number is along the first of the dimensions.
            taps[i] = new(flatGrid.Select(-1, dimensions - 1 - i), x.Size(2 + i), paddingMode, alignCorners);
        }

        // Behind the entries of each plane there is a 0, which places outside read: no entry times a weight of 0.
        Tensor planes = x.Reshape(x.Size(0), x.Size(1), -1).Pad([0, 1]);
        Tap[] terms = taps[0].Of(mode);
        for (int i = 1; i < dimensions; i++)
        {
            Tap[] along = taps[i].Of(mode);
            int size = x.Size(2 + i);
            terms = [.. terms.SelectMany(a => along.Select(b => a.And(b, size)))];
        }

        Tensor? sum = null;
        foreach ((Tensor place, Tensor weight, Tensor inside) in terms)
        {
            Tensor index = Tensor.Where(inside, place, planes.Size(2) - 1)
                .Unsqueeze(1).Expand([x.Size(0), x.Size(1), count]);
            Tensor term = planes.GatherAt("GridSample", 2, index) * weight.Unsqueeze(1);
            sum = sum is null ? term : sum + term;
        }

        return sum!.Reshape([x.Size(0), x.Size(1), .. places]);
    }

    /// <summary>An entry that is read.</summary>
    /// <param name="Place">Where it is: int64, of no meaning outside.</param>
    /// <param name="Weight">Its weight; 0 outside.</param>
    /// <param name="Inside">Whether there is one.</param>
    private readonly record struct Tap(Tensor Place, Tensor Weight, Tensor Inside)
    {
        /// <summary>The entry that is here along the outer dimensions and there along the next one.</summary>
        public Tap And(Tap next, int size) =>
            new(Place * size + next.Place, Weight * next.Weight, Inside.LogicalAnd(next.Inside));
    }

    /// <summary>The entries along one dimension that a place is between, and their weights.</summary>
    private readonly struct Taps(Tensor grid, int size, GridSamplePadding padding, bool alignCorners)
    {
        private const double Cubic = -0.75;

        public Tap[] Of(GridSampleMode mode)
        {
            Tensor at = Finite(alignCorners ? (grid + 1) * ((size - 1) / 2.0) : ((grid + 1) * size - 1) / 2);
            if (mode == GridSampleMode.Bicubic)
            {
                // Each of the four entries is looked for outside by itself.
                Tensor first = at.Detach().Floor(), share = at - first;
                Taps self = this;
                return [.. Enumerable.Range(-1, 4).Select(k => self.Entry(self.Within(first + k), Kernel(share - k)))];
            }

            at = Within(at);
            if (mode == GridSampleMode.Nearest)
            {
                Tensor nearest = at.Detach().Round();
                return [Entry(nearest, Tensor.OnesLike(nearest))];
            }

            Tensor below = at.Detach().Floor(), part = at - below;
            return [Entry(below, 1 - part), Entry(below + 1, part)];
        }

        /// <summary>
        /// What stands for a place that is infinite or no number: one outside of every kernel, where that reads zeros,
        /// or the border's; else, as in PyTorch, the first entry. So no difference of infinities becomes a weight.
        /// </summary>
        private Tensor Finite(Tensor at)
        {
            Tensor place = at.Detach(), low = Tensor.Full([], padding == GridSamplePadding.Zeros ? -4 : 0, at.DType,
                at.Device);
            Tensor instead = padding == GridSamplePadding.Border
                ? Tensor.Where(place.Eq(double.PositiveInfinity), size - 1, low) : low;
            return Tensor.Where(place.IsFinite(), at, instead);
        }

        private Tap Entry(Tensor place, Tensor weight)
        {
            Tensor at = place.Detach(), inside = at.Ge(0).LogicalAnd(at.Le(size - 1));
            return new(
                Tensor.Where(inside, at, Tensor.ZerosLike(at)).To(DType.Int64),
                Tensor.Where(inside, weight, Tensor.ZerosLike(weight)), inside);
        }

        /// <summary>The place inside that stands for one outside. On the border, as beyond, there is no slope: so does
        /// PyTorch.</summary>
        private Tensor Within(Tensor at)
        {
            if (padding == GridSamplePadding.Zeros)
            {
                return at;
            }

            at = padding == GridSamplePadding.Reflection ? Reflected(at) : at;
            Tensor place = at.Detach();
            return Tensor.Where(place.Gt(0).LogicalAnd(place.Lt(size - 1)), at, place.Clamp(0, size - 1));
        }

        private Tensor Reflected(Tensor at)
        {
            (double low, double span) = alignCorners ? (0, size - 1) : (-0.5, size);
            if (span == 0)
            {
                return at;
            }

            // From the lower end, back and forth: of every second stretch the rest.
            Tensor distance = (at - low).Abs(), turns = (distance.Detach() / span).Floor();
            Tensor rest = distance - turns * span;
            Tensor isForth = turns.Remainder(2).Eq(0);
            return Tensor.Where(isForth, rest + low, span - rest + low);
        }

        /// <summary>The kernel of cubic convolution at a distance of up to 2.</summary>
        private static Tensor Kernel(Tensor x)
        {
            Tensor d = x.Abs(), near = ((Cubic + 2) * d - (Cubic + 3)) * d * d + 1;
            Tensor far = ((Cubic * d - 5 * Cubic) * d + 8 * Cubic) * d - 4 * Cubic;
            return Tensor.Where(d.Detach().Le(1), near, far);
        }
    }

    /// <summary>The grid of an affine map, for <see cref="GridSample"/>: grid[n, i, j] = θ[n] (x, y, 1), with x and y
    /// from -1 to 1.</summary>
    /// <param name="theta">θ, [N, 2, 3] for images or [N, 3, 4] for volumes.</param>
    /// <param name="size">The size of the result: [N, C, H, W] or [N, C, D, H, W].</param>
    /// <param name="alignCorners">Whether -1 and 1 are the middles of the corner entries, rather than their outer
    /// edges.</param>
    /// <returns>[N, H, W, 2] or [N, D, H, W, 3].</returns>
    /// <exception cref="ArgumentException">θ and the size do not fit.</exception>
    public static Tensor AffineGrid(Tensor theta, Shape size, bool alignCorners = false)
    {
        ArgumentNullException.ThrowIfNull(theta);
        int dimensions = size.Rank - 2;
        if (dimensions is not (2 or 3) || theta.Rank != 3 || theta.Size(0) != size[0] || theta.Size(1) != dimensions
            || theta.Size(2) != dimensions + 1)
        {
            throw new ArgumentException(
                $"AffineGrid: theta {theta.Shape} and size {size} must be [N, 2, 3] and [N, C, H, W], or [N, 3, 4] "
                    + "and [N, C, D, H, W].", nameof(theta));
        }

        RequireFloating(nameof(AffineGrid), theta);
        int[] places = [.. size.AsSpan()[2..]];
        Tensor one = Tensor.Ones(places, theta.DType, theta.Device);
        Tensor[] parts = new Tensor[dimensions + 1];
        for (int i = 0; i < dimensions; i++)
        {
            int n = places[i];
            int[] shape = [.. Enumerable.Repeat(1, dimensions)];
            shape[i] = n;

            // The running sum of ones counts; so no host data takes part, and a compiled step can repeat it.
            Tensor number = Tensor.Ones([n], theta.DType, theta.Device).CumSum(0) - 1;
            Tensor place = n <= 1 ? number : alignCorners ? number * (2.0 / (n - 1)) - 1 : (number * 2 + 1) / n - 1;
            parts[dimensions - 1 - i] = place.Reshape(shape) * one;
        }

        parts[dimensions] = one;
        Tensor homogeneous = Tensor.Stack(parts, -1).Reshape(1, -1, dimensions + 1);
        return homogeneous.Expand([size[0], homogeneous.Size(1), dimensions + 1]).MatMul(theta.Transpose(1, 2))
            .Reshape([size[0], .. places, dimensions]);
    }
}
