using System.Numerics;
using System.Runtime.CompilerServices;

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

#pragma warning disable RS0030 // the captured step pins the arrays, and holds their memory while it runs
        static T* At(in TensorView view) => (T*)((CpuStorage)view.Storage).FixedAddress + view.Offset;
#pragma warning restore RS0030
    }

    private static void Run<T>(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* pa = &a.Memory(use), pb = &b.Memory(use), py = &y.Memory(use), pbias = &Bias(bias, use))
        {
            GemmEpilogue<T> epilogue = new() { Relu = relu };
            if (bias is { } row)
            {
                epilogue.RowBias = (T*)pbias + row.Offset;
            }

            long[] sa = a.Layout.Strides, sb = b.Layout.Strides, sy = y.Layout.Strides;
            int[] shape = y.Layout.Dims;
            Gemm.MultiplyBatched(
                shape[0], shape[1], shape[2], a.Layout.Dims[2],
                (T*)pa + a.Offset, (nint)sa[0], (nint)sa[1], (nint)sa[2],
                (T*)pb + b.Offset, (nint)sb[0], (nint)sb[1], (nint)sb[2],
                (T*)py + y.Offset, (nint)sy[0], (nint)sy[1], (nint)sy[2],
                accumulate: false, epilogue);
        }
    }

    private static ref byte Bias(TensorView? bias, in MemoryUse use)
    {
        if (bias is { } row)
        {
            return ref row.Memory(use);
        }

        return ref Unsafe.NullRef<byte>();
    }
}
