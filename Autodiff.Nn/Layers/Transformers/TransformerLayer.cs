namespace Autodiff.Nn;

/// <summary>A layer of a transformer: what encoder and decoder layers share.</summary>
public abstract class TransformerLayer : Module
{
    private readonly Dropout _dropout;

    private protected TransformerLayer(TransformerOptions options, bool hasMemory, Generator? initial)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.DimFeedforward, "dimFeedforward");
        Functional.RequireProbability(GetType().Name, options.Dropout);
        Options = options;
        SelfAttn = RegisterModule("self_attn", options.NewAttention(initial));
        MemoryAttention = hasMemory ? RegisterModule("multihead_attn", options.NewAttention(initial)) : null;
        Linear1 = RegisterModule("linear1", options.NewLinear(options.DModel, options.DimFeedforward, initial));
        _dropout = RegisterModule("dropout", options.NewDropout());
        Linear2 = RegisterModule("linear2", options.NewLinear(options.DimFeedforward, options.DModel, initial));
        int norms = hasMemory ? 3 : 2;
        Norms = [.. Enumerable.Range(1, norms).Select(i => RegisterModule($"norm{i}", options.NewNorm()))];
        Dropouts = [.. Enumerable.Range(1, norms).Select(i => RegisterModule($"dropout{i}", options.NewDropout()))];
    }

    /// <summary>The attention of the sequence to itself.</summary>
    public MultiheadAttention SelfAttn { get; }

    /// <summary>The first linear map of the feed-forward block.</summary>
    public Linear Linear1 { get; }

    /// <summary>The second linear map of the feed-forward block.</summary>
    public Linear Linear2 { get; }

    /// <summary>The norms, norm1 and so on, one for each block.</summary>
    public IReadOnlyList<LayerNorm> Norms { get; }

    /// <summary>Whether the norms stand before their blocks and not behind the sums.</summary>
    public bool NormFirst => Options.NormFirst;

    private protected TransformerOptions Options { get; }

    private protected MultiheadAttention? MemoryAttention { get; }

    private protected IReadOnlyList<Dropout> Dropouts { get; }

    /// <summary>x with what a block makes of it added, and normalised before or behind.</summary>
    private protected Tensor Residual(int number, Tensor x, Func<Tensor, Tensor> block)
    {
        LayerNorm norm = Norms[number];
        return NormFirst
            ? x + Dropouts[number].Forward(block(norm.Forward(x)))
            : norm.Forward(x + Dropouts[number].Forward(block(x)));
    }

    /// <summary>W₂ dropout(f(W₁ x + b₁)) + b₂.</summary>
    private protected Tensor FeedForward(Tensor x)
    {
        x = Linear1.Forward(x);
        return Linear2.Forward(_dropout.Forward(Options.Activation is { } f ? f(x) : x.Relu()));
    }

    /// <summary>Brings a copy to this layer's type, device, values, mode and frozen parameters.</summary>
    private protected T Likewise<T>(T copy) where T : TransformerLayer
    {
        // the options say where the layer began
        copy.To(Linear1.Weight.DType).To(Linear1.Weight.Device).LoadStateDict(StateDict());
        foreach ((Tensor own, Tensor other) in Parameters().Zip(copy.Parameters()))
        {
            other.RequiresGrad = own.RequiresGrad;
        }

        return copy.Train(IsTraining);
    }
}
