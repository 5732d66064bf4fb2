using Autodiff.Nn;

namespace Labs.Lab2;

/// <summary>
/// A network behind <c>Fit</c> and <c>Predict</c>, with the defaults of scikit-learn's MLPRegressor:
/// 100 neurons with ReLU, Adam on minibatches of at most 200, a small L2 penalty on the weights,
/// and an end when the loss has not improved by 1e-4 for ten epochs.
/// </summary>
internal sealed class MlpRegressor(
    int hidden = 100, double learningRate = 1e-3, double alpha = 1e-4, int maxIterations = 200)
{
    public Sequential? Model { get; private set; }

    public List<double> Losses { get; } = [];

    public MlpRegressor Fit(Tensor x, Tensor y)
    {
        Linear first = new(x.Size(1), hidden), second = new(hidden, 1);
        Model = [first, new ReLU(), second];
        foreach (var layer in new[] { first, second })
        {
            double bound = Math.Sqrt(6.0 / (layer.InFeatures + layer.OutFeatures));
            Init.Uniform(layer.Weight, -bound, bound);
            Init.Uniform(layer.Bias!, -bound, bound);
        }

        int samples = x.Size(0);
        var optimizer = new Adam([first.Bias!, second.Bias!], learningRate);
        optimizer.AddParameterGroup([first.Weight, second.Weight], group => group.WeightDecay = alpha / samples);
        var loader = new DataLoader(new TensorDataset(x, y), Math.Min(200, samples), shuffle: true);
        var lossFunction = new MSELoss();
        for (int epoch = 0, idle = 0; epoch < maxIterations && idle < 10; epoch++)
        {
            double sum = 0;
            foreach (var (batchX, batchY) in loader)
            {
                var loss = lossFunction.Forward(Model.Forward(batchX), batchY) / 2;
                optimizer.ZeroGrad();
                loss.Backward();
                optimizer.Step();
                sum += loss.Item() * batchX.Size(0);
            }

            double mean = sum / samples;
            idle = Losses.Count > 0 && mean > Losses.Min() - 1e-4 ? idle + 1 : 0;
            Losses.Add(mean);
        }

        return this;
    }

    public Tensor Predict(Tensor x)
    {
        using (Tensor.NoGrad())
        {
            return Model!.Forward(x);
        }
    }
}
