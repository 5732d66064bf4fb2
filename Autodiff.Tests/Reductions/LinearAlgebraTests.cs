namespace Autodiff.Tests.Reductions;

/// <summary>Inverses, solutions, determinants, factors.</summary>
public class LinearAlgebraTests
{
    [Test]
    public void An_inverse_times_its_matrix_is_the_identity([Values(1, 2, 7, 40)] int n)
    {
        Tensor a = GradientCheck.Sample([3, n, n]);
        Assert.That(Max(a.Inverse().MatMul(a) - Tensor.Eye(n, type: DType.Float64)), Is.LessThan(1e-10));
        Tensor single = a.To(DType.Float32);
        Assert.That(single.Inverse().DType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void Solutions_satisfy_their_equations_for_vectors_matrices_and_broadcast_batches()
    {
        Tensor a = GradientCheck.Sample([2, 1, 5, 5]), b = GradientCheck.Sample([3, 5, 4], 2),
            v = GradientCheck.Sample([5], 3);
        Tensor x = a.Solve(b);
        Assert.That(x.Shape, Is.EqualTo(Shape.Create([2, 3, 5, 4])));
        Assert.That(Max(a.MatMul(x) - b), Is.LessThan(1e-12));
        Tensor one = a.Select(0, 0).Select(0, 0);
        Assert.That(Max(one.MatMul(one.Solve(v)) - v), Is.LessThan(1e-12));
        Tensor batch = GradientCheck.Sample([4, 5, 5], 4), sides = GradientCheck.Sample([4, 5], 5);
        Assert.That(Max((batch.MatMul(batch.Solve(sides).Unsqueeze(-1)) - sides.Unsqueeze(-1))), Is.LessThan(1e-12));
    }

    [Test]
    public void Determinants_know_swaps_and_singular_matrices()
    {
        Assert.That(Tensor.From(new double[,] { { 0, 2 }, { 3, 4 } }).Det().Item(), Is.EqualTo(-6).Within(1e-15));
        Assert.That(Tensor.From(new double[,] { { 1, 2 }, { 2, 4 } }).Det().Item(), Is.Zero);
        (Tensor sign, Tensor log) = (Tensor.Eye(400, type: DType.Float64) * -10).SlogDet();
        Assert.That((sign.Item(), log.Item()), Is.EqualTo((1.0, 400 * Math.Log(10))).Within(1e-9));
        Assert.That(Tensor.Zeros([3, 3]).SlogDet().LogAbsDet.Item(), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Tensor.From(new double[,] { { 0, 1 }, { 1, 0 } }).LogDet().Item(), Is.NaN);
    }

    [Test]
    public void The_gradient_of_a_determinant_is_the_cofactor_matrix_even_where_it_vanishes()
    {
        Tensor a = Tensor.From(new double[,] { { 1, 2, 3 }, { 2, 4, 6 }, { 1, 0, 1 } }).RequireGrad();
        a.Det().Backward();
        Assert.That(a.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 4, 4, -4, -2, -2, 2, 0, 0, 0 }).Within(1e-12));
    }

    [Test]
    public void Cholesky_factors_are_triangular_and_multiply_back()
    {
        Tensor b = GradientCheck.Sample([2, 6, 6]),
            a = b.MatMul(b.Transpose(1, 2)) + Tensor.Eye(6, type: DType.Float64);
        Tensor l = a.Cholesky();
        Assert.That(Max(l.MatMul(l.Transpose(1, 2)) - a), Is.LessThan(1e-12));
        Assert.That(Max(l - l.Tril()), Is.Zero);
        Assert.That(Max(a.Cholesky(upper: true) - l.Transpose(1, 2)), Is.Zero);
    }

    [Test]
    public void Norms_of_matrices()
    {
        Tensor a = Tensor.From(new double[,] { { 3, 0, 0 }, { 0, 0, -4 } });
        Assert.That(Enum.GetValues<MatrixNormKind>().Select(kind => a.MatrixNorm(kind).Item()),
            Is.EqualTo(new double[] { 5, 7, 4, 0, 4, 3 }).Within(1e-12));
        Tensor low = Tensor.Ones([3, 2], DType.Float64).RequireGrad();
        low.MatrixNorm(MatrixNormKind.Nuclear).Backward();
        Assert.That(low.Grad!.ToArray<double>(), Is.All.EqualTo(1 / Math.Sqrt(6)).Within(1e-12));
    }

    [Test]
    public void What_is_missing_is_said()
    {
        Tensor singular = Tensor.From(new double[,] { { 1, 2 }, { 2, 4 } });
        Assert.That(() => singular.Inverse(), Throws.TypeOf<LinearAlgebraException>().With.Message.EqualTo(
            "Inverse: the matrix [2, 2] is singular: elimination leaves a zero at diagonal element 1."));
        Assert.That(() => Tensor.Zeros([2, 3, 3]).Solve(Tensor.Ones([3])),
            Throws.TypeOf<LinearAlgebraException>().With.Message.Contains("Solve: matrix 0 of the batch"));
        Assert.That(() => Tensor.From(new double[,] { { 1, 2 }, { 2, 1 } }).Cholesky(),
            Throws.TypeOf<LinearAlgebraException>()
                .With.Message.Contains("its leading minor of order 2 is not positive"));
        Assert.That(() => Tensor.Zeros([2, 3]).Det(),
            Throws.ArgumentException.With.Message.EqualTo("Det: takes square matrices [..., n, n], not [2, 3]."));
        Assert.That(() => Tensor.Eye(3).Solve(Tensor.Zeros([2, 1])),
            Throws.ArgumentException.With.Message.Contains("takes right-hand sides of 3 rows; b [2, 1] has 2"));
        Assert.That(() => Tensor.From(1, 2).Reshape(1, 2).MatrixPower(2),
            Throws.InvalidOperationException.With.Message.Contains("is int32"));
    }

    private static double Max(Tensor x) => x.Abs().Max().Item();

    [Test]
    public void A_solution_has_the_type_that_both_sides_promote_to()
    {
        Tensor a = Tensor.Eye(2) * 2;
        Assert.That(a.Solve(Tensor.From(1L, 3)).ToArray<float>(), Is.EqualTo(new[] { 0.5f, 1.5f }));
        Assert.That(a.To(DType.Float64).Solve(Tensor.From(1f, 3)).DType, Is.EqualTo(DType.Float64));
        Tensor b = Tensor.From(1f, 3).RequireGrad();
        a.To(DType.Float64).Solve(b).Sum().Backward();
        Assert.That(b.Grad!.ToArray<float>(), Is.EqualTo(new[] { 0.5f, 0.5f }));
    }

    [Test]
    public void The_first_power_of_a_matrix_is_a_copy()
    {
        Tensor a = Tensor.Eye(2), power = a.MatrixPower(1);
        power.MulInPlace(3);
        Assert.That(a.ToArray<float>(), Is.EqualTo(new float[] { 1, 0, 0, 1 }));
    }

    [Test]
    public void The_nuclear_norm_does_not_leave_the_range_on_its_way(
        [Values(1e-300, 1e-200, 1, 1e200, 1e307)] double unit)
    {
        Tensor a = Tensor.From(new[,] { { 3, 1.0 }, { 0, 4 }, { 1, 0 } }), scaled = (a * unit).RequireGrad();
        Tensor norm = a.MatrixNorm(MatrixNormKind.Nuclear), large = scaled.MatrixNorm(MatrixNormKind.Nuclear);
        Assert.That(large.Item() / unit, Is.EqualTo(norm.Item()).Within(1e-14 * norm.Item()));
        large.Backward();
        a.RequireGrad().MatrixNorm(MatrixNormKind.Nuclear).Backward();
        Assert.That(Max(scaled.Grad! - a.Grad!), Is.LessThan(1e-12));
    }
}
