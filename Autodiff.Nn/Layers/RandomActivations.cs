using Autodiff.Operations;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.Rrelu" path="/summary"/>
public class RReLU : Module
{
    private readonly Generator? _generator;

    /// <summary>Makes the layer.</summary>
    /// <param name="lower">The smallest slope.</param>
    /// <param name="upper">The largest slope, not below <paramref name="lower"/>.</param>
    /// <param name="generator">The source of the slopes; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slope is not finite, or they are in the wrong order.</exception>
    public RReLU(double lower = 1 / 8.0, double upper = 1 / 3.0, Generator? generator = null)
    {
        Functional.RequireSlopes(nameof(RReLU), lower, upper);
        (Lower, Upper, _generator) = (lower, upper, generator);
    }

    /// <summary>The smallest slope.</summary>
    public double Lower { get; }

    /// <summary>The largest slope.</summary>
    public double Upper { get; }

    protected override string Settings => Format.Settings(("lower", Lower), ("upper", Upper));

    public override Tensor Forward(Tensor x) => Functional.Rrelu(x, Lower, Upper, IsTraining, _generator);
}

public static partial class Functional
{
    /// <summary>
    /// x for x &gt; 0, else a x: in training the slope a is drawn for each element, uniform in [lower, upper), else it
    /// is their middle (Xu, Wang, Chen and Li, "Empirical evaluation of rectified activations", 2015).
    /// </summary>
    /// <remarks>A slope is drawn for every element, PyTorch draws only for those that are not positive; so the same
    /// seed gives other slopes.</remarks>
    /// <param name="x">Any shape.</param>
    /// <param name="lower">The smallest slope.</param>
    /// <param name="upper">The largest slope, not below <paramref name="lower"/>.</param>
    /// <param name="training">Whether slopes are drawn; not by default, as in PyTorch.</param>
    /// <param name="generator">The source of the slopes; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slope is not finite, or they are in the wrong order.</exception>
    public static Tensor Rrelu(Tensor x, double lower = 1 / 8.0, double upper = 1 / 3.0, bool training = false,
        Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        RequireSlopes(nameof(Rrelu), lower, upper);
        if (!training || lower == upper)
        {
            return x.LeakyRelu((lower + upper) / 2);
        }

        Tensor slopes = Tensor.RandLike(x.Detach(), generator) * (upper - lower) + lower;
        return Tensor.Map(default(Prelu), x, slopes);
    }

    /// <summary>
    /// Draws from a categorical distribution in a way that lets gradients through: softmax((x + g) / τ) with g drawn
    /// from Gumbel's distribution (Jang, Gu and Poole, 2017; Maddison, Mnih and Teh, 2017).
    /// </summary>
    /// <param name="logits">x, unnormalized logarithms of the probabilities.</param>
    /// <param name="tau">τ, the temperature, above 0: near 0 the result is nearly one-hot.</param>
    /// <param name="hard">True for a one-hot result; its gradient is that of the soft one.</param>
    /// <param name="dim">The dimension of the classes.</param>
    /// <param name="generator">The source of g; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tau"/> is not above 0.</exception>
    public static Tensor GumbelSoftmax(Tensor logits, double tau = 1, bool hard = false, int dim = -1,
        Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(logits);
        Positive(tau);
        Tensor uniform = Tensor.RandLike(logits.Detach(), generator);
        double smallest = logits.DType == DType.Float64 ? Math.ScaleB(1, -54) : Math.ScaleB(1, -25);
        // an exact 0 would give an infinite g
        Tensor gumbel = -(-uniform.ClampMin(smallest).Log()).ClampMin(smallest).Log();
        Tensor soft = ((logits + gumbel) / tau).Softmax(dim);
        if (!hard)
        {
            return soft;
        }

        Tensor index = soft.Detach().ArgMax(dim, keepDim: true);
        Tensor oneHot = Tensor.ZerosLike(soft.Detach())
            .Scatter(dim, index, Tensor.Ones(index.Shape, soft.DType, soft.Device));
        return oneHot - soft.Detach() + soft;
    }

    internal static void RequireSlopes(string operation, double lower, double upper)
    {
        if (!double.IsFinite(lower) || !double.IsFinite(upper) || lower > upper)
        {
            throw new ArgumentOutOfRangeException(nameof(lower), lower,
                $"{operation}: the slopes must be finite, lower not above upper; they are {lower} and {upper}.");
        }
    }
}
