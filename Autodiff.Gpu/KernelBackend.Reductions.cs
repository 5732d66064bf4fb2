using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Kernels.Rows;

namespace Autodiff.Gpu;

/// <summary>Reductions and scans.</summary>
internal abstract partial class KernelBackend
{
    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IReduction
    {
        int kept = x.Layout.Rank - reduced;
        List<KernelDim> outer = KernelDims.Of(x, ..kept), inner = KernelDims.Of(x, kept..);
        using MemoryUse use = MemoryUse.Begin();
        new Reducer<TOp>(this, op, compute).Run(x.DType, Address(use, x), outer, inner, y.DType, Address(use, y));
    }

    public void Finish<TOp>(TOp op, in TensorView sums, in TensorView x, in TensorView y, int reduced, DType compute)
        where TOp : unmanaged, IScaledReduction
    {
        int kept = x.Layout.Rank - reduced;
        List<KernelDim> outer = KernelDims.Of(x, ..kept), inner = KernelDims.Of(x, kept..);
        using MemoryUse use = MemoryUse.Begin();
        new Finisher<TOp>(this, op, compute)
            .Run(Address(use, sums), x.DType, Address(use, x), outer, inner, Address(use, y));
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices)
    {
        using MemoryUse use = MemoryUse.Begin();
        foreach (Rows rows in Rows.Of(x))
        {
            ExtremeFinder.Run(this, x.DType, largest, Address(use, x), Address(use, indices), rows, Rows.Along(x, x));
        }
    }

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction
    {
        if (!StepsBack && (HasNegativeStride(x) || HasNegativeStride(y)))
        {
            TensorView forth = NewLike(x, x.DType), sums = NewLike(y, y.DType);
            Copy(x, forth);
            Scan(op, forth, sums, compute);
            Copy(sums, y);
            forth.Storage.Release();
            sums.Storage.Release();
            return;
        }

        // Floating types accumulate in double, as on the processor, where the device has it.
        Scanner<TOp> scanner = new(
            this, op, !compute.IsFloatingPoint() ? DType.Int64 : HasDouble ? DType.Float64 : DType.Float32);
        using MemoryUse use = MemoryUse.Begin();
        foreach (Rows rows in Rows.Of(x, y))
        {
            scanner.Run(x.DType, Address(use, x), y.DType, Address(use, y), rows, Rows.Along(x, y));
        }
    }
}
