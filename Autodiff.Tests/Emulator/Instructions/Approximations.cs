namespace Autodiff.Tests.Emulator.Instructions;

// The device answers these from tables, a few units in the last place off. Here they are rounded once, so a test's
// tolerance must be the one that the PTX manual gives, not what it measures here.

/// <summary>2^a.</summary>
internal readonly struct Exp2 : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)Math.Pow(2, a));
}

/// <summary>The logarithm to base 2.</summary>
internal readonly struct Log2 : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)Math.Log2(a));
}

/// <summary>1 / sqrt(a).</summary>
internal readonly struct ReciprocalSquareRoot : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)(1 / Math.Sqrt(a)));
}

/// <inheritdoc cref="ReciprocalSquareRoot"/>
internal readonly struct ReciprocalSquareRoot64 : IUnary<double, double>
{
    public static double Apply(double a) => 1 / Math.Sqrt(a);
}

/// <summary>The sine.</summary>
internal readonly struct Sine : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)Math.Sin(a));
}

/// <summary>The cosine.</summary>
internal readonly struct Cosine : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)Math.Cos(a));
}

/// <summary>The hyperbolic tangent.</summary>
internal readonly struct HyperbolicTangent : IUnary<float, float>
{
    public static float Apply(float a) => Single.Canonical((float)Math.Tanh(a));
}
