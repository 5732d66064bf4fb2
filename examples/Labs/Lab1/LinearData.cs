namespace Labs.Lab1;

/// <summary>Synthetic data for linear regression: y = Xw + b + noise, from NumPy's random numbers.</summary>
internal sealed record LinearData(Tensor X, Tensor Y, double[] Weights, double Bias)
{
    public static LinearData Generate(int samples, int features, double noise, long seed)
    {
        var random = new NumpyRandomState(seed);
        double[] weights = Draw(features, 3), x = Draw(samples * features, 2), y = Draw(samples, noise);
        const double Bias = 5;
        for (int i = 0; i < samples; i++)
        {
            for (int j = 0; j < features; j++)
            {
                y[i] += x[i * features + j] * weights[j];
            }

            y[i] += Bias;
        }

        return new(
            Tensor.From<double>(x, [samples, features]).To(DType.Float32),
            Tensor.From<double>(y, [samples, 1]).To(DType.Float32), weights, Bias);

        double[] Draw(int count, double scale)
        {
            double[] values = new double[count];
            random.Normal(values, scale: scale);
            return values;
        }
    }
}
