using Autodiff.Algebra;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Linear maps along the last dimensions, one for each: what average pools and interpolation
    /// are.</summary>
    /// <param name="name">What the tape calls it.</param>
    /// <param name="bands">The maps, the last one along the last dimension.</param>
    internal Tensor Resample(string name, ReadOnlySpan<Band> bands)
    {
        // What makes the tensor smaller goes first, what makes it larger last; of equals the outer dimensions, whose
        // loops are along rows.
        int first = Rank - bands.Length;
        Band[] maps = bands.ToArray();
        int[] order =
            [.. Enumerable.Range(0, maps.Length).OrderBy(i => (double)maps[i].Outputs / Math.Max(maps[i].Inputs, 1))];
        bool isRecorded = Recording.Needed(this);
        Tensor y = this;
        foreach (int i in order.Where(i => !maps[i].IsIdentity))
        {
            Tensor before = y;
            y = before.Resample(name, first + i, maps[i]);
            if (!isRecorded && !ReferenceEquals(before, this))
            {
                before.Dispose(); // a later result takes its memory: clearing new pages costs as much as the pass
            }
        }

        return ReferenceEquals(y, this) ? Clone() : y;
    }

    /// <summary>A linear map along one dimension.</summary>
    internal Tensor Resample(string name, int dim, Band band)
    {
        int[] dims = [.. _layout.Dims];
        dims[dim] = band.Outputs;
        Tensor y;
        using (Unrecorded())
        {
            y = Empty(Sizes.Checked(name, [.. dims.Select(static size => (long)size)], DType), DType, Device);
            int inner = 1;
            for (int d = dim + 1; d < dims.Length; d++)
            {
                inner *= dims[d];
            }

            if (y.ElementCount > 0 && !Backend.TryFuse(new BandLoop(band, inner), 1, [Contiguous().View, y.View]))
            {
                y = Composed(name, band, checked((int)(y.ElementCount / ((long)band.Outputs * inner))), inner)
                    .Reshape(dims);
            }
        }

        return y.Record(
            name, "x̄ = the weights of each entry, times g", this, g => g.Resample(name, dim, band.Transposed));
    }

    /// <summary>The same of [outer, inputs, inner] where the device has no such loop: one entry of all windows after
    /// the other, in the loop's order. What a window does not see takes no part, not even times 0.</summary>
    private Tensor Composed(string name, Band band, int outer, int inner)
    {
        // As the loop does: double precision along the last dimension, a rounding less elsewhere.
        DType type = inner == 1 ? DType.Float64 : DType;
        WeighedTerm add = new(inner == 1 ? 0 : 1);
        Tensor places = DeviceConstants.Of(Device, (band, DType.Int64), band.EntryTable);
        Tensor weights = DeviceConstants.Of(Device, (band, DType), () => band.WeightTable(DType)).To(type);
        int each = places.Size(0), blocks = places.Size(2);
        Tensor x = To(type).Reshape(outer, band.Inputs, inner);
        Tensor sum = Zeros([outer, band.Outputs * blocks, inner], type, Device);
        for (int k = 0; k < each; k++)
        {
            Tensor entries = x.GatherAt(name, 1, places.Select(0, k).Reshape(1, -1, 1).Expand(sum.Shape));
            TensorView weight = weights.Select(0, k).Reshape(-1, 1).View.Expand(sum._layout);
            Backend.Map(new Of3<WeighedTerm>(add), [weight, entries.View, sum.View], sum.View, Computing(type));
        }

        sum = blocks == 1 ? sum : sum.Reshape(outer, band.Outputs, blocks, inner).Sum(2);
        return (band.Divisors is null ? sum : sum / weights.Select(0, each).Select(1, 0).Unsqueeze(-1)).To(DType);
    }
}
