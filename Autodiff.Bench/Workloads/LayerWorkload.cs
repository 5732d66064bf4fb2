using Autodiff.Nn;

namespace Autodiff.Bench.Workloads;

/// <summary>A layer, its inputs and the gradient that comes back to it, drawn from seed 0 in this order.</summary>
internal sealed class LayerWorkload
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_operations = new()
    {
        [OperationShape.Relu] = x => x.Relu(),
        [OperationShape.Sigmoid] = x => x.Sigmoid(),
        [OperationShape.Exp] = x => x.Exp(),
        [OperationShape.Tanh] = x => x.Tanh(),
        [OperationShape.TransposedCopy] = x => x.T.Contiguous(),
        [OperationShape.SumOfRows] = x => x.Sum(1),
        [OperationShape.SumOfColumns] = x => x.Sum(0),
    };

    private readonly Module? _module;
    private readonly Tensor[] _inputs;
    private readonly Func<Tensor> _forward;
    private readonly Tensor _gradient;

    private LayerWorkload(Module? module, Tensor[] inputs, Func<Tensor> forward)
    {
        (_module, _inputs, _forward) = (module, inputs, forward);
        Tensor y = forward();
        _gradient = Tensor.Randn([.. y.Shape]);
    }

    /// <summary>How to make each, by its key.</summary>
    public static IReadOnlyDictionary<string, Func<LayerWorkload>> All { get; } = Makers();

    /// <summary>The forward pass alone, which records nothing.</summary>
    public void Forward()
    {
        using (Tensor.NoGrad())
        {
            using Tensor y = _forward();
        }
    }

    /// <summary>Clears the gradients, then forward and backward, to the inputs too.</summary>
    public void ForwardAndBackward()
    {
        _module?.ZeroGrad();
        foreach (Tensor input in _inputs)
        {
            input.Grad = null;
        }

        _forward().Backward(_gradient);
    }

    /// <summary>The mean squares of the result and of all gradients, by which two sides are compared.</summary>
    public double[] Results()
    {
        ForwardAndBackward();
        using (Tensor.NoGrad())
        {
            return
            [
                MeanSquare(_forward()), .. _inputs.Select(x => MeanSquare(x.Grad!)),
                .. _module?.Parameters().Select(p => MeanSquare(p.Grad!)) ?? [],
            ];
        }
    }

    private static double MeanSquare(Tensor x) => x.To(DType.Float64).Square().Mean().Item();

    private static Dictionary<string, Func<LayerWorkload>> Makers()
    {
        Dictionary<string, Func<LayerWorkload>> makers = new()
        {
            [LayerShapes.MaxPool] = () => Of(() => new MaxPool2d(2), LayerShapes.Images),
            [LayerShapes.BatchNorm] = () => Of(() => new BatchNorm2d(LayerShapes.Images[1]), LayerShapes.Images),
            [LayerShapes.Lstm] = () =>
            {
                Tensor.ManualSeed(0);
                LSTM lstm = new(LayerShapes.LstmIn, LayerShapes.LstmHidden, batchFirst: true);
                Tensor x = Input([LayerShapes.LstmBatch, LayerShapes.LstmSteps, LayerShapes.LstmIn]);
                return new(lstm, [x], () => lstm.Forward(x).Output);
            },
            [LayerShapes.Attention] = () =>
            {
                Tensor.ManualSeed(0);
                Tensor q = Input(LayerShapes.Heads), k = Input(LayerShapes.Heads), v = Input(LayerShapes.Heads);
                return new(null, [q, k, v], () => Functional.ScaledDotProductAttention(q, k, v, isCausal: true));
            },
            [LayerShapes.Encoder] = () => Of(
                () => new TransformerEncoderLayer(
                    LayerShapes.EncoderFeatures, LayerShapes.EncoderHeads, LayerShapes.EncoderHidden, dropout: 0),
                [LayerShapes.EncoderSteps, LayerShapes.EncoderBatch, LayerShapes.EncoderFeatures]),
        };
        foreach (ConvShape shape in ConvShape.All)
        {
            makers.Add(shape.Key, () => Of(
                () => new Conv2d(
                    shape.In, shape.Out, shape.Kernel, shape.Stride, shape.Padding, groups: shape.Groups),
                [shape.Batch, shape.In, shape.Size, shape.Size]));
        }

        foreach (OperationShape shape in OperationShape.All)
        {
            makers.Add(shape.Key, () =>
            {
                Tensor.ManualSeed(0);
                Tensor x = Input(shape.Shape);
                Func<Tensor, Tensor> apply = s_operations[shape.Operation];
                return new(null, [x], () => apply(x));
            });
        }

        return makers;
    }

    private static LayerWorkload Of(Func<Module> make, int[] shape)
    {
        Tensor.ManualSeed(0);
        Module module = make();
        Tensor x = Input(shape);
        return new(module, [x], () => module.Forward(x));
    }

    private static Tensor Input(int[] shape) => Tensor.Randn(shape).RequireGrad();
}
