using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Attention;

/// <summary>Scaled dot-product attention against its definition, one number after the other in float64.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class AttentionTests(string device) : DeviceFixture(device)
{
    /// <summary>Sizes, and what a query sees.</summary>
    public sealed record Case(
        string Name, int[] Batch, int L, int S, int E, int V, Func<int, int, Tensor?>? Mask = null,
        bool IsCausal = false, int KeyHeads = 0, double? Scale = null)
    {
        public override string ToString() => Name;
    }

    private static readonly Case[] Small =
    [
        new("plain", [2, 3], 5, 7, 4, 6), new("one query", [1, 2], 1, 9, 3, 3), new("one key", [2, 1], 4, 1, 2, 5),
        new("no heads", [], 6, 5, 4, 4), new("one batch dimension", [3], 4, 6, 5, 2),
        new("three batch dimensions", [2, 1, 2], 3, 4, 2, 3),
        new("causal", [2, 2], 6, 6, 3, 4, IsCausal: true), new("causal, more keys", [1, 2], 4, 9, 3, 4, IsCausal: true),
        new("causal, fewer keys", [1, 2], 9, 4, 3, 4, IsCausal: true),
        new("boolean mask", [2, 2], 5, 6, 3, 4, (l, s) => Bits([l, s], 3)),
        new("boolean mask of heads", [2, 2], 5, 6, 3, 4, (l, s) => Bits([2, 1, l, s], 5)),
        new("padding", [2, 2], 5, 6, 3, 4, (l, s) => Bits([2, 1, 1, s], 7)),
        new("a mask of one row", [2, 2], 5, 6, 3, 4, (l, s) => Bits([s], 3)),
        new("a mask of one column", [2, 2], 5, 6, 3, 4, (l, s) => Bits([l, 1], 3)),
        new("dead rows", [1, 2], 5, 6, 3, 4, (l, s) => Dead(l, s)),
        new("additive mask", [2, 2], 5, 6, 3, 4, (l, s) => GradientCheck.Sample([l, s], 9)),
        new("additive mask of columns", [2, 2], 5, 6, 3, 4, (l, s) => GradientCheck.Sample([2, 2, l, 1], 9)),
        new("additive dead rows", [1, 2], 5, 6, 3, 4,
            (l, s) => Tensor.Where(Dead(l, s), GradientCheck.Sample([l, s], 9), double.NegativeInfinity)),
        new("fewer key heads", [2, 6], 5, 7, 4, 3, KeyHeads: 2),
        new("one key head, causal", [2, 4], 5, 5, 4, 3, IsCausal: true, KeyHeads: 1),
        new("fewer key heads, masked", [2, 4], 5, 6, 3, 4, (l, s) => Bits([2, 4, l, s], 5), KeyHeads: 2),
        new("another scale", [1, 2], 4, 5, 3, 3, Scale: 2),
    ];

    private static readonly Case[] Large =
    [
        new("two blocks of queries", [1, 2], 70, 60, 16, 8), new("two blocks of keys", [1, 2], 20, 150, 16, 33),
        new("blocks, causal", [2, 2], 200, 200, 17, 16, IsCausal: true),
        new("blocks, causal, more keys", [1, 2], 100, 300, 8, 8, IsCausal: true),
        new("blocks, causal, fewer keys", [1, 2], 300, 100, 8, 8, IsCausal: true),
        new("blocks, masked", [1, 2], 130, 260, 8, 8, (l, s) => Bits([l, s], 3)),
        new("blocks, a padded start", [1, 2], 66, 260, 8, 8, (l, s) => Tensor.Ones([s]).CumSum(0).Gt(200)),
        new("blocks, additive", [1, 3], 130, 140, 8, 8, (l, s) => GradientCheck.Sample([3, l, s], 9) * 5),
        new("blocks, fewer key heads", [1, 4], 130, 140, 8, 8, IsCausal: true, KeyHeads: 2),
    ];

    private static bool IsCpu => Device.Current == Device.Cpu;

    private static IEnumerable<Case> Cases => IsCpu ? [.. Small, .. Large] : Small;

    [Test]
    public void Attention_is_its_definition()
    {
        foreach (Case c in Cases)
        {
            foreach ((DType type, double tolerance) in new[] { (DType.Float64, 1e-12), (DType.Float32, 2e-5) })
            {
                (Tensor q, Tensor k, Tensor v, Tensor? mask) = Operands(c, type);
                double[] expected = Defined(c, q, k, v, mask);
                double[] actual = Call(c, q, k, v, mask).ToArray<double>();
                Assert.That(actual, Is.EqualTo(expected).Within(tolerance), $"{c} {type}");
            }
        }
    }

    [Test]
    public void Gradients_are_differences_to_second_order()
    {
        foreach (Case c in IsCpu ? Small : Small.Where(c => c.Name is "causal" or "dead rows" or "fewer key heads"))
        {
            (Tensor q, Tensor k, Tensor v, Tensor? mask) = Operands(c, DType.Float64);
            GradientCheckResult result = Autograd.GradientCheck(
                x => Call(c, x[0], x[1], x[2], mask), [q.RequireGrad(), k.RequireGrad(), v.RequireGrad()],
                new(Step: 1e-5, RelativeTolerance: 1e-5, AbsoluteTolerance: 1e-7, Order: IsCpu ? 2 : 1));
            Assert.That(result.Passed, $"{c}: {result.Message}");
        }
    }

    /// <summary>The loop in blocks and the recorded operations are two ways to one gradient.</summary>
    [Test]
    public void A_recorded_gradient_is_the_one_in_blocks()
    {
        foreach (Case c in Cases)
        {
            foreach ((DType type, double tolerance) in new[] { (DType.Float64, 1e-12), (DType.Float32, 3e-5) })
            {
                (Tensor q, Tensor k, Tensor v, Tensor? mask) = Operands(c, type);
                Tensor[] x = [q.RequireGrad(), k.RequireGrad(), v.RequireGrad()];
                Tensor y = Call(c, q, k, v, mask), g = GradientCheck.Sample(y.Shape, 4).To(type);
                Tensor?[] blocks = Autograd.Grad([y], x, [g]);
                Tensor?[] recorded = Autograd.Grad([Call(c, q, k, v, mask)], x, [g], createGraph: true);
                for (int i = 0; i < 3; i++)
                {
                    double[] one = blocks[i]!.ToArray<double>(), other = recorded[i]!.Detach().ToArray<double>();
                    Assert.That(
                        one, Is.EqualTo(other).Within(tolerance * Math.Max(1, other.Max(Math.Abs))),
                        $"{c} {type} gradient {i}");
                }
            }
        }
    }

    [Test]
    public void A_mask_that_is_learned_gets_its_gradient()
    {
        Tensor q = GradientCheck.Sample([1, 2, 3, 4], 1), k = GradientCheck.Sample([1, 2, 5, 4], 2);
        Tensor v = GradientCheck.Sample([1, 2, 5, 3], 3), mask = GradientCheck.Sample([2, 1, 5], 4).RequireGrad();
        GradientCheckResult result = Autograd.GradientCheck(
            x => F.ScaledDotProductAttention(x[0], x[1], x[2], x[3]),
            [q.RequireGrad(), k.RequireGrad(), v.RequireGrad(), mask], new(Order: IsCpu ? 2 : 1));
        Assert.That(result.Passed, result.Message);
    }

    [Test]
    public void Queries_without_keys_give_zeros_and_no_gradient()
    {
        Tensor mask = Tensor.From(new[,] { { true, false, true }, { false, false, false } });
        foreach (Tensor each in new[] { mask, Tensor.Where(mask, 0.0, double.NegativeInfinity) })
        {
            Tensor q = GradientCheck.Sample([2, 4], 1).RequireGrad(), k = GradientCheck.Sample([3, 4], 2).RequireGrad();
            Tensor v = GradientCheck.Sample([3, 2], 3).RequireGrad();
            Tensor y = F.ScaledDotProductAttention(q, k, v, each.DType == DType.Bool ? each : each.To(DType.Float64));
            Assert.That(y[1].ToArray<double>(), Is.All.Zero);
            Assert.That(y[0].ToArray<double>(), Has.None.Zero);
            y.Sum().Backward();
            Assert.That(q.Grad![1].ToArray<double>(), Is.All.Zero);
            Assert.That(q.Grad[0].ToArray<double>(), Has.None.Zero);
            Assert.That(k.Grad![1].ToArray<double>(), Is.All.Zero);
            Assert.That(v.Grad![1].ToArray<double>(), Is.All.Zero);
            Assert.That(v.Grad[0].ToArray<double>(), Has.None.Zero);
        }
    }

    [Test]
    public void Nothing_is_attended_to_without_a_fault()
    {
        (int[] Q, int[] K, int[] V)[] shapes =
        [
            ([0, 2, 3, 4], [0, 2, 5, 4], [0, 2, 5, 6]), ([1, 2, 0, 4], [1, 2, 5, 4], [1, 2, 5, 6]),
            ([1, 2, 3, 4], [1, 2, 0, 4], [1, 2, 0, 6]), ([1, 2, 3, 0], [1, 2, 5, 0], [1, 2, 5, 6]),
            ([1, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 0]),
        ];
        foreach ((int[] sq, int[] sk, int[] sv) in shapes)
        {
            foreach (double p in new[] { 0, 0.5 })
            {
                Tensor q = Tensor.Ones(sq).RequireGrad(), k = Tensor.Ones(sk).RequireGrad();
                Tensor v = Tensor.Ones(sv).RequireGrad();
                Tensor y = F.ScaledDotProductAttention(q, k, v, dropoutP: p);
                y.Sum().Backward();
                Assert.That(y.Shape.ToArray(), Is.EqualTo(new[] { sq[0], 2, sq[2], sv[3] }));
                Assert.That(q.Grad!.Shape, Is.EqualTo(q.Shape));
                Assert.That(q.Grad.ToArray<float>(), Is.All.Zero);
                if (p == 0 && sk[2] > 0)
                {
                    Assert.That(y.ToArray<float>(), Is.All.EqualTo(1f).Within(1e-6f));
                }
            }
        }
    }

    [Test]
    public void Dropout_draws_the_factors_of_all_weights_in_their_order()
    {
        foreach ((int l, int s) in IsCpu ? new[] { (5, 7), (70, 150) } : [(5, 7)])
        {
            foreach (bool causal in new[] { false, true })
            {
                Tensor q = GradientCheck.Sample([2, 2, l, 4], 1).RequireGrad();
                Tensor k = GradientCheck.Sample([2, 2, s, 4], 2).RequireGrad();
                Tensor v = GradientCheck.Sample([2, 2, s, 3], 3).RequireGrad();
                Tensor y = F.ScaledDotProductAttention(
                    q, k, v, dropoutP: 0.3, isCausal: causal, generator: new TorchGenerator(5));
                Tensor seen = Tensor.Ones([s]).CumSum(0).Le(causal ? Tensor.Ones([l, 1]).CumSum(0) : double.MaxValue);
                Tensor scores = Tensor.Where(seen, q.MatMul(k.Transpose(-2, -1)) / 2, double.NegativeInfinity);
                Tensor weights = F.Dropout(scores.Softmax(-1), 0.3, generator: new TorchGenerator(5));
                Tensor expected = weights.MatMul(v), g = GradientCheck.Sample(y.Shape, 4);
                Assert.That(
                    y.ToArray<double>(), Is.EqualTo(expected.Detach().ToArray<double>()).Within(1e-12),
                    $"{l} {s} {causal}");
                Tensor?[] ours = Autograd.Grad([y], [q, k, v], [g], createGraph: false);
                Tensor?[] theirs = Autograd.Grad([expected], [q, k, v], [g]);
                for (int i = 0; i < 3; i++)
                {
                    Assert.That(
                        ours[i]!.ToArray<double>(), Is.EqualTo(theirs[i]!.ToArray<double>()).Within(1e-12),
                        $"gradient {i}");
                }
            }
        }
    }

    [Test]
    public void Dropout_keeps_its_mask_for_gradients_of_gradients()
    {
        Tensor q = GradientCheck.Sample([1, 1, 3, 2], 1), k = GradientCheck.Sample([1, 1, 4, 2], 2);
        Tensor v = GradientCheck.Sample([1, 1, 4, 2], 3);
        GradientCheckResult result = Autograd.GradientCheck(
            x => F.ScaledDotProductAttention(x[0], x[1], x[2], dropoutP: 0.4, generator: new TorchGenerator(3)),
            [q.RequireGrad(), k.RequireGrad(), v.RequireGrad()], new(Order: IsCpu ? 2 : 1));
        Assert.That(result.Passed, result.Message);
        Assert.That(
            F.ScaledDotProductAttention(q, k, v, dropoutP: 1).Detach().ToArray<double>(), Is.All.Zero);
        Tensor drawn = F.ScaledDotProductAttention(q, k, v, dropoutP: 0.4, generator: new PhiloxGenerator(3));
        Tensor factors = F.Dropout(Tensor.Ones([1, 1, 3, 4], DType.Float64), 0.4, generator: new PhiloxGenerator(3));
        Tensor weights = (q.MatMul(k.Transpose(-2, -1)) / Math.Sqrt(2)).Softmax(-1) * factors;
        Assert.That(
            drawn.Detach().ToArray<double>(), Is.EqualTo(weights.MatMul(v).Detach().ToArray<double>()).Within(1e-12));
    }

    [Test]
    public void Large_scores_lose_no_digits()
    {
        Tensor q = Tensor.Full([1, 1, 2, 4], 1000f), k = GradientCheck.Sample([1, 1, 300, 4], 2).To(DType.Float32);
        Tensor v = GradientCheck.Sample([1, 1, 300, 3], 3).To(DType.Float32);
        double[] y = F.ScaledDotProductAttention(q, k, v).ToArray<double>();
        Assert.That(y, Has.All.Matches<double>(double.IsFinite));
        int best = (int)k.Sum(-1).ArgMax(-1).ToArray<long>()[0];
        Assert.That(y[..3], Is.EqualTo(v[0, 0, best].ToArray<double>()).Within(1e-3));
    }

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        Tensor q = Tensor.Zeros([2, 4, 3, 5]), v = Tensor.Zeros([2, 4, 6, 5]);
        Refuses(() => F.ScaledDotProductAttention(Tensor.Zeros([3]), v, v), "at least the dimensions");
        Refuses(() => F.ScaledDotProductAttention(q, Tensor.Zeros([2, 4, 6, 4]), v), "queries have 5 features");
        Refuses(() => F.ScaledDotProductAttention(q, Tensor.Zeros([2, 4, 7, 5]), v), "7 keys and 6 values");
        Refuses(() => F.ScaledDotProductAttention(q, Tensor.Zeros([2, 2, 6, 5]), v), "enableGqa");
        Tensor three = Tensor.Zeros([2, 3, 6, 5]);
        Refuses(() => F.ScaledDotProductAttention(q, three, three, enableGqa: true), "multiple");
        Refuses(() => F.ScaledDotProductAttention(q, v.To(DType.Float64), v), "one floating type");
        Tensor seen = Tensor.Ones([3, 6], DType.Bool);
        Refuses(() => F.ScaledDotProductAttention(q, v, v, seen, isCausal: true), "exclude each other");
        Refuses(() => F.ScaledDotProductAttention(q, v, v, Tensor.Ones([3, 5], DType.Bool)), "does not broadcast");
        Refuses(() => F.ScaledDotProductAttention(q, v, v, Tensor.Ones([3, 6], DType.Int64)), "not int64");
        Assert.That(
            () => F.ScaledDotProductAttention(q, v, v, dropoutP: 2), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    internal static void Refuses(Action act, string words) =>
        Assert.That(() => act(), Throws.InstanceOf<ArgumentException>().With.Message.Contains(words));

    private static Tensor Call(Case c, Tensor q, Tensor k, Tensor v, Tensor? mask) => F.ScaledDotProductAttention(
        q, k, v, mask, isCausal: c.IsCausal, scale: c.Scale, enableGqa: c.KeyHeads > 0);

    private static (Tensor Q, Tensor K, Tensor V, Tensor? Mask) Operands(Case c, DType type)
    {
        int[] keys = c.KeyHeads > 0 ? [.. c.Batch[..^1], c.KeyHeads] : c.Batch;
        Tensor? mask = c.Mask?.Invoke(c.L, c.S);
        return (
            GradientCheck.Sample([.. c.Batch, c.L, c.E], 1).To(type),
            GradientCheck.Sample([.. keys, c.S, c.E], 2).To(type),
            GradientCheck.Sample([.. keys, c.S, c.V], 3).To(type),
            mask is { DType: not DType.Bool } ? mask.To(type) : mask);
    }

    /// <summary>softmax(scale · q kᵀ + mask) v, number by number.</summary>
    private static double[] Defined(Case c, Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        int heads = c.Batch.Length == 0 ? 1 : c.Batch[^1], all = c.Batch.Aggregate(1, (a, b) => a * b);
        int each = c.KeyHeads > 0 ? heads / c.KeyHeads : 1;
        double[] pq = q.ToArray<double>(), pk = k.ToArray<double>(), pv = v.ToArray<double>();
        double[]? added = mask is null ? null
            : (mask.DType == DType.Bool ? Tensor.Where(mask, 0.0, double.NegativeInfinity) : mask)
                .Expand([.. c.Batch, c.L, c.S]).ToArray<double>();
        double[] y = new double[all * c.L * c.V];
        double scale = c.Scale ?? 1 / Math.Sqrt(c.E);
        for (int row = 0; row < all * c.L; row++)
        {
            int own = row / c.L / each;
            double[] s = new double[c.S];
            for (int j = 0; j < c.S; j++)
            {
                for (int e = 0; e < c.E; e++)
                {
                    s[j] += pq[row * c.E + e] * pk[(own * c.S + j) * c.E + e];
                }

                s[j] = c.IsCausal && j > row % c.L
                    ? double.NegativeInfinity
                    : s[j] * scale + (added?[row * c.S + j] ?? 0);
            }

            double max = s.Max(), sum = s.Sum(x => Math.Exp(x - max));
            for (int f = 0; f < c.V && double.IsFinite(max); f++)
            {
                y[row * c.V + f] = Enumerable.Range(0, c.S)
                    .Sum(j => Math.Exp(s[j] - max) / sum * pv[(own * c.S + j) * c.V + f]);
            }
        }

        return y;
    }

    /// <summary>A mask that is false at every n-th place.</summary>
    private static Tensor Bits(int[] shape, int n)
    {
        int count = shape.Aggregate(1, (a, b) => a * b);
        return Tensor.From<bool>([.. Enumerable.Range(0, count).Select(i => i % n != 1)], shape).To(Device.Current);
    }

    /// <summary>A mask with two rows that see nothing.</summary>
    private static Tensor Dead(int l, int s) => Tensor.From<bool>(
        [.. Enumerable.Range(0, l * s).Select(i => i / s % 3 != 1 && i % 4 != 0)], [l, s]).To(Device.Current);
}
