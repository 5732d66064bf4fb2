namespace Autodiff.Nn;

/// <summary>Which side of a weight an initialiser keeps the variance of signals on.</summary>
public enum FanMode
{
    /// <summary>The forward pass: the number of inputs of one output.</summary>
    FanIn,

    /// <summary>The backward pass: the number of outputs that one input feeds.</summary>
    FanOut,
}

/// <summary>The function after a layer, which decides the gain of its initial weights.</summary>
public enum Nonlinearity
{
    /// <summary>None: gain 1.</summary>
    Linear,

    /// <summary>Gain 1.</summary>
    Sigmoid,

    /// <summary>Gain 5/3.</summary>
    Tanh,

    /// <summary>Gain √2.</summary>
    ReLU,

    /// <summary>Gain √(2 / (1 + slope²)).</summary>
    LeakyReLU,

    /// <summary>Gain 3/4.</summary>
    SELU,
}

/// <summary>
/// Initial values for parameters (PyTorch's <c>torch.nn.init</c>): each method fills a tensor in place, off the tape,
/// draws what PyTorch draws, and returns the tensor.
/// </summary>
public static partial class Init
{
    /// <summary>Uniform in [a, b).</summary>
    public static Tensor Uniform(Tensor tensor, double a = 0, double b = 1, Generator? generator = null) =>
        Fill(tensor, t => t.UniformInPlace(a, b, generator));

    /// <summary>Normal with a mean and a standard deviation.</summary>
    public static Tensor Normal(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
        Fill(tensor, t => t.NormalInPlace(mean, std, generator));

    /// <summary>One value everywhere.</summary>
    public static Tensor Constant(Tensor tensor, double value) => Fill(tensor, t => t.Fill(value));

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(Tensor tensor) => Constant(tensor, 0);

    /// <summary>Ones.</summary>
    public static Tensor Ones(Tensor tensor) => Constant(tensor, 1);

    /// <summary>The identity: ones on the diagonal of a matrix, zeros elsewhere.</summary>
    /// <exception cref="ArgumentException">The tensor is not a matrix.</exception>
    public static Tensor Eye(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        RequireMatrix(nameof(Eye), tensor);
        return Fill(tensor, t =>
        {
            t.Zero();
            for (int i = 0; i < Math.Min(t.Size(0), t.Size(1)); i++)
            {
                t.Select(0, i).Select(0, i).Fill(1);
            }
        });
    }

    /// <summary>
    /// Uniform in ±gain √(6 / (fan in + fan out)) (Glorot and Bengio, "Understanding the difficulty of training deep
    /// feedforward neural networks", 2010).
    /// </summary>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor XavierUniform(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        double bound = Math.Sqrt(3) * XavierDeviation(nameof(XavierUniform), tensor, gain);
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain √(2 / (fan in + fan out)) (Glorot and Bengio, 2010).</summary>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor XavierNormal(Tensor tensor, double gain = 1, Generator? generator = null) =>
        Normal(tensor, 0, XavierDeviation(nameof(XavierNormal), tensor, gain), generator);

    /// <summary>
    /// Uniform in ±gain √(3 / fan) (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015).
    /// </summary>
    /// <param name="tensor">The weight.</param>
    /// <param name="a">The slope below zero of the leaky ReLU that follows.</param>
    /// <param name="mode">Which fan.</param>
    /// <param name="nonlinearity">The function that follows.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor KaimingUniform(
        Tensor tensor, double a = 0, FanMode mode = FanMode.FanIn, Nonlinearity nonlinearity = Nonlinearity.LeakyReLU,
        Generator? generator = null)
    {
        double bound = Math.Sqrt(3) * KaimingDeviation(nameof(KaimingUniform), tensor, a, mode, nonlinearity);
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Normal with standard deviation gain / √fan (He, Zhang, Ren and Sun, 2015).</summary>
    /// <inheritdoc cref="KaimingUniform"/>
    public static Tensor KaimingNormal(
        Tensor tensor, double a = 0, FanMode mode = FanMode.FanIn, Nonlinearity nonlinearity = Nonlinearity.LeakyReLU,
        Generator? generator = null) =>
        Normal(tensor, 0, KaimingDeviation(nameof(KaimingNormal), tensor, a, mode, nonlinearity), generator);

    /// <summary>
    /// Normal, cut off outside [a, b]: uniform numbers through the inverse of the distribution function, as PyTorch
    /// computes it; in a tail that is too thin for this, through the inverse of its logarithm.
    /// </summary>
    /// <param name="tensor">What to fill.</param>
    /// <param name="mean">The mean before cutting.</param>
    /// <param name="std">The standard deviation before cutting, above 0.</param>
    /// <param name="a">The smallest value.</param>
    /// <param name="b">The largest value.</param>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">The bounds are reversed.</exception>
    public static Tensor TruncNormal(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2,
        Generator? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(std);
        if (!(a <= b))
        {
            throw new ArgumentException($"TruncNormal: [{a}, {b}] is not a range.", nameof(a));
        }

        Tensor ends = (Tensor.From((a - mean) / std, (b - mean) / std) / Math.Sqrt(2)).Erf(); // 2Φ - 1 of both bounds
        double low = ends.Select(0, 0).Item(), high = ends.Select(0, 1).Item();
        double span = high - low, edge = Math.Max(Math.Abs(low), Math.Abs(high)),
            near = Math.Max(a - mean, mean - b) / std;
        double unit = tensor.DType == DType.Float64
            ? Math.BitIncrement(edge) - edge
            : MathF.BitIncrement((float)edge) - (float)edge;
        if (near >= NormalTail.Least && double.IsFinite(near) && span < 65536 * unit)
        {
            // Far out the distribution function is 1 to rounding, and too few numbers lie between its values at the
            // bounds.
            return Fill(tensor, t => NormalTail.Draw(t, mean, std, a, b, generator));
        }

        return Fill(tensor, t =>
        {
            t.UniformInPlace(low, high, generator);
            t.CopyFrom((InverseErf(t) * (std * Math.Sqrt(2)) + mean).Clamp(a, b));
        });
    }

    /// <summary>
    /// A matrix with orthonormal rows (or columns, where it is taller than wide), times a gain (Saxe, McClelland and
    /// Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", 2014). Further
    /// dimensions count as columns.
    /// </summary>
    /// <remarks>
    /// Distributed uniformly among such matrices: the factor Q of a matrix of normal numbers, with the signs of R's
    /// diagonal.
    /// </remarks>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static Tensor Orthogonal(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        Fans(nameof(Orthogonal), tensor);
        if (tensor.ElementCount == 0)
        {
            return tensor;
        }

        int rows = tensor.Size(0), columns = (int)(tensor.ElementCount / rows);
        double[] vectors = Tensor.Randn([rows, columns], tensor.DType, generator: generator).To(DType.Float64)
            .ToArray<double>();
        return Fill(tensor, t => t.CopyFrom(Tensor.From<double>(Orthonormal(vectors, rows, columns, gain), t.Shape)));
    }

    /// <summary>
    /// The factor by which a nonlinearity shrinks the deviation of signals, to be made up for in the weights.
    /// </summary>
    /// <param name="nonlinearity">The function.</param>
    /// <param name="slope">For the leaky ReLU, its slope below zero.</param>
    public static double CalculateGain(Nonlinearity nonlinearity, double slope = 0.01) => nonlinearity switch
    {
        Nonlinearity.Linear or Nonlinearity.Sigmoid => 1,
        Nonlinearity.Tanh => 5.0 / 3,
        Nonlinearity.ReLU => Math.Sqrt(2),
        Nonlinearity.LeakyReLU => Math.Sqrt(2 / (1 + (slope * slope))),
        Nonlinearity.SELU => 0.75,
        _ =>
            throw new ArgumentOutOfRangeException(nameof(nonlinearity), nonlinearity,
                "CalculateGain: no such nonlinearity."),
    };

    /// <summary>The inputs of one output and the outputs of one input of a weight [out, in, kernel...].</summary>
    /// <exception cref="ArgumentException">The tensor has fewer than two dimensions.</exception>
    public static (long FanIn, long FanOut) CalculateFans(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Fans(nameof(CalculateFans), tensor);
    }

    private static (long FanIn, long FanOut) Fans(string operation, Tensor tensor)
    {
        if (tensor.Rank < 2)
        {
            throw new ArgumentException(
                $"{operation}: {tensor.Name ?? "a tensor"} {tensor.Shape} has no inputs and outputs to count; a weight "
                    + "of at least two dimensions [out, in, ...] is needed.", nameof(tensor));
        }

        long kernel = tensor.Size(0) == 0 || tensor.Size(1) == 0
            ? 1
            : tensor.ElementCount / tensor.Size(0) / tensor.Size(1);
        return (tensor.Size(1) * kernel, tensor.Size(0) * kernel);
    }

    // The order of operations is torch.nn.init's, so that the bounds agree to the last bit.
    private static double XavierDeviation(string operation, Tensor tensor, double gain)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        (long fanIn, long fanOut) = Fans(operation, tensor);
        return gain * Math.Sqrt(2.0 / Math.Max(fanIn + fanOut, 1)); // of a weight without elements any will do
    }

    private static double KaimingDeviation(string operation, Tensor tensor, double a, FanMode mode,
        Nonlinearity nonlinearity)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        (long fanIn, long fanOut) = Fans(operation, tensor);
        return CalculateGain(nonlinearity, a) / Math.Sqrt(Math.Max(mode == FanMode.FanIn ? fanIn : fanOut, 1));
    }

    /// <summary>
    /// What PyTorch's linear and convolution layers start from: the weight uniform in about ±1/√fan, then the bias in
    /// ±1/√fan.
    /// </summary>
    internal static void Layer(Tensor weight, Tensor? bias, Generator? generator)
    {
        if (weight.ElementCount > 0)
        {
            KaimingUniform(weight, Math.Sqrt(5), generator: generator);
        }

        if (bias is not null)
        {
            long fan = Fans(nameof(Layer), weight).FanIn;
            double bound = fan > 0 ? 1 / Math.Sqrt(fan) : 0;
            Uniform(bias, -bound, bound, generator);
        }
    }

    /// <summary>The inverse of erf: a rational approximation, then two steps of Newton's method.</summary>
    private static Tensor InverseErf(Tensor y)
    {
        y = y.To(DType.Float64);
        Tensor z = y.Square(), far = (-((1 - y.Abs()) / 2).Log()).Sqrt();
        Tensor x = Tensor.Where(
            y.Abs().Le(0.7),
            y * (((z * -0.140543331 + 0.914624893) * z - 1.645349621) * z + 0.886226899)
                / ((((z * 0.012229801 - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1),
            y.Sign() * (((far * 1.641345311 + 3.429567803) * far - 1.624906493) * far - 1.970840454)
                / ((far * 1.637067800 + 3.543889200) * far + 1));
        for (int i = 0; i < 2; i++)
        {
            x = x - (x.Erf() - y) / (2 / Math.Sqrt(Math.PI) * (-x.Square()).Exp());
        }

        return Tensor.Where(y.Abs().Lt(1), x, y / 0.0);
    }

    /// <summary>
    /// Gram and Schmidt's process, twice against rounding, on the rows of a matrix or, where it is taller than wide, on
    /// its columns.
    /// </summary>
    private static double[] Orthonormal(double[] matrix, int rows, int columns, double gain)
    {
        bool wide = rows <= columns;
        int count = wide ? rows : columns, length = wide ? columns : rows;
        int stepVector = wide ? columns : 1, step = wide ? 1 : columns;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < 2 * i; j++)
            {
                int other = j % i;
                double overlap = Dot(i, other);
                for (int k = 0; k < length; k++)
                {
                    matrix[(i * stepVector) + (k * step)] -= overlap * matrix[(other * stepVector) + (k * step)];
                }
            }

            double norm = Math.Sqrt(Dot(i, i));
            for (int k = 0; k < length; k++)
            {
                matrix[(i * stepVector) + (k * step)] /= norm;
            }
        }

        return Array.ConvertAll(matrix, v => gain * v);

        double Dot(int i, int j)
        {
            double sum = 0;
            for (int k = 0; k < length; k++)
            {
                sum += matrix[(i * stepVector) + (k * step)] * matrix[(j * stepVector) + (k * step)];
            }

            return sum;
        }
    }

    private static void RequireMatrix(string operation, Tensor tensor)
    {
        if (tensor.Rank != 2)
        {
            throw new ArgumentException($"{operation}: {tensor.Name ?? "a tensor"} {tensor.Shape} is not a matrix.",
                nameof(tensor));
        }
    }

    private static Tensor Fill(Tensor tensor, Action<Tensor> fill)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using (Tensor.Unrecorded())
        {
            fill(tensor);
        }

        return tensor;
    }
}
