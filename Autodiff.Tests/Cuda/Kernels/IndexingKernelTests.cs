using Autodiff.Devices;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Gather and scatter, bit for bit what the processor gives: sums in the order of the source.</summary>
[Parallelizable]
public class IndexingKernelTests
{
    private static readonly DType[] Types = [DType.Bool, DType.Int32, DType.Int64, DType.Float32, DType.Float64];

    private static IBackend Cuda => EmulatedCuda.Device.Backend;

    private static IBackend Cpu => Device.Cpu.Backend;

    [Test]
    public void Positions_along_any_axis_agree_with_the_processor([Range(0, 1)] int part)
    {
        System.Random random = new(part);
        for (int round = 0; round < 60; round++)
        {
            int rank = random.Next(1, 4), axis = random.Next(rank);
            int[] dims = [.. Enumerable.Range(0, rank)
                .Select(_ => random.Next(10) == 0 ? 1 : 4 * random.Next(1, 3) - random.Next(2))];
            int[] table = [.. dims];
            table[axis] = random.Next(1, 9);
            DType type = Types[random.Next(Types.Length)];
            int columns = random.Next(2) == 0 ? Math.Max(axis + 1, random.Next(1, rank + 1)) : rank;
            TwinView index = TwinView.Positions(random, dims, table[axis], columns);

            TwinView x = TwinView.Any(random, type, table, isResult: false),
                y = TwinView.Any(random, type, dims, isResult: true);
            Cpu.Gather(x.OnCpu, axis, index.OnCpu, y.OnCpu);
            Cuda.Gather(x.OnCuda, axis, index.OnCuda, y.OnCuda);
            y.ExpectEqual($"gather along {axis} by {index} from {x} to {y}");

            TwinView source = TwinView.Any(random, type, dims, isResult: false),
                target = TwinView.Any(random, type, table, isResult: true);
            bool add = round % 2 == 0;
            Cpu.Scatter(source.OnCpu, axis, index.OnCpu, target.OnCpu, add);
            Cuda.Scatter(source.OnCuda, axis, index.OnCuda, target.OnCuda, add);
            target.ExpectEqual($"scatter (add {add}) along {axis} by {index} from {source} to {target}");
        }
    }

    [TestCase(300, 12, 7, true)]
    [TestCase(300, 12, 1, true)]
    [TestCase(500, 1, 400, true)]
    [TestCase(500, 3, 50, false)]
    public void Long_lines_are_sorted_and_summed_in_their_order(int length, int columns, int rows, bool add)
    {
        System.Random random = new(length + columns);
        foreach (DType type in Types)
        {
            // As an embedding's gradient: the same positions for every column; and, beside it, positions of each line's
            // own.
            foreach (int columnsFrom in new[] { 1, 2 })
            {
                TwinView index = TwinView.Positions(random, [length, columns], rows, columnsFrom);
                TwinView source = TwinView.Contiguous(random, type, length, columns),
                    y = TwinView.Contiguous(random, type, rows, columns);
                Cpu.Scatter(source.OnCpu, 0, index.OnCpu, y.OnCpu, add);
                Cuda.Scatter(source.OnCuda, 0, index.OnCuda, y.OnCuda, add);
                y.ExpectEqual($"{type}: {index}");
            }
        }
    }

    [Test]
    public void Embeddings_learn_on_the_device()
    {
        var index = Tensor.From(3L, 1L, 3L, 0L, 3L);
        Tensor[] gradients = [.. new[] { Device.Cpu, EmulatedCuda.Device }.Select(device =>
        {
            Tensor table = Tensor.Arange(20).To(DType.Float32).Reshape(4, 5).To(device);
            table.RequiresGrad = true;
            (table.IndexSelect(0, index.To(device)).Square() * 0.1).Sum().Backward();
            return table.Grad!;
        })];
        Assert.That(gradients[1].ToArray<float>(), Is.EqualTo(gradients[0].ToArray<float>()));
    }
}
