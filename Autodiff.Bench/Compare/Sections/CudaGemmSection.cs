using Autodiff.Bench.Peers;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>Matrix products on a CUDA device beside cuBLAS.</summary>
internal static class CudaGemmSection
{
    private const string Section = "CUDA: matrix products, C = A B";

    private static readonly (MatMulPrecision Precision, string Name)[] Precisions =
        [(MatMulPrecision.Highest, "float32"), (MatMulPrecision.High, "TF32"), (MatMulPrecision.Medium, "BF16")];

    public static void Run(Comparison comparison, Device device, CudaBackend backend)
    {
        using CuBlas? blas = CuBlas.Open(backend.Context);
        if (blas is null)
        {
            comparison.Hints.Add(CuBlas.Hint);
        }
        else
        {
            comparison.Peers.Add(blas.Description);
        }

        int largest = comparison.Settings.IsQuick ? 512 : 8192;
        foreach ((MatMulPrecision precision, string name) in Precisions)
        {
            for (int n = 256; n <= largest; n *= 2)
            {
                Compare(comparison, device, backend, blas, new("", n, n, n), precision, name,
                    n < 1024 ? null : precision == MatMulPrecision.Highest ? 0.9 : 0.7);
            }
        }

        foreach (GemmShape shape in GemmShape.OfTheLabs)
        {
            Compare(comparison, device, backend, blas, shape, MatMulPrecision.Highest, "float32", null);
        }
    }

    private static void Compare(
        Comparison comparison, Device device, CudaBackend backend, CuBlas? blas, GemmShape shape,
        MatMulPrecision precision, string name, double? goal)
    {
        (int m, int n, int k) = (shape.M, shape.N, shape.K);
        using Tensor a = Operand(m, k, shape.TransposeA, device), b = Operand(k, n, shape.TransposeB, device),
            c = Tensor.Zeros([m, n]).To(device);
        TensorView left = View(a, shape.TransposeA), right = View(b, shape.TransposeB),
            result = View(c, transposed: false);
        bool halves = precision == MatMulPrecision.Medium;
        using Tensor? a16 = halves && blas is not null ? Rounded(a, device) : null,
            b16 = halves && blas is not null ? Rounded(b, device) : null;
        CudaContext context = backend.Context;
        MatMulPrecision before = Cuda.MatMulPrecision;
        Cuda.MatMulPrecision = precision;
        try
        {
            double?[] seconds = comparison.Kernels(1).Run(
                DeviceClock.Contender(context, () => backend.MatMul(left, right, null, result)),
                blas is null ? null
                    : a16 is not null && b16 is not null
                        ? DeviceClock.Contender(context, () =>
                        {
                            using MemoryUse use = MemoryUse.Begin();
                            blas.MultiplyBfloat16(
                                m, n, k, backend.Address(use, a16.View), backend.Address(use, b16.View),
                                backend.Address(use, c.View));
                        })
                    : DeviceClock.Contender(context, () =>
                    {
                        using MemoryUse use = MemoryUse.Begin();
                        blas.Multiply(
                            m, n, k, backend.Address(use, a.View), shape.TransposeA, backend.Address(use, b.View),
                            shape.TransposeB,
                            backend.Address(use, c.View), precision == MatMulPrecision.High);
                    }));
            comparison.Add(Row.Of(
                Section, $"{name} {shape}", shape.Operations / seconds[0] / 1e12, shape.Operations / seconds[1] / 1e12,
                halves ? "cuBLAS, factors that are bfloat16" : "cuBLAS", "TFLOP/s", Better.Higher, 1, goal));
        }
        finally
        {
            Cuda.MatMulPrecision = before;
        }
    }

    private static Tensor Operand(int rows, int columns, bool transposed, Device device) =>
        (Tensor.Rand(transposed ? [columns, rows] : [rows, columns]) - 0.5).To(device);

    private static TensorView View(Tensor matrix, bool transposed) =>
        (transposed ? matrix.T : matrix).Unsqueeze(0).View;

    // The upper halves of the numbers, two in an int32: the engine has no bfloat16 of its own.
    private static Tensor Rounded(Tensor matrix, Device device)
    {
        float[] numbers = matrix.To(Device.Cpu).ToArray<float>();
        int[] pairs = new int[(numbers.Length + 1) / 2];
        for (int i = 0; i < numbers.Length; i++)
        {
            int half = (int)(BitConverter.SingleToUInt32Bits(numbers[i]) >> 16);
            pairs[i / 2] |= half << (16 * (i % 2));
        }

        return Tensor.From(pairs).To(device);
    }
}
