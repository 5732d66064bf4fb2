using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Gpu.Ptx;
using Autodiff.Nn;
using Autodiff.Tests.Convolutions;
using Autodiff.Tests.Cuda.MatMul;

namespace Autodiff.Tests.Cuda.Convolutions;

/// <summary>
/// Convolutions as products whose columns are gathered: every tile and every way to read. More shapes, as the plan
/// chooses tiles for them, are in <see cref="ConvolutionTests"/>.
/// </summary>
[NonParallelizable]
public sealed class ImplicitConvolutionTests
{
    private static readonly ConvolutionCase Padded = new(2, 16, 32, [5, 7], [3, 3]) { Padding = [1, 1] };

    private static readonly ConvolutionCase[] Cases =
    [
        Padded,
        new(1, 32, 32, [6, 9], [3, 3]) { Padding = [1, 1], Stride = [2, 2], Groups = 2 },
        new(3, 16, 16, [2, 4], [1, 1]),
        new(2, 3, 5, [13], [4]) { Stride = [3], Padding = [2], Dilation = [2] },
    ];

    private ConvolutionBench _bench = null!;

    // A gathered factor is never rounded to bfloat16.
    private static IEnumerable<TestCaseData> AllTiles =>
        ProductTiles.Cases(ProductTiles.All.Where(tile => tile.Arithmetic != GemmArithmetic.Bfloat16));

    [SetUp]
    public void Open() => _bench = new();

    [TearDown]
    public void Close() => _bench.Dispose();

    [TestCaseSource(nameof(AllTiles))]
    public void Every_tile_gives_the_processors_convolution(object arithmetic, object tile)
    {
        foreach (ConvolutionCase c in Cases)
        {
            Check(c, arithmetic, tile, part: int.MaxValue);
        }
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Parts_of_the_sums_are_added_up(object arithmetic, object tile) =>
        Check(Cases[1], arithmetic, tile, 2 * ((GemmTile)tile).Depth);

    [TestCase(MatMulPrecision.Highest, 19)]
    [TestCase(MatMulPrecision.High, 10)]
    [TestCase(MatMulPrecision.Medium, 10)]
    public void The_plans_own_choice_is_as_exact_as_the_precision_says(MatMulPrecision precision, double bits)
    {
        ConvolutionCase c = new(1, 16, 24, [3, 8, 6], [3, 1, 3]) { Padding = [1, 0, 2], Dilation = [1, 1, 2] };
        _bench.Check(c, DType.Float32, bits, precision);
        if (precision != MatMulPrecision.Highest)
        {
            _bench.Check(c, DType.Float64, 46, precision);
            Assert.That(
                () => _bench.Check(c, DType.Float32, 19, precision), Throws.InstanceOf<AssertionException>(),
                "the tensor cores round float32");
        }
    }

    [Test]
    public void A_convolution_is_one_kernel_and_no_memory_but_the_weights_in_another_order(
        [Values] ConvolutionResult wanted, [Values(3, 16)] int channels)
    {
        ConvolutionCase c = new(4, channels, channels, [16, 16], [3, 3]) { Padding = [1, 1] };
        Tensor[] operands = _bench.Operands(c, wanted, DType.Float32);
        (long launches, long used) = (_bench.Driver.Launches, Autodiff.Cuda.MemoryAllocated(_bench.Device));
        Autodiff.Cuda.ResetPeakMemory(_bench.Device);
        GemmPlan plan = new(GemmPath.Tiled, GemmArithmetic.Float32, GemmTile.Small, int.MaxValue);
        _bench.Run(c, wanted, operands, plan: plan);

        // With few channels the output's weight is read where it lies.
        bool copies = wanted == ConvolutionResult.Input || (wanted == ConvolutionResult.Output && channels == 16);
        Assert.That(_bench.Driver.Launches - launches, Is.EqualTo(copies ? 2 : 1));
        long weight = copies ? 4 * operands[1].ElementCount : 0;
        Assert.That(
            Autodiff.Cuda.MaxMemoryAllocated(_bench.Device), Is.EqualTo(used + weight),
            "the columns would be nine times the input");
        Assert.That(Autodiff.Cuda.MemoryAllocated(_bench.Device), Is.EqualTo(used));
    }

    [TestCase(1, 3, 1)]
    [TestCase(2, 3, 1)]
    [TestCase(1, 1, 2)]
    public void Groups_of_few_channels_are_summed_up_without_tiles(int outputs, int depth, int stride)
    {
        ConvolutionCase c = new(2, 5, 5 * outputs, [depth, 6, 7], [depth, 3, 2])
        {
            Groups = 5, Stride = [1, stride, 1], Padding = [depth / 2, 1, 0], Dilation = [1, 1, 2],
        };
        foreach (ConvolutionResult wanted in Enum.GetValues<ConvolutionResult>())
        {
            int kernels = wanted == ConvolutionResult.Input ? stride : 1;
            Tensor[] operands = _bench.Operands(c, wanted, DType.Float32);
            long launches = _bench.Driver.Launches;
            _bench.Run(c, wanted, operands);
            Assert.That(_bench.Driver.Launches - launches, Is.EqualTo(kernels), $"{wanted}");
        }

        _bench.Check(c, DType.Float32, 19);
        _bench.Check(c, DType.Float64, 46);
        Assert.That(CudaUnderTest.Context(_bench.Device).LoadedTexts, Has.None.Contains(".local"));
    }

    [Test]
    public void Sums_of_weights_are_cut_into_parts_and_have_the_same_bits_at_every_run()
    {
        ConvolutionCase c = new(8, 4, 6, [16, 16], [3, 3]) { Padding = [1, 1] };
        foreach (ConvolutionResult wanted in Enum.GetValues<ConvolutionResult>())
        {
            long launches = _bench.Driver.Launches;
            float[] first = _bench.Run(c, wanted, _bench.Operands(c, wanted, DType.Float32)).ToArray<float>();
            float[] second = _bench.Run(c, wanted, _bench.Operands(c, wanted, DType.Float32)).ToArray<float>();
            Assert.That(second.AsSpan().SequenceEqual(first), $"{wanted}");
            Assert.That(
                wanted != ConvolutionResult.Weight || _bench.Driver.Launches - launches >= 4, "two kernels each time");
        }
    }

    [Test]
    public void Strides_with_more_remainders_than_products_are_worth_are_composed()
    {
        ConvolutionCase c = new(1, 2, 3, [18, 19], [9, 9]) { Stride = [9, 9] };
        long launches = _bench.Driver.Launches;
        _bench.Check(c, DType.Float32, 19);
        Assert.That(_bench.Driver.Launches - launches, Is.InRange(10, 200));
    }

    [Test]
    public void A_captured_step_of_a_convolutional_network_has_the_eager_bits()
    {
        (float[] Losses, float[] Parameters) eager = Train(compiled: false), captured = Train(compiled: true);
        Assert.That(captured.Losses, Is.EqualTo(eager.Losses));
        Assert.That(captured.Parameters, Is.EqualTo(eager.Parameters));
        Assert.That(eager.Losses[^1], Is.LessThan(eager.Losses[0]));
    }

    [Test]
    public void Tiles_have_few_instructions_beside_the_plain_products()
    {
        ConvolutionCase c = new(1, 64, 64, [16, 32], [3, 3]) { Padding = [1, 1] };
        GemmPlan plan = new(GemmPath.Tiled, GemmArithmetic.Float32, GemmTile.Medium, int.MaxValue);
        const double Work = 64.0 * 64 * 9 * 16 * 32;
        Tensor a = Ones(64, 576), b = Ones(576, 512), y = Ones(64, 512);
        _bench.Backend.Products.Forced = plan;
        double product = Figure("product", Work, () => _bench.Backend.MatMul(a.View, b.View, null, y.View));
        foreach (ConvolutionResult wanted in Enum.GetValues<ConvolutionResult>())
        {
            Tensor[] operands = _bench.Operands(c, wanted, DType.Float32);
            double convolution = Figure($"{wanted}", Work, () => _bench.Run(c, wanted, operands, plan: plan));
            Assert.That(convolution, Is.LessThan(1.3 * product), $"{wanted}");
        }

        Tensor Ones(int rows, int columns) => Tensor.Ones([1, rows, columns], device: _bench.Device);
    }

    [TestCase(ConvolutionResult.Output, 22)]
    [TestCase(ConvolutionResult.Input, 22)]
    [TestCase(ConvolutionResult.Weight, 38)]
    public void Groups_of_one_channel_have_fewer_instructions_than_tiles_with_one_row(
        ConvolutionResult wanted, double most)
    {
        ConvolutionCase c = new(8, 8, 8, [16, 32], [3, 3]) { Padding = [1, 1], Groups = 8 };
        Tensor[] operands = _bench.Operands(c, wanted, DType.Float32);
        double figure = Figure(
            $"{wanted}, groups of one channel", 8.0 * 8 * 9 * 16 * 32, () => _bench.Run(c, wanted, operands));
        Assert.That(figure, Is.LessThan(most), "32 rows of a tile are some 60 instructions for one that is wanted");
    }

    [Test]
    public void The_text_of_a_kernel_has_no_local_memory([Values(0, 3)] int checks, [Values] bool channelsLast)
    {
        using KernelWriter w = new(GemmKernel.Entry);
        GemmKernel.Write(
            w, new(GemmArithmetic.TensorFloat32, GemmTile.TensorLarge(4), OperandAccess.DepthVectors,
                OperandAccess.LineElements, Near: true, StoreVectors: true, Bias: true, Relu: false)
            {
                GatherB = new(2, 2, checks, channelsLast), Result = new(2, BiasesRows: true),
            });
        Assert.That(w.ToPtx(), Does.Not.Contain(".local").And.Not.Contain("call"));
    }

    private void Check(ConvolutionCase c, object arithmetic, object tile, int part)
    {
        GemmArithmetic a = (GemmArithmetic)arithmetic;
        (DType type, double bits) = a switch
        {
            GemmArithmetic.Float64 or GemmArithmetic.TensorFloat64 => (DType.Float64, 46),
            GemmArithmetic.TensorFloat32 => (DType.Float32, 10.0),
            _ => (DType.Float32, 19),
        };
        _bench.Check(c, type, bits, plan: new(GemmPath.Tiled, a, (GemmTile)tile, part));
    }

    private double Figure(string name, double work, Action run)
    {
        long before = _bench.Driver.Steps;
        run();
        double steps = 32 * (_bench.Driver.Steps - before) / work;
        TestContext.Out.WriteLine($"{name}: {steps:F2} instructions a multiply-add");
        return steps;
    }

    private (float[] Losses, float[] Parameters) Train(bool compiled)
    {
        Tensor.ManualSeed(2);
        using IDisposable gpu = Device.Use(_bench.Device);
        var model = new Sequential(
            new Conv2d(1, 16, 3, padding: 1), new ReLU(), new Conv2d(16, 4, 3, stride: 2), new ReLU(),
            new Flatten(), new Linear(36, 3)).To(_bench.Device);
        var optimizer = new SGD(model.Parameters(), 0.1);
        (Tensor x, Tensor t) = (Tensor.Randn([2, 1, 8, 8]), Tensor.Randn([2, 3]));
        Func<Tensor, Tensor, Tensor> step = (inputs, targets) =>
        {
            optimizer.ZeroGrad();
            Tensor error = new MSELoss().Forward(model.Forward(inputs), targets);
            error.Backward();
            optimizer.Step();
            return error;
        };
        using var replay = new CompiledStep(step);
        float[] losses =
            [.. Enumerable.Range(0, 4).Select(_ => (compiled ? replay.Run(x, t) : step(x, t)).Item<float>())];
        Assert.That(replay.EagerReason, Is.Null);
        Assert.That(replay.Captures, Is.EqualTo(compiled ? 1 : 0));
        return (losses, [.. model.Parameters().SelectMany(p => p.ToArray<float>())]);
    }
}
