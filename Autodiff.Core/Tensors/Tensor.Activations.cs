using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>max(x, 0), with slope 0 at 0.</summary>
    public Tensor Relu() => Map(default(Relu), DType);

    /// <summary>min(max(x, 0), 6).</summary>
    public Tensor Relu6() => Map(default(Relu6), DType);

    /// <summary>x for x > 0, else slope x.</summary>
    /// <param name="negativeSlope">The slope on the left.</param>
    public Tensor LeakyRelu(double negativeSlope = 0.01) => Map(new LeakyRelu(negativeSlope));

    /// <summary>x for x > 0, else w x with a learned w (He et al. 2015).</summary>
    /// <param name="weight">w: one number, or one for each channel (dimension 1 of x).</param>
    /// <exception cref="ArgumentException">The weight has neither one element nor one for each channel, or another
    /// floating type than x.</exception>
    public Tensor Prelu(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        int channels = Rank > 1 ? _layout.Dims[1] : 1;
        if (weight.Rank > 1 || (weight.ElementCount != 1 && weight.ElementCount != channels))
        {
            throw new ArgumentException(
                $"Prelu: weight {weight.Describe()} must be one number, or a vector of one for each of the {channels} "
                    + $"channels of {Describe()} (dim 1).", nameof(weight));
        }

        RequireLayerType(nameof(Prelu), this, weight);
        if (weight.ElementCount == 1 || Rank <= 2)
        {
            return Map(default(Prelu), this, weight.ElementCount == 1 ? weight.Reshape() : weight);
        }

        int[] dims = new int[Rank - 1];
        Array.Fill(dims, 1);
        dims[0] = channels;
        return Map(default(Prelu), this, weight.Reshape(dims));
    }

    /// <summary>x for x > 0, else α (e^x - 1) (Clevert et al. 2015).</summary>
    /// <param name="alpha">α.</param>
    /// <remarks>
    /// The gradient on the left is computed from the rounded result, y + α, as in PyTorch: exact to a rounding of α,
    /// but 0 where e^x is below that (x &lt; -17 in float32, -37 in float64).
    /// <c>Where(x &gt; 0, x, α (x.ClampMax(0).Exp() - 1))</c> has the slope α e^x with all its digits.
    /// </remarks>
    public Tensor Elu(double alpha = 1) => Map(new Elu(alpha));

    /// <summary>max(0, x) + min(0, α (e^(x/α) - 1)) (Barron 2017).</summary>
    /// <param name="alpha">α, not 0.</param>
    /// <remarks>The gradient is computed from the rounded result: see <see cref="Elu(double)"/>.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is 0 or NaN.</exception>
    public Tensor Celu(double alpha = 1) => Map(new Celu(RequireDivisor(nameof(Celu), nameof(alpha), alpha)));

    /// <summary>
    /// 1.0507 ELU(x; 1.6733), which keeps mean 0 and variance 1 from layer to layer (Klambauer et al. 2017).
    /// </summary>
    /// <remarks>The gradient is computed from the rounded result: see <see cref="Elu(double)"/>.</remarks>
    public Tensor Selu() => Map(default(Selu));

    /// <summary>x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016).</summary>
    /// <param name="approximate"><see cref="GeluApproximation.Tanh"/> for x/2 (1 + tanh(√(2/π) (x + 0.044715
    /// x³))).</param>
    public Tensor Gelu(GeluApproximation approximate = GeluApproximation.None) =>
        approximate == GeluApproximation.Tanh ? Map(default(GeluTanh)) : Map(default(Gelu));

    /// <summary>x / (1 + e^-x), also called swish (Elfwing et al. 2017).</summary>
    public Tensor Silu() => Map(default(Silu));

    /// <summary>x tanh(ln(1 + e^x)) (Misra 2019).</summary>
    public Tensor Mish() => Map(default(Mish));

    /// <summary>ln(1 + e^(βx)) / β, the smooth relu; x itself where βx is above the threshold.</summary>
    /// <param name="beta">β, the sharpness of the bend.</param>
    /// <param name="threshold">Where the function counts as linear.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is 0 or NaN.</exception>
    public Tensor Softplus(double beta = 1, double threshold = 20) =>
        Map(new Softplus(RequireDivisor(nameof(Softplus), nameof(beta), beta), threshold));

    /// <summary>x / (1 + |x|).</summary>
    public Tensor Softsign() => Map(default(Softsign));

    /// <summary>x held between two bounds, with slope 0 on and beyond them.</summary>
    /// <param name="min">The lower bound.</param>
    /// <param name="max">The upper bound.</param>
    public Tensor Hardtanh(double min = -1, double max = 1) => Map(new Hardtanh(min, max));

    /// <summary>x for |x| > λ, else 0.</summary>
    /// <param name="lambda">λ.</param>
    public Tensor Hardshrink(double lambda = 0.5) => Map(new Hardshrink(lambda));

    /// <summary>x - λ for x > λ, x + λ for x &lt; -λ, else 0.</summary>
    /// <param name="lambda">λ.</param>
    /// <exception cref="ArgumentOutOfRangeException">λ is negative.</exception>
    public Tensor Softshrink(double lambda = 0.5) => lambda >= 0
        ? Map(new Softshrink(lambda))
        : throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "Softshrink: lambda must not be negative.");

    /// <summary>x - tanh x.</summary>
    public Tensor Tanhshrink() => Map(default(Tanhshrink));

    /// <summary>x for x above the threshold, else a value.</summary>
    /// <param name="threshold">The threshold.</param>
    /// <param name="value">What stands for all x up to it.</param>
    public Tensor Threshold(double threshold, double value) => Map(new Threshold(threshold, value), DType);

    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    public Tensor Hardsigmoid() => Map(default(Hardsigmoid));

    /// <summary>x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019).</summary>
    public Tensor Hardswish() => Map(default(Hardswish));

    /// <summary>1 / (1 + e^-x).</summary>
    /// <remarks>
    /// The gradient y (1 - y) is computed from the rounded result, as in PyTorch: 0 where y rounds to 1 (x &gt; 17 in
    /// float32, 37 in float64). There <c>1 - (-x).Sigmoid()</c> has the gradient with all its digits; a loss of
    /// probabilities should take the scores themselves (<see cref="LogSigmoid"/>, <c>BCEWithLogitsLoss</c>).
    /// </remarks>
    public Tensor Sigmoid() => Map(default(Sigmoid));

    /// <summary>ln(1 / (1 + e^-x)), accurate on both sides.</summary>
    public Tensor LogSigmoid() => Map(default(LogSigmoid));

    /// <summary>
    /// a sigmoid(b), where a and b are the halves of x along a dimension: the gated linear unit (Dauphin et al. 2017).
    /// </summary>
    /// <param name="dim">The dimension to halve.</param>
    /// <exception cref="ArgumentException">The dimension's size is odd, or x has rank 0.</exception>
    public Tensor Glu(int dim = -1)
    {
        int d = WrapDim(nameof(Glu), dim), size = Rank == 0 ? 1 : _layout.Dims[d];
        return size % 2 == 0
            ? Slice(d, 0, size / 2) * Slice(d, size / 2, size / 2).Sigmoid()
            : throw new ArgumentException(
                $"Glu: dim {dim} of {Describe()} has the odd size {size}; it is halved into values and gates.",
                nameof(dim));
    }

    private static double RequireDivisor(string operation, string name, double value) => value is not (0 or double.NaN)
        ? value
        : throw new ArgumentOutOfRangeException(name, value,
            $"{operation}: divides by {name}, which must be a number other than 0; 1 is the default.");
}
