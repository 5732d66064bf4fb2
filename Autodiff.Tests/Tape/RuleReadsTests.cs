using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Tests.TapeTests;

/// <summary>What a rule reads, and the tape therefore keeps, is found by running it.</summary>
public class RuleReadsTests
{
    private static Tensor X => Tensor.From(-2.0, -0.5, 0.5, 2);

    [Test]
    public void The_sign_of_a_slope_decides_between_input_and_output()
    {
        Assert.That(ReadBy(x => x.LeakyRelu(0.1)), Is.EqualTo("y"));
        Assert.That(ReadBy(x => x.LeakyRelu(-0.1)), Is.EqualTo("x"));
        Assert.That(ReadBy(x => x.Elu(1.5)), Is.EqualTo("y"));
        Assert.That(ReadBy(x => x.Elu(-1.5)), Is.EqualTo("x"));
        Assert.That(ReadBy(x => x.Celu(2)), Is.EqualTo("y"));
        Assert.That(ReadBy(x => x.Celu(-2)), Is.EqualTo("x"));
        Assert.That(ReadBy(x => x.LeakyRelu(0.1)), Is.EqualTo("y"), "each value of an operation has its own");
    }

    [Test]
    public void The_gradients_of_negative_slopes_are_right()
    {
        foreach (Func<Tensor, Tensor> f in (Func<Tensor, Tensor>[])[x => x.LeakyRelu(-0.1), x => x.Elu(-1.5),
            x => x.Celu(-2)])
        {
            GradientCheckResult result = Autograd.GradientCheck(f, X, new(Order: 2));
            Assert.That(result.Passed, result.Message);
        }
    }

    [Test]
    public void An_operand_without_gradient_decides_too()
    {
        Tensor a = X.Detach().RequireGrad(), b = Tensor.From(1.0, 2, 3, 4);
        Assert.That((a * b).GradFn!.Reads, Is.EqualTo("b"));
        Assert.That((b * a).GradFn!.Reads, Is.EqualTo("a"));
        Assert.That((a * b.RequireGrad()).GradFn!.Reads, Is.EqualTo("a, b"));
        Assert.That((a + b).GradFn!.Reads, Is.Empty);
        Assert.That((a * 3).GradFn!.Reads, Is.Empty);
        Assert.That((3 / a).GradFn!.Reads, Is.EqualTo("x"));
        Assert.That(a.Lerp(b, 0.5).GradFn!.Reads, Is.Empty);
        Assert.That(a.Sum().GradFn!.Reads, Is.Null, "a rule that is no formula");
    }

    [Test]
    public void The_tape_shows_it()
    {
        Tensor x = X.Detach().RequireGrad();
        x.Name = "x";
        Assert.That(Tape.Of(x.Sigmoid() + 1).ToString(), Is.EqualTo(
            $"x = Leaf()  [4]{Environment.NewLine}%1 = Sigmoid(x)  [4]  y = 1 / (1 + exp(-x))  x̄ = g * (1 - y) * y  "
                + $"reads y{Environment.NewLine}"
            + $"%2 = Add(%1)  [4]  y = x + 1  x̄ = g{Environment.NewLine}"));
    }

    [Test]
    public void An_operation_of_three_operands_says_its_rules()
    {
        Tensor a = X.Detach().RequireGrad(), b = X.Detach().RequireGrad(), c = X.Detach().RequireGrad();
        Node all = a.Lerp(b, c).GradFn!, held = a.Lerp(b, 0.5).GradFn!, one = a.AddCDiv(2, c).GradFn!;
        Assert.That(all.Rule, Is.EqualTo("ā = g * (1 - c), b̄ = g * c, c̄ = g * (b - a)"));
        Assert.That((all.InputCount, all.Reads), Is.EqualTo((3, "a, b, c")));
        Assert.That(held.Rule, Is.EqualTo("ā = g * (1 - 0.5), b̄ = g * 0.5"));
        Assert.That((held.InputCount, held.Reads), Is.EqualTo((2, "")));
        Assert.That((one.InputCount, one.Reads), Is.EqualTo((3, "b, c")));
    }

    [Test]
    public void A_generic_operation_that_branches_on_a_field()
    {
        Tensor x = X.Detach().RequireGrad();
        foreach ((bool byOutput, double scale, string reads) in ((bool, double, string)[])[(true, 1, "y"),
            (false, 1, "x"), (true, 0, ""), (false, 0, ""), (true, 2, "y")])
        {
            Tensor y = x.Map(new Scaled<Exp>(scale, new(byOutput)));
            Assert.That(y.GradFn!.Reads, Is.EqualTo(reads), $"{byOutput}, {scale}");
            Tensor expected = x.Detach().Exp() * scale;
            Assert.That(Autograd.Grad([y], [x], [Tensor.Ones([4], DType.Float64)])[0]!.AllClose(expected, 1e-14, 1e-14),
                $"{byOutput}, {scale}");
        }

        Assert.That(new[] { true, false, true }.Select(byOutput => x.Map(new OneByte(byOutput)).GradFn!.Reads),
            Is.EqualTo(new[] { "y", "x", "y" }));
    }

    [Test]
    public void More_values_than_are_remembered()
    {
        Tensor x = X.Detach().RequireGrad();
        for (int i = 0; i < 40; i++)
        {
            Assert.That(x.LeakyRelu(10 - i).GradFn!.Reads, Is.EqualTo(10 - i >= 0 ? "y" : "x"));
        }
    }

    [Test]
    public void An_integer_operation()
    {
        Assert.That(Rules(RuleReads.Of(default(Op2<CommonBits>)), 2),
            Is.EqualTo(new[] { Operands.A | Operands.B, Operands.Output }));
        Tensor bits = Tensor.Map(default(CommonBits), Tensor.From(6L, 5L), Tensor.From(3L, 1L), DType.Int64);
        Assert.That(bits.ToArray<long>(), Is.EqualTo(new[] { 2L, 1L }));
        Assert.That(bits.RequiresGrad, Is.False);
    }

    [Test]
    public void Every_way_through_the_branches_counts()
    {
        Assert.That(RuleReads.Of(default(Op3<Branching>))[0], Is.EqualTo(Operands.A | Operands.B), "either precision");
        Assert.That(RuleReads.Of(default(Op3<Branching>))[1], Is.EqualTo(Operands.A | Operands.B | Operands.C),
            "either answer, and what was asked");
        Assert.That(RuleReads.Of(default(Op3<Branching>))[2], Is.EqualTo(Operands.C),
            "a value that does not flow into the result is not read");
        Assert.That(RuleReads.Of(default(Op1<Exp2>))[0], Is.EqualTo(Operands.A | Operands.Output),
            "the rare side of a branch");
        Assert.That(RuleReads.Of(default(Op3<Endless>))[0], Is.EqualTo(Operands.All), "too many ways");
    }

    [Test]
    public void A_rule_that_asks_what_its_carrier_is_reads_NaN_in_the_tests_mode()
    {
        Tensor x = X.Detach().RequireGrad();
        Placeholder.IsNaN = true;
        try
        {
            Assert.That(Autograd.Grad([x.Map(default(Cheating))], [x],
                [Tensor.Ones([4], DType.Float64)])[0]!.ToArray<double>(), Is.All.NaN);
        }
        finally
        {
            Placeholder.IsNaN = false;
        }
    }

    private static string ReadBy(Func<Tensor, Tensor> f) => f(X.Detach().RequireGrad()).GradFn!.Reads!;

    private static Operands[] Rules(RuleReads reads, int count) =>
        [.. Enumerable.Range(0, count).Select(k => reads[k])];

    private readonly struct Flag(bool isSet)
    {
        public bool IsSet => isSet;
    }

    /// <summary>y = s f(x) for f' = f, by input or output.</summary>
    private readonly struct Scaled<TOp>(double scale, Flag byOutput) : IUnaryOp where TOp : unmanaged, IUnaryOp
    {
        private readonly Constant _scale = scale;

        public S F<S>(S x) where S : IReal<S> => default(TOp).F(x) * S.Const(_scale);

        public S Vjp<S>(S g, S x, S y) where S : IReal<S>
        {
            if (_scale.Double == 0)
            {
                return g * S.Const(0);
            }

            return byOutput.IsSet ? g * y : g * default(TOp).F(x) * S.Const(_scale);
        }
    }

    private readonly struct OneByte(bool byOutput) : IUnaryOp
    {
        public S F<S>(S x) where S : IReal<S> => S.Exp(x);

        public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (byOutput ? y : S.Exp(x));
    }

    private readonly struct CommonBits : IBinaryOp
    {
        public S F<S>(S a, S b) where S : IReal<S> => S.And(a, b);

        public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
            S.SelectEqual(S.And(a, b), S.Const(0), S.Const(0), g);

        public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => S.And(g, y);
    }

    private readonly struct Branching : ITernaryOp
    {
        public S F<S>(S a, S b, S c) where S : IReal<S> => a;

        public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => S.IsDouble ? g * a : g * b;

        public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> =>
            S.AllLessEqual(a, S.Const(1)) ? g * a : S.AllLessEqual(S.Const(0), g) ? g * b : g * c;

        public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S>
        {
            S unused = S.Exp(a) + b;
            return unused is null ? g : g * c;
        }
    }

    private readonly struct Endless : ITernaryOp
    {
        public S F<S>(S a, S b, S c) where S : IReal<S> => a;

        public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S>
        {
            int count = 0;
            for (int i = 0; i < 20; i++)
            {
                count += S.AllLessEqual(g, S.Const(i)) ? 1 : 0;
            }

            return g * S.Const(count);
        }

        public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => g;

        public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => g;
    }

    private readonly struct Cheating : IUnaryOp
    {
        public S F<S>(S x) where S : IReal<S> => x * x;

        public S Vjp<S>(S g, S x, S y) where S : IReal<S> => default(S) is Reads ? g * y : g * (x + x);
    }
}
