using System.Runtime.CompilerServices;
using OutsideBackend;

namespace Autodiff.Tests.Tensors;

/// <summary>A device and a backend that were written against the public surface alone.</summary>
public class OutsideBackendTests
{
    private static readonly Device s_device = ArrayBackend.NewDevice(1);

    [Test]
    public void It_sees_nothing_but_the_public_surface() => Assert.That(
        typeof(Tensor).Assembly.GetCustomAttributes(typeof(InternalsVisibleToAttribute), false)
            .Cast<InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName),
        Has.None.StartsWith("OutsideBackend"));

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void It_adds_two_tensors_and_sends_gradients_back(DType type)
    {
        Tensor a = Tensor.From(1.0, 2.0, 3.0).To(type).To(s_device).RequireGrad(),
            b = Tensor.From<double>(new double[,] { { 10, 20, 30 }, { 40, 50, 60 } }).To(type).To(s_device)
            .RequireGrad();
        Tensor y = a + b;
        Assert.That((y.Device.ToString(), y.Shape.ToString()), Is.EqualTo(("array:1", "[2, 3]")));
        Assert.That(y.To(DType.Float64).ToArray<double>(), Is.EqualTo(new double[] { 11, 22, 33, 41, 52, 63 }));
        (y * y).Sum().Backward();
        Assert.That(a.Grad!.To(DType.Float64).ToArray<double>(), Is.EqualTo(new double[] { 104, 148, 192 }));
        Assert.That(b.Grad!.To(DType.Float64).ToArray<double>(), Is.EqualTo(new double[] { 22, 44, 66, 82, 104, 126 }));
        Assert.That(b.Grad.Device, Is.SameAs(s_device));
    }

    [Test]
    public void Gradients_of_gradients_and_changes_in_place_need_nothing_more()
    {
        using (Device.Use(s_device))
        {
            Tensor x = Tensor.From(0.5, 2.0).RequireGrad();
            Tensor first = Autograd.Grad([(x * x * x).Sum()], [x], createGraph: true)[0]!;
            Tensor second = Autograd.Grad([first.Sum()], [x])[0]!;
            Assert.That(second.ToArray<double>(), Is.EqualTo(new[] { 3.0, 12.0 }));
            Tensor y = x.Exp();
            y.AddInPlace(1);
            Assert.That(() => y.Sum().Backward(),
                Throws.InvalidOperationException.With.Message.Contains("changed in place"));
        }
    }

    [Test]
    public void A_compiled_step_on_it_stays_eager()
    {
        Tensor w = Tensor.From(1.0, 2.0).To(s_device);
        using var step = new CompiledStep(() => (w * 2).Sum());
        Assert.That(Enumerable.Range(0, 3).Select(_ => step.Run().Item()), Is.All.EqualTo(6));
        Assert.That(step.EagerReason, Is.EqualTo("the step computes on array:1, which can't repeat it"));
    }

    [Test]
    public void What_it_cannot_it_refuses_by_name()
    {
        Tensor a = Tensor.Ones([2, 2], DType.Float32, s_device);
        Assert.That(() => a.MatMul(a),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("MatMul: array:1"));
        a.Dispose();
        Assert.That(() => a + 1, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_device_has_a_kind_an_index_and_a_backend()
    {
        Assert.That((s_device.Type, s_device.Index), Is.EqualTo(("array", 1)));
        Assert.That(() => new Device("", 0, s_device.Backend), Throws.ArgumentException);
        Assert.That(() => new Device("array", -1, s_device.Backend), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Device("array", 0, null!), Throws.ArgumentNullException);
    }
}
