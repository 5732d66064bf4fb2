using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Nodes that are used again, hooks, types and memory of gradients.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class TapeReportTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Graphs()
    {
        yield return Gives("micrograd#2 an intermediate used twice", () => Slope(2, x =>
        {
            Tensor y = x * 3;
            return y * 2 + y * 5;
        }), 21);
        yield return Gives("cTensor#5 products of products of one leaf", () => Slope(1, x =>
        {
            Tensor one = Tensor.From(1.0), a = x * one, b = x * x;
            return x * a + b * one + x * a + x * b;
        }), 9);
        yield return Gives("tinygrad#9597 two leaves of equal value are two", () =>
        {
            Tensor a = Leaf(3), b = Leaf(3);
            (a + b).Backward();
            return Tensor.Cat([a.Grad!, b.Grad!]);
        }, 1, 1);
        yield return Gives("a leaf with itself", () => Slope(3, x => x + x + x * x + (x - x)), 8);
        yield return Gives("two passes add up", () =>
        {
            Tensor x = Leaf(1);
            (x * x).Backward();
            return Slope(x, v => v * v);
        }, 4);
        yield return Gives("an update between two passes", () =>
        {
            Tensor x = Leaf(1);
            Slope(x, v => v * v);
            using (Tensor.NoGrad())
            {
                x.SubInPlace(x.Grad!, 0.1);
            }

            x.Grad = null;
            return Slope(x, v => v * v);
        }, 1.6);
        yield return Gives("what NoGrad made may become a leaf", () =>
        {
            Tensor y;
            using (Tensor.NoGrad())
            {
                y = Leaf(1) * 1;
            }

            return Slope(y.RequireGrad(), v => v * 2);
        }, 2);
        yield return Gives("a way through integers sends nothing back",
            () => Slope(1.7, x => x + x.To(DType.Int64).To(DType.Float64)), 1);
        yield return Gives("an input that is not used has no gradient, if that is allowed", () =>
        {
            Tensor x = Leaf(1), z = Leaf(1);
            return Truth(Autograd.Grad([x * 2], [x, z], allowUnused: true)[1] is null);
        }, 1);
    }

    private static IEnumerable<TestCaseData> Hooks()
    {
        yield return Gives("an intermediate's hook replaces its gradient", () => Hooked(1, g => g * 10), 10);
        yield return Gives("a leaf's hook replaces what is accumulated", () =>
        {
            Tensor x = Leaf(1);
            x.RegisterHook(g => g * 5);
            return Slope(x, v => v * 1);
        }, 5);
        yield return Gives("a hook is called once, with the sum", () =>
        {
            List<double> seen = [];
            Tensor x = Leaf(1), y = x * 1;
            y.RegisterHook(g =>
            {
                seen.Add(g.Item());
                return null;
            });
            (y * 3 + y * 4).Backward();
            return Tensor.From([.. seen, x.Grad!.Item()]);
        }, 7, 7);
        yield return Gives("an intermediate keeps its gradient where asked", () =>
        {
            Tensor y = Leaf(1) * 1;
            y.RetainGrad();
            (y * 3).Backward();
            return y.Grad!;
        }, 3);
        yield return Gives("an intermediate's hook that scales in place leaves its sibling's gradient alone", () =>
        {
            Tensor x = Leaf(1), z = Leaf(1), y = x * 1;
            y.RegisterHook(g =>
            {
                g.MulInPlace(2);
                return null;
            });
            (y + z).Backward();
            return Tensor.Cat([x.Grad!, z.Grad!]);
        }, 2, 1);
        yield return Gives("a leaf's hook that scales in place leaves its sibling's gradient alone", () => Siblings(1),
            20, 10);

        static Tensor Hooked(double at, Func<Tensor, Tensor?> hook) => Slope(at, x =>
        {
            Tensor y = x * 1;
            y.RegisterHook(hook);
            return y;
        });
    }

    private static Tensor Siblings(double at)
    {
        Tensor a = Leaf(at), b = Leaf(at);
        a.RegisterHook(g =>
        {
            g.MulInPlace(2);
            return null;
        });
        ((a + b) * 10).Backward();
        return Tensor.Cat([a.Grad!, b.Grad!]);
    }

    private static IEnumerable<TestCaseData> Aliases()
    {
        yield return Gives("gradients of a sum's leaves don't share memory", () =>
        {
            Tensor x = Leaf(1), z = Leaf(1);
            (x + z).Backward();
            z.Grad!.AddInPlace(5);
            return Tensor.Cat([x.Grad!, z.Grad!]);
        }, 1, 6);
        foreach (bool root in new[] { false, true })
        {
            yield return Gives(
                "an upstream gradient is not the leaf's own, "
                    + $"{(root ? "the leaf being the root" : "behind an operation")}", () =>
            {
                Tensor x = Leaf(1), g = Tensor.From(1.0);
                (root ? x : x + 0).Backward(g);
                g.Fill(9);
                return Tensor.Cat([x.Grad!, g]);
            }, 1, 9);
        }

        yield return Gives("y[1..] = y[..^1] reads before it writes", () => Moved(y => y[1..] = y[..^1]), 1, 1, 2, 3);
        yield return Gives("y[1..] += y[..^1] too", () => Moved(y => y[1..].AddInPlace(y[..^1])), 1, 3, 5, 7);
        yield return Gives("a matrix replaced by its square", () =>
        {
            Tensor x = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
            return x.CopyFrom(x.MatMul(x));
        }, 7, 10, 15, 22);
        yield return Gives("an array that is changed after From", () =>
        {
            double[] values = [1];
            Tensor x = Tensor.From(values);
            values[0] = 2;
            return x;
        }, 1);

        static Tensor Moved(Action<Tensor> move)
        {
            Tensor y = Tensor.From(1.0, 2, 3, 4);
            move(y);
            return y;
        }
    }

    [TestCaseSource(nameof(Graphs))]
    public void Nodes_and_leaves(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);

    [TestCaseSource(nameof(Hooks))]
    public void Hooks_and_kept_gradients(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Aliases))]
    public void Nothing_shares_memory_unasked(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [Test]
    public void Gradients_have_their_leafs_type()
    {
        Tensor wide = Leaf(1), narrow = Tensor.From(1f).RequireGrad();
        Assert.That(Slope(wide, x => x.To(DType.Float32)).DType, Is.EqualTo(DType.Float64));
        Assert.That(Slope(narrow, x => x * Tensor.From(2.0)).DType, Is.EqualTo(DType.Float32));
        Assert.That(narrow.Grad!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void What_has_no_gradient_is_refused()
    {
        Assert.That(() => Tensor.From(1, 2).RequireGrad(),
            Throws.InvalidOperationException.Or.InstanceOf<ArgumentException>());
        Assert.That(() => Leaf(1, 2).Grad = Tensor.From(1.0), Throws.ArgumentException);
        using (Tensor.NoGrad())
        {
            Assert.That((Leaf(1) * 2).RequiresGrad, Is.False);
        }
    }

    [Test]
    public void Sums_of_50000_losses_go_back_without_a_deep_stack()
    {
        using IDisposable processor = Device.Use(Device.Cpu); // about the tape; the launches would be interpreted
        Tensor w = Leaf(1), total = Tensor.From(0.0);
        for (int i = 0; i < 50_000; i++)
        {
            total = total + w;
        }

        total.Backward();
        Assert.That(w.Grad!.Item(), Is.EqualTo(50_000));
    }

    /// <summary>mlx#982: a recursive release would overflow the stack.</summary>
    [Test]
    public void Deep_graphs_may_be_dropped_without_backward()
    {
        using IDisposable processor = Device.Use(Device.Cpu);
        Drop();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(Slope(1, x => x * 2).Item(), Is.EqualTo(2));

        static void Drop()
        {
            Tensor y = Leaf(1);
            for (int i = 0; i < 300_000; i++)
            {
                y = y * 1.0000001;
            }
        }
    }

    /// <summary>pytorch#4661: a gradient with a graph refers to its leaf, and the leaf to it.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public void A_loop_keeps_no_graphs(bool createGraph)
    {
        using IDisposable processor = Device.Use(Device.Cpu);
        Tensor w = Leaf(1);
        Loop(100);
        long before = Live();
        Loop(5000);
        Assert.That(Live() - before, Is.LessThan(100));

        void Loop(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                (w * 2).Square().Sum().Backward(createGraph: createGraph);
                w.Grad = null;
            }
        }

        static long Live()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return MemoryStatistics.Current.LiveTensors;
        }
    }

    [Test]
    public void Eight_threads_differentiate_eight_graphs()
    {
        using IDisposable processor = Device.Use(Device.Cpu);
        Tensor values = Tensor.Ones([100], DType.Float64);
        double[][] slopes = new double[8][];
        Parallel.For(0, 8, i =>
        {
            Tensor x = values.Clone().RequireGrad();
            for (int k = 0; k < 200; k++)
            {
                x.Grad = null;
                slopes[i] = Slope(x, v => v * (i + 1)).ToArray<double>();
            }
        });
        Assert.That(slopes, Is.EqualTo(Enumerable.Range(1, 8).Select(i => Enumerable.Repeat((double)i, 100))));
    }

    [Test]
    public void Gradients_of_a_million_elements_are_those_of_a_few()
    {
        using IDisposable processor = Device.Use(Device.Cpu);
        Tensor.ManualSeed(0);
        Tensor many = Tensor.Randn([1_000_003], DType.Float64).RequireGrad(),
            few = many.Detach()[^7..].Clone().RequireGrad();
        static Tensor F(Tensor x) => x.Tanh() * x.Sigmoid() + x.Exp();
        Assert.That(Slope(many, F)[^7..].ToArray<double>(),
            Is.EqualTo(Slope(few, F).ToArray<double>()).Within(1e-15).Percent);
    }
}
