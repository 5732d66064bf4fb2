using Autodiff.Nn;

namespace Autodiff.Tests.Accelerators;

/// <summary>Networks, their gradients and every family of optimizers, against the processor.</summary>
[NonParallelizable]
public class TrainingTests
{
    private static IEnumerable<TestCaseData> Optimizers()
    {
        yield return Case("SGD", p => new SGD(p, 0.05));
        yield return Case("SGD with momentum", p => new SGD(p, 0.05, momentum: 0.9));
        yield return Case("Adam", p => new Adam(p, 0.01));
        yield return Case("AdamW", p => new AdamW(p, 0.01));
        yield return Case("RMSprop", p => new RMSprop(p, 0.01));
        yield return Case("Adagrad", p => new Adagrad(p, 0.05));
        yield return Case("Adadelta", p => new Adadelta(p));
        yield return Case("Adamax", p => new Adamax(p, 0.01));
        yield return Case("NAdam", p => new NAdam(p, 0.01));
        yield return Case("RAdam", p => new RAdam(p, 0.01));
        yield return Case("Rprop", p => new Rprop(p, 0.01));
        yield return Case("ASGD", p => new ASGD(p, 0.05));
    }

    [TestCaseSource(nameof(Optimizers))]
    public void A_network_learns_what_it_learns_on_the_processor(Func<IEnumerable<Tensor>, Optimizer> optimizer)
    {
        (double[] losses, double[] weights) expected = Train(Device.Cpu, optimizer);
        (double[] losses, double[] weights) actual = Train(CpuAccelerator.Device, optimizer);
        Assert.That(actual.losses, Is.EqualTo(expected.losses).Within(1e-5));
        Assert.That(actual.weights, Is.EqualTo(expected.weights).Within(1e-5));
        Assert.That(actual.losses[^1], Is.LessThan(actual.losses[0]));
    }

    [TestCase(LineSearch.None)]
    [TestCase(LineSearch.StrongWolfe)]
    public void LBFGS_goes_the_processors_way(LineSearch search)
    {
        (double[] losses, double[] weights) expected = Run(Device.Cpu), actual = Run(CpuAccelerator.Device);
        Assert.That(actual.losses, Is.EqualTo(expected.losses).Within(1e-9));
        Assert.That(actual.weights, Is.EqualTo(expected.weights).Within(1e-8));
        Assert.That(actual.losses[^1], Is.LessThan(0.9 * actual.losses[0]));

        (double[] Losses, double[] Weights) Run(Device device)
        {
            Tensor.ManualSeed(2);
            var model = new Sequential(new Linear(3, 4), new Tanh(), new Linear(4, 2));
            Tensor x = Tensor.Randn([7, 3], DType.Float64).To(device);
            Tensor t = Tensor.From<long>([0L, 1, 1, 0, 1, 0, 0]).To(device);
            model.To(DType.Float64);
            model.To(device);
            LBFGS optimizer = new(model.Parameters(), search == LineSearch.None ? 0.5 : 1, 3, lineSearch: search);
            var loss = new CrossEntropyLoss();
            List<double> losses = [];
            for (int step = 0; step < 2; step++)
            {
                losses.Add(optimizer.Step(Closure).Item());
            }

            return ([.. losses, loss.Forward(model.Forward(x), t).Item()], Weights(model));

            Tensor Closure()
            {
                optimizer.ZeroGrad();
                Tensor error = loss.Forward(model.Forward(x), t);
                error.Backward();
                return error;
            }
        }
    }

    [Test]
    public void Parameters_with_gaps_take_the_same_steps()
    {
        Assert.That(Trained(CpuAccelerator.Device), Is.EqualTo(Trained(Device.Cpu)));

        static float[] Trained(Device device)
        {
            Tensor w = Tensor.Arange(12).To(DType.Float32).Reshape(3, 4).To(device).T.Detach().RequireGrad();
            Assert.That(w.IsContiguous, Is.False);
            Adam optimizer = new([w], 0.1);
            for (int step = 0; step < 2; step++)
            {
                w.Grad = Tensor.Linspace(-1, 1, 12).Reshape(4, 3).To(device);
                optimizer.Step();
            }

            return w.Detach().To(Device.Cpu).ToArray<float>();
        }
    }

    [Test]
    public void Gradients_of_a_convolution_a_norm_and_a_softmax_are_the_processors()
    {
        Assert.That(Gradients(CpuAccelerator.Device), Is.EqualTo(Gradients(Device.Cpu)).Within(1e-10));

        static double[] Gradients(Device device)
        {
            Tensor.ManualSeed(3);
            Tensor x = Tensor.Randn([2, 2, 6, 5], DType.Float64).To(device).RequireGrad();
            Tensor w = Tensor.Randn([3, 2, 3, 3], DType.Float64).To(device).RequireGrad();
            Tensor y = x.Convolution(w, null, [1, 1], [1, 1], [1, 1]).Reshape(2, 3, 30);
            y = (y - y.Mean(-1, keepDim: true)) / (y.Var(-1, keepDim: true) + 1e-5).Sqrt();
            (y.LogSoftmax(1).Square().Sum() + y.LogSumExp(2).Sum() + y.CumSum(2).Tanh().Sum()).Backward();
            return [.. x.Grad!.To(Device.Cpu).ToArray<double>(), .. w.Grad!.To(Device.Cpu).ToArray<double>()];
        }
    }

    private static (double[] Losses, double[] Weights) Train(
        Device device, Func<IEnumerable<Tensor>, Optimizer> make)
    {
        Tensor.ManualSeed(1);
        var model = new Sequential(new Linear(3, 5), new Tanh(), new Linear(5, 2));
        Tensor x = Tensor.Randn([7, 3]).To(device), t = Tensor.From<long>([0L, 1, 1, 0, 1, 0, 0]).To(device);
        model.To(device);
        Optimizer optimizer = make(model.Parameters());
        var loss = new CrossEntropyLoss();
        List<double> losses = [];
        for (int step = 0; step < 3; step++)
        {
            optimizer.ZeroGrad();
            Tensor error = loss.Forward(model.Forward(x), t);
            error.Backward();
            optimizer.Step();
            losses.Add(error.Item());
        }

        return ([.. losses], Weights(model));
    }

    private static double[] Weights(Module model) =>
        [.. model.Parameters().SelectMany(
            static p => p.Detach().To(Device.Cpu).To(DType.Float64).ToArray<double>())];

    private static TestCaseData Case(string name, Func<IEnumerable<Tensor>, Optimizer> make) =>
        new TestCaseData(make).SetArgDisplayNames(name);
}
