using System.Runtime.CompilerServices;

namespace Autodiff;

/// <summary>The placeholder of an operand that a rule does not read.</summary>
internal static class Placeholder
{
    /// <summary>
    /// Whether it is NaN, so that a rule that reads it all the same is found out; otherwise it is the gradient, which
    /// is there anyway.
    /// </summary>
    public static bool IsNaN { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Tensor For(Tensor g) => IsNaN ? NaN(g) : g;

    private static Tensor NaN(Tensor g) => Tensor.Full(g.Shape, double.NaN, g.DType, g.Device);
}
