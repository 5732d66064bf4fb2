using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Nn;
using Autodiff.Steps;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Optimizers;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class OptimizerTests(string device) : DeviceFixture(device)
{
    private static Tensor Parameter(double value = 1, int size = 3) =>
        Tensor.Full([size], value, DType.Float64).RequireGrad();

    private static void SetGrad(Tensor parameter, double value) => parameter.Grad = Tensor.FullLike(parameter, value);

    [Test]
    public void The_usual_loop_descends()
    {
        Tensor x = Tensor.From(3f, -2f).RequireGrad();
        SGD optimizer = new([x], 0.1);
        for (int i = 0; i < 100; i++)
        {
            optimizer.ZeroGrad();
            x.Square().Sum().Backward();
            optimizer.Step();
        }

        Assert.That(x.ToArray<float>(), Is.All.EqualTo(0).Within(1e-6));
        Assert.That(x.IsLeaf && x.RequiresGrad, Is.True);
    }

    [Test]
    public void Parameters_without_a_gradient_stay_as_they_are()
    {
        Tensor a = Parameter(), b = Parameter();
        Adam optimizer = new([a, b], weightDecay: 1);
        SetGrad(b, 1);
        optimizer.Step();
        Assert.That(a.ToArray<double>(), Is.All.EqualTo(1));
        Assert.That(b.ToArray<double>(), Is.All.LessThan(1));
        Assert.That(optimizer.State.ContainsKey(a), Is.False);
        Assert.That(optimizer.State[b].Tensors.Keys, Is.EqualTo(new[] { "exp_avg", "exp_avg_sq" }));
    }

    [Test]
    public void A_parameter_that_joins_late_counts_its_own_steps()
    {
        Tensor a = Parameter(), b = Parameter();
        Adam optimizer = new([a, b], 0.1);
        SetGrad(a, 1);
        optimizer.Step();
        optimizer.Step();
        SetGrad(b, 1);
        optimizer.Step();
        Assert.That((optimizer.State[a].Step, optimizer.State[b].Step), Is.EqualTo((3L, 1L)));
        Assert.That(b.ToArray<double>(), Is.All.EqualTo(0.9).Within(1e-8), "a first step of Adam is the learning rate");
    }

    [Test]
    public void Groups_have_options_of_their_own()
    {
        Tensor a = Parameter(), b = Parameter(), c = Parameter();
        SGD optimizer = new([a], 0.1, weightDecay: 0.5);
        optimizer.AddParameterGroup([b], o => o.LearningRate = 0.01);
        ParameterGroup<SGDOptions> third = optimizer.AddParameterGroup([c],
            o => (o.WeightDecay, o.Maximize) = (0, true));
        SetGrad(a, 1);
        SetGrad(b, 1);
        SetGrad(c, 1);
        optimizer.Step();
        Assert.That(a.ToArray<double>(), Is.All.EqualTo(1 - 0.1 * 1.5).Within(1e-15));
        Assert.That(b.ToArray<double>(), Is.All.EqualTo(1 - 0.01 * 1.5).Within(1e-15));
        Assert.That(c.ToArray<double>(), Is.All.EqualTo(1.1).Within(1e-15));
        Assert.That(optimizer.ParameterGroups, Has.Count.EqualTo(3));
        Assert.That(third.Parameters[0], Is.SameAs(c));
        Assert.That(optimizer.Defaults.LearningRate, Is.EqualTo(0.1));
    }

    [Test]
    public void The_learning_rate_may_change_between_steps()
    {
        Tensor a = Parameter(0);
        SGD optimizer = new([a], 1);
        SetGrad(a, -1);
        optimizer.Step();
        optimizer.LearningRate = 0.25;
        optimizer.Step();
        optimizer.ParameterGroups[0].LearningRate = 0.5;
        optimizer.Step();
        Assert.That(a.ToArray<double>(), Is.All.EqualTo(1.75));
    }

    [Test]
    public void Zeroing_drops_gradients_or_fills_them()
    {
        Tensor a = Parameter();
        SGD optimizer = new([a]);
        SetGrad(a, 2);
        Tensor gradient = a.Grad!;
        optimizer.ZeroGrad(setToNull: false);
        Assert.That(a.Grad, Is.SameAs(gradient));
        Assert.That(gradient.ToArray<double>(), Is.All.EqualTo(0));
        optimizer.ZeroGrad();
        Assert.That(a.Grad, Is.Null);
        optimizer.ZeroGrad(setToNull: false);
        Assert.That(a.Grad, Is.Null);
    }

    [Test]
    public void A_gradient_that_is_part_of_a_graph_is_replaced_not_overwritten()
    {
        Tensor a = Parameter(3);
        SGD optimizer = new([a]);
        (a * a * a).Sum().Backward(createGraph: true);
        Tensor gradient = a.Grad!;
        optimizer.ZeroGrad(setToNull: false);
        Assert.That(gradient.ToArray<double>(), Is.All.EqualTo(27));
        Assert.That(a.Grad!.ToArray<double>(), Is.All.EqualTo(0));
    }

    [Test]
    public void A_closure_is_evaluated_with_recording_on_and_its_loss_returned()
    {
        Tensor a = Parameter(3);
        SGD optimizer = new([a], 0.5);
        using (Tensor.NoGrad())
        {
            Tensor loss = optimizer.Step(() =>
            {
                optimizer.ZeroGrad();
                Tensor l = a.Square().Sum();
                l.Backward();
                return l;
            });
            Assert.That(loss.Item(), Is.EqualTo(27));
        }

        Assert.That(a.ToArray<double>(), Is.All.EqualTo(0));
    }

    [Test]
    public void A_step_between_forward_and_backward_is_found_out()
    {
        Tensor a = Parameter(3);
        SGD optimizer = new([a]);
        Tensor loss = a.Square().Sum();
        SetGrad(a, 1);
        optimizer.Step();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("changed in place"));
    }

    [Test]
    public void What_can_not_be_optimized_is_refused()
    {
        Tensor a = Parameter();
        a.Name = "fc1.weight";
        Refused(() => new Adam([]), "Adam: there are no parameters to optimize.");
        Refused(() => new Adam([a, a]), "Adam: fc1.weight [3] appears twice; a parameter belongs to one group.");
        Refused(() => new Adam([a]).AddParameterGroup([a]), "Adam: fc1.weight [3] appears twice");
        Refused(() => new SGD([a * 2]), "SGD: [3] was computed by Mul; only leaves can be optimized.");
        Refused(() => new SGD([Tensor.From(1, 2)]),
            "SGD: [2] is int32; only floating tensors have gradients to follow.");
        Refused(() => new SGD([Tensor.Ones([1]).Expand(4)]), "SGD: [4] was expanded");
        Refused(() => new SGD([Tensor.Ones([6]).Unfold(0, 3, 1)]), "SGD: [4, 3] was expanded or has windows");
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        Tensor[] p = [Parameter()];
        Refused(() => new SGD(p, -0.1), "SGD: LearningRate must be at least 0, not -0.1.");
        Refused(() => new SGD(p, double.NaN), "SGD: LearningRate must be at least 0, not NaN.");
        Refused(() => new SGD(p, momentum: -1), "SGD: Momentum must be at least 0, not -1.");
        Refused(() => new SGD(p, nesterov: true),
            "SGD: Nesterov needs a Momentum above 0 and a Dampening of 0; they are 0 and 0.");
        Refused(() => new AdamW(p, weightDecay: -1), "AdamW: WeightDecay must be at least 0, not -1.");
        Refused(() => new Adam(p, beta1: 1), "Adam: Beta1 must be in [0, 1), not 1.");
        Refused(() => new Adamax(p, epsilon: -1e-9), "Adamax: Epsilon must be at least 0, not -1E-09.");
        Refused(() => new RMSprop(p, alpha: -1), "RMSprop: Alpha must be at least 0");
        Refused(() => new Adadelta(p, rho: 2), "Adadelta: Rho must be in [0, 1), not 2.");
        Refused(() => new Rprop(p, etaMinus: 1.5), "Rprop: EtaMinus must be between 0 and 1, not 1.5.");
        Refused(() => new Rprop(p, smallestStep: 2, largestStep: 1), "Rprop: SmallestStep 2 is above LargestStep 1.");
        Refused(() => new LBFGS(p, maxIterations: 0), "LBFGS: MaxIterations must be at least 1, not 0.");
        Refused(() => new Adam(p).ParameterGroups[0].Options.Epsilon = -1, "Adam: Epsilon must be at least 0, not -1.");
    }

    [Test]
    public void LBFGS_says_how_it_wants_to_be_called()
    {
        LBFGS optimizer = new([Parameter()]);
        Assert.That(() => optimizer.Step(), Throws.InvalidOperationException.With.Message.Contains("Step(closure)"));
        Assert.That(() => optimizer.AddParameterGroup([Parameter()]),
            Throws.InvalidOperationException.With.Message.Contains("only one group"));
        optimizer.ParameterGroups[0].Options.WeightDecay = 1;
        Assert.That(() => optimizer.Step(() => Tensor.Scalar(0.0)),
            Throws.ArgumentException.With.Message.Contains("closure"));
        Assert.That(() => new LBFGS([Parameter(), Tensor.Ones([2]).RequireGrad()]),
            Throws.ArgumentException.With.Message.Contains("one type"));
    }

    [Test]
    public void LBFGS_takes_several_parameters_as_one_vector()
    {
        Tensor a = Tensor.From(new[,] { { 1.0, 2 }, { 3, 4 } }).RequireGrad(), b = Tensor.Scalar(5.0).RequireGrad();
        LBFGS optimizer = new([a, b], lineSearch: LineSearch.StrongWolfe);
        optimizer.Step(() =>
        {
            optimizer.ZeroGrad();
            Tensor loss = (a - b).Square().Sum() + (b - 2).Square();
            loss.Backward();
            return loss;
        });
        Assert.That(a.ToArray<double>(), Is.All.EqualTo(2).Within(1e-6));
        Assert.That(b.Item(), Is.EqualTo(2).Within(1e-6));
    }

    [Test]
    public void Infinite_gradients_propagate()
    {
        Tensor a = Parameter(), b = Parameter();
        SGD sgd = new([a], 0.1);
        Adam adam = new([b]);
        SetGrad(a, double.PositiveInfinity);
        SetGrad(b, double.NaN);
        sgd.Step();
        adam.Step();
        Assert.That(a.ToArray<double>(), Is.All.EqualTo(double.NegativeInfinity));
        Assert.That(b.ToArray<double>(), Is.All.NaN);
    }

    private static IEnumerable<TestCaseData> Unpenalized()
    {
        Func<Tensor, Optimizer>[] kinds =
        [
            p => new SGD([p], 0.1), p => new SGD([p], 0.1, 0.9), p => new SGD([p], 0.1, 0.9, nesterov: true),
            p => new SGD([p], 0.1, maximize: true), p => new Adam([p]), p => new Adam([p], amsGrad: true),
            p => new AdamW([p], weightDecay: 0), p => new Adamax([p]), p => new NAdam([p]), p => new RAdam([p]),
            p => new RMSprop([p]), p => new RMSprop([p], momentum: 0.9, centered: true), p => new Adagrad([p]),
            p => new Adadelta([p]), p => new Rprop([p]), p => new ASGD([p], lambda: 0),
        ];
        return kinds.Select((kind, i) => new TestCaseData(kind).SetArgDisplayNames($"{i}"));
    }

    [TestCaseSource(nameof(Unpenalized))]
    public void An_infinite_parameter_stays_so_without_a_penalty(Func<Tensor, Optimizer> make)
    {
        double[] start = [double.PositiveInfinity, 1, double.NegativeInfinity];
        foreach (DType type in (DType[])[DType.Float32, DType.Float64])
        {
            Tensor p = Tensor.From(start).To(type).RequireGrad();
            Optimizer optimizer = make(p);
            SetGrad(p, 0.25);
            optimizer.Step();
            optimizer.Step();
            double[] after = p.To(DType.Float64).ToArray<double>();
            Assert.That((after[0], after[2]), Is.EqualTo((start[0], start[2])));
            Assert.That(after[1], Is.Not.EqualTo(1).And.Not.NaN);
        }
    }

    [Test]
    public void A_replay_follows_a_penalty_that_comes_and_goes()
    {
        Assert.That(Trained(isCompiled: true), Is.EqualTo(Trained(isCompiled: false)));

        static double[] Trained(bool isCompiled)
        {
            Tensor a = Tensor.From(1.0, -2, 3).RequireGrad(), b = Tensor.From(0.5, 4).RequireGrad();
            SGD sgd = new([a], 0.1, momentum: 0.5);
            Adam adam = new([b], 0.1);
            Func<Tensor, Tensor> work = x =>
            {
                sgd.ZeroGrad();
                adam.ZeroGrad();
                Tensor loss = (a.Sum() * b * x).Sum();
                loss.Backward();
                sgd.Step();
                adam.Step();
                return loss;
            };
            using CompiledStep step = new(work);
            foreach (double decay in (double[])[0, 0, 0, 0.25, 0.5, 0, 0, 0.25])
            {
                sgd.ParameterGroups[0].Options.WeightDecay = adam.ParameterGroups[0].Options.WeightDecay = decay;
                _ = isCompiled ? step.Run(Tensor.Scalar(0.5)) : work(Tensor.Scalar(0.5));
            }

            Assert.That(step.EagerReason, Is.Null);
            return [.. a.ToArray<double>(), .. b.ToArray<double>()];
        }
    }

    [Test]
    public void ASGD_keeps_the_mean_of_the_parameters()
    {
        Tensor a = Parameter(0, 1);
        ASGD optimizer = new([a], 1, lambda: 0, averageFrom: 1);
        double sum = 0;
        for (int step = 1; step <= 4; step++)
        {
            SetGrad(a, -step);
            optimizer.Step();
            sum += a.ToArray<double>()[0];
        }

        Assert.That(a.ToArray<double>()[0], Is.EqualTo(10));
        // The share of step t is 1 / max(1, t - 1 - t0): steps 1 to 3 replace, step 4 averages half and half.
        Assert.That(optimizer.State[a].Tensors["ax"].ToArray<double>()[0], Is.EqualTo((6 + 10) / 2.0));
    }

    [Test]
    public void A_step_allocates_nothing()
    {
        using IDisposable processor = Device.Use(Device.Cpu); // about the host's memory alone
        Tensor[] parameters = [Parameter(), Parameter(1, 100), Tensor.Ones([7, 9]).RequireGrad()];
        Optimizer[] optimizers = [new SGD(parameters, momentum: 0.9), new Adam(parameters), new RMSprop(parameters),
            new NAdam(parameters)];
        foreach (Tensor parameter in parameters)
        {
            SetGrad(parameter, 0.5);
        }

        foreach (Optimizer optimizer in optimizers)
        {
            optimizer.Step();
            optimizer.Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            optimizer.Step();
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.EqualTo(0), optimizer.GetType().Name);
        }
    }

    [Test]
    public void An_optimizer_of_ones_own_is_a_formula()
    {
        Tensor a = Tensor.From(1.0, -2, 3).RequireGrad();
        SignDescent optimizer = new([a], new SignOptions { LearningRate = 0.5 });
        a.Grad = Tensor.From(0.1, -7, 0);
        optimizer.Step();
        Assert.That(a.ToArray<double>(), Is.EqualTo(new[] { 0.5, -1.5, 3 }));
    }

    private static void Refused(Func<object> make, string start) =>
        Assert.That(make, Throws.InstanceOf<ArgumentException>().With.Message.StartsWith(start));

    private sealed record SignOptions : OptimizerOptions;

    private sealed class SignDescent(IEnumerable<Tensor> parameters, SignOptions options)
        : Optimizer<SignOptions>(parameters, options)
    {
        protected override void Step(ParameterGroup<SignOptions> group) => Update<SignRule>(group);
    }

    private readonly struct SignRule : IOptimizerRule<SignOptions>
    {
        public static int StateCount => 0;

        public static int CoefficientCount => 1;

        public static ReadOnlySpan<string> StateNames => [];

        public static void Prepare(SignOptions options, ParameterState state, Span<double> k) =>
            k[0] = options.LearningRate;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
            where S : IReal<S> where K : struct, IOperands<S> =>
            w = w - k[0] * RealMath.Sign(g);
    }
}
