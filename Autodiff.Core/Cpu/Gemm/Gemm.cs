using System.Numerics;

namespace Autodiff.Cpu;

/// <summary>
/// General matrix products on strided memory. Strides count elements; any stride of A and B may be 0.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// C[i,j] = act(C₀[i,j] + rowBias[j] + columnBias[i] + Σₖ A[i,k] B[k,j]) for A [m, k], B [k, n], C [m, n], where C₀
    /// is C when <paramref name="accumulate"/> holds and 0 otherwise, and act is relu or nothing. The answer has the
    /// same bits for every number of threads. C must not overlap A or B, and no two of its elements may share a place.
    /// </summary>
    public static void Multiply<T>(
        nint m, nint n, nint k,
        T* a, nint ars, nint acs,
        T* b, nint brs, nint bcs,
        T* c, nint crs, nint ccs,
        bool accumulate, in GemmEpilogue<T> epilogue = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run<T>(new(m, n, k, a, ars, acs, b, brs, bcs, c, crs, ccs) { Accumulate = accumulate, Epilogue = epilogue }, 1,
            0, 0, 0);

    /// <summary>A product as often as there are matrices, which lie the given distances apart.</summary>
    public static void Run<T>(GemmProblem<T> problem, nint batch, nint aStride, nint bStride, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (bStride == 0 && aStride == problem.M * problem.ARows && cStride == problem.M * problem.CRows
            && problem.Epilogue.ColumnBias == null)
        {
            // One B for all, and the rows of A and C go on from matrix to matrix: one tall product.
            problem.M *= batch;
            batch = 1;
        }

        GemmPlan.Run(problem, batch, aStride, bStride, cStride);
    }
}
