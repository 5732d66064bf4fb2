using Autodiff.Cpu;

namespace Autodiff.Tests.Cpu;

/// <summary>Copies between layouts: whole registers, what is left of them, and several threads.</summary>
[NonParallelizable]
public sealed class TransposedCopyTests
{
    [TestCase(16, 16)]
    [TestCase(37, 61)]
    [TestCase(3, 130)]
    [TestCase(513, 1027)]
    public void A_transposed_matrix_is_copied_entry_by_entry(int rows, int columns)
    {
        foreach (DType type in (DType[])[DType.Float32, DType.Int32, DType.Float64, DType.Int64, DType.Bool])
        {
            Tensor x = (Tensor.Arange(rows * columns).Reshape(rows, columns) % 251).To(type);
            double[] expected = new double[rows * columns], entries = x.To(DType.Float64).ToArray<double>();
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] = entries[(i % rows * columns) + (i / rows)];
            }

            Tensor turned = x.T.Contiguous();
            Assert.That(turned.To(DType.Float64).ToArray<double>(), Is.EqualTo(expected), type.ToString());
        }
    }

    [Test]
    public void Threads_copy_the_same_entries()
    {
        int threads = CpuThreads.Count;
        try
        {
            Tensor x = Tensor.Arange(24 * 70 * 210).Reshape(4, 6, 70, 210).To(DType.Float32);
            Tensor[] views = [x.Transpose(2, 3), x.Transpose(1, 3), x.Transpose(0, 2), x.Narrow(2, 3, 61)];
            foreach (Tensor view in views)
            {
                CpuThreads.Count = 1;
                float[] one = view.Contiguous().ToArray<float>();
                CpuThreads.Count = 4;
                Assert.That(view.Contiguous().ToArray<float>(), Is.EqualTo(one));
                for (int i = 0; i < one.Length; i += 997)
                {
                    long rest = i, place = 0;
                    for (int d = view.Rank - 1; d >= 0; d--)
                    {
                        (rest, long at) = Math.DivRem(rest, view.Size(d));
                        place += at * view.Strides[d];
                    }

                    Assert.That(one[i] - one[0], Is.EqualTo(place), "entries are their places");
                }
            }
        }
        finally
        {
            CpuThreads.Count = threads;
        }
    }
}
