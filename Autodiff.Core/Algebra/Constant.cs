namespace Autodiff.Algebra;

/// <summary>
/// A constant of an operation: a real number in both precisions, or an integer of 64 bits, which is kept exactly.
/// </summary>
/// <remarks>
/// A loop in float32 that had to round a double at every step would wait for it: the processor's conversion merges with
/// what its register held before, the result of the step before.
/// </remarks>
public readonly struct Constant
{
    /// <summary>The constant <paramref name="value"/>.</summary>
    public Constant(double value)
    {
        Double = value;
        Single = (float)value;
    }

    /// <summary>The integer <paramref name="value"/>.</summary>
    public Constant(long value)
    {
        Double = value;
        Single = value;
        _rest = (int)(value - long.CreateSaturating(Double));
    }

    /// <summary>The constant.</summary>
    public double Double { get; }

    /// <summary>The constant, rounded to single precision.</summary>
    public float Single { get; }

    // What an integer has beyond the double, at most 2^9; it lies in what would be padding behind the float.
    private readonly int _rest;

    /// <summary>What is added to the double, cut to an integer, for <see cref="Integer"/>.</summary>
    internal int Rest => _rest;

    /// <summary>The constant as an integer: without its fraction, and no further than the range reaches.</summary>
    public long Integer => long.CreateSaturating(Double) + _rest;

    /// <summary>The constant <paramref name="value"/>.</summary>
    public static implicit operator Constant(double value) => new(value);

    /// <summary>The integer <paramref name="value"/>.</summary>
    public static implicit operator Constant(long value) => new(value);
}
