using Autodiff.Nn;

namespace Labs.Lab1;

/// <summary>Two hidden layers with ReLU between linear layers.</summary>
internal sealed class SimpleNN : Module
{
    private readonly Sequential _layers;

    public SimpleNN(int features) => RegisterModule(_layers =
    [
        new Linear(features, 16),
        new ReLU(),
        new Linear(16, 8),
        new ReLU(),
        new Linear(8, 1),
    ]);

    public override Tensor Forward(Tensor x) => _layers.Forward(x);
}
