using Autodiff.Algebra;
using Autodiff.Gpu.Accelerators;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace Autodiff.Tests.Accelerators;

/// <summary>What goes wrong is said, and the engine works on.</summary>
[NonParallelizable]
public class FailureTests
{
    [TearDown]
    public void The_engine_works_on() => Assert.That(
        (Tensor.Ones([3], device: CpuAccelerator.Device) + 1).To(Device.Cpu).ToArray<float>(),
        Is.EqualTo(new float[] { 2, 2, 2 }));

    [Test]
    public void An_accelerator_is_one_device() =>
        Assert.That(Device.Of(((AcceleratorBackend)CpuAccelerator.Device.Backend).Accelerator),
            Is.SameAs(CpuAccelerator.Device));

    [Test]
    public void An_accelerator_that_is_disposed_under_a_live_tensor_is_named()
    {
        Accelerator accelerator = CpuAccelerator.New();
        Tensor x = Tensor.Ones([4], device: Device.Of(accelerator));
        accelerator.Dispose();
        Assert.That(() => x + 1, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("accelerator"));
        Assert.That(() => x.ToArray<float>(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(x.Dispose, Throws.Nothing);
    }

    [Test]
    public void Two_accelerators_in_one_operation_are_named()
    {
        using Accelerator accelerator = CpuAccelerator.New();
        Device other = Device.Of(accelerator);
        Tensor x = Tensor.Ones([4], device: other), y = Tensor.Ones([4], device: CpuAccelerator.Device);
        Assert.That(() => x + y, Throws.InstanceOf<Exception>().With.Message.Contains(other.ToString())
            .And.Message.Contains(CpuAccelerator.Device.ToString()));
    }

    [Test]
    public void Too_little_memory_is_said_and_what_is_dead_is_given_back()
    {
        using Accelerator accelerator = CpuAccelerator.New();
        Device device = Device.Of(accelerator);
        AcceleratorMemory memory = ((AcceleratorBackend)device.Backend).Memory;
        memory.Limit = 1 << 20;
        Tensor kept = Tensor.Ones([1000], device: device);
        for (int i = 0; i < 40; i++)
        {
            using Tensor some = Tensor.Empty([50_000 + 1000 * i], device: device);
        }

        Assert.That(memory.Reserved, Is.LessThanOrEqualTo(1 << 20));
        Assert.That(() => Tensor.Empty([1 << 20], device: device),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Contains("4,194,304 bytes are asked for"));
        Assert.That(kept.Sum().Item(), Is.EqualTo(1000));
    }

    [Test]
    public void Memory_is_handed_out_again()
    {
        AcceleratorMemory memory = ((AcceleratorBackend)CpuAccelerator.Device.Backend).Memory;
        Tensor.Empty([5000], device: CpuAccelerator.Device).Dispose();
        long before = memory.Reserved;
        for (int i = 0; i < 50; i++)
        {
            Tensor.Empty([5000], device: CpuAccelerator.Device).Dispose();
        }

        Assert.That(memory.Reserved, Is.EqualTo(before));
    }

    [TestCase(2, 1)]
    [TestCase(8, 1)]
    [TestCase(16, 16)]
    public void Blocks_have_as_many_threads_as_groups_allow(int most, int block)
    {
        CPUDevice small = new(most, 1, 1);
        using Context context = Context.Create(builder => builder.CPU(small));
        using Accelerator accelerator = small.CreateAccelerator(context);
        Device device = Device.Of(accelerator);
        Assert.That(((AcceleratorBackend)device.Backend).Sizes.Block, Is.EqualTo(block));
        Assert.That(Tensor.Ones([3, 5], device: device).Sum(0).To(Device.Cpu).ToArray<float>(), Has.All.EqualTo(3));
    }

    [Test]
    public void A_device_without_float64_refuses_it_by_the_operations_name()
    {
        using Accelerator accelerator = CpuAccelerator.New();
        Device device = Device.Of(accelerator);
        ((AcceleratorBackend)device.Backend).HasDouble = false;
        Tensor x = Tensor.From(1.0, 2, 3).To(device);
        Assert.That(() => x.Sigmoid(), Throws.TypeOf<NotSupportedException>().With.Message.StartsWith("Sigmoid: ")
            .And.Message.Contains("has no float64").And.Message.Contains("To(DType.Float32)"));
        Assert.That(() => x.Sum(), Throws.TypeOf<NotSupportedException>().With.Message.Contains("has no float64"));
        Assert.That((Tensor.Ones([3], device: device) + 1).Sum().Item(), Is.EqualTo(6));
    }

    [Test]
    public void A_context_that_would_compute_something_else_is_refused_with_the_line_to_write()
    {
        Refused(static builder => builder.Optimize(OptimizationLevel.O2), "does not know the engine's instructions");
        Refused(static builder => builder.EnableAutodiff().Optimize(OptimizationLevel.O2).Math(MathMode.Fast),
            "trades exactness for speed");
        Refused(static builder => builder.EnableAutodiff().Optimize(OptimizationLevel.O1), "does not optimize");
        using Context context =
            Context.Create(static builder => builder.EnableAutodiff().Optimize(OptimizationLevel.O2));
        Assert.That(() => AcceleratorBackend.Require(context, "Device.Of"), Throws.Nothing);

        static void Refused(Action<Context.Builder> build, string why)
        {
            using Context context = Context.Create(build);
            Assert.That(() => AcceleratorBackend.Require(context, "Device.Of(it)"),
                Throws.TypeOf<NotSupportedException>().With.Message.StartsWith("Device.Of(it): its context ")
                    .And.Message.Contains(why).And.Message.Contains(AcceleratorBackend.Builder));
        }
    }

    [Test]
    public void Without_a_gpu_it_is_said_what_was_looked_for()
    {
        if (Autodiff.Cuda.IsAvailable)
        {
            Assert.That(Device.Gpu(), Is.SameAs(Device.Cuda()));
            return;
        }

        try
        {
            Assert.That(Device.Gpu().Type, Is.EqualTo("opencl"));
        }
        catch (PlatformNotSupportedException e)
        {
            Assert.That(e.Message, Does.StartWith("Device.Gpu(): no CUDA device (").And.Contains("no OpenCL device ("));
            Assert.That(() => Device.OpenCl(), Throws.TypeOf<PlatformNotSupportedException>());
        }
    }

    [Test]
    public void A_formula_that_cannot_be_compiled_is_named_and_breaks_nothing()
    {
        Tensor x = Tensor.Ones([3], device: CpuAccelerator.Device);
        Assert.That(() => x.MapByDual(default(Thrower)),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("Thrower"));
        Assert.That(x.MapByDual(default(Own)).To(Device.Cpu).ToArray<float>(), Is.EqualTo(new float[] { 6, 6, 6 }));
    }

    private readonly struct Thrower : IUnaryFormula
    {
        private readonly int _count = 0;

        public Thrower()
        {
        }

        public S F<S>(S x) where S : IReal<S> => _count < 100 ? x : throw new InvalidOperationException("Too many.");
    }

    private readonly struct Own : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x * S.Const(5) + S.Const(1);
    }
}
