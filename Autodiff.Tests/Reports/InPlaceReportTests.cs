using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Changes in place: right gradients, or a refusal that says which value is missed.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class InPlaceReportTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Gives("pytorch#3313 one of three squared in place",
            () => SlopeOf([1, 3, 1], y => y[1].MulInPlace(y[1].Clone())), 1, 6, 1);
        yield return Gives("xla#1718 a part set to 0", () => SlopeOf([1, 2, 3], y => y[..2] = 0), 0, 0, 1);
        yield return Gives("pytorch#49824 one of the parts of Unbind",
            () => SlopeOf([1, 3], y => y.Unbind()[0].MulInPlace(2)), 2, 1);
        yield return Gives("pytorch#49824 a view of such a part, read through the view", () => Slope([1, 3], x =>
        {
            Tensor view = (x * 1).Unbind()[0].View(1);
            return view.MulInPlace(2);
        }), 2, 0);
        yield return Gives("y *= y", () => SlopeOf([2, 3], y => y *= y), 4, 6);
        yield return Gives("y += y", () => SlopeOf([2, 3], y => y += y), 2, 2);
        yield return Gives("y /= y", () => SlopeOf([2, 3], y => y /= y), 0, 0);
        yield return Gives("parts filled with functions of parts", () => Slope([1, 2], x =>
        {
            Tensor y = Tensor.Zeros([2], DType.Float64);
            y[0] = x[0];
            y[1] = x[1] * x[1];
            return y;
        }), 1, 4);
        yield return Gives("leaky ReLU of slope 0", () => Slope([-2, 2], x => (x * 1).LeakyReluInPlace(0)), 0, 1);

        static Tensor SlopeOf(double[] at, Action<Tensor> change) => Slope(at, x =>
        {
            Tensor y = x * 1;
            change(y);
            return y;
        });
    }

    private static IEnumerable<TestCaseData> Missed()
    {
        yield return Refused("the result of exp", () => Slope([1], x =>
        {
            Tensor y = x.Exp();
            return y.AddInPlace(1);
        }), "Exp");
        yield return Refused("the result of exp, through a detached tensor", () => Slope([1], x =>
        {
            Tensor y = x.Exp();
            y.Detach().Fill(0);
            return y;
        }), "Exp");
        yield return Refused("pytorch#197887 a factor of a matrix product, through a row",
            () => Factor((x, w) => x.MatMul(w), x => x[0].AddInPlace(1)), "in place");
        yield return Refused("a factor of an Einstein sum",
            () => Factor((x, w) => Tensor.Einsum("ij,jk->ik", x, w), x => x.MulInPlace(3)), "in place");
        yield return Refused("pytorch#24413 the exponential of a transposed tensor, through its transpose",
            () => Slope(Tensor.Ones([2, 3], DType.Float64).RequireGrad(), x =>
        {
            Tensor y = (x * 1).T.Exp();
            y.T.AddInPlace(1);
            return y;
        }), "in place");
        yield return Refused("a factor that the sum replaces", () => Slope([2, 3], x =>
        {
            Tensor y = x * 1;
            y[0].AddInPlace(y[1] * y[0]);
            return y;
        }), "in place");
        yield return Refused("a leaf", () => Leaf(1).AddInPlace(1), "leaf");
        yield return Refused("elements that share a place",
            () => Tensor.Zeros([1]).Expand(3).AddInPlace(Tensor.From(1f, 2, 3)), "expand");
        yield return Refused("a graph that was walked already", () =>
        {
            Tensor x = Leaf(1), y = x * x;
            y.Backward();
            y.Backward();
        }, "retainGraph");

        static void Factor(Func<Tensor, Tensor, Tensor> product, Action<Tensor> change)
        {
            Tensor x = Tensor.Ones([2, 2], DType.Float64),
                y = product(x, Tensor.Ones([2, 2], DType.Float64).RequireGrad());
            change(x);
            y.Sum().Backward();
        }
    }

    [TestCaseSource(nameof(Changes))]
    public void A_change_is_part_of_the_function(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Missed))]
    public void A_value_that_backward_misses_is_named(Action call, string[] words) => CheckRefused(call, words);

    private static IEnumerable<TestCaseData> NotInvertible()
    {
        yield return Row("leaky ReLU of a negative slope", x => x.LeakyReluInPlace(-0.5), -0.5);
        yield return Row("ELU of a negative alpha", x => x.EluInPlace(-0.5), -0.5 * Math.Exp(-2));
        yield return Row("CELU of a negative alpha", x => x.Celu(-0.5), Math.Exp(4));

        static TestCaseData Row(string claim, Func<Tensor, Tensor> f, double expected) =>
            new TestCaseData(f, expected).SetArgDisplayNames(claim);
    }

    /// <summary>
    /// The sign of the output doesn't tell that of the input here, so a rule that looks at the output only would be
    /// wrong.
    /// </summary>
    [TestCaseSource(nameof(NotInvertible))]
    public void A_function_whose_output_hides_its_input_is_right_or_refused(Func<Tensor, Tensor> f, double expected)
    {
        try
        {
            Assert.That(Slope(-2, x => f(x * 1)).Item(), Is.EqualTo(expected).Within(1e-14).Percent);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            Assert.That(e.Message, Is.Not.Empty);
        }
    }
}
