using System.Runtime.InteropServices;

namespace Autodiff.Bench.Peers;

/// <summary>OpenBLAS, where it is installed, with the kernels that are the fastest here.</summary>
internal sealed unsafe partial class OpenBlas
{
    public const string Hint =
        "OpenBLAS is missing: `apt-get install libopenblas0` (Debian, Ubuntu), `brew install openblas`, or put "
            + "libopenblas.dll on the PATH.";

    /// <summary>The variable of <see cref="ThreadTimeout"/>.</summary>
    public const string TimeoutVariable = "OPENBLAS_THREAD_TIMEOUT";

    /// <summary>Which processor's kernels the library takes.</summary>
    public const string CoreTypeVariable = "OPENBLAS_CORETYPE";

    /// <summary>What that variable said when the program started. Read before <see cref="Instance"/> sets it.</summary>
    public static readonly string? GivenCoreType = Environment.GetEnvironmentVariable(CoreTypeVariable);

    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;
    private static readonly string[] Names = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib",
        "/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "libopenblas.dll", "libopenblas"];

    private static readonly Lazy<OpenBlas?> s_instance = new(static () => Load(CoreType));
    private readonly delegate* unmanaged<
        int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm;
    private readonly delegate* unmanaged<
        int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void> _dgemm;
    private readonly delegate* unmanaged<
        int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemv;
    private readonly delegate* unmanaged<int, void> _setThreads;

    private OpenBlas(nint library)
    {
        _sgemm = (delegate* unmanaged<
            int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemm");
        _dgemm = (delegate* unmanaged<
            int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void>)
            NativeLibrary.GetExport(library, "cblas_dgemm");
        _sgemv = (delegate* unmanaged<
            int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)
            NativeLibrary.GetExport(library, "cblas_sgemv");
        _setThreads = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads");
        var core = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_corename");
        var config = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "openblas_get_config");
        string version = string.Join(' ', (Marshal.PtrToStringUTF8((nint)config()) ?? "OpenBLAS").Split(' ').Take(2));
        Kernels = Marshal.PtrToStringUTF8((nint)core()) ?? "unknown";
        Description = $"{version}, {Kernels} kernels";
    }

    /// <summary>The library; null where there is none.</summary>
    public static OpenBlas? Instance => s_instance.Value;

    /// <summary>Its version and the kernels it uses.</summary>
    public string Description { get; }

    /// <summary>The processor whose kernels it uses.</summary>
    public string Kernels { get; }

    /// <summary>
    /// What OPENBLAS_CORETYPE should say, for PyTorch's OpenBLAS too; null where the library's own choice is best.
    /// </summary>
    public static string? CoreType => OpenBlasKernels.Fastest?.CoreType;

    /// <summary>
    /// What OPENBLAS_THREAD_TIMEOUT should say, for PyTorch's OpenBLAS too: its workers poll for the next call during
    /// 2²² ticks, some 2 ms. By itself it takes 2²⁸, and what then runs in the next turn has half a processor less.
    /// </summary>
    public static string ThreadTimeout => Environment.GetEnvironmentVariable(TimeoutVariable) ?? "22";

    public void SetThreads(int threads) => _setThreads(threads);

    /// <summary>
    /// C = op(A) op(B), row-major, op a transpose where said; the matrix-vector routine where one side is a vector.
    /// </summary>
    public void Multiply(int m, int n, int k, float* a, bool transposeA, float* b, bool transposeB, float* c)
    {
        int lda = transposeA ? m : k, ldb = transposeB ? k : n;
        if (n == 1)
        {
            _sgemv(RowMajor, transposeA ? Transpose : NoTranspose, transposeA ? k : m, transposeA ? m : k, 1, a, lda, b,
                1, 0, c, 1);
            return;
        }

        if (m == 1)
        {
            _sgemv(RowMajor, transposeB ? NoTranspose : Transpose, transposeB ? n : k, transposeB ? k : n, 1, b, ldb, a,
                1, 0, c, 1);
            return;
        }

        _sgemm(RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, m, n, k, 1, a, lda,
            b, ldb, 0, c, n);
    }

    /// <summary>C = A B, row-major.</summary>
    public void Multiply(int m, int n, int k, double* a, double* b, double* c) =>
        _dgemm(RowMajor, NoTranspose, NoTranspose, m, n, k, 1, a, k, b, n, 0, c, n);

    /// <summary>The library with the kernels of a processor, or of its own choice; null where there is none.</summary>
    /// <remarks>A process can have it once: the library reads the variable when it is loaded.</remarks>
    public static OpenBlas? Load(string? coreType)
    {
        SetNativeVariable(CoreTypeVariable, coreType);
        SetNativeVariable(TimeoutVariable, ThreadTimeout);

        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
            {
                return new(library);
            }
        }

        return null;
    }

    // The library reads the C library's environment, which on Unix is not the one that .NET sets.
    private static void SetNativeVariable(string name, string? value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
        {
            _ = value is null ? UnsetEnv(name) : SetEnv(name, value, 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetEnv(string name);
}
