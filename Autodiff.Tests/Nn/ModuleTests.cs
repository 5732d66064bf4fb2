using Autodiff.Nn;

namespace Autodiff.Tests.Nn;

[TestFixture]
public class ModuleTests
{
    private sealed class Net : Module
    {
        private readonly Linear _fc1, _fc2;
        private readonly Tensor _scale;

        public Net()
        {
            RegisterModule(_fc1 = new Linear(3, 4));
            _fc2 = RegisterModule("fc2", new Linear(4, 2, bias: false));
            RegisterParameter(_scale = Tensor.Ones([2]));
            Steps = RegisterBuffer("steps", Tensor.Zeros([], DType.Int64));
        }

        public Tensor Steps { get; }

        public override Tensor Forward(Tensor x) => _fc2.Forward(_fc1.Forward(x).Relu()) * _scale;
    }

    [Test]
    public void Dictionaries_and_lists_of_parts_name_them()
    {
        ModuleDict<Module> parts = new() { ["up"] = new Linear(2, 4), ["act"] = new ReLU() };
        parts.Add("down", new Linear(4, 1, bias: false));
        Assert.That(parts.Keys, Is.EqualTo(new[] { "up", "act", "down" }));
        Assert.That(parts.NamedParameters().Select(p => p.Name),
            Is.EqualTo(new[] { "up.weight", "up.bias", "down.weight" }));
        Assert.That(parts["act"], Is.TypeOf<ReLU>());
        Assert.That(parts.TryGetValue("none", out _), Is.False);
        Assert.That(() => parts["none"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("there are up, act, down"));
        Assert.That(() => parts.Add("up", new ReLU()), Throws.ArgumentException);
        Assert.That(parts.ToString(), Does.StartWith("ModuleDict(\n  (up): Linear("));

        ParameterList weights = [Tensor.Ones([2]), Tensor.Zeros([3])];
        Assert.That(weights.NamedParameters().Select(p => p.Name), Is.EqualTo(new[] { "0", "1" }));
        Assert.That(weights[^1].RequiresGrad, Is.True);
        ParameterDict named = new() { ["scale"] = Tensor.Ones([1]), ["shift"] = Tensor.Zeros([1]) };
        Assert.That(named.StateDict().Keys, Is.EqualTo(new[] { "scale", "shift" }));
        Assert.That(named.Select(p => p.Key), Is.EqualTo(new[] { "scale", "shift" }));
        Assert.That(() => named["none"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("there are scale, shift"));
        Assert.That(() => named.Add("third", Tensor.Ones([1]).RequireGrad() * 2), Throws.ArgumentException);
    }

    [Test]
    public void Parameters_are_named_by_their_path_in_the_order_of_registration()
    {
        Sequential model = [new Net(), new ReLU(), new Linear(2, 1)];
        string[] names = ["0.scale", "0.fc1.weight", "0.fc1.bias", "0.fc2.weight", "2.weight", "2.bias"];
        Assert.That(model.NamedParameters().Select(p => p.Name), Is.EqualTo(names));
        Assert.That(model.Parameters().Select(p => p.Name), Is.EqualTo(names), "the tensors bear the names themselves");
        Assert.That(model.NamedBuffers().Select(p => p.Name), Is.EqualTo(new[] { "0.steps" }));
        Assert.That(model.StateDict().Keys,
            Is.EqualTo(new[] { "0.scale", "0.steps", "0.fc1.weight", "0.fc1.bias", "0.fc2.weight", "2.weight",
                "2.bias" }));
        Assert.That(model.NamedModules().Select(m => m.Name),
            Is.EqualTo(new[] { "", "0", "0.fc1", "0.fc2", "1", "2" }));
        Assert.That(model.ParameterCount, Is.EqualTo(12 + 4 + 8 + 2 + 2 + 1));
    }

    [Test]
    public void Printing_shows_structure_and_parameter_count()
    {
        Sequential model = new(("hidden", new Linear(13, 32)), ("act", new LeakyReLU()),
            ("tail", new Sequential(new Dropout(0.25), new Linear(32, 1, bias: false))));
        Assert.That(model.ToString(), Is.EqualTo("""
            Sequential(
              (hidden): Linear(in_features=13, out_features=32, bias=True)
              (act): LeakyReLU(negative_slope=0.01)
              (tail): Sequential(
                (0): Dropout(p=0.25, inplace=False)
                (1): Linear(in_features=32, out_features=1, bias=False)
              )
            )
            480 parameters
            """));
        model["hidden"].RequireGrad(false);
        Assert.That(model.ToString(), Does.EndWith("\n480 parameters, 32 of them trainable"));
        Assert.That(new ReLU().ToString(), Is.EqualTo("ReLU()"));
        Assert.That(new Linear(1000, 1000).ToString(), Does.EndWith("\n1,001,000 parameters"));
    }

    [Test]
    public void A_shared_parameter_counts_once()
    {
        Linear shared = new(3, 3);
        Sequential model = [shared, new Tanh(), shared];
        Assert.That(model.Parameters().Count(), Is.EqualTo(2));
        Assert.That(model.StateDict(), Has.Count.EqualTo(4), "but a state has it under both names");
    }

    [Test]
    public void A_state_moves_from_one_module_to_another()
    {
        Net from = new(), to = new();
        using (Tensor.NoGrad())
        {
            from.Steps.Fill(7);
        }

        IncompatibleKeys keys = to.LoadStateDict(from.StateDict());
        Tensor x = Tensor.Randn([5, 3]);
        Assert.That(to.Forward(x).ToArray<float>(), Is.EqualTo(from.Forward(x).ToArray<float>()));
        Assert.That(to.Steps.Item(), Is.EqualTo(7));
        Assert.That(keys.MissingKeys.Concat(keys.UnexpectedKeys), Is.Empty);
        Assert.That(to.Parameters(), Is.All.Matches<Tensor>(p => p!.RequiresGrad && p.IsLeaf));
    }

    [Test]
    public void A_state_that_does_not_fit_changes_nothing_and_says_all_that_is_wrong()
    {
        Linear layer = new(3, 2);
        float[] before = layer.Bias!.ToArray<float>();
        Dictionary<string, Tensor> state = new()
        {
            ["weight"] = Tensor.Zeros([2, 4]), ["bias"] = Tensor.Zeros([2]), ["gain"] = Tensor.Zeros([1])
        };
        Assert.That(() => layer.LoadStateDict(state), Throws.ArgumentException.With.Message.StartsWith(
            "LoadStateDict into Linear: weight is [2, 4] in the state and [2, 3] in the module; the module lacks gain. "
                + "Nothing was changed. Pass strict: false"));
        Assert.That(layer.Bias.ToArray<float>(), Is.EqualTo(before));

        state.Remove("weight");
        Assert.That(() => layer.LoadStateDict(state),
            Throws.ArgumentException.With.Message.Contains("the state lacks weight; the module lacks gain"));
        IncompatibleKeys keys = layer.LoadStateDict(state, strict: false);
        Assert.That(keys.MissingKeys, Is.EqualTo(new[] { "weight" }));
        Assert.That(keys.UnexpectedKeys, Is.EqualTo(new[] { "gain" }));
        Assert.That(layer.Bias.ToArray<float>(), Is.All.Zero);
    }

    [Test]
    public void A_state_goes_through_a_file()
    {
        string path = Path.Combine(Path.GetTempPath(), $"autodiff-{Guid.NewGuid():N}.safetensors");
        try
        {
            Net from = new(), to = new();
            from.Save(path);
            to.Load(path);
            Assert.That(to.StateDict().Select(p => p.Value.ToArray<double>()),
                Is.EqualTo(from.StateDict().Select(p => p.Value.ToArray<double>())));
            Assert.That(() => new Linear(3, 4).Load(path),
                Throws.ArgumentException.With.Message.Contains(
                    "the state lacks weight, bias; the module lacks scale, steps"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Changing_type_keeps_the_tensors_and_their_gradients()
    {
        Net net = new();
        Tensor[] held = [.. net.Parameters()];
        net.Forward(Tensor.Ones([1, 3])).Sum().Backward();
        float[] grad = held[1].Grad!.ToArray<float>();
        Net same = net.To(DType.Float64);

        Assert.That(same, Is.SameAs(net));
        Assert.That(net.Parameters(), Is.EqualTo(held).Using<Tensor>(ReferenceEquals));
        Assert.That(held.Select(p => p.DType), Is.All.EqualTo(DType.Float64));
        Assert.That(net.Steps.DType, Is.EqualTo(DType.Int64), "integers stay");
        Assert.That(held[1].Grad!.DType, Is.EqualTo(DType.Float64));
        net.Forward(Tensor.Ones([1, 3], DType.Float64)).Sum().Backward();
        Assert.That(held[1].Grad!.ToArray<double>(), Is.EqualTo(grad.Select(g => 2.0 * g)).Within(1e-6),
            "gradients go on adding up");
    }

    [Test]
    public void A_graph_recorded_before_a_change_of_type_gives_right_gradients_or_refuses()
    {
        Linear layer = new(2, 1);
        Tensor loss = layer.Forward(Tensor.From(new float[,] { { 1, -2 } })).Sum();
        layer.To(DType.Float64);
        loss.Backward();
        Assert.That(layer.Weight.Grad!.DType, Is.EqualTo(DType.Float64));
        Assert.That(layer.Weight.Grad.ToArray<double>(), Is.EqualTo(new double[] { 1, -2 }),
            "this gradient needs no weight");

        Sequential model = [new Linear(2, 2), new Linear(2, 1)];
        loss = model.Forward(Tensor.Ones([1, 2])).Sum();
        model.To(DType.Float64);
        Assert.That(() => loss.Backward(),
            Throws.InvalidOperationException.With.Message.Contains(
                "Backward of Linear needs its weight, but it was changed"));

        ParameterList made = [Tensor.Ones([2])]; // nothing was ever written to it
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        loss = (made[0] * x).Sum();
        made.To(DType.Float64);
        made.To(DType.Float32);
        Assert.That(() => loss.Backward(),
            Throws.InvalidOperationException.With.Message.Contains("needs its first operand, but it was changed"));
        (made[0] * x).Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(1));
    }

    [Test]
    public void Hooks_outlast_a_change_of_type_while_frozen()
    {
        ParameterList frozen = [Tensor.Ones([2])];
        IDisposable other = frozen[0].RegisterHook(g => g * 1000);
        frozen[0].RegisterHook(g => g * 3);
        frozen[0].RequiresGrad = false;
        frozen.To(DType.Float64);
        other.Dispose();
        Assert.That(frozen[0].RequiresGrad, Is.False);
        frozen[0].RequiresGrad = true;
        (frozen[0] * 2).Sum().Backward();
        Assert.That(frozen[0].Grad!.ToArray<double>(), Is.All.EqualTo(6));
    }

    [Test]
    public void Training_mode_reaches_every_module()
    {
        Sequential model = [new Linear(2, 2), new Sequential(new Dropout())];
        Assert.That(model.Eval().Modules(), Is.All.Matches<Module>(m => !m!.IsTraining));
        Assert.That(model.Train().Modules(), Is.All.Matches<Module>(m => m!.IsTraining));
    }

    [Test]
    public void Apply_visits_inner_modules_first()
    {
        List<string> seen = [];
        new Sequential(new Sequential(new Linear(1, 1)), new ReLU()).Apply(m => seen.Add(m.GetType().Name));
        Assert.That(seen, Is.EqualTo(new[] { "Linear", "Sequential", "ReLU", "Sequential" }));
    }

    [Test]
    public void Gradients_are_let_go_or_zeroed()
    {
        Linear layer = new(2, 1);
        layer.Forward(Tensor.Ones([1, 2])).Backward();
        Tensor grad = layer.Weight.Grad!;
        layer.ZeroGrad(setToNull: false);
        Assert.That(layer.Weight.Grad, Is.SameAs(grad));
        Assert.That(grad.ToArray<float>(), Is.All.Zero);
        layer.ZeroGrad();
        Assert.That(layer.Weight.Grad, Is.Null);

        // A gradient that is part of a graph belongs to that graph: it is replaced.
        layer.Forward(Tensor.Ones([1, 2])).Square().Backward(createGraph: true);
        Tensor recorded = layer.Weight.Grad!;
        float[] before = recorded.ToArray<float>();
        layer.ZeroGrad(setToNull: false);
        Assert.That(recorded.ToArray<float>(), Is.EqualTo(before));
        Assert.That(layer.Weight.Grad, Is.Not.SameAs(recorded));
        Assert.That(layer.Weight.Grad!.ToArray<float>(), Is.All.Zero);
        Assert.That(layer.Weight.Grad!.RequiresGrad, Is.False);
        recorded.Square().Sum().Backward();
        Assert.That(layer.Weight.Grad!.ToArray<float>(), Has.Some.Not.Zero, "the graph is whole");
        layer.ZeroGrad();

        Sequential grown = [layer];
        grown.ZeroGrad();
        grown.Add(new Linear(1, 1));
        grown.Forward(Tensor.Ones([1, 2])).Backward();
        grown.ZeroGrad();
        Assert.That(grown.Parameters().Select(p => p.Grad), Is.All.Null, "those registered later too");
    }

    private sealed class Odd : Module
    {
        public Odd(int fault)
        {
            switch (fault)
            {
                case 0:
                    RegisterModule(new Linear(1, 1));
                    break;
                case 1:
                    RegisterModule("a.b", new Linear(1, 1));
                    break;
                case 2:
                    RegisterModule("a", new Linear(1, 1));
                    RegisterParameter("a", Tensor.Ones([1]));
                    break;
                case 3:
                    RegisterParameter("w", Tensor.Ones([1]).RequireGrad() * 2);
                    break;
                default:
                    RegisterModule("me", this);
                    break;
            }
        }
    }

    [TestCase(0, "'new Linear(1, 1)' gives no name")]
    [TestCase(1, "'a.b' can't name a part")]
    [TestCase(2, "the name 'a' is taken already")]
    [TestCase(3, "the parameter w was computed by Mul; a parameter must be a leaf")]
    [TestCase(4, "a module can't be inside itself")]
    public void A_faulty_registration_says_what_is_wrong(int fault, string message) =>
        Assert.That(() => new Odd(fault), Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void A_module_without_a_forward_pass_says_so() =>
        Assert.That(() => new ModuleList<Linear>(new Linear(1, 1)).Forward(Tensor.Ones([1])),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("ModuleList"));

    [Test]
    public void A_list_takes_a_collection_expression_and_names_by_position()
    {
        ModuleList<Linear> list = [new Linear(1, 2), new Linear(2, 3)];
        Assert.That(list.NamedParameters().Select(p => p.Name),
            Is.EqualTo(new[] { "0.weight", "0.bias", "1.weight", "1.bias" }));
        Assert.That(list[^1].OutFeatures, Is.EqualTo(3));
    }

    [Test]
    public void Sequential_finds_modules_by_position_and_name()
    {
        Sequential model = new(("a", new ReLU()), ("b", new Tanh()));
        Assert.That(model[^1], Is.TypeOf<Tanh>());
        Assert.That(model["a"], Is.TypeOf<ReLU>());
        Assert.That(() => model["c"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("no module is named 'c'; there are a, b"));
    }

    [Test]
    public void A_wrong_input_is_explained_with_the_parameters_path()
    {
        Sequential model = [new Linear(3, 2)];
        Assert.That(() => model.Forward(Tensor.Ones([5, 4])),
            Throws.ArgumentException.With.Message.Contains("has 4 features, weight 0.weight [2, 3] takes 3"));
    }

    [Test]
    public void Modules_nested_deeply_take_time_by_their_number()
    {
        const int depth = 3000;
        Sequential model = new(new Linear(1, 1, bias: false));
        for (int i = 1; i < depth; i++)
        {
            model = new Sequential(new Linear(1, 1, bias: false), model);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(model.Parameters().Count(), Is.EqualTo(depth));
        Assert.That(model.Train(false).Modules().Count(), Is.EqualTo(2 * depth));
        model.ZeroGrad();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20),
            "no paths are written where none are asked for");
        Assert.That(model.Forward(Tensor.Ones([1, 1])).Shape, Is.EqualTo(new Shape([1, 1])));
        Tensor innermost = model.Parameters().Last();
        string path = string.Concat(Enumerable.Repeat("1.", depth - 1)) + "0.weight";
        Assert.That(innermost.Name, Is.EqualTo(path));
        Assert.That(model.StateDict().Keys.Last(), Is.EqualTo(path));
        Assert.That(model.ToString(), Does.EndWith("3,000 parameters"));
        int applied = 0;
        model.Apply(_ => applied++);
        Assert.That(applied, Is.EqualTo(2 * depth));
    }

    [Test]
    public void A_shared_part_bears_the_first_of_its_names()
    {
        Linear shared = new(2, 2);
        Sequential a = new(("x", shared)), b = new(("y", shared), ("z", new ReLU())), both = new(("a", a), ("b", b));
        Assert.That(shared.Weight.Name, Is.EqualTo("a.x.weight"));
        Assert.That(both.NamedParameters().Select(p => p.Name), Is.EqualTo(both.Parameters().Select(p => p.Name)));
        Tensor alias = shared.Weight.Detach();
        _ = new Sequential(("other", new Sequential(("first", both))));
        Assert.That((shared.Weight.Name, alias.Name), Is.EqualTo(("other.first.a.x.weight", "other.first.a.x.weight")));
        shared.Weight.Name = "mine";
        Assert.That((shared.Weight.Name, alias.Name, shared.Bias!.Name),
            Is.EqualTo(("mine", "other.first.a.x.weight", "other.first.a.x.bias")));
    }

    [Test]
    public void A_parameter_that_is_kept_does_not_keep_its_module()
    {
        (Tensor weight, WeakReference module) = Make();
        GC.Collect();
        Assert.That(module.IsAlive, Is.False);
        Assert.That(weight.Name, Is.EqualTo("0.weight"));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static (Tensor, WeakReference) Make()
        {
            Sequential model = new(new Linear(2, 2));
            return (model.Parameters().First(), new WeakReference(model));
        }
    }
}
