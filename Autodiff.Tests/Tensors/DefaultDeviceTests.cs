using Autodiff.IO;

namespace Autodiff.Tests.Tensors;

[NonParallelizable]
public class DefaultDeviceTests
{
    [TearDown]
    public void BackToTheProcessor() => Device.Default = Device.Cpu;

    [Test]
    public void Tensors_and_parameters_are_made_on_it_unless_a_device_is_named()
    {
        Device.Default = Device.Reference;
        Assert.Multiple(() =>
        {
            Assert.That(Tensor.From(1f, 2f).Device, Is.SameAs(Device.Reference));
            Assert.That(Tensor.Zeros([2]).Device, Is.SameAs(Device.Reference));
            Assert.That(Tensor.Arange(0, 3).Device, Is.SameAs(Device.Reference));
            Assert.That(Tensor.Rand([2]).Device, Is.SameAs(Device.Reference));
            Assert.That(new Autodiff.Nn.Linear(2, 3).Weight.Device, Is.SameAs(Device.Reference));
            Assert.That(Tensor.Zeros([2], device: Device.Cpu).Device, Is.SameAs(Device.Cpu));
        });
    }

    [Test]
    public void Random_numbers_are_the_same_on_every_device()
    {
        Tensor.ManualSeed(7);
        float[] here = Tensor.Randn([5]).ToArray<float>();
        Device.Default = Device.Reference;
        Tensor.ManualSeed(7);
        Assert.That(Tensor.Randn([5]).ToArray<float>(), Is.EqualTo(here));
    }

    [Test]
    public void A_step_of_training_runs_there()
    {
        Device.Default = Device.Reference;
        Tensor x = Tensor.From(1.0, 2.0, 3.0).Reshape(3, 1), w = Tensor.Scalar(2.0).RequireGrad();
        ((x * w - 1).Square().Mean()).Backward();

        // d/dw mean (w x - 1)^2 = 2 mean x (w x - 1)
        Assert.That(w.Grad!.Item(), Is.EqualTo(2 * (1 * 1 + 2 * 3 + 3 * 5) / 3.0).Within(1e-12));
        Assert.That(w.Grad!.Device, Is.SameAs(Device.Reference));
    }

    [Test]
    public void Files_are_read_onto_the_processor()
    {
        Tensor x = Tensor.From(1f, 2f);
        using MemoryStream npy = new(), npz = new(), safetensors = new();
        NpyFile.Save(npy, x);
        NpzFile.Save(npz, [new("x", x)]);
        SafeTensors.Save(safetensors, [new("x", x)]);
        npy.Position = npz.Position = safetensors.Position = 0;
        Device.Default = Device.Reference;
        Assert.Multiple(() =>
        {
            Assert.That(NpyFile.Load(npy).Device, Is.SameAs(Device.Cpu));
            Assert.That(NpzFile.Open(npz)["x"].Device, Is.SameAs(Device.Cpu));
            Assert.That(SafeTensors.Load(safetensors)["x"].Device, Is.SameAs(Device.Cpu));
            Assert.That(IdxArray.Create<int>([1, 2], 2).ToTensor().Device, Is.SameAs(Device.Reference));
        });
    }

    [Test]
    public void Null_is_refused() => Assert.That(() => Device.Default = null!, Throws.ArgumentNullException);
}
