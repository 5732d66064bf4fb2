using System.Diagnostics;
using Autodiff.Nn;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Batches, statistics of batches, and modules that are saved, shared, frozen and moved.</summary>
[NonParallelizable]
public class DataReportTests
{
    private static TensorDataset Numbered(int count) => new(Tensor.Arange(count));

    private sealed class Bad : Dataset<Tensor>
    {
        public override int Count => 10;

        protected override Tensor Get(int index) =>
            index == 5 ? throw new TimeZoneNotFoundException("sample five") : Tensor.Scalar((double)index);
    }

    private sealed class Ragged : Dataset<Tensor>
    {
        public override int Count => 2;

        protected override Tensor Get(int index) => Tensor.Zeros([index + 2]);
    }

    [Test]
    public void A_batch_of_one_keeps_its_dimension() // jiant#143
    {
        Assert.That(new DataLoader(new TensorDataset(Tensor.Zeros([5, 3])), 2).Last()[0].Shape.ToArray(),
            Is.EqualTo(new[] { 1, 3 }));
    }

    [TestCase(5, 100, 1)]
    [TestCase(0, 2, 0)]
    public void There_are_as_many_batches_as_the_data_gives(int samples, int batchSize, int batches)
    {
        DataLoader loader = new(new TensorDataset(Tensor.Zeros([samples, 3])), batchSize);
        Assert.That((loader.ToArray().Length, loader.Count), Is.EqualTo((batches, batches)));
    }

    /// <summary>pytorch#7209, #15170.</summary>
    [Test]
    public void A_shuffled_order_is_the_same_with_workers_and_without()
    {
        Assert.That(Order(3), Is.EqualTo(Order(0)));

        static long[] Order(int prefetch)
        {
            Tensor.ManualSeed(5);
            return [.. new DataLoader(Numbered(100), 7, shuffle: true, prefetch: prefetch)
                .SelectMany(b => b[0].ToArray<long>())];
        }
    }

    [Test]
    public void A_shuffled_pass_has_each_sample_once_and_the_next_another_order()
    {
        Tensor.ManualSeed(1);
        DataLoader loader = new(Numbered(100), 100, shuffle: true);
        long[] first = loader.First()[0].ToArray<long>(), second = loader.First()[0].ToArray<long>();
        Assert.That(second, Is.Not.EqualTo(first).And.EquivalentTo(first));
        Assert.That(first.Order(), Is.EqualTo(Enumerable.Range(0, 100)));
    }

    [Test]
    public void An_exception_of_the_data_set_arrives_and_the_loader_can_be_used_again([Values(0, 2)] int prefetch)
    {
        DataLoader<Tensor> loader = new(new Bad(), 2, prefetch: prefetch);
        for (int pass = 0; pass < 2; pass++)
        {
            int batches = 0;
            Assert.That(
                () =>
                {
                    foreach (Tensor _ in loader)
                    {
                        batches++;
                    }
                },
                Throws.TypeOf<TimeZoneNotFoundException>().With.Message.EqualTo("sample five"));
            Assert.That(batches, Is.EqualTo(2));
        }
    }

    [Test]
    public void Passes_that_are_left_early_leave_no_threads_behind()
    {
        DataLoader loader = new(Numbered(1000), 2, prefetch: 4);
        int before = Threads();
        for (int i = 0; i < 200; i++)
        {
            foreach (Tensor[] _ in loader)
            {
                break;
            }
        }

        Assert.That(() => Threads() - before, Is.LessThan(20).After(5000, 50));

        static int Threads()
        {
            using Process process = Process.GetCurrentProcess();
            return process.Threads.Count;
        }
    }

    [Test]
    public void Two_passes_over_one_loader_at_once_are_two()
    {
        DataLoader loader = new(Numbered(100), 10, prefetch: 2);
        Assert.That(loader.Zip(loader).Sum(pair => pair.First[0].Sum().Item() + pair.Second[0].Sum().Item()),
            Is.EqualTo(2 * 4950));
    }

    [Test]
    public void Samples_of_two_shapes_are_refused_with_both() =>
        Assert.That(() => new DataLoader<Tensor>(new Ragged(), 2).ToArray(),
            Throws.ArgumentException.With.Message.Contains("[2]").And.Message.Contains("[3]"));

    [Test]
    public void Fractions_that_do_not_divide_share_out_every_sample()
    {
        Assert.That(Numbered(10).RandomSplit([0.33, 0.33, 0.34]).Sum(part => part.Count), Is.EqualTo(10));
        Assert.That(() => Numbered(10).RandomSplit([3, 3]), Throws.ArgumentException);
    }

    [TestCase(2)]
    [TestCase(4)]
    public void A_batch_that_is_changed_leaves_the_data_alone(int batchSize)
    {
        Tensor data = Tensor.Zeros([4, 2]);
        foreach (Tensor[] batch in new DataLoader(new TensorDataset(data), batchSize))
        {
            batch[0].AddInPlace(1);
        }

        Assert.That(data.Sum().Item(), Is.Zero);
    }

    private static IEnumerable<TestCaseData> Statistics()
    {
        yield return Gives("one sample can be normalized in evaluation", () =>
        {
            BatchNorm1d norm = new(3);
            norm.Eval();
            return norm.Forward(Tensor.Zeros([1, 3]));
        }, 0, 0, 0);
        yield return Near("the running variance is unbiased, the output's is not", 1e-6, () =>
        {
            BatchNorm1d norm = new(1);
            Tensor y = norm.Forward(Tensor.From(new[,] { { 0f }, { 2 } }));
            return Tensor.Cat([norm.RunningVar!, y.Reshape(-1)]);
        }, 0.9 + 0.1 * 2, -0.999995, 0.999995);
        yield return Near("without a momentum the mean is that of all batches", 1e-6, () =>
        {
            BatchNorm1d norm = new(1, momentum: null);
            norm.Forward(Tensor.From(new[,] { { 0f }, { 2 } }));
            norm.Forward(Tensor.From(new[,] { { 1f }, { 3 } }));
            return norm.RunningMean!;
        }, 1.5);
        yield return Near("layer norm around 1e6", 1e-4,
            () => Functional.LayerNorm(Tensor.From(1e6f - 1, 1e6f + 1), new[] { 2 }), -1, 1);
        yield return Near("pytorch#162489 layer norm of numbers whose squares are beyond float32", 1e-4,
            () => Functional.LayerNorm(Tensor.From(-1e20f, 1e20f), new[] { 2 }), -1, 1);
        yield return Gives("group norm of a constant", () =>
        {
            Tensor x = Tensor.Ones([1, 4]).RequireGrad(), y = Functional.GroupNorm(x, 2);
            y.Sum().Backward();
            return Tensor.Cat([y.Reshape(-1), Finite(x.Grad!).To(DType.Float32).Reshape(1)]);
        }, 0, 0, 0, 0, 1);
    }

    [TestCaseSource(nameof(Statistics))]
    public void Statistics_of_batches(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [Test]
    public void One_sample_has_no_variance_to_train_with() =>
        CheckRefused(() => new BatchNorm1d(3).Forward(Tensor.Zeros([1, 3])), ["1"]);

    private string _file = "";

    [SetUp]
    public void NameFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_file);

    [Test]
    public void Weights_load_into_another_type_and_not_into_another_shape()
    {
        Linear saved = new(2, 3, type: DType.Float64), loaded = new(2, 3);
        saved.Save(_file);
        loaded.Load(_file);
        Assert.That(loaded.Weight.DType, Is.EqualTo(DType.Float32));
        Assert.That(loaded.Weight.ToArray<float>(), Is.EqualTo(saved.Weight.To(DType.Float32).ToArray<float>()));
        CheckRefused(() => new Linear(2, 2).Load(_file), ["weight", "[3, 2]", "[2, 2]"]);
    }

    [Test]
    public void An_optimizer_still_moves_the_weights_after_they_were_loaded()
    {
        Linear model = new(1, 1, bias: false);
        SGD optimizer = new(model.Parameters(), 1);
        new Linear(1, 1, bias: false).Save(_file);
        model.Load(_file);
        MovesByOne(model, optimizer, DType.Float32);
    }

    /// <summary>
    /// Either the optimizer made before sees the new weights, or it says that it doesn't; it must not step on the old
    /// ones.
    /// </summary>
    [Test]
    public void An_optimizer_made_before_a_change_of_type_moves_the_weights_or_says_so()
    {
        Linear model = new(1, 1, bias: false);
        SGD optimizer = new(model.Parameters(), 1);
        try
        {
            model.To(DType.Float64);
            MovesByOne(model, optimizer, DType.Float64);
        }
        catch (InvalidOperationException e)
        {
            Assert.That(e.Message, Is.Not.Empty);
        }
    }

    private static void MovesByOne(Linear model, SGD optimizer, DType type)
    {
        double before = model.Weight.Item();
        model.Forward(Tensor.Ones([1, 1], type)).Sum().Backward();
        optimizer.Step();
        Assert.That(model.Weight.Item(), Is.EqualTo(before - 1).Within(1e-6));
    }

    [Test]
    public void A_layer_used_twice_is_listed_once_saved_and_loaded()
    {
        Linear layer = new(2, 2, bias: false), other = new(2, 2, bias: false);
        Sequential model = new(layer, new ReLU(), layer);
        Assert.That(model.Parameters().Count(), Is.EqualTo(1));
        model.Save(_file);
        new Sequential(other, new ReLU(), other).Load(_file);
        Assert.That(other.Weight.ToArray<float>(), Is.EqualTo(layer.Weight.ToArray<float>()));
    }

    [Test]
    public void A_frozen_layer_keeps_its_weights_under_decay()
    {
        Linear frozen = new(2, 2), trained = new(2, 1);
        Sequential model = new(frozen, trained);
        frozen.RequireGrad(false);
        Adam optimizer = new(model.Parameters(), 0.1, weightDecay: 0.1);
        float[] before = frozen.Weight.ToArray<float>(), other = trained.Weight.ToArray<float>();
        model.Forward(Tensor.Ones([1, 2])).Sum().Backward();
        optimizer.Step();
        Assert.That(frozen.Weight.ToArray<float>(), Is.EqualTo(before));
        Assert.That(trained.Weight.ToArray<float>(), Is.Not.EqualTo(other));
    }

    [Test]
    public void Four_quarters_of_a_batch_give_its_gradient()
    {
        Tensor.ManualSeed(0);
        Linear model = new(3, 1, type: DType.Float64);
        Tensor x = Tensor.Randn([8, 3], DType.Float64), t = Tensor.Randn([8, 1], DType.Float64);
        Functional.MSELoss(model.Forward(x), t).Backward();
        double[] whole = model.Weight.Grad!.ToArray<double>();
        model.ZeroGrad();
        for (int i = 0; i < 8; i += 2)
        {
            (Functional.MSELoss(model.Forward(x[i..(i + 2)]), t[i..(i + 2)]) / 4).Backward();
        }

        Assert.That(model.Weight.Grad!.ToArray<double>(), Is.EqualTo(whole).Within(1e-12));
    }

    [Test]
    public void One_model_may_be_used_by_many_threads()
    {
        Tensor.ManualSeed(0);
        Linear model = new(64, 64);
        Tensor x = Tensor.Randn([32, 64]);
        float[] expected = model.Forward(x).ToArray<float>();
        float[][] actual = new float[64][];
        Parallel.For(0, actual.Length, i => actual[i] = model.Forward(x).ToArray<float>());
        Assert.That(actual, Is.All.EqualTo(expected));
    }

    [Test]
    public void Eight_models_trained_at_once_are_those_trained_in_turn()
    {
        (Linear, Tensor, Tensor)[] Make() => [.. Enumerable.Range(0, 8).Select(seed =>
        {
            Tensor.ManualSeed(seed);
            return (new Linear(8, 1), Tensor.Randn([16, 8]), Tensor.Randn([16, 1]));
        })];
        (Linear, Tensor, Tensor)[] turn = Make(), once = Make();
        Array.ForEach(turn, Train);
        Parallel.ForEach(once, Train);
        Assert.That(once.Select(m => m.Item1.Weight.ToArray<float>()),
            Is.EqualTo(turn.Select(m => m.Item1.Weight.ToArray<float>())));

        static void Train((Linear Model, Tensor X, Tensor Target) run)
        {
            Adam optimizer = new(run.Model.Parameters(), 0.01);
            for (int i = 0; i < 50; i++)
            {
                optimizer.ZeroGrad();
                Functional.MSELoss(run.Model.Forward(run.X), run.Target).Backward();
                optimizer.Step();
            }
        }
    }

    private static IEnumerable<TestCaseData> Optimizers()
    {
        yield return Row(p => new SGD(p, 0.05, 0.9));
        yield return Row(p => new Adam(p, 0.01));
        yield return Row(p => new RMSprop(p, 0.01));
        yield return Row(p => new Rprop(p));
        yield return Row(p => new Adagrad(p, 0.1));
        yield return Row(p => new NAdam(p, 0.01));
        yield return Row(p => new RAdam(p, 0.01));

        static TestCaseData Row(Func<IEnumerable<Tensor>, Optimizer> make) =>
            new TestCaseData(make).SetArgDisplayNames(make([Tensor.From(1.0).RequireGrad()]).GetType().Name);
    }

    /// <summary>TorchSharp#1417, where Rprop's loss went up.</summary>
    [TestCaseSource(nameof(Optimizers))]
    public void A_curve_is_learned(Func<IEnumerable<Tensor>, Optimizer> make)
    {
        Tensor.ManualSeed(0);
        Sequential model = new(new Linear(1, 20), new Sigmoid(), new Linear(20, 1));
        Optimizer optimizer = make(model.Parameters());
        Tensor x = Tensor.Linspace(-2, 2, 100).Reshape(-1, 1), t = (x.Pow(4) - x.Pow(3) + x.Pow(2) - x - 1).Tanh();
        double[] losses = [.. Enumerable.Range(0, 500).Select(_ =>
        {
            optimizer.ZeroGrad();
            Tensor loss = Functional.MSELoss(model.Forward(x), t);
            loss.Backward();
            optimizer.Step();
            return loss.Item();
        })];
        Assert.That(losses[^1], Is.LessThan(0.7 * losses[0]));
    }
}
