using Autodiff.IO;
using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>A run that is saved and taken up again goes on with the same bits.</summary>
public class OptimizerStateTests
{
    internal static readonly Func<Tensor[], Optimizer>[] Kinds =
    [
        p => new SGD(p, 1e-3, 0.9, nesterov: true),
        p => new Adam(p, 0.05, amsGrad: true, weightDecay: 0.1),
        p => new AdamW(p, 0.05),
        p => new RMSprop(p, momentum: 0.5, centered: true),
        p => new Adagrad(p, learningRateDecay: 0.1, initialAccumulatorValue: 0.1),
        p => new Adadelta(p),
        p => new Adamax(p),
        p => new NAdam(p),
        p => new RAdam(p, 0.03),
        p => new Rprop(p),
        p => new ASGD(p, averageFrom: 2),
        p => new LBFGS(p, 0.5, maxIterations: 3, historySize: 2),
        p => new LBFGS(p, maxIterations: 2, lineSearch: LineSearch.StrongWolfe),
    ];

    private static IEnumerable<TestCaseData> Cases => Kinds.Select((kind, i) =>
        new TestCaseData(kind).SetArgDisplayNames($"{NameOf(kind)} {i}"));

    internal static string NameOf(Func<Tensor[], Optimizer> kind) =>
        kind([Tensor.Zeros([1]).RequireGrad()]).GetType().Name;

    private static Tensor[] Parameters() =>
        [Tensor.From(-1.2, 1.0).RequireGrad(), Tensor.From(new[,] { { 0.5, -2 }, { 3, 1 } }).RequireGrad()];

    private static void Train(Optimizer optimizer, Tensor[] p, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            optimizer.Step(() =>
            {
                optimizer.ZeroGrad();
                Tensor loss = OptimizerFixture.Objective("rosenbrock", p[0]) + (p[1] * p[1] + p[0]).Square().Sum();
                loss.Backward();
                return loss;
            });
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Training_goes_on_identically_through_a_file(Func<Tensor[], Optimizer> make)
    {
        Tensor[] whole = Parameters();
        Optimizer uninterrupted = make(whole);
        Train(uninterrupted, whole, 4);
        uninterrupted.LearningRate *= 0.9;
        Dictionary<string, Tensor> saved = uninterrupted.StateDict();
        Tensor[] parts = [.. whole.Select(p => p.Detach().Clone().RequireGrad())];
        Train(uninterrupted, whole, 5);

        using MemoryStream file = new();
        SafeTensors.Save(file, saved);
        file.Position = 0;
        Optimizer resumed = make(parts);
        resumed.LoadStateDict(SafeTensors.Load(file));
        Train(resumed, parts, 5);
        for (int i = 0; i < whole.Length; i++)
        {
            Assert.That(parts[i].ToArray<double>(), Is.EqualTo(whole[i].ToArray<double>()));
        }
    }

    [Test]
    public void The_dictionary_has_PyTorchs_names_and_holds_copies()
    {
        Tensor[] p = Parameters();
        Adam optimizer = new([p[0]], 0.5);
        optimizer.AddParameterGroup([p[1]], o => o.LearningRate = 0.25);
        Train(optimizer, p, 1);
        Dictionary<string, Tensor> saved = optimizer.StateDict();
        Assert.That(saved.Keys, Is.SupersetOf(new[]
        {
            "param_groups.0.lr", "param_groups.1.beta2", "param_groups.1.params", "state.0.step", "state.0.exp_avg",
            "state.1.exp_avg_sq",
        }));
        Assert.That(saved["param_groups.1.lr"].Item(), Is.EqualTo(0.25));
        double[] before = saved["state.0.exp_avg"].ToArray<double>();
        Train(optimizer, p, 1);
        Assert.That(saved["state.0.exp_avg"].ToArray<double>(), Is.EqualTo(before));
    }

    [Test]
    public void State_of_float64_suits_parameters_of_float32()
    {
        Tensor[] p = Parameters();
        Adam optimizer = new(p);
        Train(optimizer, p, 1);
        Tensor[] single = [.. p.Select(t => t.Detach().To(DType.Float32).RequireGrad())];
        Adam other = new(single);
        other.LoadStateDict(optimizer.StateDict());
        Assert.That(other.State[single[0]].Tensors["exp_avg"].DType, Is.EqualTo(DType.Float32));
        Train(other, single, 1);
        Assert.That(other.State[single[0]].Step, Is.EqualTo(2));
    }

    [Test]
    public void A_dictionary_that_does_not_fit_changes_nothing()
    {
        Tensor[] p = Parameters();
        Adam optimizer = new(p, 0.5);
        Train(optimizer, p, 2);
        Tensor momentum = optimizer.State[p[0]].Tensors["exp_avg"];
        Dictionary<string, Tensor> saved = optimizer.StateDict();
        saved["param_groups.0.lr"] = Tensor.Scalar(7.0);

        saved["state.1.exp_avg"] = Tensor.Zeros([3]);
        Refused("Adam.LoadStateDict: 'exp_avg' of shape [3] can't be state of the parameter [2, 2].");
        saved.Remove("state.1.exp_avg");
        saved["state.2.exp_avg"] = Tensor.Zeros([3]);
        Refused("Adam.LoadStateDict: 'state.2.exp_avg' names no parameter; there are 2.");
        saved.Remove("state.2.exp_avg");
        saved["param_groups.0.beta1"] = Tensor.Scalar(2.0);
        Refused("Adam: Beta1 must be in [0, 1), not 2.");
        saved.Remove("param_groups.0.beta1");
        Refused("Adam.LoadStateDict: 'param_groups.0.beta1' is missing.");
        saved["param_groups.0.params"] = Tensor.From(0L);
        Refused("Adam.LoadStateDict: group 0 has 2 parameters here and 1 in the dictionary.");

        saved = optimizer.StateDict();
        saved["param_groups.0.lr"] = Tensor.Scalar(7.0);
        saved["param_groups.0.initial_lr"] = Tensor.From(1.0, 2);
        Assert.That(() => optimizer.LoadStateDict(saved), Throws.Exception);
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.5));
        Assert.That(optimizer.State[p[0]].Tensors["exp_avg"], Is.SameAs(momentum));

        void Refused(string message)
        {
            Assert.That(() => optimizer.LoadStateDict(saved),
                Throws.InstanceOf<ArgumentException>().With.Message.StartsWith(message));
            Assert.That(optimizer.LearningRate, Is.EqualTo(0.5));
            Assert.That(optimizer.State[p[0]].Tensors["exp_avg"], Is.SameAs(momentum));
        }
    }
}
