using Autodiff.Bench.Machine;
using Autodiff.Bench.Workloads;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Pools and norms beside loops that move the same bytes in the same order and do nothing else, on several sets of
/// operands by turns: together they are more than the caches hold, so all of them read memory.
/// </summary>
internal static unsafe class LayerBytes
{
    private const int Sets = 4;

    public static void Run(Comparison comparison, string section, int threads)
    {
        int count = LayerShapes.Images.Aggregate((a, b) => a * b);
        float*[] a = Allocate(count), b = Allocate(count), target = [Bandwidth.Allocate(count)];
        try
        {
            // What a pool moves: one array, and a quarter, which stays in the caches for its reader: past them the pool
            // and its reader together take a tenth longer.
            LayerWorkload[] pools = Workloads(LayerShapes.MaxPool);
            double?[] pool = comparison.Layers(threads).Run(
                Rotating(pools, workload => workload.Forward()), Bandwidth.Quarter(a, target[0], count, threads));
            Add(LayerShapes.MaxPool, "forward", 1.25, pool[0], pool[1], "a loop that reads all and writes a quarter");

            // What a norm moves: the input and the result; in backward the input, a gradient and the other one.
            LayerWorkload[] norms = Workloads(LayerShapes.BatchNorm);
            double?[] norm = comparison.Layers(threads).Run(
                Rotating(norms, workload => workload.Forward()), Sweeps(null),
                Rotating(norms, workload => workload.ForwardAndBackward()), Sweeps(b));
            Add(LayerShapes.BatchNorm, "forward", 2, norm[0], norm[1], "loops with the same sweeps");
            Add(LayerShapes.BatchNorm, "forward and backward", 5, norm[2], norm[1] + norm[3],
                "loops with the same sweeps");
        }
        finally
        {
            foreach (float* memory in (float*[])[.. a, .. b, .. target])
            {
                Bandwidth.Free(memory);
            }
        }

        Contender Sweeps(float*[]? others)
        {
            int[] shape = LayerShapes.Images;
            return Bandwidth.ChannelSweeps(a, others, target[0], shape[0], shape[1], shape[2] * shape[3], threads);
        }

        void Add(string key, string how, double arrays, double? seconds, double? bound, string of)
        {
            double gigabytes = arrays * sizeof(float) * count / 1e9;
            comparison.Add(Row.Of(section, $"{LayerShapes.Names[key]}, {how}: bytes it needs", gigabytes / seconds,
                gigabytes / bound, of, "GB/s", Better.Higher, threads, goal: 0.9));
        }
    }

    private static float*[] Allocate(int count)
    {
        float*[] sets = new float*[Sets];
        for (int i = 0; i < Sets; i++)
        {
            sets[i] = Bandwidth.Allocate(count);
        }

        return sets;
    }

    private static LayerWorkload[] Workloads(string key) =>
        [.. Enumerable.Range(0, Sets).Select(_ => LayerWorkload.All[key]())];

    private static Contender Rotating(LayerWorkload[] workloads, Action<LayerWorkload> run)
    {
        int turn = 0;
        return Contender.Of(() => run(workloads[turn++ % workloads.Length]));
    }
}
