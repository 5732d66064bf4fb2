using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>
/// Elementwise kernels, copies and fills of any layout and type, bit for bit what the processor gives.
/// </summary>
public class ElementwiseKernelTests
{
    private static readonly DType[] Types = [DType.Bool, DType.Int32, DType.Int64, DType.Float32, DType.Float64];

    private static IBackend Cuda => EmulatedCuda.Device.Backend;

    private static IBackend Cpu => Device.Cpu.Backend;

    [Test]
    public void Operands_of_any_layout_and_type_agree_with_the_processor([Range(0, 3)] int part)
    {
        System.Random random = new(part);
        for (int round = 0; round < 60; round++)
        {
            DType compute = Types[random.Next(1, Types.Length)];
            int[] dims = Dims(random);
            int arity = random.Next(1, 5);
            bool mixed = random.Next(2) == 0;
            TwinView[] x = [.. Enumerable.Range(0, arity)
                .Select(_ =>
                    TwinView.Any(random, mixed ? Types[random.Next(Types.Length)] : compute, dims, isResult: false))];
            TwinView y = TwinView.Any(random, mixed ? Types[random.Next(Types.Length)] : compute, dims, isResult: true);
            Run(Cpu, [.. x.Select(view => view.OnCpu)], y.OnCpu, compute);
            Run(Cuda, [.. x.Select(view => view.OnCuda)], y.OnCuda, compute);
            y.ExpectEqual($"{arity} operands in {compute}: {string.Join("; ", x.AsEnumerable())} to {y}");
        }

        static void Run(IBackend backend, TensorView[] x, TensorView y, DType compute)
        {
            switch (x.Length)
            {
                case 1: backend.Map(new Of1<Shifted>(new(2)), [x[0]], y, compute); break;
                case 2: backend.Map(default(Of2<Difference>), [x[0], x[1]], y, compute); break;
                case 3: backend.Map(default(Of3<Larger>), [x[0], x[1], x[2]], y, compute); break;
                default: backend.Map(default(Of4<Mixture>), [x[0], x[1], x[2], x[3]], y, compute); break;
            }
        }
    }

    [TestCase(1)]
    [TestCase(255)]
    [TestCase(1023)]
    [TestCase(1024)]
    [TestCase(4099)]
    public void Whole_groups_and_the_rest_agree_with_the_processor(int count)
    {
        System.Random random = new(count);
        foreach (DType type in Types)
        {
            TwinView x = TwinView.Contiguous(random, type, count),
                truth = TwinView.Contiguous(random, DType.Bool, count);
            DType compute = type == DType.Bool ? DType.Int32 : type;
            Cpu.Map(new Of1<Shifted>(new(1)), [x.OnCpu], truth.OnCpu, compute);
            Cuda.Map(new Of1<Shifted>(new(1)), [x.OnCuda], truth.OnCuda, compute);
            truth.ExpectEqual($"{count} of {type} as bool");
            Cpu.Map(new Of1<Shifted>(new(1)), [x.OnCpu], x.OnCpu, compute);
            Cuda.Map(new Of1<Shifted>(new(1)), [x.OnCuda], x.OnCuda, compute);
            x.ExpectEqual($"{count} of {type} in place");
        }
    }

    [Test]
    public void Steps_may_lead_back()
    {
        foreach (DType type in Types)
        {
            Tensor x = Tensor.Arange(3 * 5 * 8).Remainder(7).To(type).Reshape(3, 5, 8);
            Tensor cuda = x.To(EmulatedCuda.Device);
            foreach (int[] dims in new[] { new[] { 0 }, [1], [2], [0, 1, 2] })
            {
                Assert.That(cuda.Flip(dims).To(DType.Float64).ToArray<double>(),
                    Is.EqualTo(x.Flip(dims).To(DType.Float64).ToArray<double>()),
                    $"{type} from behind in {string.Join(", ", dims)}");
            }
        }
    }

    /// <summary>Rows of elements of eight bytes begin at whole accesses but not at whole groups.</summary>
    [Test]
    public void Rows_may_begin_within_a_group()
    {
        foreach (int distance in (int[])[4, 6, 8, 10, 30])
        {
            Tensor x = Tensor.Arange(3 * distance).Remainder(5).Reshape(3, distance);
            Tensor cuda = x.To(EmulatedCuda.Device);
            foreach (DType type in Types)
            {
                Assert.That(cuda.Slice(1, 0, 4).To(type).To(DType.Float64).ToArray<double>(),
                    Is.EqualTo(x.Slice(1, 0, 4).To(type).To(DType.Float64).ToArray<double>()),
                    $"{type}, {distance} apart");
            }
        }
    }

    [Test]
    public void Threads_with_several_groups_do_the_last_ones_too()
    {
        // The kernel as it is for large tensors, whose blocks a small one fills and leaves partly empty.
        foreach (int count in new[] { 8 * 1024, (8 * 1024) + 3, (9 * 1024) + 2, 5 })
        {
            foreach (int unroll in new[] { 2, 4 })
            {
                Tensor x = Tensor.Arange(count).To(DType.Float32), y = Unrolled.Run(x.To(EmulatedCuda.Device), unroll);
                float[] expected = (x + 3).ToArray<float>();
                Assert.That(y.ToArray<float>(), Is.EqualTo(expected), $"{count} elements, {unroll} groups");
            }
        }
    }

    [Test]
    public void Copies_of_any_layout_and_type_agree_with_the_processor([Range(0, 3)] int part)
    {
        System.Random random = new(100 + part);
        for (int round = 0; round < 60; round++)
        {
            int[] dims = Dims(random);
            DType type = Types[random.Next(Types.Length)];
            TwinView x = TwinView.Any(random, type, dims, isResult: false);
            TwinView y = TwinView.Any(random, random.Next(3) > 0 ? type : Types[random.Next(Types.Length)], dims,
                isResult: true);
            Cpu.Copy(x.OnCpu, y.OnCpu);
            Cuda.Copy(x.OnCuda, y.OnCuda);
            y.ExpectEqual($"{x} to {y}");
        }
    }

    [Test]
    [NonParallelizable]
    public void Operands_beyond_one_launch_are_taken_in_parts()
    {
        var backend = (CudaBackend)Cuda;
        try
        {
            backend.MostCounted = 100;
            Operands_of_any_layout_and_type_agree_with_the_processor(50);
            Copies_of_any_layout_and_type_agree_with_the_processor(50);
            Tensor table = Tensor.Arange(800).Reshape(40, 20), index = Tensor.Arange(160).Remainder(40).Reshape(8, 20);
            Assert.That(table.To(EmulatedCuda.Device).Gather(0, index.To(EmulatedCuda.Device)).ToArray<long>(),
                Is.EqualTo(table.Gather(0, index).ToArray<long>()));
        }
        finally
        {
            backend.MostCounted = int.MaxValue;
        }
    }

    [TestCase(70, 33)]
    [TestCase(64, 64)]
    [TestCase(8, 200)]
    public void Matrices_turn_through_shared_memory(int rows, int columns)
    {
        foreach (DType type in Types)
        {
            Tensor x = Tensor.Arange(6 * rows * columns).Remainder(251).To(type).Reshape(2, 3, rows, columns);
            Tensor cuda = x.To(EmulatedCuda.Device);
            Assert.That(cuda.Transpose(2, 3).Contiguous().To(DType.Int64).ToArray<long>(),
                Is.EqualTo(x.Transpose(2, 3).Contiguous().To(DType.Int64).ToArray<long>()));
            Assert.That(cuda.Permute(3, 0, 2, 1).Contiguous().To(DType.Int64).ToArray<long>(),
                Is.EqualTo(x.Permute(3, 0, 2, 1).Contiguous().To(DType.Int64).ToArray<long>()));
        }
    }

    [Test]
    public void Fills_reach_their_elements_alone()
    {
        System.Random random = new(7);
        for (int round = 0; round < 60; round++)
        {
            TwinView y = TwinView.Any(random, Types[round % Types.Length], Dims(random), isResult: true);
            double value = new[] { 0, -0.0, 1, 0.5, -3, double.NaN, 1e15 }[random.Next(7)];
            Cpu.Fill(y.OnCpu, value);
            Cuda.Fill(y.OnCuda, value);
            y.ExpectEqual($"{value} in {y}");
        }
    }

    [Test]
    public void Another_constant_needs_no_other_kernel()
    {
        Tensor x = Tensor.Ones([10], device: EmulatedCuda.Device);
        _ = x * 1.25;
        long modules = EmulatedCuda.Driver.ModulesLoaded;
        Assert.That((x * 1.5).ToArray<float>(), Has.All.EqualTo(1.5f));
        Assert.That(EmulatedCuda.Driver.ModulesLoaded, Is.EqualTo(modules));
    }

    [Test]
    [NonParallelizable]
    public void Fast_math_is_a_switch()
    {
        Tensor x = Tensor.Linspace(-5, 5, 101), cuda = x.To(EmulatedCuda.Device);
        float[] exact = cuda.Sigmoid().ToArray<float>();
        Assert.That(exact, Is.EqualTo(x.Sigmoid().ToArray<float>()));
        try
        {
            Autodiff.Cuda.FastMath = true;
            Assert.That(cuda.Sigmoid().ToArray<float>(), Is.EqualTo(exact).Within(1e-6));
            Assert.That(cuda.Sin().ToArray<float>(), Is.EqualTo(x.Sin().ToArray<float>()).Within(1e-5));
            Assert.That(cuda.Exp().Log().ToArray<float>(), Is.EqualTo(x.ToArray<float>()).Within(1e-5));
        }
        finally
        {
            Autodiff.Cuda.FastMath = false;
        }

        Assert.That(cuda.Sigmoid().ToArray<float>(), Is.EqualTo(exact));
    }

    private static int[] Dims(System.Random random)
    {
        int rank = random.Next(0, 6);
        return [.. Enumerable.Range(0, rank)
            .Select(_ =>
                random.Next(20) switch { 0 => 0, 1 or 2 => 1, < 10 => 4 * random.Next(1, 4), _ => random.Next(2, 8) })];
    }

    private readonly struct Shifted(double by) : IUnaryFormula
    {
        private readonly Constant _by = by;

        public S F<S>(S x) where S : IReal<S> => x + S.Const(_by);
    }

    private readonly struct Difference : IBinaryFormula
    {
        public S F<S>(S a, S b) where S : IReal<S> => a - b;
    }

    private readonly struct Larger : ITernaryFormula
    {
        public S F<S>(S a, S b, S c) where S : IReal<S> => S.SelectLess(a, b, c, S.Abs(a));
    }

    private readonly struct Mixture : IQuaternaryFormula
    {
        public S F<S>(S a, S b, S c, S d) where S : IReal<S> =>
            S.SelectLessEqual(a, b, S.FusedMultiplyAdd(a, b, c), -d);
    }
}
