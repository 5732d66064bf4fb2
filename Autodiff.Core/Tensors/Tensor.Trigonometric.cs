using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>sin x, x in radians.</summary>
    public Tensor Sin() => Map(default(Sin));

    /// <summary>cos x, x in radians.</summary>
    public Tensor Cos() => Map(default(Cos));

    /// <summary>tan x, x in radians.</summary>
    public Tensor Tan() => Map(default(Tan));

    /// <summary>The arc sine, in [-π/2, π/2]; NaN outside [-1, 1].</summary>
    public Tensor Asin() => Map(default(Asin));

    /// <summary>The arc cosine, in [0, π]; NaN outside [-1, 1].</summary>
    public Tensor Acos() => Map(default(Acos));

    /// <summary>The arc tangent, in [-π/2, π/2].</summary>
    public Tensor Atan() => Map(default(Atan));

    /// <summary>The angle of the point (<paramref name="other"/>, this), in [-π, π].</summary>
    /// <param name="other">The abscissa.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Atan2(Tensor other) => Map(default(Atan2), this, other);

    /// <summary>The hyperbolic sine.</summary>
    public Tensor Sinh() => Map(default(Sinh));

    /// <summary>The hyperbolic cosine.</summary>
    public Tensor Cosh() => Map(default(Cosh));

    /// <summary>The hyperbolic tangent.</summary>
    /// <remarks>
    /// The gradient 1 - y² is computed from the rounded result, as in PyTorch: 0 where y rounds to 1 (|x| &gt; 9 in
    /// float32, 19 in float64). <c>1 - 2 * (-2 * x).Sigmoid()</c> has it with all its digits for x &gt; 0, and
    /// <c>2 * (2 * x).Sigmoid() - 1</c> for x &lt; 0.
    /// </remarks>
    public Tensor Tanh() => Map(default(Tanh));

    /// <summary>The inverse hyperbolic sine.</summary>
    public Tensor Asinh() => Map(default(Asinh));

    /// <summary>The inverse hyperbolic cosine; NaN below 1.</summary>
    public Tensor Acosh() => Map(default(Acosh));

    /// <summary>The inverse hyperbolic tangent; NaN outside [-1, 1].</summary>
    public Tensor Atanh() => Map(default(Atanh));
}
