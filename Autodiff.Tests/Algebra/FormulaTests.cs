using Autodiff.Algebra;

namespace Autodiff.Tests;

/// <summary>Formulas as a person reads them.</summary>
[Parallelizable]
public class FormulaTests
{
    private static readonly Formula s_x = Formula.Variable("x"), s_a = Formula.Variable("a"),
        s_b = Formula.Variable("b");

    [Test]
    public void The_functions_of_the_algebra_appear_by_name()
    {
        Assert.That(RealMath.Tanh(s_x).ToString(), Is.EqualTo("tanh(x)"));
        Assert.That(RealMath.Max(s_a, -s_b).ToString(), Is.EqualTo("max(a, -b)"));
        Assert.That((s_a * Formula.Log2(s_x + s_b)).ToString(), Is.EqualTo("a * log2(x + b)"));
    }

    [Test]
    public void The_sigmoid_appears_as_in_the_textbooks() =>
        Assert.That(RealMath.Sigmoid(s_x).ToString(), Is.EqualTo("1 / (1 + exp(-x))"));

    [Test]
    public void Every_function_of_the_table_is_short_enough_to_read()
    {
        foreach (RealFunction f in RealFunction.All)
        {
            Assert.That(f.Apply(s_a, s_b).ToString(), Has.Length.LessThan(24), f.Name);
        }
    }
}
