using System.Runtime.InteropServices;
using Autodiff.Algebra;
using Autodiff.Bench.Machine;
using Autodiff.Operations;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Loops over arrays far larger than the caches of a core, beside what copying and reading alone reach.
/// </summary>
internal static unsafe class BandwidthSection
{
    private const string Section = "Memory bandwidth, 16 Mi float32";

    public static void Run(Comparison comparison)
    {
        int count = comparison.Settings.IsQuick ? 1 << 20 : 1 << 24;
        float* source = Bandwidth.Allocate(count), target = Bandwidth.Allocate(count);
        try
        {
            Tensor a = Tensor.Ones([count]), b = Tensor.Ones([count]), y = Tensor.Empty([count]),
                sum = Tensor.Empty([]);
            TensorView av = a.View, bv = b.View, yv = y.View, sv = sum.View;
            double gigabyte = count * 4 / 1e9;
            foreach (int threads in comparison.Settings.Threads)
            {
                double?[] seconds = comparison.Kernels(threads).Run(
                    Contender.Of(() => Device.Cpu.Backend.Map(default(Of2<Add>), [av, bv], yv, DType.Float32)),
                    Contender.Of(() => Device.Cpu.Backend.Map(default(Of1<Relu>), [av], yv, DType.Float32)),
                    Contender.Of(() => Device.Cpu.Backend.Reduce(Folds.Sum, av, sv, 1, DType.Float32)),
                    Bandwidth.Copy(source, target, count, threads),
                    Bandwidth.StreamingCopy(source, target, count, threads),
                    Bandwidth.Read(source, count, threads));
                double? copy = 2 * gigabyte / Contest.Faster(seconds[3], seconds[4]), read = gigabyte / seconds[5];
                Add("Add: reads two arrays, writes one", 3 * gigabyte / seconds[0], copy,
                    "copy, the faster of plain and streaming");
                Add("Relu: reads one array, writes one", 2 * gigabyte / seconds[1], copy,
                    "copy, the faster of plain and streaming");
                Add("Sum: reads one array", gigabyte / seconds[2], read, "read");

                void Add(string name, double? ours, double? limit, string limitName) =>
                    comparison.Add(Row.Of(Section, name, ours, limit, limitName, "GB/s", Better.Higher, threads,
                        goal: 0.9));
            }
        }
        finally
        {
            NativeMemory.AlignedFree(source);
            NativeMemory.AlignedFree(target);
        }
    }
}
