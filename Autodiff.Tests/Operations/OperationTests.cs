using Autodiff.Algebra;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Elementwise;

/// <summary>What must hold of every row of the table, on every device.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
[Parallelizable]
public class OperationTests(string device)
{
    private readonly Device _device = EmulatedCuda.ByName(device);

    private const int Count = 203; // whole vectors and a tail, in either precision

    private static readonly DType[] Precisions = [DType.Float32, DType.Float64];

    private static IEnumerable<TestCaseData> All() => Cases(OperationTable.Rows);

    private static IEnumerable<TestCaseData> Differentiable() => Cases(OperationTable.Differentiable);

    private static IEnumerable<TestCaseData> InPlace() =>
        Cases(OperationTable.Rows.Where(row => row.InPlace is not null));

    private static IEnumerable<TestCaseData> Several() =>
        Cases(OperationTable.Rows.Where(row => row.Arity > 1 && row.TakesNumbers));

    private static IEnumerable<TestCaseData> Special() =>
        Cases(OperationTable.Rows.Where(row => row.Special.Length > 0));

    private static IEnumerable<TestCaseData> Cases(IEnumerable<OperationRow> rows) =>
        rows.Select(row => new TestCaseData(row).SetArgDisplayNames(row.Name));

    [TestCaseSource(nameof(All))]
    public void Values_agree_with_the_definition(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            Tensor[] x = Draw(row, type);
            double[][] points = Points(x);
            double[] y = row.Call(x).ToArray<double>();
            double unit = type == DType.Float32 ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52),
                ulps = type == DType.Float32 ? row.Ulps32 : row.Ulps64;
            for (int i = 0; i < y.Length; i++)
            {
                double expected = row.Reference(points[i]);
                Assert.That(y[i], Is.EqualTo(expected).Within(ulps * unit * Math.Max(Math.Abs(expected), row.Floor)),
                    $"{type} at {Text(points[i])}");
            }
        }
    }

    [TestCaseSource(nameof(Differentiable))]
    public void The_rule_agrees_with_dual_numbers(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            Tensor[] x = Leaves(Draw(row, type));
            double[][] points = Points(x);
            Tensor g = Upstream(Count, type);
            double[] upstream = g.ToArray<double>();
            Tensor?[] gradients = Autograd.Grad([row.Call(x)], x, [g], allowUnused: true);
            double tolerance = type == DType.Float32 ? 2e-5 : 1e-11;
            for (int k = 0; k < x.Length; k++)
            {
                double[] actual = Values(gradients[k], Count);
                for (int i = 0; i < Count; i++)
                {
                    double expected = upstream[i] * row.Slope!(points[i], k);
                    double scale = Math.Max(Math.Abs(expected), 0.1 * Math.Max(row.Floor, 1));
                    Assert.That(actual[i], Is.EqualTo(expected).Within(tolerance * scale),
                        $"{type}, operand {k} at {Text(points[i])}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Differentiable))]
    public void The_rule_agrees_with_differences_of_the_definition(OperationRow row)
    {
        Tensor[] x = Leaves(Draw(row, DType.Float64));
        double[][] points = Points(x);
        Tensor g = Upstream(Count, DType.Float64);
        double[] upstream = g.ToArray<double>();
        Tensor?[] gradients = Autograd.Grad([row.Call(x)], x, [g], allowUnused: true);
        for (int k = 0; k < x.Length; k++)
        {
            double[] actual = Values(gradients[k], Count);
            for (int i = 0; i < Count; i++)
            {
                double h = 1e-5 * Math.Max(1e-2, Math.Min(1, Math.Abs(points[i][k])));
                double[] up = [.. points[i]], down = [.. points[i]];
                up[k] += h;
                down[k] -= h;
                double high = row.Reference(up), low = row.Reference(down);
                double scale = Math.Max(Math.Abs(high), Math.Max(row.Floor, 1)) * 1e-15 / h
                    + 1e-6 * Math.Abs(high - low) / h;
                double expected = upstream[i] * ((high - low) / (up[k] - down[k]));
                Assert.That(actual[i], Is.EqualTo(expected).Within(1e-7 + 20 * Math.Abs(upstream[i]) * scale),
                    $"operand {k} at {Text(points[i])}");
            }
        }
    }

    [TestCaseSource(nameof(Differentiable))]
    public void Gradients_of_gradients_agree_with_dual_numbers_of_dual_numbers(OperationRow row)
    {
        Tensor[] x = Leaves(Draw(row, DType.Float64));
        double[][] points = Points(x);
        Tensor g = Upstream(Count, DType.Float64).RequireGrad();
        double[] upstream = g.ToArray<double>();
        Tensor?[] first = Autograd.Grad([row.Call(x)], x, [g], createGraph: true, allowUnused: true);

        // v = 1, 1.5, 2, ... for the gradients with respect to the first, second, ... operand.
        int[] known = [.. Enumerable.Range(0, x.Length).Where(k => first[k] is { RequiresGrad: true })];
        Tensor?[] second = known.Length == 0
            ? new Tensor?[x.Length + 1]
            : Autograd.Grad([.. known.Select(k => first[k]!)], [.. x, g],
                [.. known.Select(k => Tensor.Full([Count], 1 + k * 0.5, DType.Float64, _device))], allowUnused: true);
        for (int j = 0; j <= x.Length; j++)
        {
            double[] actual = Values(second[j], Count);
            for (int i = 0; i < Count; i++)
            {
                double expected = 0, size = 0.1;
                for (int k = 0; k < x.Length; k++)
                {
                    double term = (1 + k * 0.5)
                        * (j == x.Length ? row.Slope!(points[i], k) : upstream[i] * row.Curvature!(points[i], k, j));
                    expected += term;
                    size = Math.Max(size, Math.Abs(term));
                }

                Assert.That(actual[i], Is.EqualTo(expected).Within(1e-9 * size),
                    $"{(j == x.Length ? "upstream" : $"operand {j}")} at {Text(points[i])}");
            }
        }
    }

    [TestCaseSource(nameof(Special))]
    public void Special_points_are_as_decided(OperationRow row)
    {
        foreach (SpecialValue point in row.Special)
        {
            Tensor[] x =
                [.. point.X.Select(value =>
                    Tensor.Full([3], value, DType.Float64, _device).RequireGrad(row.IsDifferentiable))];
            Tensor y = row.Call(x);
            Assert.That(y.ToArray<double>(), Has.All.EqualTo(point.Y).Within(Slack(point.Y)),
                $"value at {Text(point.X)}");
            Tensor?[] gradients = point.Slopes.Length == 0
                ? []
                : Autograd.Grad([y], x, [Tensor.Full([3], 1.5, DType.Float64, _device)], allowUnused: true);
            for (int k = 0; k < point.Slopes.Length; k++)
            {
                Assert.That(Values(gradients[k], 3)[0],
                    Is.EqualTo(1.5 * point.Slopes[k]).Within(Slack(point.Slopes[k])), $"slope {k} at {Text(point.X)}");
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void Strided_operands_give_the_same_bits(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            Tensor[] flat = Draw(row, type, 7 * 9);
            Tensor[][] layouts =
            [
                [.. flat.Select(t => t.Reshape(9, 7).T)],
                [.. flat.Select(t => t.Reshape(7, 9).Select(1, 4))],
                [.. flat.Select((t, k) => k == 0 ? t.Reshape(7, 9) : t.Reshape(7, 9).Select(0, 2).Expand(7, 9))],
                [.. flat.Select(t => t.Select(0, 5).Expand(4, 3))],
            ];
            foreach (Tensor[] strided in layouts)
            {
                Tensor[] plain = [.. strided.Select(t => t.Clone())];
                Assert.That(Bits(row.Call(strided)), Is.EqualTo(Bits(row.Call(plain))), $"{type} {strided[0].Shape}");
                if (row.IsDifferentiable)
                {
                    Tensor g = Upstream((int)plain[0].ElementCount, type).Reshape(plain[0].Shape.ToArray());
                    Tensor[] a = Leaves(strided), b = Leaves(plain);
                    Tensor?[] actual = Autograd.Grad([row.Call(a)], a, [g], allowUnused: true);
                    Tensor?[] expected = Autograd.Grad([row.Call(b)], b, [g], allowUnused: true);
                    Assert.That(actual.Select(t => t is null ? [] : Bits(t)),
                        Is.EqualTo(expected.Select(t => t is null ? [] : Bits(t))),
                        $"gradient, {type} {strided[0].Shape}");
                }
            }
        }
    }

    [TestCaseSource(nameof(Several))]
    public void Operands_broadcast_and_their_gradients_are_summed_back(OperationRow row)
    {
        Tensor[] flat = Draw(row, DType.Float64, 24);
        Tensor[] x =
            Leaves([.. flat.Select((t, k) => k % 2 == 0
                ? t.Reshape(2, 3, 4).Select(1, 0).Unsqueeze(1).Clone()
                : t.Reshape(8, 3).Select(0, 1).Unsqueeze(1).Clone())]);
        Tensor[] full = Leaves([.. x.Select(t => t.Detach().Expand(2, 3, 4).Clone())]);
        Tensor y = row.Call(x), whole = row.Call(full);
        Assert.That(Bits(y), Is.EqualTo(Bits(whole)));
        if (row.IsDifferentiable)
        {
            Tensor g = Upstream(24, DType.Float64).Reshape(2, 3, 4);
            Tensor?[] actual = Autograd.Grad([y], x, [g], allowUnused: true),
                expected = Autograd.Grad([whole], full, [g], allowUnused: true);
            for (int k = 0; k < x.Length; k++)
            {
                Tensor sum = (expected[k] ?? Tensor.ZerosLike(full[k])).Sum(k % 2 == 0 ? [1] : [0, 2], keepDim: true)
                    .Reshape(x[k].Shape.ToArray());
                Assert.That((actual[k] ?? Tensor.ZerosLike(x[k])).AllClose(sum, 1e-13, 1e-13), $"operand {k}");
            }
        }
    }

    [TestCaseSource(nameof(Several))]
    public void A_plain_number_is_an_operand_like_any_other(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            for (int k = 0; k < row.Arity; k++)
            {
                Tensor[] full = Draw(row, type);
                double value = full[k].Select(0, 3).Item();
                full[k] = Tensor.Full([Count], value, type, _device);
                Tensor[] x = [.. full];
                full = Leaves(full);
                x = Leaves(x);
                x[k] = value;
                Tensor y = row.Call(x), whole = row.Call(full);
                Assert.That(y.DType, Is.EqualTo(whole.DType));
                Assert.That(Bits(y), Is.EqualTo(Bits(whole)), $"{type}, operand {k}");
                Tensor[] others = [.. x.Where(t => t.RequiresGrad)], same = [.. full.Where((_, i) => i != k)];
                if (row.IsDifferentiable)
                {
                    Tensor g = Upstream(Count, type);
                    Tensor?[] actual = Autograd.Grad([y], others, [g], allowUnused: true),
                        expected = Autograd.Grad([whole], same, [g], allowUnused: true);
                    for (int i = 0; i < actual.Length; i++)
                    {
                        // A rule that reads nothing but constants runs step by step, so it may round once more.
                        Assert.That(Values(actual[i], Count),
                            Is.EqualTo(Values(expected[i], Count)).Within(type == DType.Float32 ? 1e-6 : 1e-14),
                            $"gradient {i}, {type}, operand {k}");
                    }
                }
            }
        }
    }

    [TestCaseSource(nameof(All))]
    public void Nothing_and_a_single_number_have_a_shape_too(OperationRow row)
    {
        foreach (int[] shape in new int[][] { [], [0], [2, 0, 3] })
        {
            Tensor[] x =
                [.. row.Domain.Select(domain =>
                    Tensor.Full(shape, (domain.Low * 0.3) + (domain.High * 0.7), DType.Float64, _device)
                        .RequireGrad(row.IsDifferentiable))];
            Tensor y = row.Call(x);
            Assert.That(y.Shape.ToArray(), Is.EqualTo(shape));
            foreach (Tensor? gradient in row.IsDifferentiable
                ? Autograd.Grad([y], x, [Tensor.Full(shape, 0.5, DType.Float64, _device)], allowUnused: true)
                : [])
            {
                Assert.That(gradient?.Shape.ToArray(), Is.Null.Or.EqualTo(shape));
            }
        }
    }

    [TestCaseSource(nameof(InPlace))]
    public void In_place_gives_the_bits_and_gradients_of_out_of_place(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            Tensor[] a = Leaves(Draw(row, type)), b = Leaves(Draw(row, type));
            Tensor y = row.Call(a), target = b[0] * 1, z = row.InPlace!([target, .. b[1..]]), g = Upstream(Count, type);
            Assert.That(z, Is.SameAs(target));
            Assert.That(Bits(z), Is.EqualTo(Bits(y)), $"{type}");
            Tensor?[] expected = Autograd.Grad([y], a, [g], allowUnused: true),
                actual = Autograd.Grad([z], b, [g], allowUnused: true);
            Assert.That(actual.Select(t => Values(t, Count)), Is.EqualTo(expected.Select(t => Values(t, Count))),
                $"{type}");
        }
    }

    [TestCaseSource(nameof(InPlace))]
    public void In_place_reads_overlapping_operands_before_it_writes(OperationRow row)
    {
        // Where the operands' domains differ a shared one would mean nothing, so all come from where they meet.
        double low = row.Domain.Max(domain => domain.Low), high = row.Domain.Min(domain => domain.High);
        foreach (DType type in Precisions)
        {
            Tensor x = Draw([(low, high)], [], type, 81)[0].Reshape(9, 9), same = x.Clone();
            Tensor expected =
                row.Call([.. Enumerable.Range(0, row.Arity)
                    .Select(k => k == 0 ? same : k == 1 ? same.T : same.Select(0, 3))]);
            row.InPlace!([.. Enumerable.Range(0, row.Arity).Select(k => k == 0 ? x : k == 1 ? x.T : x.Select(0, 3))]);
            Assert.That(Bits(x), Is.EqualTo(Bits(expected)), $"{type}");
        }
    }

    [TestCaseSource(nameof(Differentiable))]
    public void What_a_rule_does_not_read_may_be_anything(OperationRow row)
    {
        foreach (DType type in Precisions)
        {
            Tensor[] drawn = Draw(row, type, 19);
            Tensor g = Upstream(19, type);
            bool[] every = [.. Enumerable.Repeat(true, row.Arity)];
            List<bool[]> choices = [every,
                .. row.Arity == 1
                    ? []
                    : Enumerable.Range(0, row.Arity).Select(k => every.Select((_, i) => i == k).ToArray())];
            List<Func<Tensor[], Tensor>> calls = [row.Call];
            if (row.InPlace is { } inPlace)
            {
                calls.Add(x => inPlace([x[0] * 1, .. x[1..]]));
            }

            if (row is { Arity: > 1, TakesNumbers: true })
            {
                double last = drawn[^1].Select(0, 3).Item();
                calls.Add(x => row.Call([.. x[..^1], last]));
            }

            foreach (bool[] needed in choices)
            {
                foreach (Func<Tensor[], Tensor> call in calls)
                {
                    foreach (bool createGraph in (bool[])[false, true])
                    {
                        Assert.That(Gradients(unreadIsNaN: true), Is.EqualTo(Gradients(unreadIsNaN: false)),
                            $"{type}, {(createGraph ? "as tensors" : "as a loop")}");

                        long[][] Gradients(bool unreadIsNaN)
                        {
                            Tensor[] x = [.. drawn.Select((t, k) => t.Detach().RequireGrad(needed[k]))],
                                leaves = [.. x.Where(t => t.RequiresGrad)];
                            if (call(x) is not { RequiresGrad: true } y)
                            {
                                return [];
                            }

                            Placeholder.IsNaN = unreadIsNaN;
                            try
                            {
                                return [.. Autograd.Grad([y], leaves, [g], createGraph: createGraph, allowUnused: true)
                                    .Select(t => t is null ? [] : Bits(t))];
                            }
                            finally
                            {
                                Placeholder.IsNaN = false;
                            }
                        }
                    }
                }
            }
        }
    }

    [TestCaseSource(nameof(Differentiable))]
    public void The_formula_can_be_read(OperationRow row)
    {
        Tensor[] x = Leaves(Draw(row, DType.Float32, 1));
        string variable = row.Arity == 1 ? "x" : "a";
        Assert.That(row.Formula, Does.Contain(variable));
        Node node = row.Call(x).GradFn!;
        Assert.That(row.Name, Does.StartWith(node.Name));
        Assert.That(node.Formula, Does.Contain(row.Formula!));
    }

    [Test]
    public void Names_are_unique() => Assert.That(OperationTable.Rows.Select(row => row.Name), Is.Unique);

    private Tensor[] Draw(OperationRow row, DType type, int count = Count) => Draw(row.Domain, row.Kinks, type, count);

    /// <summary>
    /// Numbers all over each domain, a quarter of them near zero where that lies inside, none at a kink.
    /// </summary>
    private Tensor[] Draw((double Low, double High)[] domain, double[] kinks, DType type, int count)
    {
        var random = new Random(20240607);
        return [.. domain.Select(range =>
        {
            double[] values = new double[count];
            for (int i = 0; i < count; i++)
            {
                do
                {
                    double u = range.Low + (range.High - range.Low) * random.NextDouble();
                    values[i] = (float)(i % 4 == 3 && range.Low < 0 ? u * Math.Pow(10, -3 * random.NextDouble()) : u);
                }
                while (Array.Exists(kinks, kink => Math.Abs(values[i] - kink) < 1e-3));
            }

            return Tensor.From(values).To(type).To(_device);
        })];
    }

    /// <summary>An upstream gradient without regularity: both signs, no ones.</summary>
    private Tensor Upstream(int count, DType type)
    {
        var random = new Random(7);
        return Tensor.From([.. Enumerable.Range(0, count).Select(_ => (double)(float)(3 * random.NextDouble() - 1.4))])
            .To(type).To(_device);
    }

    private static double Slack(double expected) =>
        double.IsFinite(expected) ? 1e-14 * Math.Max(1, Math.Abs(expected)) : 0;

    private static Tensor[] Leaves(Tensor[] x) => [.. x.Select(t => t.Detach().RequireGrad())];

    private static double[][] Points(Tensor[] x)
    {
        double[][] columns = [.. x.Select(t => t.ToArray<double>())];
        return [.. Enumerable.Range(0, columns[0].Length).Select(i => columns.Select(column => column[i]).ToArray())];
    }

    private static double[] Values(Tensor? gradient, int count) => gradient?.ToArray<double>() ?? new double[count];

    private static long[] Bits(Tensor x) => [.. x.ToArray<double>().Select(BitConverter.DoubleToInt64Bits)];

    private static string Text(double[] x) => string.Join(", ", x.Select(value => value.ToString("R")));
}
