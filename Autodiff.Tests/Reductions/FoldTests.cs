using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Tests.Reductions;

/// <summary>
/// What a reduction is made of: a formula, a monoid, a function of the fold. Their laws, and the texts that come from
/// them.
/// </summary>
public class FoldTests
{
    private static readonly double[] s_numbers = [-7.5, -1, -0.25, 0, 1e-3, 0.75, 2, 31, 1e6];

    [Test]
    public void A_monoid_has_a_neutral_element_and_its_grouping_does_not_matter()
    {
        Expect(default(Add));
        Expect(default(Mul));
        Expect(default(Maximum));
        Expect(default(Minimum));
        Expect(default(LogAddExp));

        static void Expect<TMonoid>(TMonoid monoid) where TMonoid : unmanaged, IMonoid
        {
            Scalar neutral = monoid.Identity<Scalar>();
            foreach (double x in s_numbers)
            {
                Assert.That(monoid.F<Scalar>(neutral, x).Value, Is.EqualTo(x),
                    $"{typeof(TMonoid).Name}, on the left of {x}");
                Assert.That(monoid.F<Scalar>(x, neutral).Value, Is.EqualTo(x),
                    $"{typeof(TMonoid).Name}, on the right of {x}");
            }

            Assert.That(monoid.F(neutral, neutral).Value, Is.EqualTo(neutral.Value),
                $"{typeof(TMonoid).Name} of nothing and nothing");
            for (int i = 0; i + 2 < s_numbers.Length; i++)
            {
                Scalar a = s_numbers[i], b = s_numbers[i + 1], c = s_numbers[i + 2];
                double left = monoid.F(monoid.F(a, b), c).Value, right = monoid.F(a, monoid.F(b, c)).Value;
                Assert.That(left, Is.EqualTo(right).Within(1e-15 * (1 + Math.Abs(right))),
                    $"{typeof(TMonoid).Name} of {a}, {b}, {c}");
            }
        }
    }

    [Test]
    public void A_formula_has_the_degree_that_it_states()
    {
        Expect(default(Identity));
        Expect(default(Square));
        Expect(new AbsPow(0.5));
        Expect(new AbsPow(-3));

        static void Expect<TElement>(TElement element) where TElement : unmanaged, IHomogeneous
        {
            foreach (double x in s_numbers.Where(static x => x != 0))
            {
                double scaled = element.F<Scalar>(1024 * x).Value,
                    expected = Math.Pow(1024, element.Degree) * element.F<Scalar>(x).Value;
                Assert.That(scaled, Is.EqualTo(expected).Within(1e-14 * Math.Abs(expected)),
                    $"{typeof(TElement).Name} at {x}");
            }
        }
    }

    [Test]
    public void A_function_of_scaled_elements_fold_is_that_of_the_elements_fold()
    {
        Expect(Folds.Mean(3));
        Expect(Folds.Norm);
        Expect(Folds.PowerNorm(3));
        Expect(Folds.PowerNorm(-0.5));
        Expect(Folds.Variance(2));
        Expect(Folds.Deviation(2));
        Expect(Folds.InverseDeviation(3, 0.5));

        static void Expect<TElement, TFinish>(FinishedSum<TElement, TFinish> op)
            where TElement : unmanaged, IHomogeneous where TFinish : unmanaged, IFinish
        {
            double[] x = [3, 5, 7];
            const int exponent = 4;
            double plain = op.Finish(Fold(x)).Value,
                scaled = op.Finish<Scalar>(Fold([.. x.Select(static x => Math.ScaleB(x, -exponent))]), exponent).Value;
            Assert.That(scaled, Is.EqualTo(plain).Within(1e-14 * plain), typeof(TElement).Name);

            Scalar Fold(double[] numbers) =>
                numbers.Aggregate(op.Identity<Scalar>(), (sum, x) => op.Combine(sum, op.Map<Scalar>(x)));
        }
    }

    [Test]
    public void Folds_are_written_as_they_are_computed()
    {
        Assert.That(Formula.OfFold(Folds.Sum), Is.EqualTo("x1 + x2 + ..."));
        Assert.That(Formula.OfFold(Folds.SumOfSquares), Is.EqualTo("x1 * x1 + x2 * x2 + ..."));
        Assert.That(Formula.OfFold(Folds.MaxMagnitude), Does.Contain("|x1|").And.Contain("|x2|"));
        Assert.That(Formula.OfFinish(Folds.Mean(8)), Is.EqualTo("(x1 + x2 + ...) / 8"));
        Assert.That(Formula.OfFinish(Folds.Norm), Is.EqualTo("sqrt(x1 * x1 + x2 * x2 + ...)"));
        Tensor x = Tensor.From(1f, 2, 3, 4).RequireGrad();
        Assert.That(Tape.Of(x.Mean()).ToString(), Does.Contain("y = (x1 + x2 + ...) / 4"));
        Assert.That(Tape.Of(x.Sum()).ToString(), Does.Contain("y = x1 + x2 + ..."));
    }

    [Test]
    public void The_gradient_of_a_NaN_that_a_sum_leaves_out_is_zero_whatever_flows_back()
    {
        Tensor x = Tensor.From(1f, float.NaN, 3).RequireGrad();
        x.NanSum().Backward(Tensor.Scalar(float.NegativeInfinity));
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { float.NegativeInfinity, 0, float.NegativeInfinity }));
    }
}
