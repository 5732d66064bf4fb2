namespace Labs.Lab1;

/// <summary>Synthetic data for linear regression, y = Xw + b + noise, from NumPy's random numbers.</summary>
internal sealed record LinearData(Tensor X, Tensor Y, Tensor Weights, double Bias)
{
    public static LinearData Generate(int samples, int features, double noise, long seed)
    {
        var random = new NumpyRandomState(seed);
        const double Bias = 5;
        Tensor weights = 3 * Normal(features, 1), x = 2 * Normal(samples, features);
        var y = x.MatMul(weights) + Bias + noise * Normal(samples, 1);
        return new(x.To(DType.Float32), y.To(DType.Float32), weights, Bias);

        Tensor Normal(int rows, int columns)
        {
            double[] values = new double[rows * columns];
            random.StandardNormal(values);
            return Tensor.From<double>(values, [rows, columns]);
        }
    }
}
