using Autodiff.Nn;

namespace Autodiff.Bench.Workloads;

/// <summary>An optimizer and the parameters of a small perceptron, whose gradients stay as they are.</summary>
internal static class OptimizerWorkload
{
    private static readonly int[][] Shapes = [[256, 784], [256], [256, 256], [256], [10, 256], [10]];

    /// <summary>How to make each, by its name in Peers/pytorch_peer.py.</summary>
    public static IReadOnlyDictionary<string, Func<Optimizer>> All { get; } = new Dictionary<string, Func<Optimizer>>
    {
        ["sgd"] = () => new SGD(Parameters(), 1e-6),
        ["sgd-momentum"] = () => new SGD(Parameters(), 1e-6, momentum: 0.9),
        ["adam"] = () => new Adam(Parameters(), 1e-6),
        ["adamw"] = () => new AdamW(Parameters(), 1e-6),
        ["rmsprop"] = () => new RMSprop(Parameters(), 1e-6),
    };

    private static Tensor[] Parameters() => [.. Shapes.Select(shape =>
    {
        Tensor parameter = Tensor.Randn(shape).RequireGrad();
        parameter.Grad = Tensor.Randn(shape);
        return parameter;
    })];
}
