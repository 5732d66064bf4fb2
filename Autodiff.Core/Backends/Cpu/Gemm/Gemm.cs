using System.Numerics;

namespace Autodiff.Backends.Cpu;

/// <summary>General matrix products on strided memory. Strides count elements; any stride of A and B may be 0.</summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// C[i,j] = act(C₀[i,j] + rowBias[j] + columnBias[i] + Σₖ A[i,k] B[k,j]) for A [m, k], B [k, n], C [m, n], where C₀ is C
    /// when <paramref name="accumulate"/> holds and 0 otherwise, and act is relu or nothing. The answer has the same
    /// bits for every number of threads. C must not overlap A or B, and no two of its elements may share a place.
    /// </summary>
    public static void Multiply<T>(
        nint m, nint n, nint k,
        T* a, nint ars, nint acs,
        T* b, nint brs, nint bcs,
        T* c, nint crs, nint ccs,
        bool accumulate, in GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint i = 0; i < m; i++)
        {
            for (nint j = 0; j < n; j++)
            {
                T sum = T.Zero;
                for (nint p = 0; p < k; p++)
                {
                    sum += a[i * ars + p * acs] * b[p * brs + j * bcs];
                }

                T* to = c + i * crs + j * ccs;
                sum = accumulate ? *to + sum : sum;
                sum = epilogue.RowBias != null ? sum + epilogue.RowBias[j] : sum;
                sum = epilogue.ColumnBias != null ? sum + epilogue.ColumnBias[i] : sum;
                *to = epilogue.Relu && sum < T.Zero ? T.Zero : sum;
            }
        }
    }

    /// <summary>
    /// <paramref name="batch"/> products, each as <see cref="Multiply"/> does it; matrix number t begins t batch strides
    /// (<paramref name="abs"/>, <paramref name="bbs"/>, <paramref name="cbs"/> elements) after the first. The epilogue's
    /// biases are the same for all.
    /// </summary>
    public static void MultiplyBatched<T>(
        nint batch, nint m, nint n, nint k,
        T* a, nint abs, nint ars, nint acs,
        T* b, nint bbs, nint brs, nint bcs,
        T* c, nint cbs, nint crs, nint ccs,
        bool accumulate, in GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint t = 0; t < batch; t++)
        {
            Multiply(m, n, k, a + t * abs, ars, acs, b + t * bbs, brs, bcs, c + t * cbs, crs, ccs, accumulate, epilogue);
        }
    }
}
