namespace Autodiff.Tests.TapeTests;

/// <summary>Scopes that users open flow with the execution context and end with the code that opened them.</summary>
public class FlowTests
{
    /// <summary>Each kind of scope: how it is opened, and whether it is in force.</summary>
    public sealed record Kind(string Name, Func<IDisposable> Open, Func<bool> Holds)
    {
        public override string ToString() => Name;
    }

    private static readonly Kind[] s_kinds =
    [
        new("NoGrad", () => Tensor.NoGrad(), () => !GradMode.IsEnabled),
        new("AnomalyMode", AnomalyMode.Enable, () => AnomalyMode.IsEnabled),
        new("Device", () => Device.Use(Device.Reference),
            () => ReferenceEquals(Device.Current, Device.Reference)
                && ReferenceEquals(Tensor.Zeros([1]).Device, Device.Reference)),
    ];

    /// <summary>A thread of its own without anything in force, so that a leak can't be someone else's.</summary>
    private static void OnFreshThread(Action action)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    [TestCaseSource(nameof(s_kinds))]
    public void A_scope_held_across_an_await_follows_the_method_and_leaves_the_first_thread(Kind kind) =>
        OnFreshThread(() =>
    {
        using SemaphoreSlim go = new(0);
        int first = Environment.CurrentManagedThreadId, second = first;
        List<bool> seen = [];
        Task running = Hold();
        Assert.That(kind.Holds(), Is.False, "the caller goes on while the method waits");
        go.Release();
        running.GetAwaiter().GetResult();
        Assert.Multiple(() =>
        {
            Assert.That(kind.Holds(), Is.False, "and afterwards");
            Assert.That(second, Is.Not.EqualTo(first));
            Assert.That(seen, Is.EqualTo(new[] { true, true, false }));
        });

        async Task Hold()
        {
            using (kind.Open())
            {
                seen.Add(kind.Holds());
                await go.WaitAsync().ConfigureAwait(false);
                second = Environment.CurrentManagedThreadId;
                seen.Add(kind.Holds());
            }

            seen.Add(kind.Holds());
        }
    });

    [TestCaseSource(nameof(s_kinds))]
    public void Tasks_and_parallel_loops_begun_inside_have_it_and_pool_threads_do_not_keep_it(Kind kind) =>
        OnFreshThread(() =>
    {
        bool[] parallel = new bool[200];
        bool task, longRunning;
        using (kind.Open())
        {
            task = Task.Run(kind.Holds).GetAwaiter().GetResult();
            longRunning = Task.Factory.StartNew(kind.Holds, default, TaskCreationOptions.LongRunning,
                TaskScheduler.Default).GetAwaiter().GetResult();
            Parallel.For(0, parallel.Length, i => parallel[i] = kind.Holds());
        }

        bool[] after = new bool[200];
        Parallel.For(0, after.Length, i => after[i] = kind.Holds());
        Assert.Multiple(() =>
        {
            Assert.That(task);
            Assert.That(longRunning);
            Assert.That(parallel, Is.All.True);
            Assert.That(after, Is.All.False);
        });
    });

    [TestCaseSource(nameof(s_kinds))]
    public void A_thread_that_the_program_starts_begins_without(Kind kind) => OnFreshThread(() =>
    {
        bool inThread = true, inItsTask = true, continued = false;
        using (kind.Open())
        {
            OnFreshThread(() =>
            {
                inThread = kind.Holds();
                inItsTask = Task.Run(kind.Holds).GetAwaiter().GetResult();
            });

            // A continuation of this context on such a thread has it all the same.
            TaskCompletionSource signal = new();
            Task continuation = Continue();
            ExecutionContext.SuppressFlow();
            Thread other = new(signal.SetResult);
            other.Start();
            ExecutionContext.RestoreFlow();
            other.Join();
            continuation.GetAwaiter().GetResult();

            async Task Continue()
            {
                await signal.Task.ConfigureAwait(false);
                continued = kind.Holds() && !Thread.CurrentThread.IsThreadPoolThread;
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(inThread, Is.False);
            Assert.That(inItsTask, Is.False);
            Assert.That(continued);
        });
    });

    [TestCaseSource(nameof(s_kinds))]
    public void Scopes_may_end_in_any_order_and_twice(Kind kind) => OnFreshThread(() =>
    {
        IDisposable outer = kind.Open(), middle = kind.Open(), inner = kind.Open();
        middle.Dispose();
        Assert.That(kind.Holds());
        outer.Dispose();
        outer.Dispose();
        Assert.That(kind.Holds());
        inner.Dispose();
        Assert.That(kind.Holds(), Is.False);
        middle.Dispose();
        Assert.That(kind.Holds(), Is.False);
    });

    [Test]
    public void The_innermost_open_scope_decides() => OnFreshThread(() =>
    {
        GradMode.Scope off = Tensor.NoGrad(), on = Tensor.EnableGrad();
        Assert.That(GradMode.IsEnabled);
        off.Dispose();
        Assert.That(GradMode.IsEnabled);
        using (Tensor.NoGrad())
        {
            on.Dispose();
            Assert.That(GradMode.IsEnabled, Is.False);
        }

        Assert.That(GradMode.IsEnabled);
        default(GradMode.Scope).Dispose();
        Assert.That(GradMode.IsEnabled);
    });

    [TestCaseSource(nameof(s_kinds))]
    public void A_scope_that_an_async_method_leaves_open_does_not_reach_its_caller(Kind kind) => OnFreshThread(() =>
    {
        async Task Leave(bool waits)
        {
            _ = kind.Open();
            if (waits)
            {
                await Task.Yield();
            }
        }

        Leave(waits: false).GetAwaiter().GetResult();
        Assert.That(kind.Holds(), Is.False);
        Leave(waits: true).GetAwaiter().GetResult();
        Assert.That(kind.Holds(), Is.False);
    });

    [TestCaseSource(nameof(s_kinds))]
    public void An_exception_ends_it(Kind kind) => OnFreshThread(() =>
    {
        async Task Fail(bool waits)
        {
            using (kind.Open())
            {
                if (waits)
                {
                    await Task.Yield();
                }

                throw new TimeoutException();
            }
        }

        Assert.That(() => Fail(waits: false).GetAwaiter().GetResult(), Throws.InstanceOf<TimeoutException>());
        Assert.That(() => Fail(waits: true).GetAwaiter().GetResult(), Throws.InstanceOf<TimeoutException>());
        Assert.That(kind.Holds(), Is.False);
    });

    [TestCaseSource(nameof(s_kinds))]
    public void A_task_keeps_what_it_began_with(Kind kind) => OnFreshThread(() =>
    {
        using SemaphoreSlim ended = new(0);
        Task<bool> task;
        using (kind.Open())
        {
            task = Task.Run(async () =>
            {
                await ended.WaitAsync().ConfigureAwait(false);
                return kind.Holds();
            });
        }

        ended.Release();
        Assert.That(task.GetAwaiter().GetResult());
    });

    [Test]
    public void A_users_code_that_the_engine_calls_passes_its_mode_on() => OnFreshThread(() =>
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        List<bool> modes = [], opened = [];
        void See()
        {
            modes.Add(GradMode.IsEnabled);
            modes.Add(Task.Run(() => GradMode.IsEnabled).GetAwaiter().GetResult());
            _ = Tensor.EnableGrad(); // left open: ends with the call
            opened.Add(GradMode.IsEnabled);
        }

        Tensor y = Autograd.Function("Mine", [x], i =>
        {
            See();
            return i[0] * 2;
        }, (g, _, _) =>
        {
            See();
            return [g * 2];
        });
        y.RegisterHook(g =>
        {
            See();
            return null;
        });
        Assert.That(GradMode.IsEnabled);
        y.Sum().Backward(retainGraph: true);
        Assert.That(modes, Is.EqualTo(new[] { false, false, false, false, false, false }));
        Assert.That(opened, Is.All.True);
        modes.Clear();
        y.Sum().Backward(createGraph: true);
        Assert.That(modes, Is.EqualTo(new[] { true, true, true, true }));
        Assert.That(GradMode.IsEnabled);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 4.0, 4.0 }));
    });

    [Test]
    public void A_hook_that_fails_leaves_the_mode_as_it_was() => OnFreshThread(() =>
    {
        Tensor x = Tensor.From(1.0).RequireGrad(), y = x * 2;
        y.RegisterHook(_ => throw new TimeoutException());
        Assert.That(() => y.Backward(), Throws.InstanceOf<TimeoutException>());
        Assert.That(GradMode.IsEnabled && (x * 2).RequiresGrad);
        using (Tensor.NoGrad())
        {
            Assert.That(() => Autograd.Grad(_ => throw new TimeoutException(), x),
                Throws.InstanceOf<TimeoutException>());
            Assert.That(GradMode.IsEnabled, Is.False);
        }
    });

    [Test]
    public void An_optimizers_closure_records_also_in_tasks() => OnFreshThread(() =>
    {
        Tensor w = Tensor.From(3.0).RequireGrad();
        Autodiff.Nn.LBFGS optimizer = new([w], 0.5);
        bool recorded = true;
        using (Tensor.NoGrad())
        {
            for (int i = 0; i < 20; i++)
            {
                optimizer.Step(() =>
                {
                    optimizer.ZeroGrad();
                    Tensor loss = (w - 1).Square().Sum();
                    recorded &= loss.RequiresGrad && Task.Run(() => GradMode.IsEnabled).GetAwaiter().GetResult();
                    loss.Backward();
                    return loss;
                });
            }

            Assert.That(GradMode.IsEnabled, Is.False);
        }

        Assert.That(recorded);
        Assert.That(w.Item(), Is.EqualTo(1).Within(1e-4));
    });

    [Test]
    public void A_device_in_use_goes_before_the_default_and_may_be_nested()
    {
        Tensor made;
        using (Device.Use(Device.Reference))
        {
            made = new Autodiff.Nn.Linear(2, 3).Weight;
            using (Device.Use(Device.Cpu))
            {
                Assert.That(Tensor.Rand([2]).Device, Is.SameAs(Device.Cpu));
            }

            Assert.That(Tensor.Arange(3).Device, Is.SameAs(Device.Reference));
            Assert.That(Device.Default, Is.SameAs(Device.Cpu));
        }

        Assert.That(made.Device, Is.SameAs(Device.Reference));
        Assert.That(Tensor.Ones([1]).Device, Is.SameAs(Device.Cpu));
        Assert.That(() => Device.Use(null!), Throws.ArgumentNullException);
    }
}
