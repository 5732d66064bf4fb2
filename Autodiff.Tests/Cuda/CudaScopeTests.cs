using Autodiff.Devices;
using Autodiff.Nn;
using Autodiff.Operations;
using Autodiff.Steps;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>Memory that the engine needs for itself while a scope is open: no scope gives it back.</summary>
[Category("Memory")]
[TestFixture]
public sealed class CudaScopeTests
{
    /// <summary>Operations on tensors that are there, in several launches: what they write, and how they run.</summary>
    private static IEnumerable<TestCaseData> Operations()
    {
        yield return Case("a sum in two stages", device =>
        {
            (Tensor x, Tensor y) = (Values([1 << 16], device), Tensor.Zeros([], device: device));
            return (y, () => x.Device.Backend.Reduce(Folds.Sum, x.View, y.View, 1, DType.Float32));
        });
        yield return Case("sums of columns in two stages", device =>
        {
            (Tensor x, Tensor y) = (Values([1 << 12, 16], device), Tensor.Zeros([16], device: device));
            return (y, () => x.Device.Backend.Reduce(Folds.Sum, x.T.View, y.View, 1, DType.Float32));
        });
        yield return Case("a scan of segments", device =>
        {
            (Tensor x, Tensor y) = (Values([1 << 16], device), Tensor.Zeros([1 << 16], device: device));
            return (y, () => x.Device.Backend.Scan(Folds.Sum, x.View, y.View, DType.Float32));
        });
        yield return Case("the place of an extreme among segments", device =>
        {
            (Tensor x, Tensor y) = (Values([1 << 16], device), Tensor.Zeros([], DType.Int64, device));
            return (y, () => x.Device.Backend.ArgReduce(largest: true, x.View, y.View));
        });
        yield return Case("a sort in pieces", device =>
        {
            (Tensor x, Tensor y) = (Values([10_000], device), Tensor.Zeros([10_000], device: device));
            Tensor places = Tensor.Zeros([10_000], DType.Int64, device);
            return (y, () => x.Device.Backend.Sort(x.View, descending: false, y.View, places.View));
        });
        yield return Case("a scatter whose places are sorted", device =>
        {
            (Tensor x, Tensor y) = (Values([1000], device), Tensor.Zeros([7], device: device));
            Tensor index = Tensor.Arange(1000L).Remainder(7).To(device);
            return (y, () => x.Device.Backend.Scatter(x.View, 0, index.View, y.View, add: true));
        });
        yield return Case("an optimizer's step of a parameter with gaps", device =>
        {
            (Tensor first, Tensor second) = (Values([6, 5], device).T, Values([9], device));
            (first.Grad, second.Grad) = (Values([5, 6], device), Values([9], device));
            SGD optimizer = new([first, second], 0.1);
            return (first, optimizer.Step);
        });
        yield return Case("a convolution whose weight is packed", device => Convolution(
            device, ConvolutionResult.Output, [1, 32, 1, 5, 5], [32, 32, 1, 3, 3], [1, 32, 1, 5, 5], new(1, 1, 1)));
        yield return Case("a convolution made of copies and products", device => Convolution(
            device, ConvolutionResult.Input, [2, 2, 1, 18, 18], [2, 2, 1, 2, 2], [2, 2, 1, 2, 2], new(9, 0, 1)));
    }

    /// <summary>Operations that work with tables which are kept for the device.</summary>
    private static IEnumerable<TestCaseData> WithTables()
    {
        yield return new TestCaseData((Tensor x) => x.Pad([2, 1], PadMode.Reflect)).SetArgDisplayNames("a reflect pad");
        yield return new TestCaseData((Tensor x) => Functional.Interpolate(x, [9, 7], mode: InterpolationMode.Bilinear))
            .SetArgDisplayNames("a resampling");
        yield return new TestCaseData((Tensor x) => Functional.MaxPool2d(x, 2)).SetArgDisplayNames("a max pool");
        yield return new TestCaseData((Tensor x) => RnnUtils.PackPaddedSequence(x[0], [3, 2, 1], batchFirst: true).Data)
            .SetArgDisplayNames("a packed sequence");
    }

    [TestCaseSource(nameof(Operations))]
    public void A_scope_that_ends_while_a_task_computes_takes_nothing_of_the_operation_away(
        Func<Device, (Tensor Result, Action Run)> prepare)
    {
        using EmulatedDriver driver = new();
        Device device = CudaUnderTest.Emulated(driver);
        (Tensor expected, Action alone) = prepare(device);
        alone();
        (Tensor result, Action run) = prepare(device);
        using ManualResetEventSlim launching = new(), ended = new();
        Task work;
        using (Autodiff.Cuda.Scope())
        {
            driver.Launching = () =>
            {
                driver.Launching = null;
                launching.Set();
                ended.Wait();
            };
            work = Task.Run(run);
            Assert.That(launching.Wait(TimeSpan.FromMinutes(1)), "no kernel was launched");
        }

        long before = driver.Launches;
        ended.Set();
        work.GetAwaiter().GetResult();
        Assert.That(driver.Launches, Is.GreaterThan(before + 1), "one launch has nothing to lose");
        Assert.That(Numbers(result), Is.EqualTo(Numbers(expected)));
    }

    [TestCaseSource(nameof(WithTables))]
    public void A_table_first_needed_in_a_scope_is_there_after_it(Func<Tensor, Tensor> operation)
    {
        using EmulatedDriver driver = new();
        Tensor x = Values([1, 3, 6, 4], CudaUnderTest.Emulated(driver));
        double[] inside;
        using (Autodiff.Cuda.Scope())
        {
            inside = Numbers(operation(x));
        }

        Assert.That(Numbers(operation(x)), Is.EqualTo(inside));
    }

    [Test]
    public void A_compiled_step_captured_in_a_scope_runs_after_it()
    {
        using EmulatedDriver driver = new();
        Device device = CudaUnderTest.Emulated(driver);
        Tensor weight = Values([3], device);
        using CompiledStep step = new(x => (x * weight).Sum());
        for (int i = 1; i < 7; i++)
        {
            Tensor x = Tensor.Full([2, 3], i, device: device);
            using CudaScope scope = Autodiff.Cuda.Scope();
            Assert.That(step.Run(x).Item(), Is.EqualTo((x * weight).Sum().Item()), $"run {i}");
        }

        Assert.That((step.EagerReason, step.Captures), Is.EqualTo(((string?)null, 1)));
    }

    private static TestCaseData Case(string name, Func<Device, (Tensor Result, Action Run)> prepare) =>
        new TestCaseData(prepare).SetArgDisplayNames(name);

    private static (Tensor Result, Action Run) Convolution(
        Device device, ConvolutionResult wanted, int[] input, int[] weight, int[] output, ConvolutionDim axis)
    {
        Tensor x = Values(input, device), w = Values(weight, device), y = Values(output, device);
        ConvolutionGeometry geometry = new(ConvolutionDim.None, axis, axis, 1);
        return (wanted == ConvolutionResult.Output ? y : x,
            () => device.Backend.Convolve(geometry, wanted, x.View, w.View, y.View, null));
    }

    /// <summary>Small whole numbers, whose sums are exact.</summary>
    private static Tensor Values(int[] shape, Device device) =>
        Tensor.Arange(Shape.Create(shape).ElementCount).Mul(7).Remainder(11).To(DType.Float32).Reshape(shape)
            .To(device);

    private static double[] Numbers(Tensor x) => x.To(Device.Cpu).To(DType.Float64).ToArray<double>();
}
