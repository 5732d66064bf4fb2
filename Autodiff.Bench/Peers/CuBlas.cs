using System.Runtime.InteropServices;
using Autodiff.Gpu.Driver;

namespace Autodiff.Bench.Peers;

/// <summary>cuBLAS, where it is installed, on the stream of our engine, so that the same events time both.</summary>
internal sealed unsafe class CuBlas : IDisposable
{
    public const string Hint =
        "cuBLAS is missing: install the CUDA toolkit, or `pip install nvidia-cublas-cu12` and put its lib folder into "
            + "LD_LIBRARY_PATH.";

    private const int NoTranspose = 0, Transpose = 1;
    private const int DefaultMath = 0, Tf32Math = 3;
    private const int RealFloat32 = 0, RealBfloat16 = 14, ComputeFloat32 = 68, DefaultAlgorithm = -1;

    private static readonly string[] Names = ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11",
        "cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"];

    private readonly CudaContext _context;
    private readonly nint _handle;
    private readonly delegate* unmanaged<nint, int> _destroy;
    private readonly delegate* unmanaged<nint, int, int> _setMathMode;
    private readonly delegate* unmanaged<
        nint, int, int, int, int, int, float*, ulong, int, ulong, int, float*, ulong, int, int> _sgemm;
    private readonly delegate* unmanaged<
        nint, int, int, int, int, int, void*, ulong, int, int, ulong, int, int, void*, ulong, int, int, int, int, int>
        _gemmEx;

    private CuBlas(nint library, CudaContext context)
    {
        _context = context;
        using CudaContext.Entry entered = context.Enter();
        var create = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        var setStream = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        var getVersion = (delegate* unmanaged<nint, int*, int>)NativeLibrary.GetExport(library, "cublasGetVersion_v2");
        _destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cublasDestroy_v2");
        _setMathMode = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "cublasSetMathMode");
        _sgemm = (delegate* unmanaged<
            nint, int, int, int, int, int, float*, ulong, int, ulong, int, float*, ulong, int, int>)
            NativeLibrary.GetExport(library, "cublasSgemm_v2");
        _gemmEx = (delegate* unmanaged<
            nint, int, int, int, int, int, void*, ulong, int, int, ulong, int, int, void*, ulong, int, int, int, int,
            int>)
            NativeLibrary.GetExport(library, "cublasGemmEx");
        nint handle;
        int version;
        Check(create(&handle));
        _handle = handle;
        Check(setStream(handle, context.Stream));
        Check(getVersion(handle, &version));
        Description = $"cuBLAS {version / 10000}.{version % 10000 / 100}.{version % 100}";
    }

    /// <summary>Its version.</summary>
    public string Description { get; }

    /// <summary>The library for a device; null where there is none.</summary>
    public static CuBlas? Open(CudaContext context)
    {
        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new(library, context);
            }
        }

        return null;
    }

    /// <summary>Row-major C [m, n] = op(A) op(B) in float32, or with factors rounded to TF32.</summary>
    public void Multiply(int m, int n, int k, ulong a, bool transposeA, ulong b, bool transposeB, ulong c, bool tf32)
    {
        // A row-major matrix is its transpose to cuBLAS: Cᵀ = op(B)ᵀ op(A)ᵀ.
        float one = 1, zero = 0;
        using CudaContext.Entry entered = _context.Enter();
        Check(_setMathMode(_handle, tf32 ? Tf32Math : DefaultMath));
        Check(_sgemm(
            _handle, transposeB ? Transpose : NoTranspose, transposeA ? Transpose : NoTranspose, n, m, k,
            &one, b, transposeB ? k : n, a, transposeA ? m : k, &zero, c, n));
    }

    /// <summary>Row-major C [m, n] = A B in float32, of factors that are bfloat16 already.</summary>
    public void MultiplyBfloat16(int m, int n, int k, ulong a, ulong b, ulong c)
    {
        float one = 1, zero = 0;
        using CudaContext.Entry entered = _context.Enter();
        Check(_setMathMode(_handle, DefaultMath));
        Check(_gemmEx(
            _handle, NoTranspose, NoTranspose, n, m, k, &one, b, RealBfloat16, n, a, RealBfloat16, k, &zero, c,
            RealFloat32, n, ComputeFloat32, DefaultAlgorithm));
    }

    public void Dispose()
    {
        using CudaContext.Entry entered = _context.Enter();
        _ = _destroy(_handle);
    }

    private static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException($"cuBLAS answers with status {status}.");
        }
    }
}
