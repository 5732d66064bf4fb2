using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The convolution of machine learning, in one to three dimensions (<c>torch.convolution</c>):
    /// <code>
    /// y[n, o, i] = b[o] + Σ w[o, c, k] x[n, c, i · stride + k · dilation - padding]
    /// </code>
    /// over the channels c of o's group and the taps k, where i and k stand for all dimensions behind the channels and
    /// x is 0 outside; or, transposed, what the gradient of this one is for its input:
    /// <code>
    /// y[n, o, i · stride + k · dilation - padding] = b[o] + Σ w[c, o, k] x[n, c, i]
    /// </code>
    /// </summary>
    /// <param name="weight">
    /// w, [O, C / groups, k...]; transposed, [C, O / groups, k...]. Its rank says in how many dimensions.
    /// </param>
    /// <param name="bias">b, [O], or null.</param>
    /// <param name="stride">
    /// The steps between windows: one number for each dimension, or one for all; none is 1.
    /// </param>
    /// <param name="padding">Zeros added on both sides; transposed, what is cut off on both sides. None is 0.</param>
    /// <param name="dilation">The steps between a window's elements; none is 1.</param>
    /// <param name="transposed">
    /// Whether each input is spread over a window instead of each window gathered to an output.
    /// </param>
    /// <param name="outputPadding">
    /// Transposed, how much longer the result is than the shortest that belongs to x.
    /// </param>
    /// <param name="groups">
    /// In how many groups the channels fall; as many as there are channels is the depthwise convolution.
    /// </param>
    /// <returns>
    /// [N, O, size...], or without N where x is without it; size = ⌊(size of x + 2 padding - dilation (k - 1) - 1) /
    /// stride⌋ + 1, and transposed (size of x - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1.
    /// </returns>
    /// <exception cref="ArgumentException">The shapes, types or settings do not fit.</exception>
    public Tensor Convolution(
        Tensor weight, Tensor? bias = null, ReadOnlySpan<int> stride = default, ReadOnlySpan<int> padding = default,
        ReadOnlySpan<int> dilation = default, bool transposed = false, ReadOnlySpan<int> outputPadding = default,
        int groups = 1)
    {
        ArgumentNullException.ThrowIfNull(weight);
        ConvolutionPlan plan = new(
            nameof(Convolution), this, weight, bias, stride, padding, padding, dilation, transposed, outputPadding,
            groups);
        return Convolve(plan, weight, bias);
    }

    /// <summary>What a plan says.</summary>
    internal Tensor Convolve(ConvolutionPlan plan, Tensor weight, Tensor? bias)
    {
        Tensor x = plan.HasBatch ? this : Unsqueeze(0), w = weight;
        x = x.DType == w.DType ? x : x.To(w.DType);
        Tensor y = plan.Transposed
            ? Convolve(plan.Geometry, ConvolutionResult.Input, w, x, bias, plan.Result)
            : Convolve(plan.Geometry, ConvolutionResult.Output, x, w, bias, plan.Result);
        return plan.HasBatch ? y : y.Squeeze(0);
    }

    /// <summary>
    /// One operand of Σ weight · input · output from the other two, <paramref name="a"/> and <paramref name="b"/>,
    /// given in the order input, weight, output. The derivative of a sum of products of three is again such a sum, so
    /// its rules are two more calls of this.
    /// </summary>
    private static Tensor Convolve(
        ConvolutionGeometry geometry, ConvolutionResult wanted, Tensor a, Tensor b, Tensor? bias, int[] dims)
    {
        Tensor p = a.Contiguous(), q = b.Contiguous(), y = Empty(Layout.Contiguous(dims), p.DType, p.Device);
        Tensor? channels = bias?.Contiguous();
        bool isEmpty = p.ElementCount == 0 || q.ElementCount == 0, addsBias = channels is not null && isEmpty;
        if (isEmpty)
        {
            y.FillRaw(0); // sums of nothing
        }
        else if (y.ElementCount > 0)
        {
            TensorView x = Spatial(wanted == ConvolutionResult.Input ? y : p);
            TensorView w = Spatial(wanted == ConvolutionResult.Weight ? y : wanted == ConvolutionResult.Input ? p : q);
            TensorView z = Spatial(wanted == ConvolutionResult.Output ? y : q);
            bool isTransposed = wanted == ConvolutionResult.Input;
            y.Backend.Convolve(geometry, wanted, x, w, z, isTransposed ? null : channels?.View);
            addsBias = channels is not null && isTransposed;
        }

        if (addsBias && y.ElementCount > 0)
        {
            using GradMode.EngineScope _ = Unrecorded();
            y.AddRaw(channels!.Reshape([-1, .. Enumerable.Repeat(1, dims.Length - 2)]));
        }

        (ConvolutionResult first, ConvolutionResult second) = wanted switch
        {
            ConvolutionResult.Input => (ConvolutionResult.Weight, ConvolutionResult.Output),
            ConvolutionResult.Weight => (ConvolutionResult.Input, ConvolutionResult.Output),
            _ => (ConvolutionResult.Input, ConvolutionResult.Weight),
        };
        SavedTensor? savedP = Recording.Needed(q) ? p.Save(Role(first)) : null;
        SavedTensor? savedQ = Recording.Needed(p) ? q.Save(Role(second)) : null;
        int[] dimsP = p._layout.Dims, dimsQ = q._layout.Dims;
        Func<Tensor, Tensor?> ruleP = g => Rule(first, dimsP, savedQ!.Value, second, g);
        Func<Tensor, Tensor?> ruleQ = g => Rule(second, dimsQ, savedP!.Value, first, g);
        SavedTensor[] saved = (savedP, savedQ) switch
        {
            (null, null) => [],
            (null, _) => [savedQ],
            (_, null) => [savedP],
            _ => [savedP, savedQ],
        };
        (string name, string words) = Words(wanted, channels is not null);
        return channels is null
            ? y.Record(name, words, [p, q], [ruleP, ruleQ], saved)
            : y.Record(name, words, [p, q, channels], [ruleP, ruleQ, SumOfChannels], saved);

        // The gradient g stands where the result stood.
        Tensor Rule(ConvolutionResult of, int[] shape, Tensor other, ConvolutionResult role, Tensor g) =>
            role < wanted ? Convolve(geometry, of, other, g, null, shape)
                : Convolve(geometry, of, g, other, null, shape);
    }

    /// <summary>A tensor with channels in its second dimension, summed over all others.</summary>
    private static Tensor SumOfChannels(Tensor g)
    {
        int[] dims = g._layout.Dims;
        return g.ElementCount == 0 || !g.IsContiguous
            ? g.Sum([0, .. Enumerable.Range(2, dims.Length - 2)])
            // whole rows, then columns
            : g.Reshape(dims[0], dims[1], (int)(g.ElementCount / dims[0] / dims[1])).Sum(2).Sum(0);
    }

    private static string Role(ConvolutionResult role) => role switch
    {
        ConvolutionResult.Input => "input",
        ConvolutionResult.Weight => "weight",
        _ => "output",
    };

    private static (string Name, string Words) Words(ConvolutionResult wanted, bool hasBias) => wanted switch
    {
        ConvolutionResult.Output => ("Convolution",
            "ā = g convolved with b, transposed, b̄ = g times the windows of a"
                + (hasBias ? ", c̄ = g, summed over all but the channels" : "")),
        ConvolutionResult.Input => ("TransposedConvolution",
            "ā = b times the windows of g, b̄ = g convolved with a"
                + (hasBias ? ", c̄ = g, summed over all but the channels" : "")),
        _ => ("ConvolutionWeight", "ā = b convolved with g, transposed, b̄ = a convolved with g"),
    };

    /// <summary>
    /// A contiguous tensor as a backend's convolution takes it: with dimensions of one before the spatial ones that it
    /// has.
    /// </summary>
    private static TensorView Spatial(Tensor t)
    {
        ReadOnlySpan<int> dims = t._layout.Dims;
        return dims.Length switch
        {
            3 => new(t._storage, t._offset, Layout.Contiguous([dims[0], dims[1], 1, 1, dims[2]]), t.DType),
            4 => new(t._storage, t._offset, Layout.Contiguous([dims[0], dims[1], 1, dims[2], dims[3]]), t.DType),
            _ => new(t._storage, t._offset, t._layout.AsContiguous(), t.DType),
        };
    }
}
