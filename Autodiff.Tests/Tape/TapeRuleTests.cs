using Autodiff.Nn;
using Autodiff.Operations;
using Autodiff.Tests.Elementwise;
using Autodiff.Tests.Golden;
using Autodiff.Tests.Reference;

namespace Autodiff.Tests.TapeTests;

/// <summary>
/// What the tape tells of each operation: its rule, what is saved, where it was called, values and gradients that are
/// kept.
/// </summary>
public class TapeRuleTests
{
    private static readonly string[] s_bars = ["ā", "b̄", "c̄"];

    private static IEnumerable<TestCaseData> Calls() =>
    [
        .. from row in OperationTable.Differentiable
           select Call(row.Name,
               () =>
                   [row.Call([.. row.Domain.Select(d =>
                       Tensor.Full([3], (d.Low + d.High) / 2, DType.Float64).RequireGrad())])]),
        .. from row in OperationTable.Differentiable
           where row.InPlace is not null
           select Call($"{row.Name} in place", () =>
           {
               Tensor[] x =
                   [.. row.Domain.Select(d => Tensor.Full([3], (d.Low + d.High) / 2, DType.Float64).RequireGrad())];
               x[0] = x[0].Clone();
               return [row.InPlace!(x)];
           }),
        .. from test in ReferenceCases.All
           where ReferenceOperations.Find(test.Operation) is not null
           select Call($"{test.Index} {test}", () => ReferenceOperations.Find(test.Operation)!(new(test))),
        .. from loss in GoldenModels.Losses select Call($"{loss.Name} loss", () => [loss.Function(new(DType.Float32))]),
        .. from layer in GoldenModels.Layers
            select Call($"{layer.Name} layer", () => [layer.Make().Forward(Tensor.Rand(layer.Shape).RequireGrad())]),
    ];

    private static TestCaseData Call(string name, Func<Tensor[]> call) =>
        new TestCaseData(call).SetName($"Rules of {name}");

    /// <summary>
    /// The rule names the gradient of every operand: x̄ where there is one, ā, b̄, c̄ where there are two or three.
    /// </summary>
    [TestCaseSource(nameof(Calls))]
    public void Every_operation_says_its_rule(Func<Tensor[]> call)
    {
        foreach (Node node in call().Where(y => y.RequiresGrad).SelectMany(Tape.Of)
            .Where(node => node.InputCount > 0 && node.Name != "Cat"))
        {
            for (int i = 0; i < node.InputCount; i++)
            {
                Assert.That(node.Rule, Does.Match($@"{(node.InputCount == 1 ? "x̄" : s_bars[i])}(\[i\])? = "),
                    node.ToString());
            }
        }
    }

    [Test]
    public void Rules_are_said_in_the_terms_of_their_operation()
    {
        Tensor a = Tensor.Randn([2, 3]).RequireGrad(), b = Tensor.Randn([3, 4]).RequireGrad();
        string Rule(Tensor y) => Tape.Of(y)[^1].Rule;
        Assert.That(Rule(a.MatMul(b)), Is.EqualTo("ā = g @ bᵀ, b̄ = aᵀ @ g"));
        Assert.That(Rule(new Linear(3, 4).Forward(a)),
            Is.EqualTo("ā = g @ b, b̄ = gᵀ @ a, c̄ = g, summed over the rows"));
        Assert.That(Rule(a.Lerp(a, a)), Is.EqualTo(Algebra.Formula.OfTernaryVjp(default(Lerp))));
        Assert.That(Rule(a.Mean()), Is.EqualTo("x̄ = g / 6, spread over what was summed"));
        Assert.That(Rule(a[.., 1..]), Is.EqualTo("x̄ = g in the part that was taken, 0 elsewhere"));
        Assert.That(Rule(a.Softmax(1)), Is.EqualTo("x̄ = y * (g - Σ g * y)"));
        Assert.That(Rule(a.Norm(3)), Is.EqualTo("x̄ = g * sign(x) * (|x| / y)^2"));
    }

    [Test]
    public void A_function_of_ones_own_may_say_its_rule()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor Cube(string? rule) => Autodiff.Autograd.Function(
            "Cube", [x], static inputs => inputs[0] * inputs[0] * inputs[0],
            static (g, inputs, y) => [g * inputs[0] * inputs[0] * 3], rule);
        Assert.That(Cube("x̄ = 3 * g * x^2").GradFn!.Rule, Is.EqualTo("x̄ = 3 * g * x^2"));
        Assert.That(Cube(null).GradFn!.Rule, Is.EqualTo("x̄ = the function's own"));
    }

    [Test]
    public void What_is_saved_is_seen_until_Backward_has_used_it()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), y = x.Exp(), z = y * y.Detach(), s = z.Sum();
        Node exp = y.GradFn!, mul = z.GradFn!;
        Assert.That(exp.SavedOperands.Select(saved => saved.Role), Is.EqualTo(new[] { "output" }));
        Assert.That(exp.SavedOperands[0].Value.ToArray<double>(), Is.EqualTo(y.ToArray<double>()));
        Assert.That(exp.SavedOperands[0].Value.RequiresGrad, Is.False);
        Assert.That(mul.SavedOperands.Select(saved => (saved.Role, saved.IsChanged)),
            Is.EqualTo(new[] { ("second operand", false) }));
        Assert.That(Tape.Of(s).ToString(), Does.Contain("= Exp(%0)  [2]  y = exp(x)  x̄ = g * y  reads y"));
        s.Backward();
        Assert.That(exp.SavedOperands, Is.Empty);
    }

    [Test]
    public void A_saved_operand_that_was_changed_says_so()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), b = Tensor.From(3.0, 4.0), y = x * b;
        b.Fill(5);
        Assert.That(y.GradFn!.SavedOperands.Single(), Has.Property(nameof(SavedOperand.IsChanged)).True);
    }

    [Test]
    public void Call_sites_are_kept_where_a_scope_asks_for_them()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), before = x * 2, inside, after;
        using (Tape.RecordCallSites())
        {
            Assert.That(AnomalyMode.IsEnabled, Is.False);
            using (AnomalyMode.Enable())
            {
            }

            inside = before.Exp();
        }

        after = inside.Sum();
        Assert.That(inside.GradFn!.CallSite, Does.Contain(nameof(Call_sites_are_kept_where_a_scope_asks_for_them)));
        Assert.That((before.GradFn!.CallSite, after.GradFn!.CallSite), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(Tape.Of(after).ToString(), Does.Contain($"  at {inside.GradFn.CallSite}"));
    }

    [Test]
    public void Values_and_gradients_are_found_where_they_are_kept()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), y = x.Exp(), z = y.Sin(), s = (z * 2).Sum();
        z.RetainGrad();
        Tape tape = Tape.Of(s);
        Assert.That(tape.Select(node => tape.ValueOf(node)?.ToArray<double>()), Is.EqualTo(new[]
        {
            // the sine's rule needs its operand, the product's nothing
            x.ToArray<double>(), y.ToArray<double>(), null, null, s.ToArray<double>(),
        }));
        Assert.That(tape.Select(tape.GradientOf), Is.All.Null);
        s.Backward();
        Assert.That(tape.Select(node => tape.GradientOf(node)?.ToArray<double>()), Is.EqualTo(new[]
        {
            x.Grad!.ToArray<double>(), null, new[] { 2.0, 2.0 }, null, null,
        }));
    }
}
