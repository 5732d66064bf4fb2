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
        Tensor y = this;
        foreach (int i in order)
        {
            y = maps[i].IsIdentity ? y : y.Resample(name, first + i, maps[i]);
        }

        return y;
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
                Tensor matrix = DeviceConstants.Of(
                    Device, (band, DType.Float64), () => (new[] { band.Inputs, band.Outputs }, band.Matrix()));
                y = MoveDim(dim, -1).MatMul(matrix.To(DType)).MoveDim(-1, dim).Contiguous();
            }
        }

        return y.Record(
            name, "x̄ = the weights of each entry, times g", this, g => g.Resample(name, dim, band.Transposed));
    }
}
