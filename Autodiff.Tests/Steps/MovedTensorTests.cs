using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Steps;

/// <summary>A captured step follows tensors whose elements went to other memory.</summary>
public class MovedTensorTests
{
    private static IEnumerable<TestCaseData> Readers()
    {
        static TestCaseData Case(string name, Func<Linear, Tensor, Tensor> body) =>
            new TestCaseData(body).SetName($"{name} sees parameters that were moved away and back");
        yield return Case("A step without gradients", (m, x) =>
        {
            using (Tensor.NoGrad())
            {
                return m.Forward(x);
            }
        });
        yield return Case("Detach", (m, x) => x.MatMul(m.Weight.Detach().T));
        yield return Case("A step that sets RequiresGrad", (m, x) =>
        {
            m.Weight.RequiresGrad = true;
            return x.MatMul(m.Weight.T);
        });
    }

    [TestCaseSource(nameof(Readers))]
    public void Moved_parameters_are_read_where_they_are(Func<Linear, Tensor, Tensor> body)
    {
        foreach (Device device in (Device[])[Device.Cpu, CudaUnderTest.Device])
        {
            Module moved = new Linear(3, 2).To(device);
            var model = (Linear)moved;
            using var step = new CompiledStep((Tensor x) => body(model, x));
            Tensor x = Tensor.Ones([2, 3], device: device);
            for (int i = 0; i < 8; i++)
            {
                if (i == 4)
                {
                    model.To(DType.Float64);
                    model.To(DType.Float32);
                    using (Tensor.NoGrad())
                    {
                        model.Weight.Fill(0.25);
                    }
                }

                Assert.That(step.Run(x).ToArray<float>(), Is.EqualTo(body(model, x).ToArray<float>()), $"run {i}");
            }

            Assert.That((step.EagerReason, step.Captures), Is.EqualTo(((string?)null, 2)));
        }
    }

    [Test]
    public void Moved_buffers_are_read_where_they_are()
    {
        BatchNorm1d norm = new(3);
        norm.Eval();
        using var step = new CompiledStep((Tensor x) => norm.Forward(x));
        Tensor x = Tensor.Ones([2, 3]);
        for (int i = 0; i < 8; i++)
        {
            if (i == 4)
            {
                norm.To(DType.Float64);
                norm.To(DType.Float32);
                norm.Buffers().First().Fill(4);
            }

            Assert.That(step.Run(x).ToArray<float>(), Is.EqualTo(norm.Forward(x).ToArray<float>()), $"run {i}");
        }
    }
}
