namespace Autodiff;

/// <summary>What <see cref="Tensor.Pad"/> puts around a tensor.</summary>
public enum PadMode
{
    /// <summary>One value.</summary>
    Constant,

    /// <summary>
    /// The entries mirrored at the first and the last one, which are not repeated: c b | a b c | b a.
    /// </summary>
    Reflect,

    /// <summary>The first and the last entry again: a a | a b c | c c.</summary>
    Replicate,

    /// <summary>The entries of the other end: b c | a b c | a b.</summary>
    Circular,
}
