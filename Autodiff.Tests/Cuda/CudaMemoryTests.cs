using System.Runtime.CompilerServices;
using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>Device memory: what comes and goes, and what happens when there is none.</summary>
[Category("Memory")]
[TestFixture]
public sealed class CudaMemoryTests
{
    [TestCase(1)]
    [TestCase(1000)]
    [TestCase(1 << 20)]
    [TestCase((5 << 20) + 3)]
    public void What_is_moved_to_the_device_comes_back(int count)
    {
        int[] data = [.. Enumerable.Range(0, count)];
        Tensor there = Tensor.From<int>(data, [count]).To(CudaUnderTest.Device);
        Assert.That(there.Device.Type, Is.EqualTo("cuda"));
        Assert.That(there.ToArray<int>().AsSpan().SequenceEqual(data));
        Assert.That(there.To(Device.Cpu).ToArray<int>().AsSpan().SequenceEqual(data));
    }

    [Test]
    public void Many_small_writes_share_the_staging_memory()
    {
        Device device = CudaUnderTest.Device;
        Tensor[] all = [.. Enumerable.Range(0, 300).Select(i => Tensor.Full([17 * 1024], i, DType.Int64).To(device))];
        Assert.That(all.Select(t => t[t.Size(0) - 1].Item()),
            Is.EqualTo(Enumerable.Range(0, 300).Select(i => (double)i)));
    }

    [Test]
    public void Disposed_memory_is_counted_free_at_once_and_cannot_be_read()
    {
        Device device = CudaUnderTest.Emulated(new EmulatedDriver());
        Tensor x = Tensor.Empty([1000], device: device);
        Assert.That((Autodiff.Cuda.MemoryAllocated(device), CudaUnderTest.Context(device).Live.Count),
            Is.EqualTo((4000L, 1L)));
        x.Dispose();
        x.Dispose();
        Assert.That((Autodiff.Cuda.MemoryAllocated(device), Autodiff.Cuda.MaxMemoryAllocated(device)),
            Is.EqualTo((0L, 4000L)));
        Assert.That(() => x.ToArray<float>(), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Forgotten_tensors_make_room_for_new_ones()
    {
        using EmulatedDriver driver = new(16 << 20);
        Device device = CudaUnderTest.Emulated(driver);
        for (int i = 0; i < 100; i++)
        {
            Forget(device);
        }

        Assert.That(driver.Memory.Peak, Is.LessThanOrEqualTo(16UL << 20));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(Device device) => Tensor.Empty([1 << 18], device: device);
    }

    [Test]
    public void Without_memory_left_the_message_counts_and_the_engine_goes_on()
    {
        using EmulatedDriver driver = new(6 << 20);
        Device device = CudaUnderTest.Emulated(driver);
        Tensor kept = Tensor.Full([1 << 19], 7, device: device);
        Assert.That(
            () => Tensor.Empty([5 << 18], device: device),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Contains("5,242,880 bytes")
                .And.Message.Contains("4,194,304 of 6,291,456 are free")
                .And.Message.Contains("Emulated A100"));
        Assert.That((kept + kept).Sum().Item(), Is.EqualTo(14.0 * (1 << 19)));
        kept.Dispose();
        Assert.That(Tensor.Ones([1 << 19], device: device).Sum().Item(), Is.EqualTo(1 << 19));
    }

    [Test]
    public void A_free_never_waits_for_the_context()
    {
        Device device = CudaUnderTest.Emulated(new EmulatedDriver());
        CudaContext context = CudaUnderTest.Context(device);
        Tensor x = Tensor.Empty([1000], device: device);
        using (context.Enter())
        {
            Thread other = new(x.Dispose);
            other.Start();
            Assert.That(other.Join(TimeSpan.FromSeconds(30)), "a release on another thread waited");
            Assert.That(context.Live.Bytes, Is.EqualTo(4000));
        }

        context.Synchronize();
        Assert.That(context.Live.Bytes, Is.Zero);
    }

    [Test]
    public void Several_threads_may_use_one_device()
    {
        Device device = CudaUnderTest.Device;
        double[] sums = new double[4];
        Thread[] threads = [.. Enumerable.Range(0, sums.Length).Select(i => new Thread(() =>
        {
            Tensor x = Tensor.Full([1000], i, device: device);
            for (int k = 0; k < 10; k++)
            {
                x = x + 1;
            }

            sums[i] = x.Sum().Item();
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.That(sums, Is.EqualTo(new double[] { 10_000, 11_000, 12_000, 13_000 }));
    }

    [Test]
    public void A_scope_held_across_an_await_frees_what_tasks_made_in_it()
    {
        Device device = CudaUnderTest.Emulated(new EmulatedDriver());
        Tensor before = Tensor.Ones([100], device: device), kept = before;
        Tensor[] parts = new Tensor[8];
        Task running = Work();
        Tensor outside = before + 1; // made while the method waits: none of its business
        running.GetAwaiter().GetResult();
        Assert.That(() => parts[3].Sum(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That((outside + kept).ToArray<float>(), Is.All.EqualTo(5));
        Tensor after = before * 2;
        using (Autodiff.Cuda.Scope())
        {
        }

        Assert.That(after.ToArray<float>(), Is.All.EqualTo(2), "the first thread is in no scope");

        async Task Work()
        {
            using CudaScope scope = Autodiff.Cuda.Scope();
            await Task.Delay(20).ConfigureAwait(false);
            Parallel.For(0, parts.Length, i => parts[i] = before + i);
            kept = scope.Keep(parts[2] * 1);
        }
    }

    [Test]
    public void A_scope_frees_what_was_made_in_it_and_not_kept()
    {
        Device device = CudaUnderTest.Emulated(new EmulatedDriver());
        Tensor before = Tensor.Ones([100], device: device), kept, part, lost;
        using (CudaScope outer = Autodiff.Cuda.Scope())
        {
            using (CudaScope inner = Autodiff.Cuda.Scope())
            {
                lost = before + 1;
                kept = inner.Keep(lost * 2);
                part = inner.Keep((before * 3)[..10]);
                Assert.That(outer.Dispose, Throws.InvalidOperationException);
            }

            Assert.That(Autodiff.Cuda.MemoryAllocated(device), Is.EqualTo(1200));
            Assert.That(part.ToArray<float>(), Is.All.EqualTo(3));
            outer.Keep(kept);
        }

        Assert.That(() => lost.Sum(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => part.ToArray<float>(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That((before + kept).ToArray<float>(), Is.All.EqualTo(5));
    }
}
