namespace Autodiff.Tests.Reference;

/// <summary>Reductions, scans, softmax, matrix products and linear algebra.</summary>
public static partial class ReferenceOperations
{
    static partial void Reductions(Registry add)
    {
        add.Add("mean", a => a.T(0).Mean(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("prod", a => a.T(0).Prod(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("amax", a => a.T(0).Amax(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("amin", a => a.T(0).Amin(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("max/reduction_no_dim", a => a.T(0).Max());
        add.Add("min/reduction_no_dim", a => a.T(0).Min());
        add.Many("max/reduction_with_dim", a => Pair(a.T(0).Max(a.Int(1), a.Bool(2))));
        add.Many("min/reduction_with_dim", a => Pair(a.T(0).Min(a.Int(1), a.Bool(2))));
        add.Add("argmax", a => a.T(0).ArgMax(Axis(a), a.Bool(2, "keepdim")));
        add.Add("argmin", a => a.T(0).ArgMin(Axis(a), a.Bool(2, "keepdim")));
        add.Add("all", a => a.T(0).All(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("any", a => a.T(0).Any(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("count_nonzero", a => a.T(0).CountNonZero(a.Ints(1, "dim")));
        add.Add("var", a => a.T(0).Var(a.Ints(-1, "dim"), a.Bool(-1, "keepdim"), Correction(a)));
        add.Add("std", a => a.T(0).Std(a.Ints(-1, "dim"), a.Bool(-1, "keepdim"), Correction(a)));
        add.Add("nansum", a => a.T(0).NanSum(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("nanmean", a => a.T(0).NanMean(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        add.Add("logsumexp", a => a.T(0).LogSumExp(a.Ints(1, "dim"), a.Bool(2, "keepdim")));
        foreach (string variant in new[] { "", "/with_dtype", "/dtype" })
        {
            add.Add("softmax" + variant, a => a.T(0).Softmax(a.Int(1), Type(a)));
            add.Add("log_softmax" + variant, a => a.T(0).LogSoftmax(a.Int(1), Type(a)));
        }

        add.Add("cumsum", a => a.T(0).CumSum(a.Int(1), Type(a)));
        add.Add("cumprod", a => a.T(0).CumProd(a.Int(1), Type(a)));
        foreach (string norm in new[] { "norm", "norm/inf", "norm/fro", "linalg.norm",
            "linalg.norm/subgradients_at_zero" })
        {
            add.Add(norm, a => a.T(0).Norm(a.Double(1, "ord", 2), a.Ints(2, "dim"), a.Bool(3, "keepdim")));
        }

        add.Add("linalg.vector_norm", a => a.T(0).Norm(a.Double(1, "ord", 2), a.Ints(2, "dim"), a.Bool(3, "keepdim")));
        add.Many("median",
            a => a.Has(1, "dim") ? Pair(a.T(0).Median(a.Int(1, "dim"), a.Bool(2, "keepdim"))) : [a.T(0).Median()]);
        add.Add("histc", a => a.T(0).Histc(a.Int(1, "bins", 100), a.Double(2, "min"), a.Double(3, "max")));
        add.Add("norm/nuc", a => a.T(0).MatrixNorm(MatrixNormKind.Nuclear));
        Distances(add);
        Linear(add);
        Products(add);
    }

    private static void Distances(Registry add)
    {
        add.Add("dist", a => a.T(0).Dist(a.T(1), a.Double(2, "p", 2)));
        add.Add("cdist", a => a.T(0).CDist(a.T(1), a.Double(2, "p", 2)));
        add.Add("nn.functional.normalize", a => a.T(0).Normalize(a.Double(1, "p", 2), a.Int(2, "dim", 1)));
        add.Add("nn.functional.cosine_similarity", a => a.T(0).CosineSimilarity(a.T(1), a.Int(2, "dim", 1)));
        add.Add("nn.functional.pairwise_distance",
            a => a.T(0).PairwiseDistance(a.T(1), a.Double(2, "p", 2), a.Double(3, "eps", 1e-6), a.Bool(4, "keepdim")));
    }

    private static void Linear(Registry add)
    {
        add.Add("linalg.inv", a => a.T(0).Inverse());
        add.Add("linalg.solve", a => a.T(0).Solve(a.T(1)));
        add.Add("linalg.cholesky", a => a.T(0).Cholesky(a.Bool(1, "upper")));
        add.Add("linalg.det", a => a.T(0).Det());
        add.Add("linalg.det/singular", a => a.T(0).Det());
        add.Many("linalg.slogdet", a => Pair(a.T(0).SlogDet()));
        add.Add("linalg.matrix_power", a => a.T(0).MatrixPower(a.Int(1)));
    }

    private static void Products(Registry add)
    {
        add.Add("matmul", a => a.T(0).MatMul(a.T(1)));
        add.Add("mm", a => a.T(0).Mm(a.T(1)));
        add.Add("bmm", a => a.T(0).Bmm(a.T(1)));
        add.Add("mv", a => a.T(0).Mv(a.T(1)));
        add.Add("dot", a => a.T(0).Dot(a.T(1)));
        add.Add("inner", a => a.T(0).Inner(a.T(1)));
        add.Add("outer", a => a.T(0).Outer(a.T(1)));
        add.Add("addmm", a => a.T(0).AddMm(a.T(1), a.T(2), a.Double(-1, "beta", 1), a.Double(-1, "alpha", 1)));
        add.Add("addmm/decomposed",
            a => a.T(0).AddMm(a.T(1), a.T(2), a.Double(-1, "beta", 1), a.Double(-1, "alpha", 1)));
        add.Add("addmv", a => a.T(0).AddMv(a.T(1), a.T(2), a.Double(-1, "beta", 1), a.Double(-1, "alpha", 1)));
        add.Add("baddbmm", a => a.T(0).BaddBmm(a.T(1), a.T(2), a.Double(-1, "beta", 1), a.Double(-1, "alpha", 1)));
        add.Add("einsum", a => Tensor.Einsum(a.String(1), a.Tensors(0)));
        add.Add("linalg.multi_dot", a => Tensor.MultiDot(a.Tensors(0)));
        add.Add("nn.functional.bilinear", a => a.T(0).Bilinear(a.T(1), a.T(2), a.OptionalTensor(3)));
        add.Add("nn.functional.linear", a => a.T(0).Linear(a.T(1), a.OptionalTensor(2)));
    }

    private static Tensor[] Pair((Tensor First, Tensor Second) both) => [both.First, both.Second];

    private static int? Axis(ReferenceArguments a) => a.Has(1, "dim") ? a.Int(1, "dim") : null;

    private static double Correction(ReferenceArguments a) =>
        a.Has(-1, "unbiased") ? (a.Bool(-1, "unbiased") ? 1 : 0) : a.Double(-1, "correction", 1);

    private static DType? Type(ReferenceArguments a) => a.Find(-1, "dtype") is not { } json ? null
        : json.GetProperty("dtype").GetString() == "torch.float64" ? DType.Float64 : DType.Float32;
}
