using Autodiff.Nn;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Optimizer steps of many parameters in one launch.</summary>
public class UpdateKernelTests
{
    private static readonly Func<IReadOnlyList<Tensor>, Optimizer>[] Optimizers =
    [
        parameters => new SGD(parameters, 0.1),
        parameters => new SGD(parameters, 0.1, momentum: 0.9, nesterov: true),
        parameters => new Adam(parameters, 0.01),
        parameters => new AdamW(parameters, 0.01),
        parameters => new RMSprop(parameters, 0.01),
    ];

    [Test]
    public void Parameters_of_all_sizes_and_types_agree_with_the_processor([Range(0, 4)] int which)
    {
        // More parameters than a table has lines, tails, blocks of several kinds, two types, one with gaps.
        int[][] shapes = [[1], [3], [4], [1023], [1024], [1025], [40, 70],
            .. Enumerable.Range(1, 70).Select(n => new[] { n })];
        Tensor[][] parameters = new Tensor[2][];
        Optimizer[] optimizers = new Optimizer[2];
        for (int d = 0; d < 2; d++)
        {
            Device device = d == 0 ? Device.Cpu : EmulatedCuda.Device;
            parameters[d] =
                [.. shapes.Select((shape, i) =>
                    Values(shape, i).To(i % 5 == 4 ? DType.Float64 : DType.Float32).To(device)),
                        Values([6, 5], 99).To(device).T];
            foreach (Tensor parameter in parameters[d])
            {
                parameter.RequiresGrad = true;
            }

            optimizers[d] = Optimizers[which](parameters[d]);
        }

        for (int step = 0; step < 3; step++)
        {
            for (int d = 0; d < 2; d++)
            {
                foreach (Tensor parameter in parameters[d])
                {
                    using (Tensor.NoGrad())
                    {
                        parameter.Grad = parameter * 0.5 + step;
                    }
                }

                optimizers[d].Step();
            }
        }

        for (int i = 0; i < parameters[0].Length; i++)
        {
            Assert.That(parameters[1][i].To(DType.Float64).ToArray<double>(),
                Is.EqualTo(parameters[0][i].To(DType.Float64).ToArray<double>()), $"parameter {i}");
        }
    }

    [Test]
    public void One_launch_updates_all()
    {
        Tensor[] parameters = [.. Enumerable.Range(1, 20)
            .Select(n => Tensor.Ones([n, 3], device: EmulatedCuda.Device))];
        foreach (Tensor parameter in parameters)
        {
            parameter.RequiresGrad = true;
            parameter.Grad = Tensor.Ones(parameter.Shape, device: EmulatedCuda.Device);
        }

        SGD optimizer = new(parameters, 0.25);
        optimizer.Step();
        long launches = EmulatedCuda.Driver.Launches;
        optimizer.Step();
        Assert.That(EmulatedCuda.Driver.Launches - launches, Is.EqualTo(1));
        Assert.That(parameters[^1].ToArray<float>(), Has.All.EqualTo(0.5f));
    }

    [Test]
    public void The_table_is_written_only_where_something_has_moved()
    {
        Tensor[] parameters = [.. Enumerable.Range(1, 20).Select(n => Parameter(n))];
        Adam optimizer = new(parameters, 0.01);
        Assert.That(CopiesOf(optimizer.Step), Is.EqualTo(2), "a new table: lines, and the lines of blocks");
        Assert.That(CopiesOf(optimizer.Step), Is.Zero, "nothing has moved");
        foreach (Tensor parameter in parameters)
        {
            parameter.Grad!.Fill(0.5); // other numbers in the same place
        }

        Assert.That(CopiesOf(optimizer.Step), Is.Zero, "gradients are where they were");

        Tensor before = parameters[7].Grad!;
        parameters[7].Grad = Tensor.Ones(parameters[7].Shape, device: EmulatedCuda.Device);
        Assert.That(CopiesOf(optimizer.Step), Is.EqualTo(1), "a gradient has moved: lines alone");
        Assert.That(CopiesOf(optimizer.Step), Is.Zero, "and stays there");
        parameters[7].Grad = before;
        Assert.That(CopiesOf(optimizer.Step), Is.EqualTo(1), "it has moved back");

        optimizer = new([.. parameters, Parameter(21)], 0.01);
        Assert.That(CopiesOf(optimizer.Step), Is.EqualTo(2), "a parameter more has blocks of its own");
        Assert.That(CopiesOf(optimizer.Step), Is.Zero, "it is in the table");

        static long CopiesOf(Action step)
        {
            long copies = EmulatedCuda.Driver.CopiesToDevice;
            step();
            return EmulatedCuda.Driver.CopiesToDevice - copies;
        }

        static Tensor Parameter(int length)
        {
            Tensor parameter = Tensor.Ones([length, 3], device: EmulatedCuda.Device).RequireGrad();
            parameter.Grad = Tensor.Ones(parameter.Shape, device: EmulatedCuda.Device);
            return parameter;
        }
    }

    private static Tensor Values(int[] shape, int seed) =>
        Tensor.Randn(Shape.Create(shape), generator: new PhiloxGenerator(seed));
}
