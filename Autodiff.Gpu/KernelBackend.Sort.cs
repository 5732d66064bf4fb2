using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Rows;

namespace Autodiff.Gpu;

/// <summary>Sorting.</summary>
internal abstract partial class KernelBackend
{
    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices)
    {
        if (values.Count == 0)
        {
            return;
        }

        int wanted = values.Layout.Rank == 0 ? 1 : values.Layout.Dims[^1];
        using MemoryUse use = MemoryUse.Begin();
        foreach (Rows rows in Rows.Of(x, values))
        {
            Sorter.Run(this, x.DType, descending, Address(use, x), Address(use, values), Address(use, indices), rows,
                Rows.Along(x, values), wanted);
        }
    }
}
