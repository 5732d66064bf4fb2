using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>More entries around the last dimensions (<c>nn.functional.pad</c>).</summary>
    /// <param name="padding">
    /// How many entries to add before and after, the last dimension first: [left, right], [left, right, top, bottom],
    /// ... Negative counts take entries away.
    /// </param>
    /// <param name="mode">
    /// What to add. Reflecting and repeating look at the whole dimension, and wrapping around at what negative counts
    /// left of it, as in PyTorch. Reflecting adds fewer, wrapping around no more entries than there are.
    /// </param>
    /// <param name="value">The value of constant mode.</param>
    /// <exception cref="ArgumentException">The counts are odd in number, too many, or beyond what the mode can
    /// add.</exception>
    public Tensor Pad(ReadOnlySpan<int> padding, PadMode mode = PadMode.Constant, double value = 0)
    {
        if (padding.Length % 2 != 0 || padding.Length / 2 > Rank)
        {
            throw new ArgumentException(
                $"Pad: padding [{string.Join(", ", padding.ToArray())}] must hold two counts for each padded dimension "
                    + $"of {Describe()}, the last dimension first.", nameof(padding));
        }

        if (mode == PadMode.Constant)
        {
            return PadConstant(padding, value);
        }

        Tensor y = this;
        for (int i = 0; i < padding.Length / 2; i++)
        {
            int d = Rank - 1 - i, before = padding[2 * i], after = padding[2 * i + 1];
            if (before != 0 || after != 0)
            {
                Tensor sources = DeviceConstants.Of(Device, (mode, _layout.Dims[d], before, after), () =>
                {
                    long[] entries = Sources(d, before, after, mode);
                    return (new[] { entries.Length }, entries);
                });
                y = y.ReadAt("Pad", new([d], [sources]));
            }
        }

        return ReferenceEquals(y, this) ? Clone() : y;
    }

    private Tensor PadConstant(ReadOnlySpan<int> padding, double value)
    {
        long[] sizes = Array.ConvertAll(_layout.Dims, size => (long)size);
        List<(int Start, int Length)> places = [];
        BasicIndex kept = new(), inner = new();
        for (int d = 0; d < Rank; d++)
        {
            int i = Rank - 1 - d;
            (long before, long after) = 2 * i < padding.Length ? (padding[2 * i], padding[2 * i + 1]) : (0, 0);
            long size = sizes[d], cut = Math.Max(-before, 0), length = size - cut - Math.Max(-after, 0);
            sizes[d] = size + before + after;
            if (sizes[d] < 0 || length < 0)
            {
                throw new ArgumentException(
                    $"Pad: padding [{string.Join(", ", padding.ToArray())}] takes more from dim {d} of {Describe()} "
                        + "than it has.", nameof(padding));
            }

            kept.Slice((int)cut, (int)length, 1, (int)size);
            places.Add(((int)Math.Max(before, 0), (int)length));
        }

        int[] dims = Sizes.Checked(nameof(Pad), sizes, DType);
        for (int d = 0; d < dims.Length; d++)
        {
            inner.Slice(places[d].Start, places[d].Length, 1, dims[d]);
        }

        Tensor y = Full(dims, value, DType, Device);
        y.Backend.Copy(Detach().ViewBasic(kept).View, y.ViewBasic(inner).View);
        Layout whole = _layout;
        return y.Record("Pad", "x̄ = the part of g that x fills", this, g => kept.IsWhole
            ? g.ViewBasic(inner)
            : Embed("Embed", g.ViewBasic(inner), whole, x => x.ViewBasic(kept)));
    }

    /// <summary>Which entry stands at each place of the padded dimension.</summary>
    private long[] Sources(int d, int before, int after, PadMode mode)
    {
        int size = _layout.Dims[d];
        long cut = Math.Max(-(long)before, 0), left = size - cut - Math.Max(-(long)after, 0),
            length = (long)before + size + after;
        long most = mode switch { PadMode.Reflect => size - 1, PadMode.Circular => Math.Max(left, 0),
            _ => int.MaxValue };
        if (length < 0 || length > Array.MaxLength || before > most || after > most || (size == 0 && length > 0))
        {
            throw new ArgumentException(
                $"Pad: {mode} cannot add {before} before and {after} after dim {d} of {Describe()}, which has {size} "
                    + "entries"
                + (most < int.MaxValue ? $"; it can add 0 to {most}, and take away no more than there is." : "."));
        }

        long[] sources = new long[Sizes.HostEntries(nameof(Pad), length, DType.Int64)];
        for (int i = 0; i < sources.Length; i++)
        {
            long at = (long)i - before;
            sources[i] = mode switch
            {
                PadMode.Reflect => at < 0 ? -at : at >= size ? 2 * (size - 1L) - at : at,
                PadMode.Replicate => Math.Clamp(at, 0, size - 1),
                _ => cut + ((at - cut + left) % left), // around what is left, as PyTorch does it
            };
        }

        return sources;
    }
}
