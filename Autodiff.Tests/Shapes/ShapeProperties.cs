using Autodiff.Tests.Cuda;
using FsCheck;
using FsCheck.Fluent;

namespace Autodiff.Tests.Shapes;

/// <summary>What holds of all shapes, against arrays made of plain loops.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class ShapeProperties(string device) : DeviceFixture(device)
{
    private static readonly Config Quickly =
        Config.QuickThrowOnFailure.WithMaxTest(RestlessCollector.IsBrief ? 60 : 300).WithQuietOnSuccess(true);

    private static void ForAll(Action<Random, int[]> property, int least = 0, int most = 4, int smallest = 0) =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            Gen.Choose(smallest, 4).ArrayOf().Where(s => s.Length >= least).Select(s => s.Take(most).ToArray())
                .ToArbitrary(),
            (seed, shape) => property(new Random(seed), shape)).Check(Quickly);

    /// <summary>The same elements with gaps and other strides: a permuted part of something larger.</summary>
    private static Tensor Strided(Random random, NaiveArray values)
    {
        int[] order = Order(random, values.Shape.Length), padded = new int[order.Length];
        TensorIndex[] part = new TensorIndex[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int size = values.Shape[order[i]], step = random.Next(1, 3), start = random.Next(2);
            padded[i] = start + (size * step) + 1;
            part[i] = TensorIndex.Slice(start, start + (size * step), step);
        }

        Tensor view = Tensor.Zeros(padded, DType.Int64)[part].Permute(Inverse(order));
        view.CopyFrom(values.ToTensor());
        return view;
    }

    private static int[] Order(Random random, int rank) => [.. Enumerable.Range(0, rank).OrderBy(_ => random.Next())];

    private static int[] Inverse(int[] order) =>
        [.. Enumerable.Range(0, order.Length).Select(d => Array.IndexOf(order, d))];

    private static void Same(Tensor actual, NaiveArray expected, string what = "")
    {
        Assert.That(actual.Shape.ToArray(), Is.EqualTo(expected.Shape), what);
        Assert.That(actual.ToArray<long>(), Is.EqualTo(expected.Values), what);
    }

    [Test]
    public void Strided_copies_keep_every_element() => ForAll((random, shape) =>
    {
        NaiveArray x = NaiveArray.Count(shape);
        Same(Strided(random, x), x);
        Same(Strided(random, x).Contiguous().Reshape(-1), new([x.Values.Length], x.Values));
    });

    [Test]
    public void Permuting_moves_coordinates_and_back() => ForAll((random, shape) =>
    {
        NaiveArray x = NaiveArray.Count(shape);
        int[] order = Order(random, shape.Length), inverse = Inverse(order);
        Tensor y = Strided(random, x).Permute(order);
        Same(y, x.Map([.. order.Select(d => shape[d])], at => [.. inverse.Select(d => at[d])]));
        Same(y.Permute(inverse), x);
        Same(y.Reshape(-1).Reshape(y.Shape).Permute(inverse), x);
        Same(x.ToTensor().MoveDim(order, inverse),
            x.Map(Moved(shape, order, inverse), at => Moved(at, inverse, order)));
    });

    private static int[] Moved(int[] values, int[] from, int[] to)
    {
        int[] moved = new int[values.Length];
        for (int i = 0; i < from.Length; i++)
        {
            moved[to[i]] = values[from[i]];
        }

        return moved;
    }

    [Test]
    public void Reshaping_keeps_row_major_order_and_is_undone() => ForAll((random, shape) =>
    {
        NaiveArray x = NaiveArray.Count(shape);
        int from = random.Next(shape.Length), to = random.Next(from, shape.Length);
        Tensor y = Strided(random, x), flat = y.Flatten(from, to);
        int joined = NaiveArray.Product(shape[from..(to + 1)]);
        Same(flat, x with { Shape = [.. shape[..from], joined, .. shape[(to + 1)..]] });
        Same(flat.Unflatten(from, shape.AsSpan(from, to + 1 - from)), x);
        Same(y.Unsqueeze(from).Squeeze(from), x);
    }, least: 1);

    [Test]
    public void Basic_indices_mean_coordinates() => ForAll((random, shape) =>
    {
        RandomIndex index = new(random, shape, advanced: false);
        NaiveArray x = NaiveArray.Count(shape);
        Tensor t = Strided(random, x), y = t[index.Entries];
        Same(y, x.Map(index.Result, index.Source), index.ToString());
        Assert.That(y.Storage, Is.SameAs(t.Storage), "a view");
    });

    [Test]
    public void Positions_mean_coordinates() => ForAll((random, shape) =>
    {
        RandomIndex index = new(random, shape, advanced: true);
        NaiveArray x = NaiveArray.Count(shape);
        Same(Strided(random, x)[index.Entries], x.Map(index.Result, index.Source), index.ToString());
    });

    [Test]
    public void Setting_writes_where_getting_reads() => ForAll((random, shape) =>
    {
        RandomIndex index = new(random, shape, advanced: random.Next(2) == 0);
        NaiveArray x = NaiveArray.Count(shape);
        int[] narrow = [.. index.Result.Select(n => random.Next(3) == 0 ? 1 : n)];
        NaiveArray values = NaiveArray.Count(narrow[random.Next(narrow.Length + 1)..]).BroadcastTo(index.Result);
        bool add = random.Next(2) == 0;
        long[] expected = [.. x.Values];
        foreach ((int[] at, long value) in NaiveArray.Coordinates(index.Result).Zip(values.Values))
        {
            int place = x.Offset(index.Source(at));
            expected[place] = (add ? expected[place] : 0) + value + 100;
        }

        Tensor y = Strided(random, x);
        y.IndexPutInPlace(index.Entries, values.ToTensor() + 100, add);
        Same(y, x with { Values = expected }, index.ToString());
    });

    [Test]
    public void Masks_choose_in_row_major_order() => ForAll((random, shape) =>
    {
        int from = random.Next(shape.Length + 1), to = random.Next(from, shape.Length + 1);
        int[] chosen = shape[from..to];
        NaiveArray mask = new(chosen, [.. NaiveArray.Coordinates(chosen).Select(_ => (long)random.Next(2))]);
        NaiveArray x = NaiveArray.Count(shape);
        int[][] hits = [.. NaiveArray.Coordinates(chosen).Where(at => mask[at] != 0)];
        int[] result = [.. shape[..from], hits.Length, .. shape[to..]];
        TensorIndex[] entries = [.. Enumerable.Repeat<TensorIndex>(.., from), mask.ToTensor().To(DType.Bool)];
        Same(Strided(random, x)[entries], x.Map(result, at => [.. at[..from], .. hits[at[from]], .. at[(from + 1)..]]));
        if (from == 0)
        {
            Tensor y = Strided(random, x);
            y[entries] = -5;
            Same(y, new(shape, [.. NaiveArray.Coordinates(shape).Select(at => mask[at[..to]] != 0 ? -5 : x[at])]));
        }
    });

    [Test]
    public void Shapes_broadcast_as_coordinates_say() => ForAll((random, shape) =>
    {
        int[] narrow = [.. shape.Select(n => random.Next(3) == 0 ? 1 : n)],
            other = [.. shape.Select((n, d) => narrow[d] == n && random.Next(3) == 0 ? 1 : n)];
        NaiveArray a = NaiveArray.Count(narrow), b = NaiveArray.Count(other[random.Next(shape.Length + 1)..]);
        int[] common = [.. narrow.Zip(other, (p, q) => p == 1 ? q : p)];
        common = [.. common.Select((n, d) => narrow[d] == 1 && d < shape.Length - b.Shape.Length ? 1 : n)];
        NaiveArray p = a.BroadcastTo(common), q = b.BroadcastTo(common);
        Same(Strided(random, a) * 100 + Strided(random, b),
            new(common, [.. p.Values.Zip(q.Values, (u, v) => (u * 100) + v)]));
        Tensor[] both = Tensor.BroadcastTensors(Strided(random, a), Strided(random, b));
        Same(both[0], p);
        Same(both[1], q);
    });

    [Test]
    public void What_is_split_joins_again() => ForAll((random, shape) =>
    {
        NaiveArray x = NaiveArray.Count(shape);
        Tensor t = Strided(random, x);
        int d = random.Next(shape.Length), n = random.Next(1, 6);
        Same(Tensor.Cat(t.Split(n, d), d), x);
        Same(Tensor.Cat(t.Chunk(n, d), d), x);
        Same(Tensor.Cat(t.TensorSplit(n, d), d), x);
        Same(t.Flip(d).Flip(d), x);
        Same(t.Flip(d), x.Map(shape, at => [.. at.Select((i, k) => k == d ? shape[d] - 1 - i : i)]));
        Same(t.Roll(n, d).Roll(-n, d), x);
        Same(t.Roll(n, d),
            x.Map(shape, at => [.. at.Select((i, k) => k == d ? (i - n + (6 * shape[d])) % shape[d] : i)]));
        if (shape[d] > 0)
        {
            Same(Tensor.Stack(t.Unbind(d), d), x);
        }
    }, least: 1);

    [Test]
    [Category("Memory")]
    public void The_backends_agree_on_gathering_scattering_and_sorting() => ForAll((random, shape) =>
    {
        int d = random.Next(shape.Length);
        int[] where = (int[])shape.Clone();
        where[d] = random.Next(4);
        NaiveArray x = new(shape, [.. NaiveArray.Coordinates(shape).Select(_ => (long)random.Next(5))]),
            v = NaiveArray.Count(where);
        Tensor at = new NaiveArray(where, [.. NaiveArray.Coordinates(where).Select(_ => (long)random.Next(shape[d]))])
            .ToTensor();
        Tensor cpu = Strided(random, x), values = Strided(random, v), reference = cpu.To(Device.Reference);
        foreach (DType type in Enum.GetValues<DType>())
        {
            (Tensor a, Tensor b, Tensor s) = (cpu.To(type), reference.To(type), values.To(type));
            Agree(a.Gather(d, at), b.Gather(d, at.To(Device.Reference)));
            Agree(a.Scatter(d, at, s), b.Scatter(d, at.To(Device.Reference), s.To(Device.Reference)));
            Agree(a.ScatterAdd(d, at, s), b.ScatterAdd(d, at.To(Device.Reference), s.To(Device.Reference)));
            bool down = random.Next(2) == 0;
            int k = random.Next(shape[d] + 1);
            (Tensor first, Tensor places) = a.TopK(k, d, down);
            (Tensor expected, Tensor order) = b.TopK(k, d, down);
            Agree(first, expected);
            Agree(places, order);
            Agree(a.Sort(d, down).Values, b.Sort(d, down).Values);
        }
    }, least: 1, smallest: 1);

    private static void Agree(Tensor actual, Tensor expected)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape));
        Assert.That(actual.ToArray<double>(), Is.EqualTo(expected.ToArray<double>()));
    }

    [Test]
    [Category("Memory")]
    public void Rules_are_adjoints() => ForAll((random, shape) =>
    {
        // A linear operation A and its rule Aᵀ satisfy ⟨A x, w⟩ = ⟨x, Aᵀ w⟩ for all x and w, exactly in whole numbers.
        RandomIndex index = new(random, shape, advanced: true);
        int[] order = Order(random, shape.Length);
        Func<Tensor, Tensor>[] operations =
        [
            t => t[index.Entries], t => t.Permute(order)[TensorIndex.Ellipsis, TensorIndex.NewAxis].Flatten(),
            t => t.Repeat([2, .. Enumerable.Repeat(1, shape.Length)]), t => t.RepeatInterleave(2),
            t => Tensor.Cat([t.Flatten(), t.Flatten()]),
            t => t.Flatten().Unfold(0, Math.Min(2, (int)t.ElementCount), 1),
            t => t.Flatten().DiagEmbed(1).Triu().Diagonal(1),
            t => t.Flatten().Pad([2, -Math.Min(1, (int)t.ElementCount)]).Roll(1).Flip(0),
        ];
        foreach (Func<Tensor, Tensor> a in operations)
        {
            Tensor x = Strided(random, NaiveArray.Count(shape)).To(DType.Float64).RequireGrad();
            Tensor y = a(x), w = NaiveArray.Count(y.Shape.ToArray()).ToTensor().To(DType.Float64) + 1;
            y.Backward(w);
            Assert.That((x.Detach() * x.Grad!).Sum().Item(), Is.EqualTo((y.Detach() * w).Sum().Item()), $"{index}");
        }
    });
}
