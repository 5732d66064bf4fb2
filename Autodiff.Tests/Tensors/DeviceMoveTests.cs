namespace Autodiff.Tests.Tensors;

/// <summary>What moves between devices, and what does not care on which one it is.</summary>
[TestFixture]
public sealed class DeviceMoveTests
{
    private static readonly Device Other = Device.Reference;

    [Test]
    public void Moves_keep_values_of_strided_empty_and_bool_tensors()
    {
        Tensor x = Tensor.Arange(12).Reshape(3, 4);
        foreach (Tensor each in (Tensor[])[x, x.T, x[.., 1..], x[3..], x.Gt(5), x.To(DType.Float64)[1]])
        {
            Tensor moved = each.To(Other);
            Assert.That(moved.Device, Is.SameAs(Other));
            Assert.That(moved.DType, Is.EqualTo(each.DType));
            Assert.That(moved.To(Device.Cpu).ToArray<double>(), Is.EqualTo(each.ToArray<double>()));
            Assert.That(moved.ToString(), Does.Contain("device='reference:0'"));
        }
    }

    [Test]
    public void A_move_is_differentiable()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        (x.To(Other) * Tensor.From(3.0, 4.0).To(Other)).Sum().Backward();
        Assert.That(x.Grad!.Device, Is.SameAs(Device.Cpu));
        Assert.That(x.Grad.ToArray<double>(), Is.EqualTo(new double[] { 3, 4 }));
    }

    [Test]
    public void The_same_seed_gives_the_same_numbers_on_every_device()
    {
        double[][] Draw(Device device)
        {
            TorchGenerator generator = new(42);
            Tensor probabilities = Tensor.Full([20], 0.5, device: device);
            return Array.ConvertAll((Tensor[])[
                Tensor.Rand([20], device: device, generator: generator),
                Tensor.Randn([4, 5], DType.Float64, device, generator),
                Tensor.RandInt(3, 9, [7], device: device, generator: generator),
                Tensor.RandPerm(11, device: device, generator: generator),
                Tensor.Bernoulli(probabilities, generator),
                Tensor.Zeros([5, 4], device: device).T.NormalInPlace(1, 2, generator),
                Tensor.Zeros([9], DType.Int64, device).BernoulliInPlace(0.3, generator)], t => t.ToArray<double>());
        }

        Assert.That(Draw(Other), Is.EqualTo(Draw(Device.Cpu)));
    }

    [Test]
    public void Operands_on_two_devices_are_refused_by_names()
    {
        Tensor x = Tensor.Ones([2, 2]), y = x.To(Other);
        foreach ((string name, Action both) in ((string, Action)[])[("Add", () => _ = x + y),
            ("MatMul", () => _ = x.MatMul(y)), ("Cat", () => Tensor.Cat([x, y]))])
        {
            Assert.That(both,
                Throws.InvalidOperationException.With.Message.Contains(name).And.Message.Contains("cpu")
                    .And.Message.Contains("reference:0"));
        }
    }

    [Test]
    public void A_copy_in_place_from_another_device_takes_the_gradient_back()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), s = x.Exp(), t = Tensor.Zeros([3, 2], device: Other);
        t[1..].CopyFrom(s);
        t.Sum().Backward();
        Assert.That(x.Grad!.Device, Is.SameAs(Device.Cpu));
        Assert.That(x.Grad.ToArray<double>(), Is.EqualTo(new[] { 2 * Math.E, 2 * Math.E * Math.E }).Within(1e-6));
    }

    [Test]
    public void A_plain_number_that_requires_grad_gets_it_from_any_device()
    {
        foreach (Action<Tensor, Tensor> use in (Action<Tensor, Tensor>[])[(t, n) => t.CopyFrom(n),
            (t, n) => t.MulInPlace(n), (t, n) => t.MaskedFillInPlace(t.Gt(0), n), (t, n) => t[1] = n,
            (t, n) => t.IndexFillInPlace(0, Tensor.From(1L).To(Other), n),
            (t, n) => t.ScatterInPlace(0, Tensor.From(1L).To(Other), n),
            (t, n) => t.CopyFrom(Tensor.Where(t.Gt(0), n, t)), (t, n) => t.LerpInPlace(t + 1, n)])
        {
            Tensor number = 4.0, t = Tensor.Ones([2], device: Other);
            number.RequireGrad();
            use(t, number);
            t[1].Backward();
            Assert.That(number.Grad!.Item(), Is.EqualTo(1));
        }
    }
}
