using Autodiff.Algebra;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Kernels.Rows;

namespace Autodiff.Gpu;

/// <summary>Reductions and scans.</summary>
internal sealed partial class CudaBackend
{
    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IReduction
    {
        int kept = x.Layout.Rank - reduced;
        List<Axis> outer = Axes.Of(x, ..kept), inner = Axes.Of(x, kept..);
        new Reducer<TOp>(this, op, compute).Run(x.DType, Address(x), outer, inner, y.DType, Address(y));
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IScaledReduction
    {
        int kept = x.Layout.Rank - reduced;
        List<Axis> outer = Axes.Of(x, ..kept), inner = Axes.Of(x, kept..);
        new Finisher<TOp>(this, op, compute).Run(Address(sums), x.DType, Address(x), outer, inner, Address(y));
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices)
    {
        foreach (Rows rows in Rows.Of(x))
        {
            ExtremeFinder.Run(this, x.DType, largest, Address(x), Address(indices), rows, Rows.Along(x, x));
        }
    }

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        // Floating types accumulate in double, as on the processor.
        Scanner<TOp> scanner = new(this, op, compute.IsFloatingPoint() ? DType.Float64 : DType.Int64);
        foreach (Rows rows in Rows.Of(x, y))
        {
            scanner.Run(x.DType, Address(x), y.DType, Address(y), rows, Rows.Along(x, y));
        }
    }
}
