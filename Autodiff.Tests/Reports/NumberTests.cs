using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Ranges, rounding, remainders and elementary functions at the ends of their domains.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class NumberTests(string device) : DeviceFixture(device)
{
    private static Tensor Of(params double[] values) => Tensor.From(values);

    private static IEnumerable<TestCaseData> Ranges()
    {
        yield return Gives("pytorch#5556 0.1 to 0.5 by 0.05 has 8",
            () => Of(Tensor.Arange(0.1, 0.5, 0.05).ElementCount), 8);
        yield return Gives("pytorch#5704 0 to 1.3 by 0.1 has 13", () => Of(Tensor.Arange(0, 1.3, 0.1).ElementCount),
            13);
        yield return Gives("pytorch#4419 the 4096th of 4100 even numbers",
            () => Tensor.Linspace(0, 2 * 4099, 4100)[4095], 8190);
        yield return Gives("pytorch#35461 the last is the end",
            () => Tensor.Linspace(-0.031608279794, 0.031531572342, 257)[^1], 0.031531572342f);
        yield return Gives("one number of a space is its start", () => Tensor.Linspace(3, 9, 1), 3);
        yield return Gives("a space of no numbers", () => Tensor.Linspace(3, 9, 0));
        yield return Gives("a range downwards", () => Tensor.Arange(3, 0, -1), 3, 2, 1);
        yield return Gives("a range above 2^53 has its length",
            () => Of(Tensor.Arange(9007199254740992, 9007199254740994, 1, DType.Int64).ElementCount), 2);
    }

    private static IEnumerable<TestCaseData> Rounding()
    {
        yield return Gives("quotient and remainder of -7 by 2",
            () => Tensor.Cat([Of(-7).FloorDivide(2), Of(-7).Remainder(2), Of(-7).Fmod(2)]), -4, 1, -1);
        yield return Gives("remainders by infinity",
            () => Tensor.Cat([Of(5).Remainder(Inf), Of(-5).Remainder(Inf), Of(5).Fmod(Inf)]), 5, Inf, 5);
        yield return Gives("fmod of 1e17 by 3 is exact",
            () => Tensor.Cat([Of(1e17).Fmod(Of(3)), Of(1e17).Remainder(Of(3))]), 1, 1);
        yield return Gives("halves round to even", () => Of(0.5, 1.5, 2.5, -0.5).Round(), 0, 2, 2, 0);
        yield return Gives("decimals round to even, 1.005 down since it is less", () => Of(0.125, 1.005).Round(2), 0.12,
            1);
        yield return Gives("the sign of -0", () => Of(-0.0).Sign(), 0);
        yield return Gives("clamp keeps NaN, and the upper bound wins",
            () => Tensor.Cat([Of(NaN).Clamp(0, 1), Of(5).Clamp(3, 1)]), NaN, 1);
        yield return Gives("fmax leaves NaN out, maximum does not",
            () => Tensor.Cat([Of(NaN).Fmax(1), Of(NaN).Maximum(1)]), 1, NaN);
        yield return Gives("NaN and infinities to numbers of float32",
            () => Tensor.From(float.NaN, float.PositiveInfinity, float.NegativeInfinity).NanToNum(), 0, float.MaxValue,
            -float.MaxValue);
        yield return Gives("lerp ends at its end", () => Tensor.From(1e8f).Lerp(Tensor.From(1f), 1), 1);
        yield return Gives("the sign of -0 is copied", () => 1 / Of(0).CopySign(Of(-0.0)), -Inf);
    }

    private static IEnumerable<TestCaseData> Functions()
    {
        yield return Gives("powers: (-8)^(1/3), 0^0, inf^0, 1^NaN",
            () => Tensor.Cat([Of(-8).Pow(1.0 / 3), Of(0).Pow(0), Of(Inf).Pow(0), Of(1).Pow(NaN)]), NaN, 1, 1, 1);
        yield return Near("sin of 1e6 in float32", 1e-6, () => Tensor.From(1e6f).Sin(), Math.Sin(1e6));
        yield return Near("mlx#4157 sin of 1e7 in float32, a time stamp", 1e-5, () => Tensor.From(1e7f).Sin(),
            Math.Sin(1e7));
        yield return Near("sin of 1e16 in float64", 1e-12, () => Of(1e16).Sin(), Math.Sin(1e16));
        yield return Gives("jax#39352 arctan of many is that of each", () =>
        {
            Tensor x = Tensor.Linspace(-8, 8, 4096, type: DType.Float64);
            return Truth(x.Atan().ToArray<double>().Zip(x.ToArray<double>(), (y, v) => Math.Abs(y - Math.Atan(v))).Max()
                < 1e-15);
        }, 1);
        yield return Near("exp next to the ends of float64", 1e-12, () => Of(-745, 709.78).Exp(), double.Epsilon,
            Math.Exp(709.78));
        yield return Near("log of the smallest number", 1e-15, () => Of(double.Epsilon).Log(),
            Math.Log(double.Epsilon));
        yield return Near("numbers of float32 that have lost digits", 2e-2,
            () => Tensor.Cat([Tensor.From(-100f).Exp(), Tensor.From(1e-40f).Log()]), Math.Exp(-100), Math.Log(1e-40));
        yield return Near("asinh of -1e-20 and of 1e300", 1e-14, () => Of(-1e-20, 1e300).Asinh(), -1e-20,
            Math.Asinh(1e300));
        yield return Near("acosh just above 1", 1e-14, () => Of(1 + 1.1102230246251565e-15).Acosh(),
            Math.Sqrt(2 * 1.1102230246251565e-15));
        yield return Near("atanh at 1e-20, 1 and 2", 1e-14, () => Of(1e-20, 1, 2).Atanh(), 1e-20, Inf, NaN);
        yield return Near("erfc of 10, erf of 1e-20", 1e-13,
            () => Tensor.Cat([Of(10).Erfc(), Of(1e-20).Erf()]), 2.088487583762545e-45, 1.1283791670955126e-20);
    }

    private static IEnumerable<TestCaseData> Matrices()
    {
        yield return Near("the determinant of a singular matrix", 1e-12,
            () => Tensor.From(new double[,] { { 1, 2 }, { 2, 4 } }).Det(), 0);
        yield return Near("its gradient is the transposed adjugate", 1e-12,
            () => Slope(Leaf(new double[,] { { 1, 2 }, { 2, 4 } }), a => a.Det()), 4, -2, -2, 1);
        yield return Near("of rank 1 in three dimensions: 0", 1e-12,
            () => Slope(Tensor.Ones([3, 3], DType.Float64).RequireGrad(), a => a.Det()).Abs().Sum(), 0);
        yield return Gives("a permutation's determinant, with a pivot of 0",
            () => Tensor.From(new double[,] { { 0, 1, 0 }, { 1, 0, 0 }, { 0, 0, 1 } }).Det(), -1);
        yield return Gives("the zeroth power", () => Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).MatrixPower(0),
            1, 0, 0, 1);
        yield return Gives("the nuclear norm's gradient at a singular matrix is finite",
            () => Finite(Slope(Leaf(new double[,] { { 1, 0 }, { 0, 0 } }), a => a.MatrixNorm(MatrixNormKind.Nuclear))),
            1);
        yield return Gives("logarithm and sign of a negative determinant", () =>
        {
            Tensor a = Tensor.From(new double[,] { { 0, 1 }, { 1, 0 } });
            return Tensor.Stack([a.LogDet(), a.SlogDet().Item1]);
        }, NaN, -1);
        yield return Near("the gradient of log|det| is the transposed inverse", 1e-14,
            () => Slope(Leaf(new double[,] { { 2, 0 }, { 0, 4 } }), a => a.SlogDet().Item2), 0.5, 0, 0, 0.25);
        yield return Near("the gradient of a solution", 1e-14,
            () => Slope(Leaf(new double[,] { { 2 } }), a => a.Solve(Tensor.From(new[,] { { 0.5 } }))), -0.125);
        yield return Near("a system that needs pivots", 1e-12,
            () =>
                Tensor.From(new double[,] { { 1e-20, 1 }, { 1, 1 } })
                    .Solve(Tensor.From(new double[,] { { 1 }, { 2 } })), 1, 1);
        yield return Gives("a trace, sums over everything and nothing but an ellipsis", () =>
        {
            Tensor a = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
            return Tensor.Stack([Tensor.Einsum("ii->", a), Tensor.Einsum("...->", a).Sum(), Tensor.Einsum("ij->", a)]);
        }, 5, 10, 10);
        yield return Gives("a diagonal's gradient",
            () => Slope(Leaf(new double[,] { { 1, 2 }, { 3, 4 } }), a => Tensor.Einsum("ii->i", a)), 1, 0, 0, 1);
        yield return Gives("a factor that all matrices of a batch share gets the sum", () =>
            Slope(Tensor.Ones([2, 1], DType.Float64).RequireGrad(),
                b => Tensor.Ones([3, 2, 2], DType.Float64).MatMul(b)), 6, 6);
        yield return Gives("matrix by vector, vector by matrix", () =>
        {
            Tensor a = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
            return Tensor.Cat([a.MatMul(Of(1, 1)), Of(1, 1).MatMul(a)]);
        }, 3, 7, 4, 6);
    }

    [TestCaseSource(nameof(Ranges))]
    public void Ranges_have_their_length_and_their_end(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Rounding))]
    public void Rounding_and_remainders(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Functions))]
    public void Functions_at_the_ends_of_their_domains(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Matrices))]
    public void Matrices_singular_and_scaled(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [Test]
    public void What_has_no_inverse_or_factor_is_said()
    {
        Assert.That(() => Tensor.From(new double[,] { { 1, 2 }, { 2, 4 } }).Inverse(),
            Throws.InstanceOf<LinearAlgebraException>());
        Assert.That(() => Tensor.From(new double[,] { { 1, 2 }, { 2, 1 } }).Cholesky(),
            Throws.InstanceOf<LinearAlgebraException>());
    }

    private static IEnumerable<TestCaseData> TwiceDifferentiable()
    {
        yield return Function("a running product", x => x.CumProd(0).Sum(), 2, 3, 4);
        yield return Function("a product with one zero", x => x.Prod(), 2, 0, 4);
        yield return Function("a deviation", x => x.Std(), 0.3, -1, 2);
        yield return Function("a norm", x => x.Norm(), 0.3, -1, 2);
        yield return Function("LogSumExp", x => x.LogSumExp(0), 0.3, -1, 2);
        yield return Function("softmax", x => (x.Softmax(0) * Tensor.From(1.0, 2, 3)).Sum(), 0.3, -1, 2);
        yield return Function("layer norm", x => (Functional.LayerNorm(x, new[] { 3 }) * Tensor.From(1.0, 2, 3)).Sum(),
            0.3, -1, 2);
        yield return Function("distances", x => x.Reshape(2, 2).CDist(Tensor.From(new[,] { { 0.3, 0.7 } })).Sum(), 1, 2,
            3, 4);

        static TestCaseData Function(string name, Func<Tensor, Tensor> f, params double[] at) =>
            new TestCaseData(f, at).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(TwiceDifferentiable))]
    public void Second_derivatives_are_those_of_differences(Func<Tensor, Tensor> f, double[] at) =>
        Assert.That(Autograd.GradientCheck(f, Tensor.From(at), new GradientCheckOptions(Order: 2)).Passed);
}
