using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Of several NaN in a window PyTorch's max pools take the last, for the position and the gradient.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class PoolNaNTests(string device) : DeviceFixture(device)
{
    [TestCase(2, 2, 1, DType.Float32)]
    [TestCase(3, 1, 1, DType.Float64)]
    [TestCase(3, 2, 1, DType.Float32)]
    [TestCase(5, 1, 1, DType.Float32)]
    [TestCase(5, 2, 1, DType.Float64)]
    [TestCase(5, 3, 1, DType.Float32)]
    [TestCase(3, 1, 2, DType.Float32)]
    [TestCase(6, 2, 2, DType.Float64)]
    public void The_last_of_several_NaN_is_taken(int kernel, int stride, int dilation, DType type)
    {
        const int Height = 13, Width = 17;
        Random random = new(kernel);
        double[] plane =
            [.. Enumerable.Range(0, Height * Width).Select(_ => random.Next(6) == 0 ? double.NaN : random.Next(4))];
        Tensor x = Tensor.From<double>(plane).Reshape(1, Height, Width).To(type).To(Device.Current).RequireGrad();
        (Tensor values, Tensor indices) =
            F.MaxPool2dWithIndices(x, kernel, stride, (kernel - 1) / 2, dilation, ceilMode: stride == 2);
        List<int> expected = [];
        int pad = (kernel - 1) / 2;
        for (int h = 0; h < values.Size(1); h++)
        {
            for (int w = 0; w < values.Size(2); w++)
            {
                int best = -1;
                for (int k = 0; k < kernel * kernel; k++)
                {
                    int row = h * stride - pad + k / kernel * dilation;
                    int column = w * stride - pad + k % kernel * dilation;
                    if (row is < 0 or >= Height || column is < 0 or >= Width)
                    {
                        continue;
                    }

                    int at = row * Width + column;
                    best = best < 0 || plane[at] > plane[best] || double.IsNaN(plane[at]) ? at : best;
                }

                expected.Add(best);
            }
        }

        Assert.That(indices.ToArray<long>(), Is.EqualTo(expected));
        Assert.That(values.ToArray<double>(), Is.EqualTo(expected.Select(at => plane[at])));
        values.Backward(Tensor.Ones(values.Shape, type));
        double[] gradient = new double[plane.Length];
        expected.ForEach(at => gradient[at]++);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(gradient));
    }

    [Test]
    public void Rows_that_are_too_wide_to_be_folded_and_other_pools_take_it_too()
    {
        double[] row = [.. Enumerable.Range(0, 3000).Select(i => i is 7 or 1500 or 2990 ? double.NaN : i)];
        Tensor x = Tensor.From<double>(row).Reshape(1, 3000).To(Device.Current);
        Assert.That(F.MaxPool1dWithIndices(x, 2995, 1).Indices.ToArray<long>(), Is.All.EqualTo(2990));
        Assert.That(F.AdaptiveMaxPool1dWithIndices(x, 2).Indices.ToArray<long>(), Is.EqualTo(new[] { 7, 2990 }));
        Tensor image = Tensor.Full([1, 2, 2, 4], double.NaN, DType.Float64);
        Assert.That(F.MaxPool3dWithIndices(image, 2).Indices.ToArray<long>(), Is.EqualTo(new[] { 13, 15 }));
        Assert.That(F.FractionalMaxPool2d(image[0], 2, 1).Indices.ToArray<long>(), Is.EqualTo(new[] { 7, 7 }));
    }
}
