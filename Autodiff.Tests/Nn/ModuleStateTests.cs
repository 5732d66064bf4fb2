using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Nn;

/// <summary>What stays as it was where a state or a part is refused, and how often a part is met.</summary>
[TestFixture]
public class ModuleStateTests
{
    private sealed class Net : Module
    {
        public Net(Tensor buffer)
        {
            Weight = RegisterParameter("weight", Tensor.Ones([2]));
            Buffer = RegisterBuffer("buffer", buffer);
        }

        public Tensor Weight { get; }

        public Tensor Buffer { get; }
    }

    private static IEnumerable<TestCaseData> Faulty()
    {
        Tensor gone = Tensor.Zeros([3]);
        gone.Dispose();
        Tensor lost = Tensor.Zeros([3]);
        Net disposed = new(lost);
        lost.Dispose();
        yield return Case("nothing", new Net(Tensor.Zeros([3])), null!, "buffer is null in the state");
        yield return Case("a disposed tensor", new Net(Tensor.Zeros([3])), gone, "was disposed");
        yield return Case("values for a disposed tensor", disposed, Tensor.Zeros([3]), "was disposed");
        yield return Case("another shape", new Net(Tensor.Zeros([3])), Tensor.Zeros([4]),
            "buffer is [4] in the state and [3] in the module");
        yield return Case("values for an expanded tensor", new Net(Tensor.Zeros([1]).Expand(3)), Tensor.Zeros([3]),
            "buffer shares places in memory among its elements");

        static TestCaseData Case(string name, Net net, Tensor given, string message) =>
            new TestCaseData(net, given, message).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Faulty))]
    public void A_state_that_cannot_be_copied_changes_nothing(Module module, Tensor given, string message)
    {
        Dictionary<string, Tensor> state = new() { ["weight"] = Tensor.Zeros([2]), ["buffer"] = given };
        Assert.That(() => module.LoadStateDict(state),
            Throws.InstanceOf<ArgumentException>().Or.InstanceOf<ObjectDisposedException>());
        Assert.That(((Net)module).Weight.ToArray<float>(), Is.All.EqualTo(1));
        Assert.That(() => module.LoadStateDict(state), Throws.Exception.With.Message.Contains(message));
    }

    [Test]
    public void A_parameter_that_is_refused_stays_as_it_was()
    {
        ParameterDict named = new() { ["scale"] = Tensor.Ones([1]) };
        foreach (string name in (string[])["scale", "", "a.b"])
        {
            Tensor other = Tensor.Ones([1]);
            Assert.That(() => named.Add(name, other), Throws.ArgumentException);
            Assert.That(other.RequiresGrad, Is.False, name);
        }

        Tensor integers = Tensor.Ones([1], DType.Int64);
        Assert.That(() => named.Add("integers", integers), Throws.InvalidOperationException);
        named.Add("integers", Tensor.Ones([1]));
    }

    [Test]
    public void A_part_under_two_names_is_one_child()
    {
        Linear shared = new(1, 1);
        Sequential model = new(("a", shared), ("b", new ReLU()), ("c", shared));
        Assert.That(model.NamedChildren().Select(c => c.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(model.Children().Count(), Is.EqualTo(2));
        Assert.That(model["c"], Is.SameAs(shared));
        int initialized = 0;
        model.Apply(m => initialized += m == shared ? 1 : 0);
        Assert.That(initialized, Is.EqualTo(1));
    }

    [Test]
    public void Parts_that_are_shared_at_every_level_have_their_names_soon()
    {
        Tensor weight = Tensor.Ones([1]);
        Module model = new ParameterList(weight);
        for (int i = 0; i < 60; i++)
        {
            model = new Sequential(("x", model), ("y", model));
        }

        Task<string?> name = Task.Run(() => weight.Name);
        Assert.That(name.Wait(TimeSpan.FromSeconds(20)), Is.True);
        Assert.That(name.Result, Is.EqualTo(string.Concat(Enumerable.Repeat("x.", 60)) + "0"));
    }

    [Test]
    public void A_graph_from_before_a_state_was_loaded_refuses()
    {
        Linear layer = new(2, 1);
        Tensor x = Tensor.Ones([1, 2]).RequireGrad(), loss = layer.Forward(x).Sum();
        layer.LoadStateDict(new Linear(2, 1).StateDict());
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException.With.Message.Contains("was changed"));
    }

    [Test]
    public void A_state_from_before_batches_were_counted_is_complete()
    {
        Sequential model = new(("norm", new BatchNorm1d(2)), ("rest", new Linear(2, 1)));
        BatchNorm1d norm = (BatchNorm1d)model["norm"];
        norm.Forward(Tensor.From(new float[,] { { 1, 2 }, { 3, 5 } }));
        Dictionary<string, Tensor> old = new Sequential(("norm", new BatchNorm1d(2)), ("rest", new Linear(2, 1)))
            .StateDict().Where(e => !e.Key.EndsWith("tracked", StringComparison.Ordinal)).ToDictionary();
        IncompatibleKeys keys = model.LoadStateDict(old);
        Assert.That(keys.MissingKeys, Is.Empty);
        Assert.That(norm.RunningMean!.ToArray<float>(), Is.All.Zero);
        Assert.That(norm.NumBatchesTracked!.Item(), Is.EqualTo(1)); // PyTorch leaves the count, too
        old.Remove("norm.running_mean");
        Assert.That(() => model.LoadStateDict(old), Throws.ArgumentException.With.Message.Contains(
            "the state lacks norm.running_mean."));
    }

    [Test]
    public void A_move_that_fails_has_moved_nothing()
    {
        using EmulatedDriver driver = new(6 << 20);
        Device device = CudaUnderTest.Emulated(driver);
        ParameterList model = new(Tensor.Ones([1 << 19]), Tensor.Ones([1 << 20]));
        Tensor[] parameters = [.. model.Parameters()];
        parameters[0].Grad = Tensor.Ones([1 << 19]);
        Assert.That(() => model.To(device), Throws.TypeOf<InsufficientMemoryException>());
        Assert.That(parameters.Select(p => p.Device), Is.All.EqualTo(Device.Cpu));
        Assert.That(parameters[0].Grad!.Device, Is.EqualTo(Device.Cpu));
        parameters[0].Grad = null;
        parameters[1].Dispose();
        Assert.That(() => model.To(DType.Float64), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(parameters[0].DType, Is.EqualTo(DType.Float32));
    }

    [TestCase(0.30000000000000004, "0.30000000000000004")]
    [TestCase(1 / 3.0, "0.3333333333333333")]
    [TestCase(2 / 3.0, "0.6666666666666666")]
    [TestCase(1e-5, "1e-05")]
    [TestCase(1.5e-7, "1.5e-07")]
    [TestCase(0.0001, "0.0001")]
    [TestCase(1e16, "1e+16")]
    [TestCase(1234567890123456.0, "1234567890123456.0")]
    [TestCase(9007199254740993e-3, "9007199254740.992")]
    [TestCase(1.7976931348623157e308, "1.7976931348623157e+308")]
    [TestCase(5e-324, "5e-324")]
    [TestCase(-2.0, "-2.0")]
    [TestCase(-0.0, "-0.0")]
    [TestCase(100.0, "100.0")]
    [TestCase(double.PositiveInfinity, "inf")]
    [TestCase(double.NegativeInfinity, "-inf")]
    [TestCase(double.NaN, "nan")]
    public void A_setting_is_written_as_Python_writes_it(double value, string text) =>
        Assert.That(Format.Number(value), Is.EqualTo(text));
}
