using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The largest entry of each window over the last dimensions; the first of equals, NaN before all and the
    /// last of several, as PyTorch's pools have it.</summary>
    /// <param name="windows">The windows along each of them.</param>
    /// <param name="withPositions">Whether positions are wanted even if no gradient will be.</param>
    /// <returns>The values, and where in its plane (the last dimensions as one) each was found.</returns>
    internal (Tensor Values, Tensor? Positions) MaxPool(ReadOnlySpan<Windows> windows, bool withPositions)
    {
        RequireFloating(nameof(MaxPool), DType);
        PlaneWindows plane = PlaneWindows.Of(windows);
        int lead = Rank - windows.Length;
        int[] dims = [.. _layout.Dims];
        for (int i = 0; i < windows.Length; i++)
        {
            dims[lead + i] = windows[i].Outputs;
        }

        Tensor y;
        Tensor? positions = null;
        bool found = withPositions || Recording.Needed(this);
        using (Unrecorded())
        {
            y = Empty(dims, DType, Device);
            positions = found ? Empty(dims, DType.Int64, Device) : null;
            if (y.ElementCount > 0 && !Backend.TryFuse(
                new MaxPoolLoop(plane, found), found ? 2 : 1,
                positions is null ? [Contiguous().View, y.View] : [Contiguous().View, y.View, positions.View]))
            {
                (y, positions) = Composed(plane, dims);
            }
        }

        if (!Recording.Needed(this))
        {
            return (y, positions);
        }

        int[] inputs = _layout.Dims[lead..];
        SavedTensor places = positions!.Save("positions");
        y.Record(
            "MaxPool", "x̄ = g where the largest entries were", this, g => g.PutInPlanes(places.Value, inputs), places);
        return (y, positions);
    }

    /// <summary>The same where the device has no such loop: all windows are gathered, and their largest entries
    /// found.</summary>
    private (Tensor Values, Tensor Positions) Composed(PlaneWindows plane, int[] dims)
    {
        Tensor table = DeviceConstants.Of(Device, plane, plane.Table), flat = Reshape(-1, checked((int)plane.Inputs));
        int planes = flat.Size(0), results = table.Size(0), each = table.Size(1);
        Tensor entries = flat.GatherAt(
            "MaxPool", 1, table.Reshape(1, -1).Expand(planes, results * each)).Reshape(planes, results, each);
        Tensor positions = PlaceOfLargest(entries, table.Expand(planes, results, each));
        return (flat.GatherAt("MaxPool", 1, positions).Reshape(dims), positions.Reshape(dims));
    }

    /// <summary>
    /// Which of the places [.., entries] holds the largest entry of each window; they rise along it, but for some
    /// again.
    /// </summary>
    internal static Tensor PlaceOfLargest(Tensor entries, Tensor places)
    {
        Tensor first = places.Gather(-1, entries.ArgMax(-1, keepDim: true)).Squeeze(-1);
        Tensor lastNaN = Where(entries.IsNaN(), places, -1).Amax(-1);
        return Where(lastNaN.Ge(0), lastNaN, first);
    }

    /// <summary>g added up at positions in planes of zeros: the last dimensions become
    /// <paramref name="plane"/>.</summary>
    private Tensor PutInPlanes(Tensor positions, int[] plane)
    {
        int lead = Rank - plane.Length;
        int[] dims = [.. _layout.Dims.AsSpan(0, lead), .. plane];
        int size = checked((int)Shape.Create(plane).ElementCount);
        Tensor y;
        using (Unrecorded())
        {
            y = Empty(dims, DType, Device);
            if (y.ElementCount > 0 && (ElementCount == 0
                || !Backend.TryFuse(
                    new PlaneSumLoop(size), 1, [Contiguous().View, positions.Contiguous().View, y.View])))
            {
                y.Fill(0);
                if (ElementCount > 0)
                {
                    int planes = checked((int)(y.ElementCount / size));
                    Tensor source = Contiguous().Reshape(planes, -1);
                    Backend.Scatter(
                        source.View, 1, positions.Reshape(planes, -1).View, y.Reshape(planes, size).View, add: true);
                }
            }
        }

        SavedTensor places = positions.Save("positions");
        return y.Record(
            "PutInPlanes", "x̄ = g at the positions", this, g => g.TakeFromPlanes(places.Value, plane), places);
    }

    /// <summary>The entries at positions in planes, the last dimensions.</summary>
    private Tensor TakeFromPlanes(Tensor positions, int[] plane)
    {
        Tensor y;
        using (Unrecorded())
        {
            int size = checked((int)Shape.Create(plane).ElementCount);
            y = positions.ElementCount == 0
                ? Empty(positions.Shape, DType, Device)
                : Reshape(-1, size).GatherAt(
                    "MaxPool", 1, positions.Reshape(checked((int)(ElementCount / size)), -1)).Reshape(positions.Shape);
        }

        SavedTensor places = positions.Save("positions");
        return y.Record(
            "TakeFromPlanes", "x̄ = g put at the positions", this, g => g.PutInPlanes(places.Value, plane), places);
    }
}
