using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Optimizers;

/// <summary>An optimizer goes along where a module's parameters are moved or converted, with its state.</summary>
[Parallelizable]
public class OptimizerMoveTests
{
    private static readonly (string Name, DType Type, Device Device, DType NewType, Device NewDevice)[] Moves =
    [
        ("float32 to float64", DType.Float32, Device.Cpu, DType.Float64, Device.Cpu),
        ("float64 to float32", DType.Float64, Device.Cpu, DType.Float32, Device.Cpu),
        ("cpu to cuda", DType.Float32, Device.Cpu, DType.Float32, EmulatedCuda.Device),
        ("cuda to cpu", DType.Float32, EmulatedCuda.Device, DType.Float32, Device.Cpu),
        ("float32 to float64 on cuda", DType.Float32, EmulatedCuda.Device, DType.Float64, EmulatedCuda.Device),
        ("float64 on cuda to float32 on cpu", DType.Float64, EmulatedCuda.Device, DType.Float32, Device.Cpu),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from kind in OptimizerStateTests.Kinds.Index()
        from move in Moves.Index()
        from compiled in (bool[])[false, true]
        select new TestCaseData(kind.Item, move.Index, compiled).SetArgDisplayNames(
            $"{OptimizerStateTests.NameOf(kind.Item)} {kind.Index}, {move.Item.Name}, "
                + (compiled ? "compiled" : "eager"));

    [TestCaseSource(nameof(Cases))]
    public void Steps_after_a_move_are_those_of_a_state_that_was_saved_and_loaded(
        Func<Tensor[], Optimizer> make, int which, bool compiled)
    {
        (_, DType type, Device device, DType newType, Device newDevice) = Moves[which];
        Run moved = new(make, type, device, compiled), resumed = new(make, newType, newDevice, compiled);
        moved.Take(3);
        resumed.Net.LoadStateDict(moved.Net.StateDict());
        resumed.Optimizer.LoadStateDict(moved.Optimizer.StateDict());
        Tensor[] held = [.. moved.Net.Parameters()];
        moved.Net.To(newType).To(newDevice);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(moved.Take(1), Is.EqualTo(resumed.Take(1)), $"step {i}");
        }

        Assert.That(moved.Net.Parameters(), Is.EqualTo(held).Using<Tensor>(ReferenceEquals));
        if (moved.Optimizer is not LBFGS)
        {
            Assert.That(moved.EagerReason, Is.Null);
            foreach (Tensor state in moved.Optimizer.State.Values.SelectMany(s => s.Tensors.Values))
            {
                Assert.That((state.DType, state.Device), Is.EqualTo((newType, newDevice)));
            }
        }
    }

    [Test]
    public void A_state_that_was_loaded_before_the_move_goes_along([Range(0, 12)] int kind)
    {
        Func<Tensor[], Optimizer> make = OptimizerStateTests.Kinds[kind];
        Run first = new(make, DType.Float32, Device.Cpu, compiled: false);
        first.Take(3);
        Dictionary<string, Tensor> saved = first.Optimizer.StateDict();
        Run early = new(make, DType.Float32, Device.Cpu, false), late = new(make, DType.Float32, Device.Cpu, false);
        early.Optimizer.LoadStateDict(saved);
        early.Net.To(DType.Float64);
        late.Net.To(DType.Float64);
        late.Optimizer.LoadStateDict(saved);
        Assert.That(early.Take(2), Is.EqualTo(late.Take(2)));
    }

    [Test]
    public void State_that_the_present_options_do_not_use_goes_along()
    {
        Linear layer = new(3, 2);
        Adam optimizer = new(layer.Parameters(), amsGrad: true);
        layer.Forward(Tensor.Ones([1, 3])).Sum().Backward();
        optimizer.Step();
        optimizer.ParameterGroups[0].Options.AmsGrad = false;
        layer.To(DType.Float64);
        optimizer.Step();
        optimizer.ParameterGroups[0].Options.AmsGrad = true;
        optimizer.Step();
        Assert.That(optimizer.State[layer.Weight].Tensors.Values.Select(t => t.DType),
            Is.EqualTo(Enumerable.Repeat(DType.Float64, 3)));
    }

    [Test]
    public void LBFGS_refuses_parameters_that_were_moved_apart()
    {
        Sequential net = new(new Linear(2, 2), new Linear(2, 1));
        LBFGS optimizer = new(net.Parameters());
        net[1].To(DType.Float64);
        Assert.That(() => optimizer.Step(() => Tensor.Scalar(0.0)),
            Throws.ArgumentException.With.Message.StartsWith("LBFGS: parameters act as one vector"));
    }

    private sealed class Net : Module
    {
        public Net()
        {
            First = RegisterParameter("first", Tensor.From(-1.2, 1.0));
            Second = RegisterParameter("second", Tensor.From(new[,] { { 0.5, -2 }, { 3, 1 } }));
        }

        public Tensor First { get; }

        public Tensor Second { get; }
    }

    private sealed class Run
    {
        private readonly CompiledStep? _compiled;

        public Run(Func<Tensor[], Optimizer> make, DType type, Device device, bool compiled)
        {
            Net = new Net().To(type).To(device);
            Optimizer = make([.. Net.Parameters()]);
            _compiled = compiled ? new(Step) : null;
        }

        public Net Net { get; }

        public Optimizer Optimizer { get; }

        public string? EagerReason => _compiled?.EagerReason;

        /// <summary>The parameters after so many steps.</summary>
        public double[] Take(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                _ = _compiled?.Run() ?? Step();
            }

            return [.. Net.Parameters().SelectMany(p => p.Detach().To(DType.Float64).ToArray<double>())];
        }

        private Tensor Step() => Optimizer.Step(() =>
        {
            Optimizer.ZeroGrad();
            Tensor loss = OptimizerFixture.Objective("rosenbrock", Net.First)
                + (Net.Second * Net.Second + Net.First).Square().Sum();
            loss.Backward();
            return loss;
        });
    }
}
