using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class PaddingAndBlocksTests(string device) : DeviceFixture(device)
{
    // What torch.nn.functional.pad gives for 0 1 2 3 4.
    [TestCase(PadMode.Reflect, -1, 2, new long[] { 1, 2, 3, 4, 3, 2 })]
    [TestCase(PadMode.Reflect, 2, -2, new long[] { 2, 1, 0, 1, 2 })]
    [TestCase(PadMode.Reflect, -4, 4, new long[] { 4, 3, 2, 1, 0 })]
    [TestCase(PadMode.Reflect, -1, -2, new long[] { 1, 2 })]
    [TestCase(PadMode.Replicate, -1, 2, new long[] { 1, 2, 3, 4, 4, 4 })]
    [TestCase(PadMode.Replicate, 2, -3, new long[] { 0, 0, 0, 1 })]
    [TestCase(PadMode.Replicate, -6, 3, new long[] { 4, 4 })]
    [TestCase(PadMode.Circular, -1, 2, new long[] { 1, 2, 3, 4, 1, 2 })]
    [TestCase(PadMode.Circular, 2, -2, new long[] { 1, 2, 0, 1, 2 })]
    [TestCase(PadMode.Circular, -2, -1, new long[] { 2, 3 })]
    [TestCase(PadMode.Constant, -1, 2, new long[] { 1, 2, 3, 4, 9, 9 })]
    public void Negative_counts_take_entries_away(PadMode mode, int before, int after, long[] expected)
    {
        Tensor x = Tensor.Arange(0, 5, 1, DType.Float64);
        Assert.That(x.Pad([before, after], mode, 9).ToArray<long>(), Is.EqualTo(expected));
        Tensor rows = x.Unsqueeze(1).Expand(5, 2);
        Assert.That(rows.Pad([0, 0, before, after], mode, 9)[TensorIndex.Ellipsis, 1].ToArray<long>(),
            Is.EqualTo(expected));

        x = x.RequireGrad();
        x.Pad([before, after], mode, 9).Sum().Backward();
        Assert.That(x.Grad!.ToArray<long>(),
            Is.EqualTo(Enumerable.Range(0, 5).Select(i => expected.LongCount(e => e == i))));
    }

    [TestCase(PadMode.Reflect, -3, -3)]
    [TestCase(PadMode.Replicate, -6, 0)]
    [TestCase(PadMode.Circular, -4, 2)]
    [TestCase(PadMode.Circular, -3, -3)]
    public void No_more_can_be_taken_than_there_is(PadMode mode, int before, int after) =>
        Assert.That(() => Tensor.Arange(5).Pad([before, after], mode),
            Throws.ArgumentException.With.Message.Contains("which has 5 entries"));

    [Test]
    public void Blocks_take_a_pair_for_each_setting([Values(1, 2, 3, 4, 5, 6)] int seed)
    {
        Random random = new(seed);
        Size2D kernel = Pair(1, 4), dilation = Pair(1, 3), padding = Pair(0, 3), stride = Pair(1, 3);
        (int n, int c, int h, int w) = (2, 2, random.Next(8, 12), random.Next(8, 12));
        Tensor x = Tensor.Randn([n, c, h, w], DType.Float64);
        int rows = Count(h, kernel.Height, dilation.Height, padding.Height, stride.Height),
            columns = Count(w, kernel.Width, dilation.Width, padding.Width, stride.Width);
        double[] values = x.ToArray<double>(),
            expected = new double[n * c * kernel.Height * kernel.Width * rows * columns];
        int next = 0;
        for (int i = 0; i < n * c; i++)
        {
            for (int ky = 0; ky < kernel.Height; ky++)
            {
                for (int kx = 0; kx < kernel.Width; kx++)
                {
                    for (int l = 0; l < rows * columns; l++)
                    {
                        int y = (l / columns * stride.Height) + (ky * dilation.Height) - padding.Height,
                            z = (l % columns * stride.Width) + (kx * dilation.Width) - padding.Width;
                        expected[next++] = y < 0 || y >= h || z < 0 || z >= w ? 0 : values[(((i * h) + y) * w) + z];
                    }
                }
            }
        }

        Tensor blocks = Functional.Unfold(x, kernel, dilation, padding, stride);
        Assert.That(blocks.Shape.ToString(),
            Is.EqualTo($"[{n}, {c * kernel.Height * kernel.Width}, {rows * columns}]"));
        Assert.That(blocks.ToArray<double>(), Is.EqualTo(expected));

        Size2D Pair(int least, int below) => (random.Next(least, below), random.Next(least, below));

        static int Count(int size, int kernel, int dilation, int padding, int stride) =>
            ((size + (2 * padding) - (dilation * (kernel - 1)) - 1) / stride) + 1;
    }

    [Test]
    public void One_number_stands_for_a_pair()
    {
        Tensor x = Tensor.Randn([1, 2, 6, 7]);
        Tensor same = Functional.Unfold(x, (2, 2), (1, 1), (1, 1), (2, 2));
        Assert.That(Functional.Unfold(x, 2, padding: 1, stride: 2).ToArray<float>(), Is.EqualTo(same.ToArray<float>()));
        Assert.That(Functional.Unfold(x, (2, 2), padding: 1, stride: (2, 2)).ToArray<float>(),
            Is.EqualTo(same.ToArray<float>()));
        Assert.That(() => Functional.Unfold(x, (2, 9)), Throws.ArgumentException.With.Message.Contains("2 x 9"));
        Assert.That(() => Functional.Unfold(x, 2, (0, 1)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("dilation"));
        Assert.That(() => Functional.Unfold(x, 2, stride: (1, 0)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("stride"));
    }
}
