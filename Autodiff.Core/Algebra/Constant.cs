namespace Autodiff.Algebra;

/// <summary>A constant of an operation, in both precisions.</summary>
/// <remarks>
/// A loop in float32 that had to round a double at every step would wait for it: the processor's conversion merges with what
/// its register held before, the result of the step before.
/// </remarks>
/// <param name="value">The constant.</param>
public readonly struct Constant(double value)
{
    /// <summary>The constant.</summary>
    public double Double { get; } = value;

    /// <summary>The constant, rounded to single precision.</summary>
    public float Single { get; } = (float)value;

    /// <summary>The constant <paramref name="value"/>.</summary>
    public static implicit operator Constant(double value) => new(value);
}
