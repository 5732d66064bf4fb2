namespace Autodiff.Nn;

/// <summary>1 / (1 + e^-x).</summary>
/// <remarks>The gradient is computed from the rounded result: see <see cref="Tensor.Sigmoid()"/>.</remarks>
public class Sigmoid : Module
{
    public override Tensor Forward(Tensor x) => x.Sigmoid();
}

/// <summary>The hyperbolic tangent.</summary>
/// <remarks>The gradient is computed from the rounded result: see <see cref="Tensor.Tanh()"/>.</remarks>
public class Tanh : Module
{
    public override Tensor Forward(Tensor x) => x.Tanh();
}

/// <summary>ln(1 / (1 + e^-x)).</summary>
public class LogSigmoid : Module
{
    public override Tensor Forward(Tensor x) => x.LogSigmoid();
}

/// <summary>min(max(x + 3, 0), 6) / 6.</summary>
public class Hardsigmoid : Module
{
    public override Tensor Forward(Tensor x) => x.Hardsigmoid();
}

/// <summary>x held between two bounds.</summary>
/// <param name="minVal">The lower bound.</param>
/// <param name="maxVal">The upper bound.</param>
public class Hardtanh(double minVal = -1, double maxVal = 1) : Module
{
    /// <summary>The lower bound.</summary>
    public double MinVal { get; } = minVal;

    /// <summary>The upper bound.</summary>
    public double MaxVal { get; } = maxVal;

    protected override string Settings => Format.Settings(("min_val", MinVal), ("max_val", MaxVal));

    public override Tensor Forward(Tensor x) => x.Hardtanh(MinVal, MaxVal);
}

/// <summary>x / (1 + |x|).</summary>
public class Softsign : Module
{
    public override Tensor Forward(Tensor x) => x.Softsign();
}

/// <summary>ln(1 + e^(βx)) / β, and x itself where βx is above a threshold.</summary>
/// <param name="beta">β, how sharp the bend is.</param>
/// <param name="threshold">Where the function becomes x itself.</param>
public class Softplus(double beta = 1, double threshold = 20) : Module
{
    /// <summary>β, how sharp the bend is.</summary>
    public double Beta { get; } = beta;

    /// <summary>Where the function becomes x itself.</summary>
    public double Threshold { get; } = threshold;

    protected override string Settings => Format.Settings(("beta", Beta), ("threshold", Threshold));

    public override Tensor Forward(Tensor x) => x.Softplus(Beta, Threshold);
}
