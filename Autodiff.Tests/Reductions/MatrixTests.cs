namespace Autodiff.Tests.Reductions;

/// <summary>Matrix products by name, contractions and Einstein sums.</summary>
public class MatrixTests
{
    [Test]
    public void Products_by_name_are_particular_matrix_products()
    {
        Tensor a = GradientCheck.Sample([3, 4]), b = GradientCheck.Sample([4, 2], 2), v = GradientCheck.Sample([4], 3),
            u = GradientCheck.Sample([3], 4);
        Same(a.Mm(b), a.MatMul(b));
        Same(a.Mv(v), (a * v).Sum(1));
        Same(v.Dot(v), (v * v).Sum());
        Same(u.Outer(v), u.Unsqueeze(1) * v);
        Same(a.Inner(v), a.Mv(v));
        Same(a.Inner(b.T), a.Mm(b));
        Tensor x = GradientCheck.Sample([3, 2], 5);
        Same(x.AddMm(a, b, beta: 0.5, alpha: 2), x * 0.5 + a.Mm(b) * 2);
        Same(u.AddMv(a, v, beta: 3), u * 3 + a.Mv(v));
        Same(a.Addr(u, v), a + u.Outer(v));
        Tensor p = GradientCheck.Sample([5, 3, 4], 6), q = GradientCheck.Sample([5, 4, 2], 7);
        Same(x.BaddBmm(p, q, alpha: 0.5), x + p.Bmm(q) * 0.5);
        Same(x.AddBmm(p, q), x + p.Bmm(q).Sum(0));
        Assert.That(Tensor.Full([3, 2], double.NaN, DType.Float64).AddMm(a, b, beta: 0).ToArray<double>(),
            Is.EqualTo(a.Mm(b).ToArray<double>()));
    }

    [Test]
    public void Wrong_operands_are_named()
    {
        Tensor a = Tensor.Zeros([3, 4]), v = Tensor.Zeros([3]);
        Assert.That(() => a.Mm(v),
            Throws.ArgumentException.With.Message.EqualTo("Mm: takes tensors of rank 2 and 2, not [3, 4] and [3]."));
        Assert.That(() => a.Mv(v), Throws.ArgumentException.With.Message.Contains("inner sizes differ"));
        Assert.That(() => Tensor.Zeros([2, 3, 4]).Bmm(Tensor.Zeros([1, 4, 3])),
            Throws.ArgumentException.With.Message.Contains("use MatMul to broadcast"));
        Assert.That(() => v.AddMm(a, a.T.MatMul(a)),
            Throws.ArgumentException.With.Message.Contains(
                "AddMm: [3] does not broadcast to the product's shape [3, 4]"));
        Assert.That(() => a.TensorDot(a, [0], [1]),
            Throws.ArgumentException.With.Message.Contains(
                "dim 0 of x [3, 4] has 3 entries, its partner dim 1 of y [3, 4] has 4"));
    }

    [TestCase("ij,jk->ik")]
    [TestCase("ij,jk")]
    [TestCase("ij,jk->")]
    [TestCase("ij,jk->ki")]
    [TestCase("ij,jk->ijk")]
    [TestCase("ij,jk,i->k")]
    [TestCase("ij,jk,i")]
    [TestCase("ij,jk,i,k,j->")]
    [TestCase("...j,jk->...k")]
    public void Einstein_sums_are_sums_of_products(string equation)
    {
        Tensor[] all = [GradientCheck.Sample([3, 4]), GradientCheck.Sample([4, 2], 2), GradientCheck.Sample([3], 3),
            GradientCheck.Sample([2], 4), GradientCheck.Sample([4], 5)];
        string[] terms = equation.Split("->")[0].Split(',');
        Tensor actual = Tensor.Einsum(equation, all.AsSpan(0, terms.Length));
        string output = equation.Contains("->")
            ? equation.Split("->")[1].Replace("...", "i")
            : terms.Length == 3 ? "k" : "ik";
        Dictionary<char, int> sizes = new() { ['i'] = 3, ['j'] = 4, ['k'] = 2 };
        double[][] data = [.. all.Select(t => t.ToArray<double>())];
        double[] expected = new double[output.Aggregate(1, (n, c) => n * sizes[c])];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                for (int k = 0; k < 2; k++)
                {
                    Dictionary<char, int> at = new() { ['i'] = i, ['j'] = j, ['k'] = k };
                    double product = 1;
                    for (int t = 0; t < terms.Length; t++)
                    {
                        product *= data[t][Offset(terms[t].Replace("...", "i"), at)];
                    }

                    // A label that the equation lacks altogether is no loop at all.
                    bool counted = sizes.Keys.All(c => at[c] == 0 || equation.Contains(c)
                        || (c == 'i' && equation.Contains("...")));
                    expected[Offset(output, at)] += counted ? product : 0;
                }
            }
        }

        Assert.That(actual.Shape.ToArray(), Is.EqualTo(output.Select(c => sizes[c])));
        Assert.That(actual.ToArray<double>(), Is.EqualTo(expected).Within(1e-12));

        int Offset(string labels, Dictionary<char, int> at) => labels.Aggregate(0, (o, c) => o * sizes[c] + at[c]);
    }

    [Test]
    public void Einstein_sums_take_diagonals_batches_and_ellipses()
    {
        Tensor x = GradientCheck.Sample([2, 3, 3]), y = GradientCheck.Sample([2, 3, 4], 2);
        Same(Tensor.Einsum("bii->b", x), Tensor.From(x.Select(0, 0).Trace().Item(), x.Select(0, 1).Trace().Item()));
        Same(Tensor.Einsum("bij,bjk->bik", x, y), x.Bmm(y));
        Same(Tensor.Einsum("...ij,...jk", x, y), x.Bmm(y));
        Same(Tensor.Einsum("b i j -> j i b", x), x.Permute(2, 1, 0));
        Same(Tensor.Einsum("...i->...", x), x.Sum(-1));
        Same(Tensor.Einsum("...i->i", x), x.Sum([0, 1]));
        Same(Tensor.Einsum("ij,kj->ik", Tensor.Ones([2, 1], DType.Float64), y.Select(0, 0)),
            Tensor.Ones([2, 1], DType.Float64) * y.Select(0, 0).Sum(1));
    }

    [TestCase("ij,jk->ik", "names 2 operands, 1 are given")]
    [TestCase("ijk", "'ijk' names 3 dimensions, operand 0 [3, 4] has 2")]
    [TestCase("i", "an ellipsis '...' stands for the rest")]
    [TestCase("ii", "label 'i' stands for dimensions of 3 and 4")]
    [TestCase("ij->k", "result's label 'k' is in no operand")]
    [TestCase("ij->ii", "result's label 'i' appears twice")]
    [TestCase("i1", "'1' is no label")]
    public void A_wrong_equation_is_explained(string equation, string message) =>
        Assert.That(() => Tensor.Einsum(equation, Tensor.Zeros([3, 4])),
            Throws.ArgumentException.With.Message.Contains(message));

    private static void Same(Tensor actual, Tensor expected)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape));
        Assert.That(actual.ToArray<double>(), Is.EqualTo(expected.ToArray<double>()).Within(1e-12));
    }

    [Test]
    public void Sums_of_products_by_name_repeat_nothing()
    {
        Tensor x = Tensor.Zeros([2, 2]), one = Tensor.Ones([1, 2, 3]), b = Tensor.Ones([4, 3, 2]);
        Assert.That(() => x.AddBmm(one, b), Throws.ArgumentException.With.Message.Contains("[1, 2, 3] and [4, 3, 2]"));
        Assert.That(() => x.AddBmm(Tensor.Ones([4, 2, 1]), b),
            Throws.ArgumentException.With.Message.Contains("AddBmm"));
        Assert.That(() => Tensor.Ones([2, 1]).Inner(Tensor.Ones([3])),
            Throws.ArgumentException.With.Message.Contains("Inner: ").And.Message.Contains("[2, 1]"));
        Assert.That(() => Tensor.Scalar(1f).TensorDot(Tensor.Ones([3]), [0], [0]),
            Throws.ArgumentException.With.Message.Contains("TensorDot: "));
        Same(Tensor.Ones([2, 1], DType.Float64).TensorDot(Tensor.Ones([3], DType.Float64), [1], [0]),
            Tensor.Full([2], 3, DType.Float64));
    }

    [Test]
    public void A_linear_map_of_no_features_is_its_bias()
    {
        Tensor bias = Tensor.From(1.0, 2, 3);
        foreach (int[] lead in new int[][] { [2], [2, 4], [], [0, 4] })
        {
            Tensor y = Tensor.Zeros([.. lead, 0], DType.Float64).Linear(Tensor.Zeros([3, 0], DType.Float64), bias);
            Same(y, bias.Expand([.. lead, 3]));
        }
    }
}
