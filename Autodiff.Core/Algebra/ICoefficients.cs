namespace Autodiff.Algebra;

/// <summary>
/// The coefficients of an update rule, spread over a carrier. The rule reads them by constant indices, so whoever runs it may keep them
/// where they are cheapest: behind a pointer, in an array, as the fields of a struct in registers.
/// </summary>
/// <typeparam name="S">The carrier.</typeparam>
public interface ICoefficients<S>
{
    /// <summary>One of the coefficients; the index is a constant.</summary>
    S this[int index] { get; }
}

/// <summary>Coefficients in an array.</summary>
internal readonly struct CoefficientArray<S>(S[] values) : ICoefficients<S>
{
    public S this[int index] => values[index];
}
