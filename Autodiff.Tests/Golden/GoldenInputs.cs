using System.Text.Json;
using Autodiff.Tests.Elementwise;
using Autodiff.Tests.Reference;

namespace Autodiff.Tests.Golden;

/// <summary>What the golden hashes are taken of: operations, reductions, products.</summary>
internal static class GoldenInputs
{
    public static readonly string[] Layouts = ["flat", "transposed", "expanded", "number"];

    public static readonly int[][] Shapes = [[1], [37], [5, 1000], [1000, 5], [64, 64], [3, 4, 5], [2, 1031], [0, 3]];

    public static readonly (int M, int N, int K)[] Products =
    [
        (1, 1, 1), (1, 7, 33), (7, 1, 33), (5, 3, 2), (16, 16, 16), (31, 33, 35), (64, 10, 256), (100, 1, 1),
        (128, 96, 64), (130, 131, 300), (257, 65, 513),
    ];

    public static readonly (string Name, Func<Tensor, int, Tensor> Function)[] Reductions =
    [
        ("Sum", (x, dim) => x.Sum(dim)), ("Mean", (x, dim) => x.Mean(dim)), ("Prod", (x, dim) => x.Prod(dim)),
        ("Std", (x, dim) => x.Std(dim)), ("Var", (x, dim) => x.Var(dim)), ("Norm", (x, dim) => x.Norm(2, dim)),
        ("Norm1", (x, dim) => x.Norm(1, dim)), ("NormInf", (x, dim) => x.Norm(double.PositiveInfinity, dim)),
        ("Norm3", (x, dim) => x.Norm(3, dim)),
        ("LogSumExp", (x, dim) => x.LogSumExp(dim)), ("Softmax", (x, dim) => x.Softmax(dim)),
        ("LogSoftmax", (x, dim) => x.LogSoftmax(dim)),
        ("CumSum", (x, dim) => x.CumSum(dim)), ("CumProd", (x, dim) => x.CumProd(dim)),
        ("Max", (x, dim) => x.Max(dim).Values), ("Min", (x, dim) => x.Min(dim).Values),
        ("ArgMax", (x, dim) => x.ArgMax(dim)), ("ArgMin", (x, dim) => x.ArgMin(dim)),
        ("Sort", (x, dim) => x.Sort(dim).Values),
        ("Median", (x, dim) => x.Median(dim).Values), ("All", (x, dim) => x.All(dim)), ("Any", (x, dim) => x.Any(dim)),
    ];

    /// <summary>Value, gradients and gradients of gradients of one row of the operation table.</summary>
    public static IEnumerable<Tensor?> Elementwise(OperationRow row, DType type, string layout)
    {
        Tensor[] x =
            [.. row.Domain.Select((domain, k) =>
                Laid(Numbers(63, domain.Low, domain.High, 3 + k), layout, k).To(type))];
        if (layout == "number" && x.Length > 1)
        {
            x[^1] = x[^1].Reshape(-1).Select(0, 0).Item();
        }

        return WithGradients(x, row.Call, row.IsDifferentiable && type.IsFloatingPoint());
    }

    /// <summary>Value and gradient at the edges of the type, every operand against every other.</summary>
    public static IEnumerable<Tensor?> Special(OperationRow row, DType type)
    {
        double[] edges = type == DType.Float32
            ? [0, -0.0, 1, -1, 1e-45, 1e-38, float.MaxValue, float.MinValue, double.PositiveInfinity,
                double.NegativeInfinity, double.NaN, 1e-5, 88.5, -103]
            : [0, -0.0, 1, -1, 5e-324, 1e-308, double.MaxValue, double.MinValue, double.PositiveInfinity,
                double.NegativeInfinity, double.NaN, 1e-9, 709.5, -744];
        int n = edges.Length, count = (int)Math.Pow(n, row.Arity);
        Tensor[] x = [.. Enumerable.Range(0, row.Arity).Select(k =>
            Tensor.From([.. Enumerable.Range(0, count).Select(i => edges[i / (int)Math.Pow(n, k) % n])]).To(type))];
        return WithGradients(x, row.Call, row.IsDifferentiable, twice: false);
    }

    /// <summary>A reduction along a dimension, and its gradient.</summary>
    public static IEnumerable<Tensor?> Reduced(Func<Tensor, int, Tensor> reduce, DType type, int[] shape, int dim)
    {
        int count = shape.Aggregate(1, (n, size) => n * size);
        double scale = type.IsFloatingPoint() ? 1 : 10;
        Tensor x = Numbers(count, -2 * scale, 3 * scale, 11).To(type).Reshape(shape);
        return WithGradients([x], t => reduce(t[0], dim), type.IsFloatingPoint(), twice: count < 100);
    }

    /// <summary>
    /// A matrix product, its operands transposed in memory as <paramref name="form"/> says, and its gradients.
    /// </summary>
    public static IEnumerable<Tensor?> Product(DType type, int m, int n, int k, string form)
    {
        Tensor a = Numbers(m * k, -1, 1, 5).To(type), b = Numbers(k * n, -1, 1, 6).To(type);
        a = form[0] == 'n' ? a.Reshape(m, k) : a.Reshape(k, m).T;
        b = form[1] == 'n' ? b.Reshape(k, n) : b.Reshape(n, k).T;
        return WithGradients([a, b], x => x[0].MatMul(x[1]), true, twice: false);
    }

    /// <summary>A case of PyTorch's operator tests: values, gradients and gradients of gradients.</summary>
    public static IEnumerable<Tensor?> Operator(ReferenceCase test)
    {
        ReferenceArguments arguments = new(test);
        Tensor[] outputs = ReferenceOperations.Find(test.Operation)!(arguments);
        List<Tensor?> all = [.. outputs];
        if (test.Json.TryGetProperty("cotangents", out JsonElement cotangents)
            && test.Json.TryGetProperty("grads", out JsonElement grads))
        {
            Tensor[] roots = [.. cotangents.EnumerateArray().Select(pair => outputs[pair[0].GetInt32()])];
            Tensor[] seeds = [.. cotangents.EnumerateArray().Select(pair => ReferenceCases.Load(pair[1].GetInt32()))];
            Tensor[] inputs = [.. grads.EnumerateArray().Select(pair => arguments.Numbered(pair[0].GetInt32()))];
            all.AddRange(Autograd.Grad(roots, inputs, seeds, allowUnused: true));
        }

        return all;
    }

    /// <summary>Numbers without regularity, the same everywhere: an integer hash of the position.</summary>
    public static Tensor Numbers(int count, double low, double high, int seed)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            ulong z = unchecked((ulong)(i + 1) * 0x9E3779B97F4A7C15UL + (ulong)seed * 0xD1B54A32D192ED03UL);
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
            z ^= z >> 31;
            values[i] = (float)(low + (high - low) * ((z >> 11) * Math.ScaleB(1, -53)));
        }

        return Tensor.From(values);
    }

    /// <summary>y, ∂(g y)/∂x, and the gradient of the sum of their squares.</summary>
    public static IEnumerable<Tensor?> WithGradients(Tensor[] x, Func<Tensor[], Tensor> function, bool differentiate,
        bool twice = true)
    {
        if (!differentiate)
        {
            return [function(x)];
        }

        Tensor[] leaves = [.. x.Select(t => t.IsNumber ? t : t.Detach().RequireGrad())],
            known = [.. leaves.Where(t => t.RequiresGrad)];
        Tensor y = function(leaves);
        if (!y.RequiresGrad)
        {
            return [y];
        }

        Tensor g = Numbers((int)y.ElementCount, -1, 2, 9).To(y.DType).Reshape(y.Shape.ToArray());
        Tensor?[] first = Autograd.Grad([y], known, [g], createGraph: twice, allowUnused: true);
        List<Tensor?> all = [y, .. first];
        Tensor[] roots = [.. first.OfType<Tensor>().Where(t => twice && t.RequiresGrad)];
        if (roots.Length > 0)
        {
            all.AddRange(Autograd.Grad(roots, known, [.. roots.Select(t => t.Detach())], allowUnused: true));
        }

        return all;
    }

    private static Tensor Laid(Tensor flat, string layout, int k) => layout switch
    {
        "transposed" => flat.Reshape(9, 7).T,
        "expanded" => k == 0 ? flat.Reshape(7, 9) : flat.Reshape(7, 9).Select(0, 2).Expand(7, 9),
        _ => flat,
    };
}
