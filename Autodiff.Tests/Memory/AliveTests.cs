using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Devices;
using Autodiff.Steps;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.MemoryTests;

/// <summary>
/// What works with memory by its address keeps what owns the address alive. Only optimized code forgets an object after
/// its last use: the runs without tiered compilation see it.
/// </summary>
[Category("Memory")]
[NonParallelizable]
public sealed class AliveTests
{
    private const int Large = 70_000; // of a size that no other test asks for

    [Test]
    public void An_owner_that_waits_to_give_its_memory_back_is_not_found_dead()
    {
        LiveMemory live = new(1 << 20);
        Block block = new();
        object?[] owner = Owner(live, block);
        using ManualResetEventSlim begun = new();
        Exception? failure = null;
        Thread other = new(() =>
        {
            try
            {
                Release(live, block, owner, begun);
            }
            catch (ArgumentOutOfRangeException e)
            {
                failure = e;
            }
        });
        lock (Gate(live))
        {
            other.Start();
            begun.Wait();
            SpinWait.SpinUntil(() => other.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 5000);
            GC.Collect();
            live.Sweep();
        }

        other.Join();
        Assert.That(failure, Is.Null, "the block is no longer the owner's");
        Assert.That(block.GivenBack, Is.EqualTo(1));

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_gate")]
        static extern ref readonly Lock Gate(LiveMemory memory);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static object?[] Owner(LiveMemory live, Block block)
        {
            object owner = new();
            live.Track(block, owner);
            return [owner];
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Release(LiveMemory live, Block block, object?[] last, ManualResetEventSlim begun)
        {
            object owner = last[0]!;
            last[0] = null;
            begun.Set();
            live.Release(block, owner);
        }
    }

    [Test]
    public void A_forgotten_step_keeps_its_program_until_it_has_run([Values("cpu", "cuda")] string device)
    {
        WeakReference program = new(null);
        bool? isAlive = null;
        Tensor result = Run(On(device), program, () =>
        {
            GC.Collect();
            isAlive = program.IsAlive;
        });
        Assert.That(result.Item(), Is.EqualTo(5.0 * Large));
        Assert.That(isAlive, Is.True);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static Tensor Run(Device device, WeakReference program, Action inBetween)
        {
            Action? act = null;
            CompiledStep step = Captured(device, () => act?.Invoke(), out _, out Tensor x);
            program.Target = Latest(step);
            act = inBetween;
            return step.Run(x);
        }
    }

    [Test]
    public void What_a_replay_works_with_outlives_a_disposal_in_between([Values("cpu", "cuda")] string device)
    {
        Device on = On(device);
        Action? act = null;
        using CompiledStep step = Captured(on, () => act?.Invoke(), out Tensor weight, out Tensor x);
        act = () =>
        {
            Thread other = new(() =>
            {
                weight.Dispose();
                for (int i = 0; i < 3; i++)
                {
                    Tensor.Full([Large], -1, device: on).Dispose(); // gets the memory, if it was given back
                }
            });
            other.Start();
            other.Join();
        };
        if (device == "cpu")
        {
            Assert.That(() => step.Run(x), Throws.InstanceOf<ObjectDisposedException>(), "each command asks anew");
        }
        else
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(5.0 * Large));
        }

        act = null;
        Assert.That(() => step.Run(x), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_step_that_host_code_of_its_own_resets_runs_to_the_end([Values("cpu", "cuda")] string device)
    {
        Action? act = null;
        CompiledStep step = Captured(On(device), () => act?.Invoke(), out _, out Tensor x);
        List<GCHandle>? pins = Latest(step) is StepProgram program ? Pins(program) : null;
        int during = -1;
        act = () =>
        {
            step.Reset();
            during = pins?.Count ?? -1;
        };
        Assert.That(step.Run(x).Item(), Is.EqualTo(5.0 * Large));
        Assert.That(during, device == "cpu" ? Is.GreaterThan(0) : Is.EqualTo(-1), "arrays stay in their place");
        Assert.That(pins ?? [], Is.Empty);
        act = null;
        Assert.That(step.Run(x).Item(), Is.EqualTo(5.0 * Large), "captured anew");

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pins")]
        static extern ref List<GCHandle> Pins(StepProgram program);
    }

    [Test]
    public void An_input_that_is_disposed_while_it_is_brought_in_is_not_read_later()
    {
        using CompiledStep step = Captured(Device.Cpu, static () => { }, out _, out Tensor before);
        var program = (StepProgram)Latest(step)!;
        Tensor own = Tensor.Empty([Large]), after = Tensor.Ones([Large]);
        var first = new Reader(own);
        var second = new Reader(own);
        InputSlot slot = new(own, [], [new(first, 0, 0, -1), new(second, 0, 0, -1)]);
        using MemoryUse use = MemoryUse.Begin();
        slot.Load(before, program, use);
        second.Fails = true;
        Assert.That(() => Load(after), Throws.InstanceOf<ObjectDisposedException>());
        second.Fails = false;
        Load(before);
        Assert.That((first.Read, second.Read), Is.EqualTo((before.Storage, before.Storage)));

        void Load(Tensor input)
        {
            using MemoryUse inner = MemoryUse.Begin();
            slot.Load(input, program, inner);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_latest")]
    private static extern ref CompiledProgram? Latest(CompiledStep step);

    private static Device On(string name) =>
        name == "cpu" ? Device.Cpu : CudaUnderTest.Emulated(new EmulatedDriver());

    /// <summary>A captured step (2 x + 3) whose replays run host code in the middle.</summary>
    private static CompiledStep Captured(Device device, Action inBetween, out Tensor weight, out Tensor x)
    {
        Tensor three = Tensor.Full([Large], 3, device: device);
        CompiledStep step = new((Tensor t) =>
        {
            Tensor twice = t * 2;
            StepRecording.Live(inBetween);
            return (twice + three).Sum();
        });
        (weight, x) = (three, Tensor.Ones([Large], device: device));
        for (int i = 0; i < 4; i++)
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(5.0 * Large));
        }

        Assert.That(step.EagerReason, Is.Null);
        return step;
    }

    /// <summary>A call that reads one operand, which another thread may have disposed.</summary>
    private sealed class Reader(Tensor x) : Command("read", 0, [x.View], 0)
    {
        public bool Fails { get; set; }

        /// <summary>What it was last prepared for.</summary>
        public Storage? Read { get; private set; }

        public override void Run()
        {
        }

        public override void Prepare() =>
            Read = !Fails ? Operands[0].Storage : throw new ObjectDisposedException("tensor");
    }

    private sealed class Block : MemoryBlock
    {
        public int GivenBack { get; private set; }

        public override nint Address => 0x7000_0000;

        public override void GiveBack()
        {
            GivenBack++;
            End();
        }
    }
}
