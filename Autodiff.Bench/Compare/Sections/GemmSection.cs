using Autodiff.Bench.Machine;
using Autodiff.Bench.Peers;
using Autodiff.Cpu;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra.Single;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>Matrix products against OpenBLAS, MathNet.Numerics and the processor's limit.</summary>
internal static unsafe class GemmSection
{
    private const string Single = "SGEMM, C = A B", Double = "DGEMM, C = A B";

    public static void Run(Comparison comparison)
    {
        OpenBlas? blas = comparison.OpenBlas;
        foreach (int threads in comparison.Settings.Threads)
        {
            blas?.SetThreads(threads);
            List<(double Ours, double Peer)> pairs = [];
            foreach (GemmShape shape in GemmShape.Squares.Concat(GemmShape.OfTheLabs))
            {
                if (comparison.Settings.IsQuick && shape.Operations > 1e9)
                {
                    continue;
                }

                Compare(comparison, blas, shape, threads, pairs);
            }

            if (pairs.Count > 0)
            {
                comparison.Add(Row.Of(Single, "SGEMM, geometric mean of all shapes", Mean(pairs.Select(p => p.Ours)),
                    Mean(pairs.Select(p => p.Peer)),
                    "OpenBLAS", "GFLOP/s", Better.Higher, threads, goal: 1));
            }

            CompareMathNet(comparison, 512, threads);
            foreach (int n in comparison.Settings.IsQuick ? [256] : new[] { 256, 512, 1024 })
            {
                CompareDoubles(comparison, blas, n, threads);
            }
        }
    }

    private static void Compare(Comparison comparison, OpenBlas? blas, GemmShape shape, int threads,
        List<(double, double)> pairs)
    {
        using Operands<float> memory = new(shape.M, shape.N, shape.K);
        bool atPeak = shape.IsSquare && shape.M >= 512;
        double?[] seconds = comparison.Kernels(threads).Run(
            Contender.Of(() => shape.Multiply(memory.A, memory.B, memory.C)),
            blas is null
                ? null
                : Contender.Of(() =>
                    blas.Multiply(shape.M, shape.N, shape.K, memory.A, shape.TransposeA, memory.B, shape.TransposeB,
                        memory.D)),
            atPeak ? FmaPeak.Contender(threads) : null);
        double? ours = shape.Operations / seconds[0] / 1e9, peer = shape.Operations / seconds[1] / 1e9;
        comparison.Add(Row.Of(Single, $"SGEMM {shape}", ours, peer, "OpenBLAS", "GFLOP/s", Better.Higher, threads,
            goal: shape.HasGoalOfOne ? 1 : 0.85));
        if (peer is { } rate)
        {
            pairs.Add((ours!.Value, rate));
        }

        if (seconds[2] is { } loop)
        {
            comparison.Add(Row.Of(Single, $"SGEMM {shape} against the limit", ours,
                FmaPeak.OperationsEach * threads / loop / 1e9,
                FmaPeak.Name, "GFLOP/s", Better.Higher, threads, goal: 0.9));
        }
    }

    private static void CompareDoubles(Comparison comparison, OpenBlas? blas, int n, int threads)
    {
        using Operands<double> memory = new(n, n, n);
        double?[] seconds = comparison.Kernels(threads).Run(
            Contender.Of(() =>
                Gemm.Multiply(n, n, n, memory.A, n, 1, memory.B, n, 1, memory.C, n, 1, accumulate: false)),
            blas is null ? null : Contender.Of(() => blas.Multiply(n, n, n, memory.A, memory.B, memory.D)));
        double operations = 2.0 * n * n * n;
        comparison.Add(Row.Of(Double, $"DGEMM {n}x{n}x{n}", operations / seconds[0] / 1e9,
            operations / seconds[1] / 1e9, "OpenBLAS", "GFLOP/s", Better.Higher, threads, goal: n == 512 ? 1 : null));
    }

    private static void CompareMathNet(Comparison comparison, int n, int threads)
    {
        Control.UseManaged();
        Control.MaxDegreeOfParallelism = threads;
        using Operands<float> memory = new(n, n, n);
        DenseMatrix a = DenseMatrix.CreateRandom(n, n, new MathNet.Numerics.Distributions.ContinuousUniform()),
            b = a.Clone() as DenseMatrix ?? a;
        DenseMatrix c = new(n, n);
        double?[] seconds = comparison.Kernels(threads).Run(
            Contender.Of(() =>
                Gemm.Multiply(n, n, n, memory.A, n, 1, memory.B, n, 1, memory.C, n, 1, accumulate: false)),
            Contender.Of(() => a.Multiply(b, c)));
        double operations = 2.0 * n * n * n;
        comparison.Add(Row.Of(Single, $"SGEMM {n}x{n}x{n}", operations / seconds[0] / 1e9,
            operations / seconds[1] / 1e9,
            "MathNet.Numerics", "GFLOP/s", Better.Higher, threads));
    }

    private static double Mean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));
}
