namespace Autodiff.Nn;

/// <summary>x Φ(x), Φ the standard normal distribution function (Hendrycks and Gimpel, 2016).</summary>
/// <param name="approximate">Whether Φ is computed by the tanh formula.</param>
public class GELU(GeluApproximation approximate = GeluApproximation.None) : Module
{
    /// <summary>Whether Φ is computed by the tanh formula.</summary>
    public GeluApproximation Approximate { get; } = approximate;

    protected override string Settings => $"approximate='{(Approximate == GeluApproximation.None ? "none" : "tanh")}'";

    public override Tensor Forward(Tensor x) => x.Gelu(Approximate);
}

/// <summary>x / (1 + e^-x), also called swish (Ramachandran, Zoph and Le, 2017).</summary>
public class SiLU : Module
{
    public override Tensor Forward(Tensor x) => x.Silu();
}

/// <summary>x tanh(ln(1 + e^x)) (Misra, 2019).</summary>
public class Mish : Module
{
    public override Tensor Forward(Tensor x) => x.Mish();
}

/// <summary>x min(max(x + 3, 0), 6) / 6 (Howard et al., 2019).</summary>
public class Hardswish : Module
{
    public override Tensor Forward(Tensor x) => x.Hardswish();
}

/// <summary>a sigmoid(b), where a and b are the halves of x along a dimension (Dauphin et al., 2017).</summary>
/// <param name="dim">The dimension to halve.</param>
public class GLU(int dim = -1) : Module
{
    /// <summary>The dimension to halve.</summary>
    public int Dim { get; } = dim;

    protected override string Settings => $"dim={Dim}";

    public override Tensor Forward(Tensor x) => x.Glu(Dim);
}
