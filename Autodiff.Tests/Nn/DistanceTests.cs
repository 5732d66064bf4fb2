using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class DistanceTests(string device) : DeviceFixture(device)
{
    [Test]
    public void Shapes_meet_before_vectors_are_measured()
    {
        Tensor one = Tensor.Ones([1, 4]), five = Tensor.Ones([5, 4]);
        Assert.That(F.CosineSimilarity(one, five, 0).ToArray<float>(), Is.EqualTo(new[] { 1, 1, 1, 1f }).Within(1e-6));
        Assert.That(F.CosineSimilarity(five, one, 0).ToArray<float>(), Is.EqualTo(new[] { 1, 1, 1, 1f }).Within(1e-6));
        Assert.That(one.CosineSimilarity(five, 0).ToArray<float>(),
            Is.EqualTo(F.CosineSimilarity(one, five, 0).ToArray<float>()));
        Assert.That(F.CosineSimilarity(Tensor.Ones([2, 3, 4]), Tensor.Ones([4]), 1).Shape.ToArray(),
            Is.EqualTo(new[] { 2, 4 }), "the dimension is one of the common shape");
        Assert.That(F.CosineSimilarity(Tensor.Scalar(2f), Tensor.From(-3f, 5), -1).Item(),
            Is.EqualTo((-3 + 5) / Math.Sqrt(2 * 34)).Within(1e-6));
        Assert.That(F.PairwiseDistance(Tensor.Zeros([2, 1]), Tensor.Ones([4]), eps: 0).ToArray<float>(),
            Is.EqualTo(new[] { 2, 2f }));
        Assert.That(() => F.CosineSimilarity(Tensor.Ones([2, 3]), Tensor.Ones([2, 4])),
            Throws.ArgumentException.With.Message.Contains("CosineSimilarity"));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void A_cosine_is_never_above_one(DType type)
    {
        TorchGenerator generator = new(0);
        Tensor x = Tensor.Randn([3000, 3], type, generator: generator);
        foreach (double factor in new[] { 1, -1, 3, 1e-3, -7e4 })
        {
            Tensor cosine = x.CosineSimilarity(x * factor);
            Assert.That(cosine.Abs().Max().Item(), Is.LessThanOrEqualTo(1));
            Assert.That((cosine - Math.Sign(factor)).Abs().Max().Item(),
                Is.LessThan(type == DType.Float32 ? 1e-6 : 1e-14));
        }

        Tensor first = x.Clone().RequireGrad();
        F.CosineEmbeddingLoss(first, x, Tensor.Ones([3000], type), reduction: Reduction.Sum).Backward();
        Assert.That(F.CosineEmbeddingLoss(first, x, Tensor.Ones([3000], type), reduction: Reduction.None).Min().Item(),
            Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void Parallel_vectors_keep_their_curvature()
    {
        // Some of these cosines round to more than 1; d²cos/dx² across x is -1/|x|² for all of them.
        TorchGenerator generator = new(1);
        Tensor y = Tensor.Randn([50, 2], DType.Float64, generator: generator), x = y.Clone().RequireGrad();
        Tensor slope = Autograd.Grad([x.CosineSimilarity(y).Sum()], [x], createGraph: true)[0]!;
        Assert.That(slope.Abs().Max().Item(), Is.LessThan(1e-13));
        Tensor across = Tensor.Stack([-y.Select(1, 1), y.Select(1, 0)], 1);
        Tensor bend = Autograd.Grad([(slope * across).Sum()], [x])[0]!;
        Assert.That(((bend * across).Sum(1) + 1).Abs().Max().Item(), Is.LessThan(1e-10));
    }

    [Test]
    public void Short_vectors_count_with_the_least_length()
    {
        Tensor x = Tensor.From(new[,] { { 1e-9, 0 } }).RequireGrad(), y = Tensor.From(new[,] { { 3.0, 4 } });
        Assert.That(F.CosineSimilarity(x, y).Item(), Is.EqualTo(0.06).Within(1e-12));
        F.CosineSimilarity(x, y).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0.6e8, 0.8e8 }).Within(1e-12).Percent);
        Assert.That(F.CosineSimilarity(Tensor.Zeros([1, 2]), Tensor.Zeros([1, 2])).Item(), Is.Zero);
        Assert.That(F.CosineSimilarity(Tensor.From(new[,] { { double.NaN, 0 } }), y).Item(), Is.NaN);
    }

    [Test]
    public void A_table_of_distances_keeps_the_range()
    {
        Tensor x = Tensor.Randn([30, 3], generator: new TorchGenerator(4)),
            y = Tensor.Randn([4, 3], generator: new TorchGenerator(5));
        float[] plain = x.CDist(y).ToArray<float>();
        foreach (int exponent in new[] { 100, 1, -100 })
        {
            float unit = MathF.ScaleB(1, exponent);
            Tensor far = (x * unit).RequireGrad();
            Tensor table = far.CDist(y * unit);
            Assert.That(table.ToArray<float>(), Is.EqualTo(plain.Select(d => d * unit)),
                "a power of two changes no digit");
            table.Sum().Backward();
            Assert.That(far.Grad!.IsFinite().All().Item(), Is.EqualTo(1));
        }

        Assert.That(Tensor.Zeros([30, 2]).CDist(Tensor.Zeros([1, 2])).ToArray<float>(), Is.All.Zero);
        Assert.That(Tensor.Zeros([30, 2]).CDist(Tensor.Zeros([0, 2])).Shape.ToArray(), Is.EqualTo(new[] { 30, 0 }));
    }

    [Test]
    public void Module_function_and_method_are_one()
    {
        TorchGenerator generator = new(2);
        Tensor x = Tensor.Randn([4, 5], generator: generator), y = Tensor.Randn([4, 5], generator: generator),
            t = Tensor.From(1f, -1, 1, -1);
        Assert.That(F.PairwiseDistance(x, y, 3, 1e-3).ToArray<float>(),
            Is.EqualTo(x.PairwiseDistance(y, 3, 1e-3).ToArray<float>()));
        Assert.That(F.Normalize(x, 3).ToArray<float>(), Is.EqualTo(x.Normalize(3).ToArray<float>()));
        float[] cosine = F.CosineSimilarity(x, y).ToArray<float>();
        float[] loss = new CosineEmbeddingLoss(0.1, Reduction.None).Forward(x, y, t).ToArray<float>();
        Assert.That(loss, Is.EqualTo(cosine.Select((c, i) => i % 2 == 0 ? 1 - c : Math.Max(0, c - 0.1f))).Within(1e-7));
    }

    [TestCase(1e-7)]
    [TestCase(1e-6)]
    [TestCase(1e-5)]
    [TestCase(1)]
    [TestCase(0)]
    public void Short_vectors_of_a_cosine_loss_have_PyTorchs_guard(double scale)
    {
        Tensor x = (Tensor.From(3.0, -4) * scale).RequireGrad(), y = (Tensor.From(1.0, 2) * scale).RequireGrad();
        double dot = -5 * scale * scale, a = 25 * scale * scale + 1e-12, b = 5 * scale * scale + 1e-12;
        Tensor loss = F.CosineEmbeddingLoss(x, y, Tensor.From(1.0).Squeeze());
        Assert.That(loss.Item(), Is.EqualTo(1 - dot / Math.Sqrt(a * b)).Within(1e-14));
        double[] slopes = [.. Enumerable.Range(0, 2).Select(
            i => -((i + 1) * scale - dot / a * (3 - 7 * i) * scale) / Math.Sqrt(a * b))];
        Assert.That(Autograd.Grad([loss], [x])[0]!.ToArray<double>(),
            Is.EqualTo(slopes).Within(1e-12 * Math.Max(1, Math.Abs(slopes[1]))));
    }

    [Test]
    public void Long_vectors_of_a_cosine_loss_stay_in_range()
    {
        Tensor x = Tensor.From(3e25f, 4e25f), y = Tensor.From(3e-3f, 4e-3f), one = Tensor.From(1f).Squeeze();
        Assert.That(F.CosineEmbeddingLoss(x, x, one).Item(), Is.Zero.Within(1e-6));
        Assert.That(F.CosineEmbeddingLoss(x, y, one).Item(), Is.Zero.Within(1e-6));
    }

    [Test]
    public void Derivatives_of_cosines_are_right()
    {
        TorchGenerator generator = new(3);
        Tensor x = Tensor.Randn([3, 4], DType.Float64, generator: generator).RequireGrad(),
            y = Tensor.Randn([1, 4], DType.Float64, generator: generator).RequireGrad();
        GradientCheckResult result = Autograd.GradientCheck(v => F.CosineSimilarity(v[0], v[1], 0).Sum()
            + F.CosineSimilarity(v[0], v[1]).Square().Sum(), [x, y], new(Order: 2));
        Assert.That(result.Passed, result.Message);
    }
}
