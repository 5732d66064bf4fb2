namespace Autodiff.Nn;

/// <summary>max(x, 0) (Nair and Hinton, 2010).</summary>
public class ReLU : Module
{
    public override Tensor Forward(Tensor x) => x.Relu();
}

/// <summary>min(max(x, 0), 6).</summary>
public class ReLU6 : Module
{
    public override Tensor Forward(Tensor x) => x.Relu6();
}

/// <summary>x for x &gt; 0, else slope x (Maas, Hannun and Ng, 2013).</summary>
/// <param name="negativeSlope">The slope below zero.</param>
public class LeakyReLU(double negativeSlope = 0.01) : Module
{
    /// <summary>The slope below zero.</summary>
    public double NegativeSlope { get; } = negativeSlope;

    protected override string Settings => Format.Settings(("negative_slope", NegativeSlope));

    public override Tensor Forward(Tensor x) => x.LeakyRelu(NegativeSlope);
}

/// <summary>x for x &gt; 0, else α (e^x - 1) (Clevert, Unterthiner and Hochreiter, 2016).</summary>
/// <remarks>The gradient is computed from the rounded result: see <see cref="Tensor.Elu(double)"/>.</remarks>
/// <param name="alpha">α, minus the limit on the left.</param>
public class ELU(double alpha = 1) : Module
{
    /// <summary>α, minus the limit on the left.</summary>
    public double Alpha { get; } = alpha;

    protected override string Settings => Format.Settings(("alpha", Alpha));

    public override Tensor Forward(Tensor x) => x.Elu(Alpha);
}

/// <summary>max(x, 0) + min(0, α (e^(x/α) - 1)) (Barron, 2017).</summary>
/// <remarks>The gradient is computed from the rounded result: see <see cref="Tensor.Elu(double)"/>.</remarks>
/// <param name="alpha">α, minus the limit on the left.</param>
public class CELU(double alpha = 1) : Module
{
    /// <summary>α, minus the limit on the left.</summary>
    public double Alpha { get; } = alpha;

    protected override string Settings => Format.Settings(("alpha", Alpha));

    public override Tensor Forward(Tensor x) => x.Celu(Alpha);
}

/// <summary>
/// s x for x &gt; 0, else s α (e^x - 1), with s = 1.0507... and α = 1.6732... (Klambauer et al., 2017).
/// </summary>
/// <remarks>The gradient is computed from the rounded result: see <see cref="Tensor.Elu(double)"/>.</remarks>
public class SELU : Module
{
    public override Tensor Forward(Tensor x) => x.Selu();
}

/// <summary>x where it is above a threshold, else a value.</summary>
/// <param name="limit">The threshold.</param>
/// <param name="value">What stands in below it.</param>
public class Threshold(double limit = 0, double value = 0) : Module
{
    /// <summary>The threshold.</summary>
    public double Limit { get; } = limit;

    /// <summary>What stands in below it.</summary>
    public double Value { get; } = value;

    protected override string Settings => Format.Settings(("threshold", Limit), ("value", Value));

    public override Tensor Forward(Tensor x) => x.Threshold(Limit, Value);
}
