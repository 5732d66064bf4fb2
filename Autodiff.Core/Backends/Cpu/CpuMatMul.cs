using System.Numerics;

namespace Autodiff.Backends.Cpu;

/// <summary>Brings tensor views to the matrix product.</summary>
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
    public static delegate*<void*, void**, void*, nint, void> TryDecide(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu, void* decision) =>
        y.DType == DType.Float32 ? TryDecide<float>(a, b, bias, y, relu, decision) : TryDecide<double>(a, b, bias, y, relu, decision);

    private static delegate*<void*, void**, void*, nint, void> TryDecide<T>(
        in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu, void* decision)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (y.Layout.Dims[0] != 1 || !y.DType.IsFloatingPoint())
        {
            return null;
        }

        var problem = new GemmProblem<T>
        {
            M = y.Layout.Dims[1],
            N = y.Layout.Dims[2],
            K = a.Layout.Dims[2],
            A = At(a),
            ARows = (nint)a.Layout.Strides[1],
            AColumns = (nint)a.Layout.Strides[2],
            B = At(b),
            BRows = (nint)b.Layout.Strides[1],
            BColumns = (nint)b.Layout.Strides[2],
            C = At(y),
            CRows = (nint)y.Layout.Strides[1],
            CColumns = (nint)y.Layout.Strides[2],
            Epilogue = new() { Relu = relu, RowBias = bias is { } row ? At(row) : null },
        };
        return GemmPlan.TryDecide(problem, decision);

        static T* At(in TensorView view) => (T*)((CpuStorage)view.Storage).Address + view.Offset;
    }

    private static void Run<T>(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (byte* pa = CpuBackend.Array(a), pb = CpuBackend.Array(b), py = CpuBackend.Array(y), pbias = bias is { } v ? CpuBackend.Array(v) : null)
        {
            GemmEpilogue<T> epilogue = new() { Relu = relu };
            if (bias is { } row)
            {
                epilogue.RowBias = (T*)(pbias + CpuBackend.Start(row)) + row.Offset;
            }

            long[] sa = a.Layout.Strides, sb = b.Layout.Strides, sy = y.Layout.Strides;
            int[] shape = y.Layout.Dims;
            Gemm.MultiplyBatched(
                shape[0], shape[1], shape[2], a.Layout.Dims[2],
                (T*)(pa + CpuBackend.Start(a)) + a.Offset, (nint)sa[0], (nint)sa[1], (nint)sa[2],
                (T*)(pb + CpuBackend.Start(b)) + b.Offset, (nint)sb[0], (nint)sb[1], (nint)sb[2],
                (T*)(py + CpuBackend.Start(y)) + y.Offset, (nint)sy[0], (nint)sy[1], (nint)sy[2],
                accumulate: false, epilogue);
        }
    }
}
