using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Along the last dimension an average is the sum in double precision, in order, rounded once more.</summary>
[Parallelizable]
public class AvgPoolTests
{
    [Test, Combinatorial]
    public void Lines_give_the_plain_sums(
        [Values(7, 16, 56, 1021, 2600)] int length,
        [Values("2 2 0", "3 2 1", "3 1 1", "4 1 2", "5 3 0", "7 2 3")] string window,
        [Values] bool includesPadding, [Values] bool ceil, [Values(DType.Float32, DType.Float64)] DType type)
    {
        int[] settings = [.. window.Split(' ').Select(int.Parse)];
        (int kernel, int stride, int padding) = (settings[0], settings[1], settings[2]);
        Random random = new(length + kernel);
        double[] x = [.. Enumerable.Range(0, 3 * length).Select(i => i == 3 ? double.NaN : i == 5 ? -0.0
            : Round(random.NextDouble() * Math.Pow(2, random.Next(-30, 30)) * (random.Next(3) - 1)))];
        Tensor input = Tensor.From<double>(x).Reshape(1, 3, length).To(type);
        Tensor y = F.AvgPool1d(input, kernel, stride, padding, ceil, includesPadding);
        int outputs = y.Size(2);
        double[] expected = new double[3 * outputs];
        for (int i = 0; i < expected.Length; i++)
        {
            int line = i / outputs, start = i % outputs * stride - padding, count = 0;
            double sum = 0;
            for (int j = Math.Max(start, 0); j < Math.Min(start + kernel, length); j++)
            {
                sum += x[line * length + j];
                count++;
            }

            int padded = Math.Min(start + kernel, length + padding) - start;
            expected[i] = Round(sum / (includesPadding ? padded : count));
        }

        Assert.That(Bits(y.To(DType.Float64).ToArray<double>()), Is.EqualTo(Bits(expected)));

        double Round(double value) => type == DType.Float32 ? (float)value : value;
    }

    private static IEnumerable<long> Bits(double[] values) =>
        values.Select(static value => double.IsNaN(value) ? -1 : BitConverter.DoubleToInt64Bits(value));
}
