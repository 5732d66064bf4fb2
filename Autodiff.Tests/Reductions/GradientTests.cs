using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Reductions;

/// <summary>Gradients of reductions, scans and products against finite differences, to second order.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class GradientTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Smooth()
    {
        (string, Func<Tensor, Tensor>)[] operations =
        [
            ("sum", x => (x * x).Sum([0, 2])),
            ("mean", x => (x * x).Mean(1, keepDim: true)),
            ("prod", x => x.Prod()),
            ("prod of one dimension", x => x.Prod(1)),
            ("prod of two dimensions", x => x.Prod([0, 2], keepDim: true)),
            ("cumprod", x => x.CumProd(1)),
            ("cumsum", x => (x * x).CumSum(0)),
            ("var", x => x.Var()),
            ("var of rows, uncorrected", x => x.Var([0, 2], correction: 0)),
            ("std", x => x.Std(1)),
            ("norm 1", x => (x * x).Norm(1, 1)),
            ("norm 2", x => x.Norm(2, 1)),
            ("norm 3.5", x => x.Norm(3.5, [1, 2])),
            ("norm 1.5", x => x.Norm(1.5)),
            ("norm 0.5", x => x.Norm(0.5, 0)),
            ("norm -1", x => x.Norm(-1, 2)),
            ("norm inf", x => (x * x).Norm(double.PositiveInfinity, 1)),
            ("norm -inf", x => (x * x).Norm(double.NegativeInfinity, 2)),
            ("softmax", x => x.Softmax(-1)),
            ("softmax down a column", x => x.Softmax(0)),
            ("log-softmax", x => x.LogSoftmax(-1)),
            ("log-softmax in the middle", x => x.LogSoftmax(1)),
            ("softmin", x => x.Softmin(1)),
            ("log-sum-exp", x => x.LogSumExp(-1)),
            ("log-sum-exp of two dimensions", x => x.LogSumExp([0, 2], keepDim: true)),
            ("max", x => (x * x * x).Max()),
            ("amax", x => (x * x * x).Amax([1])),
            ("max of a dimension", x => (x * x).Max(1).Values),
            ("min of a dimension", x => (x * x).Min(2, keepDim: true).Values),
            ("nansum", x => (x * x).NanSum(1)),
            ("inner", x => x.Inner(x)),
            ("tensordot", x => x.TensorDot(x * x, [0, 2], [0, 2])),
            ("einsum diagonal", x => Tensor.Einsum("iij->ij", Tensor.Einsum("aib,ajb->ijb", x, x * x))),
            ("einsum of three", x => Tensor.Einsum("abc,adc,b->bd", x, x, Tensor.Einsum("abc->b", x))),
            ("einsum with ellipsis", x => Tensor.Einsum("...i,...j->...ij", x, x)),
            ("median", x => (x * x * x).Median()),
            ("median of a dimension", x => (x * x).Median(1).Values),
            ("quantile", x => (x * x).Quantile(0.3)),
            ("quantile of a dimension", x => (x * x).Quantile(0.8, 1, keepDim: true)),
            ("cummax", x => (x * x).CumMax(1).Values),
            ("cummin", x => (x * x).CumMin(-1).Values),
            ("logcumsumexp", x => x.LogCumSumExp(1)),
            ("trapezoid", x => (x * x).Trapezoid(0.5, 1)),
            ("trapezoid at places", x => x.Trapezoid(x * x, 1)),
            ("dist", x => x.Dist(x * x + 3, 3)),
            ("cdist", x => x.CDist(x * x + 3)),
            ("cdist 1", x => x.CDist(x * x * x + 3, 1)),
            ("cdist by a matrix product",
                x => Tensor.Einsum("abc,d->abdc", x, GradientCheck.Sample([11])).Reshape(2, 33, 2).CDist(x * x + 3)),
            ("pairwise distance", x => x.PairwiseDistance(x * x, 3)),
            ("cosine similarity", x => x.CosineSimilarity(x * x, 1)),
            ("normalize", x => x.Normalize(2, 1)),
            ("bilinear", x => x.Bilinear(x, GradientCheck.Sample([3, 2, 2]))),
            ("multidot", x => Tensor.MultiDot(x.Select(0, 0), x.Select(0, 1).T, x.Select(0, 0))),
            ("kron", x => x.Kron(x.Select(0, 1))),
            ("inverse", x => x.MatMul(x.Transpose(1, 2)).Add(Tensor.Eye(3, type: DType.Float64)).Inverse()),
            ("solve", x => Tensor.Einsum("aib,ajb->ij", x, x).Solve(x)),
            ("solve for a vector",
                x => (x.Narrow(1, 0, 2) + 3 * Tensor.Eye(2, type: DType.Float64)).Solve(x.Select(1, 2))),
            ("det", x => x.Narrow(1, 0, 2).Det()),
            ("det of a singular matrix", x => Tensor.Einsum("ib,jb->ij", x.Select(0, 0), x.Select(0, 1)).Det()),
            ("slogdet", x => Tensor.Einsum("aib,ajb->ij", x, x).SlogDet().LogAbsDet),
            ("cholesky", x => Tensor.Einsum("aib,ajb->ij", x, x).Cholesky()),
            ("matrix power", x => x.Narrow(1, 1, 2).MatrixPower(5)),
            ("negative matrix power",
                x => (x.Narrow(1, 1, 2) + 3 * Tensor.Eye(2, type: DType.Float64)).MatrixPower(-3)),
            ("nuclear norm", x => x.MatrixNorm(MatrixNormKind.Nuclear)),
            ("nuclear norm of wide matrices", x => x.Transpose(1, 2).MatrixNorm(MatrixNormKind.Nuclear, keepDim: true)),
            ("largest row sum", x => (x * x).MatrixNorm(MatrixNormKind.Infinity)),
            ("trace", x => Tensor.Einsum("aib,ajb->ij", x, x).Trace()),
        ];
        foreach ((string name, Func<Tensor, Tensor> f) in operations)
        {
            yield return new TestCaseData(f).SetArgDisplayNames(name);
        }
    }

    [TestCaseSource(nameof(Smooth))]
    public void Both_orders_agree_with_differences(Func<Tensor, Tensor> f) =>
        GradientCheck.Second(f, GradientCheck.Sample([2, 3, 2]));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Products_have_the_right_gradient_at_zeros(int zeros)
    {
        double[] data = GradientCheck.Sample([2, 4]).ToArray<double>();
        for (int i = 0; i < zeros; i++)
        {
            data[1 + 2 * i] = 0;
        }

        Tensor x = Tensor.From<double>(data, [2, 4]);
        GradientCheck.Second(z => z.Prod(), x);
        GradientCheck.Second(z => z.Prod(1), x);
        GradientCheck.Second(z => z.Prod(0, keepDim: true), x);
        GradientCheck.Second(z => z.CumProd(1), x);
        GradientCheck.Second(z => z.CumProd(0), x);
    }

    [Test]
    public void Extremes_share_their_gradient_among_ties()
    {
        Tensor x = Tensor.From(new double[,] { { 3, 1, 3 }, { 2, 2, 2 } }).RequireGrad();
        x.Amax(1).Backward(Tensor.From(6.0, 12));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 3, 0, 3, 4, 4, 4 }));
        x.Grad = null;
        x.Max().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0.5, 0, 0.5, 0, 0, 0 }));
        x.Grad = null;
        x.Max(1).Values.Backward(Tensor.From(6.0, 12));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 6, 0, 0, 12, 0, 0 }));
    }

    [TestCase(1.0)]
    [TestCase(1.5)]
    [TestCase(2.0)]
    [TestCase(3.0)]
    [TestCase(double.PositiveInfinity)]
    public void A_norm_has_gradient_zero_at_zero(double p)
    {
        Tensor x = Tensor.Zeros([4], DType.Float64).RequireGrad();
        x.Norm(p).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(0));
    }

    [Test]
    public void A_standard_deviation_of_equals_has_gradient_zero()
    {
        Tensor x = Tensor.Full([5], 3, DType.Float64).RequireGrad();
        x.Std().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(0));
    }
}
