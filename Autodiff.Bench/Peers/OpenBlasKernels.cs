using System.Diagnostics;
using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Autodiff.Bench.Compare.Sections;
using Autodiff.Bench.Machine;

namespace Autodiff.Bench.Peers;

/// <summary>OpenBLAS with the kernels of one processor: which they are, and how fast a product was.</summary>
/// <param name="CoreType">What OPENBLAS_CORETYPE has to say for them; null for the library's own choice.</param>
/// <param name="Name">What the library calls them.</param>
/// <param name="Rate">GFLOP/s of a product on one thread.</param>
/// <param name="IsRight">Whether the product was right.</param>
internal sealed record OpenBlasKernels(string? CoreType, string Name, double Rate, bool IsRight)
{
    private const int Size = 512;
    private const double Enough = 1e-4;

    private static readonly Lazy<IReadOnlyList<OpenBlasKernels>> s_tried = new(Try);

    /// <summary>The fastest of those whose product is right; null where there is no OpenBLAS.</summary>
    /// <remarks>
    /// By itself the library takes kernels of an older processor on some machines, and a machine's environment may name
    /// others that are slow.
    /// </remarks>
    public static OpenBlasKernels? Fastest => s_tried.Value.Where(k => k.IsRight).MaxBy(k => k.Rate);

    /// <summary>All that were tried, for the list of peers.</summary>
    public static string Told => "tried: " + string.Join(", ", s_tried.Value.Select(k => string.Create(
        CultureInfo.InvariantCulture, $"{k.Name} {(k.IsRight ? $"{k.Rate:F0} GFLOP/s" : "wrong")}")));

    /// <summary><c>-- openblas [CORETYPE]</c>: prints the kernels' name, their rate and the largest error.</summary>
    public static unsafe int Measure(string? coreType)
    {
        if (OpenBlas.Load(coreType) is not { } blas)
        {
            return 1;
        }

        blas.SetThreads(1);
        using Operands<float> memory = new(Size, Size, Size);
        double best = double.PositiveInfinity;
        for (int turn = 0; turn < 30; turn++)
        {
            long start = Stopwatch.GetTimestamp();
            blas.Multiply(Size, Size, Size, memory.A, false, memory.B, false, memory.C);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double error = 0;
        for (int i = 0; i < Size; i += 7)
        {
            for (int j = 0; j < Size; j += 5)
            {
                double sum = 0;
                for (int k = 0; k < Size; k++)
                {
                    sum += (double)memory.A[(i * Size) + k] * memory.B[(k * Size) + j];
                }

                error = Math.Max(error, Math.Abs(sum - memory.C[(i * Size) + j]));
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{blas.Kernels} {2.0 * Size * Size * Size / best / 1e9} {error}"));
        return 0;
    }

    /// <summary>Each in a process of its own, since a processor without its instructions stops it.</summary>
    private static List<OpenBlasKernels> Try()
    {
        List<OpenBlasKernels> tried = [];
        string?[] types = [null, OpenBlas.GivenCoreType, "Haswell", Avx512F.IsSupported ? "SkylakeX" : null];
        foreach (string? type in types.Distinct())
        {
            string[] answer = (type is null ? ChildProcess.Answer("openblas") : ChildProcess.Answer("openblas", type))
                .Trim().Split(' ');
            if (answer.Length == 3 && tried.All(kernels => kernels.Name != answer[0]))
            {
                tried.Add(new(type, answer[0], Number(answer[1]), Number(answer[2]) < Enough));
            }
        }

        return tried;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
