namespace Autodiff;

/// <summary>How GELU computes the normal distribution function.</summary>
public enum GeluApproximation
{
    /// <summary>Exactly, by the error function.</summary>
    None,

    /// <summary>By the hyperbolic tangent, as the first transformers did.</summary>
    Tanh,
}
