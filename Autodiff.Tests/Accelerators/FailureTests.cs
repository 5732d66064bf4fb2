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

    [Test]
    public void Groups_that_are_too_small_are_refused()
    {
        using Context context = Context.Create(static builder => builder.CPU(new CPUDevice(4, 2, 1)));
        using Accelerator accelerator = context.GetCPUDevice(0).CreateAccelerator(context);
        Assert.That(() => Device.Of(accelerator),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("8 threads at most"));
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
