namespace Autodiff;

/// <summary>What stands for an operand that a rule does not read.</summary>
internal static class Unread
{
    /// <summary>
    /// Whether it is NaN, so that a rule that reads it all the same is found out; otherwise it is the gradient, which
    /// is there anyway.
    /// </summary>
    public static bool IsNaN { get; set; }

    public static Tensor For(Tensor g) => IsNaN ? Tensor.Full(g.Shape, double.NaN, g.DType, g.Device) : g;
}
