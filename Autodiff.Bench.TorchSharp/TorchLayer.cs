using Autodiff.Bench.Workloads;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Autodiff.Bench.TorchSharp;

/// <summary>A layer of libtorch with its inputs, drawn as Autodiff.Bench's LayerWorkload draws its own.</summary>
internal sealed class TorchLayer : IDisposable
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_operations = new()
    {
        [OperationShape.Relu] = x => x.relu(),
        [OperationShape.Sigmoid] = x => x.sigmoid(),
        [OperationShape.Exp] = x => x.exp(),
        [OperationShape.Tanh] = x => x.tanh(),
        [OperationShape.TransposedCopy] = x => x.t().contiguous(),
        [OperationShape.SumOfRows] = x => x.sum(dim: 1),
        [OperationShape.SumOfColumns] = x => x.sum(dim: 0),
    };

    private readonly Module? _module;
    private readonly Tensor[] _inputs;
    private readonly Func<Tensor> _forward;
    private readonly List<Tensor> _gradient;

    private TorchLayer(Module? module, Tensor[] inputs, Func<Tensor> forward)
    {
        (_module, _inputs, _forward) = (module, inputs, forward);
        using Tensor y = forward();
        _gradient = [randn(y.shape)];
    }

    /// <summary>How to make each, by its key.</summary>
    public static IReadOnlyDictionary<string, Func<TorchLayer>> All { get; } = Makers();

    /// <summary>The forward pass alone, which records nothing.</summary>
    public void Forward()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _forward();
    }

    /// <summary>Clears the gradients, then forward and backward, to the inputs too.</summary>
    public void ForwardAndBackward()
    {
        using var scope = NewDisposeScope();
        _module?.zero_grad();
        foreach (Tensor input in _inputs)
        {
            input.grad = null;
        }

        _forward().backward(_gradient);
    }

    /// <summary>The mean squares of the result and of all gradients.</summary>
    public double[] Results()
    {
        ForwardAndBackward();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return
        [
            MeanSquare(_forward()), .. _inputs.Select(x => MeanSquare(x.grad!)),
            .. _module?.parameters().Select(p => MeanSquare(p.grad!)) ?? [],
        ];
    }

    public void Dispose()
    {
        _module?.Dispose();
        foreach (Tensor tensor in _inputs.Concat(_gradient))
        {
            tensor.Dispose();
        }
    }

    private static double MeanSquare(Tensor x) => x.to(ScalarType.Float64).square().mean().ToDouble();

    private static Dictionary<string, Func<TorchLayer>> Makers()
    {
        Dictionary<string, Func<TorchLayer>> makers = new()
        {
            [LayerShapes.MaxPool] = () => Of(() => MaxPool2d(2), LayerShapes.Images),
            [LayerShapes.BatchNorm] = () => Of(() => BatchNorm2d(LayerShapes.Images[1]), LayerShapes.Images),
            [LayerShapes.Lstm] = () =>
            {
                manual_seed(0);
                var lstm = LSTM(LayerShapes.LstmIn, LayerShapes.LstmHidden, batchFirst: true);
                Tensor x = Input([LayerShapes.LstmBatch, LayerShapes.LstmSteps, LayerShapes.LstmIn]);
                return new(lstm, [x], () => lstm.forward(x).Item1);
            },
            [LayerShapes.Attention] = () =>
            {
                manual_seed(0);
                Tensor q = Input(LayerShapes.Heads), k = Input(LayerShapes.Heads), v = Input(LayerShapes.Heads);
                return new(null, [q, k, v], () => functional.scaled_dot_product_attention(q, k, v, is_casual: true));
            },
            [LayerShapes.Encoder] = () =>
            {
                manual_seed(0);
                var layer = TransformerEncoderLayer(
                    LayerShapes.EncoderFeatures, LayerShapes.EncoderHeads, LayerShapes.EncoderHidden, dropout: 0);
                Tensor x = Input([LayerShapes.EncoderSteps, LayerShapes.EncoderBatch, LayerShapes.EncoderFeatures]);
                return new(layer, [x], () => layer.call(x, null!, null!));
            },
        };
        foreach (ConvShape shape in ConvShape.All)
        {
            makers.Add(shape.Key, () => Of(
                () => Conv2d(shape.In, shape.Out, shape.Kernel, shape.Stride, shape.Padding, groups: shape.Groups),
                [shape.Batch, shape.In, shape.Size, shape.Size]));
        }

        foreach (OperationShape shape in OperationShape.All)
        {
            makers.Add(shape.Key, () =>
            {
                manual_seed(0);
                Tensor x = Input(shape.Shape);
                Func<Tensor, Tensor> apply = s_operations[shape.Operation];
                return new(null, [x], () => apply(x));
            });
        }

        return makers;
    }

    private static TorchLayer Of(Func<Module<Tensor, Tensor>> make, int[] shape)
    {
        manual_seed(0);
        Module<Tensor, Tensor> module = make();
        Tensor x = Input(shape);
        return new(module, [x], () => module.call(x));
    }

    private static Tensor Input(int[] shape) =>
        randn(Array.ConvertAll(shape, size => (long)size), requires_grad: true);
}
