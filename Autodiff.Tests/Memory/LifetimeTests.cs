using System.Runtime.CompilerServices;
using Autodiff.Cpu;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.MemoryTests;

/// <summary>
/// Memory is given back when its storage is disposed or dead and no operation works with it any more: never before,
/// never twice.
/// </summary>
[Category("Memory")]
[NonParallelizable]
public sealed class LifetimeTests
{
    private const int Large = 50_000; // of a size that no other test asks for

    private static Device Device(string name) =>
        name == "cpu" ? Autodiff.Device.Cpu : CudaUnderTest.Emulated(new EmulatedDriver());

    [Test]
    public void Of_two_threads_that_dispose_a_tensor_one_gives_its_memory_back([Values("cpu", "cuda")] string device)
    {
        Device on = Device(device);
        using Barrier start = new(2);
        for (int i = 0; i < (device == "cpu" ? 400 : 60); i++)
        {
            Tensor shared = Tensor.Empty([Large], device: on);
            Thread other = new(Dispose);
            other.Start();
            Dispose();
            other.Join();
            Tensor a = Tensor.Full([Large], 1, device: on), b = Tensor.Full([Large], 2, device: on);
            Assert.That((a[0].Item(), b[0].Item()), Is.EqualTo((1.0, 2.0)), $"try {i}");
            a.Dispose();
            b.Dispose();

            void Dispose()
            {
                start.SignalAndWait();
                shared.Dispose();
            }
        }
    }

    [Test]
    public void Memory_that_is_worked_with_outlives_a_disposal_on_another_thread([Values("cpu", "cuda")] string device)
    {
        Device on = Device(device);
        Tensor x = Tensor.Full([Large], 3, device: on);
        nint before, during, after;
        using (MemoryUse use = MemoryUse.Begin())
        {
            before = Address(x, use);
            Thread other = new(() =>
            {
                x.Dispose();
                Assert.That(() => x.Sum(), Throws.InstanceOf<ObjectDisposedException>());
            });
            other.Start();
            other.Join();
            using MemoryUse inner = MemoryUse.Begin();
            Tensor next = Tensor.Empty([Large], device: on);
            during = Address(next, inner);
            Assert.That(() => Tensor.Ones([1], device: on).Item(), Is.EqualTo(1), "other work goes on");
            next.Dispose();
        }

        using (MemoryUse use = MemoryUse.Begin())
        {
            Assert.That(during, Is.Not.EqualTo(before), "reused while it was worked with");
            Tensor[] all = [.. Enumerable.Range(0, 2).Select(_ => Tensor.Empty([Large], device: on))];
            after = Address(all[0], use);
            Assert.That(new[] { after, Address(all[1], use) }, device == "cpu" ? Does.Contain(before) : Is.Not.Empty,
                "given back when the work had ended");
        }
    }

    [Test]
    public void Memory_that_is_worked_with_outlives_its_last_reference([Values("cpu", "cuda")] string device)
    {
        Device on = Device(device);
        LiveMemory live = Live(on);
        using MemoryUse use = MemoryUse.Begin();
        nint address = Forgotten(on, use);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        live.Sweep();
        using MemoryUse inner = MemoryUse.Begin();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(Address(Tensor.Empty([Large], device: on), inner), Is.Not.EqualTo(address));
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static nint Forgotten(Device on, in MemoryUse use) => Address(Tensor.Full([Large], 3, device: on), use);
    }

    [Test]
    public void What_another_thread_disposes_is_read_whole_or_not_at_all([Values("cpu", "cuda")] string device)
    {
        Device on = Device(device);
        int count = device == "cpu" ? Large : 600, tries = device == "cpu" ? 1000 : 100, read = 0;
        Tensor shared = Tensor.Full([count], 1, device: on);
        using Barrier start = new(2);
        Thread other = new(() =>
        {
            for (int i = 0; i < tries; i++)
            {
                start.SignalAndWait();
                Tensor mine = Volatile.Read(ref shared);
                Thread.SpinWait(i % 50 * (device == "cpu" ? 20 : 5000));
                mine.Dispose();
                Tensor.Full([count], -1, device: on).Dispose(); // gets the memory, if it was given back
                start.SignalAndWait();
            }
        });
        other.Start();
        string? wrong = null;
        for (int i = 0; i < tries; i++)
        {
            start.SignalAndWait();
            try
            {
                Tensor sum = i % 3 == 0 ? shared + shared : shared.Sum();
                float[] values = i % 3 == 2 ? shared.ToArray<float>()[..1] : sum.ToArray<float>();
                float right = (i % 3) switch { 0 => 2, 1 => count, _ => 1 };
                wrong ??= values.All(value => value == right)
                    ? null
                    : $"try {i}: {values.First(value => value != right)} instead of {right}";
                read++;
            }
            catch (ObjectDisposedException)
            {
            }

            start.SignalAndWait();
            Volatile.Write(ref shared, Tensor.Full([count], 1, device: on));
        }

        other.Join();
        Assert.That(wrong, Is.Null);
        Assert.That(read, Is.GreaterThan(0));
    }

    [Test]
    public void A_span_keeps_its_array_whatever_another_thread_disposes()
    {
        for (int i = 0; i < 300; i++)
        {
            Tensor x = Tensor.Full([Large], 3);
            Thread other = new(x.Dispose);
            other.Start();
            try
            {
                Span<float> span = x.AsSpan<float>();
                other.Join();
                Tensor[] next = [Tensor.Full([Large], 4), Tensor.Full([Large], 5)];
                Assert.That(span.IndexOfAnyExcept(3f), Is.EqualTo(-1), $"try {i}");
                Array.ForEach(next, static t => t.Dispose());
            }
            catch (ObjectDisposedException)
            {
                other.Join();
            }
        }
    }

    [Test]
    public void A_small_tensor_may_be_read_while_a_step_that_uses_it_is_captured()
    {
        for (int i = 0; i < 40; i++)
        {
            Tensor x = Tensor.Full([1000], 3).RequireGrad(), input = Tensor.Ones([1000]);
            bool stop = false;
            float[]? wrong = null;
            Thread reader = new(() =>
            {
                while (!Volatile.Read(ref stop))
                {
                    float[] values = x.ToArray<float>();
                    wrong = values.All(static v => v == 3) ? wrong : values;
                }
            });
            reader.Start();
            using var step = new CompiledStep((Tensor t) => (t * x).Sum());
            step.Run(input);
            Volatile.Write(ref stop, true);
            reader.Join();
            Assert.That(wrong, Is.Null);
        }
    }

    [Test]
    public void A_compiled_step_ends_on_memory_that_is_disposed_meanwhile()
    {
        for (int i = 0; i < 80; i++)
        {
            Tensor weight = Tensor.Full([Large], 2), input = Tensor.Full([Large], 1);
            using var step = new CompiledStep((Tensor t) => (t * weight + t).Sum());
            Assert.That(step.Run(input).Item(), Is.EqualTo(3.0 * Large));
            Thread other = new(() =>
            {
                Thread.SpinWait(i * 25);
                weight.Dispose();
                Tensor.Full([Large], -5).Dispose();
            });
            other.Start();
            try
            {
                Assert.That(step.Run(input).Item(), Is.EqualTo(3.0 * Large), $"try {i}");
            }
            catch (ObjectDisposedException)
            {
            }

            other.Join();
        }
    }

    [Test]
    public void A_finalizer_that_can_reach_a_tensor_can_read_it()
    {
        Reader.Sum = 0;
        Forget();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            BufferPool.Live.Sweep();
            Tensor.Full([Large], 7).Dispose();
        }

        GC.WaitForPendingFinalizers();
        Assert.That(Reader.Sum, Is.EqualTo(2.0 * Large));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => _ = new Reader(Tensor.Full([Large], 2));
    }

    [Test]
    public void Memory_goes_back_after_a_full_collection_even_if_nothing_is_allocated()
    {
        Forget();
        long live = BufferPool.Live.Bytes;
        for (int i = 0; i < 5 && BufferPool.Live.Bytes > live - 9 * 4 * Large; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(BufferPool.Live.Bytes, Is.LessThanOrEqualTo(live - 9 * 4 * Large));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            Tensor[] all = [.. Enumerable.Range(0, 10).Select(_ => Tensor.Empty([Large]))];
            GC.KeepAlive(all);
        }
    }

    [Test]
    public void Two_threads_that_forget_their_tensors_stay_flat()
    {
        MemoryStatistics.ResetPeak();
        long before = MemoryStatistics.Current.LiveBytes;
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            Tensor x = Tensor.Ones([1 << 18]);
            for (int i = 0; i < 500; i++)
            {
                x = x + 1;
            }

            Assert.That(x[0].Item(), Is.EqualTo(501));
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        Assert.That(MemoryStatistics.Current.PeakBytes - before, Is.LessThan(300L << 20),
            "of a thousand tensors of a MiB");
    }

    internal static nint Address(Tensor tensor, in MemoryUse use) => tensor.Storage switch
    {
        KernelStorage cuda => (nint)cuda.Address(use),
        var storage => Fixed((CpuStorage)storage, use),
    };

    private static unsafe nint Fixed(CpuStorage storage, in MemoryUse use)
    {
        fixed (byte* first = &storage.First(use))
        {
            return (nint)first;
        }
    }

    private static LiveMemory Live(Device device) =>
        device.Backend is CudaBackend cuda ? cuda.Context.Live : BufferPool.Live;

    private sealed class Reader(Tensor tensor)
    {
        public static double Sum;

        ~Reader() => Sum = tensor.Sum().Item();
    }
}
