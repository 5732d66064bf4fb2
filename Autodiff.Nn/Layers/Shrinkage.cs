namespace Autodiff.Nn;

/// <summary>x where |x| &gt; λ, else 0.</summary>
/// <param name="lambd">λ, at least 0.</param>
public class Hardshrink(double lambd = 0.5) : Module
{
    /// <summary>λ, at least 0.</summary>
    public double Lambd { get; } = lambd;

    protected override string Settings => Format.Settings(("lambd", Lambd));

    public override Tensor Forward(Tensor x) => x.Hardshrink(Lambd);
}

/// <summary>x - λ for x &gt; λ, x + λ for x &lt; -λ, else 0.</summary>
/// <param name="lambd">λ, at least 0.</param>
public class Softshrink(double lambd = 0.5) : Module
{
    /// <summary>λ, at least 0.</summary>
    public double Lambd { get; } = lambd;

    protected override string Settings => Format.Settings(("lambd", Lambd));

    public override Tensor Forward(Tensor x) => x.Softshrink(Lambd);
}

/// <summary>x - tanh x.</summary>
public class Tanhshrink : Module
{
    public override Tensor Forward(Tensor x) => x.Tanhshrink();
}
