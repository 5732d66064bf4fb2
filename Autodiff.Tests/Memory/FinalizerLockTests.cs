using System.Runtime.CompilerServices;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.MemoryTests;

/// <summary>No allocation waits for finalizers: a user's may want a lock that the allocating thread holds.</summary>
[Category("Memory")]
[NonParallelizable]
public sealed class FinalizerLockTests
{
    private static readonly object Gate = new();

    [Test]
    public void Large_tensors() => UnderTheLock(static () =>
    {
        for (int i = 0; i < 200; i++)
        {
            Tensor.Empty([1 << 18]);
        }
    });

    [Test]
    public void More_than_the_processor_has() => UnderTheLock(static () =>
        Assert.That(() => Tensor.Empty([int.MaxValue / 2, 2], DType.Float64),
            Throws.InstanceOf<OutOfMemoryException>()));

    [Test]
    public void A_device_that_is_full() => UnderTheLock(static () =>
    {
        using EmulatedDriver driver = new(16 << 20);
        Device device = CudaUnderTest.Emulated(driver);
        for (int i = 0; i < 40; i++)
        {
            Forget(device);
        }

        Assert.That(driver.Memory.Peak, Is.LessThanOrEqualTo(16UL << 20));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(Device device) => Tensor.Empty([1 << 18], device: device);
    });

    [Test]
    public void The_capture_of_a_step() => UnderTheLock(static () =>
    {
        using var step = new CompiledStep((Tensor x) => (x * 2).Sum());
        Assert.That(step.Run(Tensor.Ones([100])).Item(), Is.EqualTo(200));
        Assert.That(step.EagerReason, Is.Null);
    });

    private static void UnderTheLock(Action allocate)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            lock (Gate)
            {
                try
                {
                    Forget();
                    GC.Collect(); // its finalizer begins, and waits for the lock
                    allocate();
                }
                catch (Exception e)
                {
                    failure = e;
                }
            }
        }) { IsBackground = true };
        thread.Start();
        Assert.That(thread.Join(TimeSpan.FromSeconds(60)),
            "the allocation waits for the finalizer, which waits for the lock");
        Assert.That(failure, Is.Null);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => _ = new Locker();
    }

    private sealed class Locker
    {
        ~Locker()
        {
            lock (Gate)
            {
            }
        }
    }
}
