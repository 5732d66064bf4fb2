using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Passes tensor views to the matrix product.</summary>
internal static unsafe class CpuMatMul
{
    public static void Run(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu = false)
    {
        switch (y.DType)
        {
            case DType.Float32: Run<float>(a, b, bias, y, relu); break;
            case DType.Float64: Run<double>(a, b, bias, y, relu); break;
            case DType.Int64: IntegerGemm<long>.Run(a, b, bias, y, relu); break;
            default: IntegerGemm<int>.Run(a, b, bias, y, relu); break;
        }
    }

    /// <summary>Settles a product of matrices that stay where they are; null where that gains nothing.</summary>
    /// <inheritdoc cref="GemmPlan.TryDecide{T}"/>
    public static delegate*<void*, void**, void*, nint, void> TryDecide(in TensorView a, in TensorView b,
        TensorView? bias, in TensorView y, bool relu, void* decision) =>
        y.DType == DType.Float32
            ? TryDecide<float>(a, b, bias, y, relu, decision)
            : TryDecide<double>(a, b, bias, y, relu, decision);

    private static delegate*<void*, void**, void*, nint, void> TryDecide<T>(
        in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu, void* decision)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.Layout.Dims[0] != 1 || !y.DType.IsFloatingPoint())
        {
            return null;
        }

        return GemmPlan.TryDecide(Problem(a, At(a), b, At(b), bias is { } row ? At(row) : null, y, At(y), relu),
            decision);

#pragma warning disable RS0030 // the captured step pins the arrays, and holds their memory while it runs
        static T* At(in TensorView view) => (T*)((CpuStorage)view.Storage).FixedAddress + view.Offset;
#pragma warning restore RS0030
    }

    private static void Run<T>(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* pa = &a.Memory(use), pb = &b.Memory(use), py = &y.Memory(use), pbias = &bias.Memory(use))
        {
            T* row = bias is { } view ? (T*)pbias + view.Offset : null;
            GemmProblem<T> problem = Problem(a, (T*)pa + a.Offset, b, (T*)pb + b.Offset, row, y, (T*)py + y.Offset,
                relu);
            Gemm.Run(problem, y.Layout.Dims[0], (nint)a.Layout.Strides[0], (nint)b.Layout.Strides[0],
                (nint)y.Layout.Strides[0]);
        }
    }

    private static GemmProblem<T> Problem<T>(in TensorView a, T* pa, in TensorView b, T* pb, T* bias, in TensorView y,
        T* py, bool relu)
        where T : unmanaged
    {
        int[] shape = y.Layout.Dims;
        long[] sa = a.Layout.Strides, sb = b.Layout.Strides, sy = y.Layout.Strides;
        return new(
            shape[1], shape[2], a.Layout.Dims[2],
            pa, (nint)sa[1], (nint)sa[2],
            pb, (nint)sb[1], (nint)sb[2],
            py, (nint)sy[1], (nint)sy[2])
        {
            Epilogue = new() { RowBias = bias, Relu = relu },
        };
    }
}
