using Autodiff.Nn;

namespace Autodiff.Tests.Nn;

[TestFixture, NonParallelizable]
public class DataLoaderTests
{
    private static TensorDataset Numbered(int count) =>
        new(Tensor.From([.. Enumerable.Range(0, 2 * count).Select(i => (float)i)]).Reshape(count, 2),
            Tensor.From([.. Enumerable.Range(0, count).Select(i => (long)i)]));

    private static long[] Order(IEnumerable<Tensor[]> batches) => [.. batches.SelectMany(b => b[1].ToArray<long>())];

    [Test]
    public void Batches_pair_inputs_with_their_targets()
    {
        int size = 0;
        foreach ((Tensor x, Tensor y) in new DataLoader(Numbered(7), batchSize: 3, shuffle: true))
        {
            size += y.Size(0);
            Assert.That(x.ToArray<float>(),
                Is.EqualTo(y.ToArray<long>().SelectMany(i => new float[] { 2 * i, (2 * i) + 1 })));
        }

        Assert.That(size, Is.EqualTo(7));
    }

    [TestCase(7, 3, false, new[] { 3, 3, 1 })]
    [TestCase(7, 3, true, new[] { 3, 3 })]
    [TestCase(6, 3, true, new[] { 3, 3 })]
    [TestCase(2, 3, true, new int[0])]
    [TestCase(0, 3, false, new int[0])]
    public void The_last_short_batch_is_kept_or_dropped(int count, int batchSize, bool dropLast, int[] sizes)
    {
        DataLoader loader = new(Numbered(count), batchSize, dropLast: dropLast);
        Assert.That(loader.Select(b => b[0].Size(0)), Is.EqualTo(sizes));
        Assert.That(loader.Count, Is.EqualTo(sizes.Length));
    }

    [Test]
    public void Each_pass_has_a_new_order_which_the_seed_decides()
    {
        DataLoader loader = new(Numbered(20), 6, shuffle: true);
        Tensor.ManualSeed(42);
        long[] first = Order(loader), second = Order(loader);
        Tensor.ManualSeed(42);
        Assert.That(Order(loader), Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(second, Is.EquivalentTo(first));

        TorchGenerator byHand = new(42);
        byHand.Random64();
        Assert.That(first, Is.EqualTo(new TorchGenerator((long)byHand.Random64()).RandPerm(20)));
    }

    [TestCase(20, 6, false)]
    [TestCase(20, 5, false)]
    [TestCase(20, 6, true)]
    public void Prefetching_changes_neither_batches_nor_the_moments_of_draws(int count, int batchSize, bool dropLast)
    {
        Assert.That(Trace(prefetch: 3), Is.EqualTo(Trace(prefetch: 0)));

        // The generator is looked at after every batch: a draw made early would show.
        List<string> Trace(int prefetch)
        {
            TorchGenerator generator = new(7);
            List<string> trace = [];
            foreach (Tensor[] batch in new DataLoader(Numbered(count), batchSize, shuffle: true, dropLast,
                generator: generator, prefetch: prefetch))
            {
                trace.Add(
                    $"{string.Join(' ', batch[1].ToArray<long>())} "
                        + $"{new TorchGenerator(0).Continue(generator).Random32()}");
            }

            trace.Add($"{generator.Random32()}");
            return trace;
        }
    }

    [Test]
    public void A_pass_with_a_generator_throws_one_more_permutation_away()
    {
        TorchGenerator generator = new(42), byHand = new(42);
        long[] order = Order(new DataLoader(Numbered(9), 4, shuffle: true, generator: generator));
        byHand.Random64();
        Assert.That(order, Is.EqualTo(byHand.RandPerm(9)));
        byHand.RandPerm(9);
        Assert.That(generator.Random32(), Is.EqualTo(byHand.Random32()));
    }

    private sealed class Squares(int count, int broken = -1) : Dataset<(Tensor X, Tensor Y)>
    {
        public override int Count => count;

        protected override (Tensor X, Tensor Y) Get(int index) => index == broken
            ? throw new InvalidDataException("sample 5 is broken")
            : (Tensor.From((float)index), Tensor.Scalar((float)index * index).RequireGrad() * 1);
    }

    [Test]
    public void A_data_set_of_ones_own_is_stacked()
    {
        (Tensor x, Tensor y) = new DataLoader<(Tensor, Tensor)>(new Squares(8), 8).Single();
        Assert.That(x.Shape.ToArray(), Is.EqualTo(new[] { 8, 1 }));
        Assert.That(y.ToArray<float>(), Is.EqualTo(Enumerable.Range(0, 8).Select(i => (float)i * i)));
        Assert.That(new Squares(3)[-1].Y.Item(), Is.EqualTo(4));
        Assert.That(() => new Squares(3)[3],
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("there is no sample 3; there are 3"));
    }

    [Test]
    public void Prefetching_keeps_the_grad_mode_of_its_caller()
    {
        using (Tensor.NoGrad())
        {
            Assert.That(new DataLoader<(Tensor, Tensor)>(new Squares(4), 2, prefetch: 1)
                .Select(b => b.Item2.RequiresGrad), Is.All.False);
        }
    }

    [Test]
    public void A_sample_that_fails_in_the_background_fails_here_after_the_good_batches()
    {
        List<int> sizes = [];
        Assert.That(
            () =>
            {
                foreach ((Tensor x, _) in new DataLoader<(Tensor, Tensor)>(new Squares(8, broken: 5), 2, prefetch: 4))
                {
                    sizes.Add(x.Size(0));
                }
            },
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("sample 5 is broken"));
        Assert.That(sizes, Is.EqualTo(new[] { 2, 2 }));
    }

    [Test]
    public void A_pass_may_be_left_early()
    {
        DataLoader loader = new(Numbered(100), 1, prefetch: 2);
        for (int i = 0; i < 20; i++)
        {
            Assert.That(loader.First()[1].Item(), Is.Zero);
        }
    }

    [Test]
    public void A_reader_that_goes_away_leaves_no_thread_behind()
    {
        List<IEnumerator<Tensor[]>> abandoned = [];
        int before = System.Diagnostics.Process.GetCurrentProcess().Threads.Count, most = 0;
        for (int i = 0; i < 200; i++)
        {
            IEnumerator<Tensor[]> pass = new DataLoader(Numbered(100), 1, prefetch: 2).GetEnumerator();
            pass.MoveNext();
            abandoned.Add(pass); // neither read on nor disposed
            most = Math.Max(most, System.Diagnostics.Process.GetCurrentProcess().Threads.Count);
        }

        Assert.That(most - before, Is.LessThan(80));
        Assert.That(abandoned[7].MoveNext() && abandoned[7].MoveNext() && abandoned[7].MoveNext(), Is.True,
            "and it may come back");
        Assert.That(abandoned[7].Current[1].Item(), Is.EqualTo(3));
    }

    [Test]
    public void Readers_on_every_thread_of_the_pool_do_not_wait_for_each_other()
    {
        ThreadPool.GetMinThreads(out int workers, out _);
        Task<int>[] readers = [.. Enumerable.Range(0, 4 * workers)
            .Select(_ => Task.Run(() => new DataLoader(Numbered(60), 1, prefetch: 1).Count(b => b.Length == 2)))];
        Assert.That(Task.WaitAll(readers, TimeSpan.FromSeconds(60)), Is.True);
        Assert.That(readers.Select(r => r.Result), Is.All.EqualTo(60));
    }

    [Test]
    public void A_collation_of_ones_own_makes_any_batch()
    {
        DataLoader<(Tensor X, Tensor Y), string> loader = new(new Squares(5), 2,
            collate: samples => string.Join('+', samples.Select(s => s.Y.Item())));
        Assert.That(loader, Is.EqualTo(new[] { "0+1", "4+9", "16" }));
        Assert.That(() => new DataLoader<(Tensor, Tensor), string>(new Squares(5)),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("pass collate"));
        Assert.That(() => new DataLoader<string>(new Words()),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("samples of String"));
    }

    private sealed class Labelled : Dataset<(Tensor Image, long Label)>
    {
        public override int Count => 5;

        protected override (Tensor Image, long Label) Get(int index) => (Tensor.Full([2, 2], index), index % 3);
    }

    [Test]
    public void Labels_become_a_vector()
    {
        (Tensor images, Tensor labels) = new DataLoader<(Tensor, long), (Tensor, Tensor)>(new Labelled(), 5).Single();
        Assert.That(images.Shape.ToArray(), Is.EqualTo(new[] { 5, 2, 2 }));
        Assert.That(labels.ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 2, 0, 1 }));
        Assert.That(labels.DType, Is.EqualTo(DType.Int64));
    }

    private sealed class Words : Dataset<string>
    {
        public override int Count => 1;

        protected override string Get(int index) => "word";
    }

    [Test]
    public void Random_parts_are_disjoint_and_seeded()
    {
        TensorDataset data = Numbered(10);
        Subset<Tensor[]>[] parts = data.RandomSplit([7, 3], new TorchGenerator(1));
        Assert.That(parts.SelectMany(p => p.Indices), Is.EqualTo(new TorchGenerator(1).RandPerm(10)));
        Assert.That(parts[1][0][1].Item(), Is.EqualTo(parts[1].Indices[0]));
        Assert.That(Order(new DataLoader(parts[0], 4)), Is.EqualTo(parts[0].Indices));
        Assert.That(data.RandomSplit([0.5, 0.25, 0.25]).Select(p => p.Count), Is.EqualTo(new[] { 6, 2, 2 }));
        Assert.That(() => data.RandomSplit([7, 4]),
            Throws.ArgumentException.With.Message.Contains("[7, 4] sum to 11, the data set has 10 samples"));
        Assert.That(() => data.RandomSplit([0.5, 0.4]), Throws.ArgumentException.With.Message.Contains("sum to 1"));
    }

    [Test]
    public void Data_sets_are_joined_end_to_end()
    {
        ConcatDataset<Tensor[]> joined = new(Numbered(2), Numbered(0), Numbered(3));
        Assert.That(joined.Select(s => s[1].Item()), Is.EqualTo(new[] { 0, 1, 0, 1, 2 }));
        Assert.That(Order(new DataLoader(joined, 4)), Is.EqualTo(new long[] { 0, 1, 0, 1, 2 }));
    }

    [Test]
    public void Tensors_of_different_lengths_make_no_data_set() =>
        Assert.That(() => new TensorDataset(Tensor.Zeros([3, 2]), Tensor.Zeros([4])),
            Throws.ArgumentException.With.Message.Contains("0 [3, 2] and 1 [4]"));

    [Test]
    public void A_sample_is_taken_apart_into_as_many_tensors_as_it_has() =>
        Assert.That(() => { (Tensor _, Tensor _, Tensor _) = Numbered(3)[0]; },
            Throws.ArgumentException.With.Message.Contains("has 2 tensors, not 3"));

    private sealed class Growing(int count) : Dataset<Tensor>
    {
        public List<int> Samples { get; } = [.. Enumerable.Range(0, count)];

        public override int Count => Samples.Count;

        protected override Tensor Get(int index) => Tensor.Scalar(Samples[index]);
    }

    [Test]
    public void A_pass_visits_the_samples_that_there_were_when_it_began([Values] bool shuffle, [Values(0, 2)] int ahead)
    {
        Growing data = new(5);
        using IEnumerator<Tensor> pass =
            new DataLoader<Tensor>(data, 2, shuffle, prefetch: ahead).GetEnumerator();
        data.Samples.Add(5);
        List<int> seen = [];
        while (pass.MoveNext())
        {
            seen.AddRange(pass.Current.ToArray<int>());
        }

        Assert.That(seen, Is.EquivalentTo(new[] { 0, 1, 2, 3, 4 }));
    }

    [Test]
    public void A_batch_is_a_copy()
    {
        TensorDataset data = Numbered(4);
        new DataLoader(data, 4).Single()[0].Zero();
        Assert.That(data.Tensors[0].Item<float>(3, 1), Is.EqualTo(7));
    }
}

file static class GeneratorCopies
{
    /// <summary>Goes on where another generator stands, without moving that one.</summary>
    public static TorchGenerator Continue(this TorchGenerator copy, TorchGenerator other)
    {
        copy.SetState(other.GetState());
        return copy;
    }
}

file static class Elements
{
    public static T Item<T>(this Tensor x, int row, int column) where T : unmanaged =>
        x.Select(0, row).Select(0, column).Item<T>();
}
