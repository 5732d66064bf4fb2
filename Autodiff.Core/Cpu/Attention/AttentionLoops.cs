using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// y = softmax(scale · q kᵀ + mask) v in blocks of queries and keys, so that no row of scores is ever whole.
/// Operands: q [B, H, L, E], k [B, G, S, E], v [B, G, S, F], whose last stride is 1; then the mask and the bits of
/// dropout, where they are; y [B, H, L, F] and the figures of each row, [2, B · H · L]: its largest score, and one over
/// its sum of powers (both 0 where the row has no key).
/// </summary>
/// <param name="Scale">What products of queries and keys are multiplied by.</param>
/// <param name="IsCausal">Whether query i sees keys 0 to i alone.</param>
/// <param name="MaskKind">What the mask is.</param>
/// <param name="Kept">One over the probability that a weight is kept, or 0 without dropout.</param>
/// <remarks>
/// T. Dao et al., "FlashAttention: fast and memory-efficient exact attention with IO-awareness" (2022),
/// arXiv:2205.14135.
/// </remarks>
internal readonly unsafe record struct AttentionLoop(
    double Scale, bool IsCausal, AttentionMask MaskKind, double Kept) : IFusedLoop
{
    public static string Name => "Attention";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => AttentionForward<T, V>.Run(this, views);
}

/// <summary>
/// The gradients of <see cref="AttentionLoop"/>, with the weights computed anew from the figures. Operands: those that
/// it reads, y, its figures and the gradient of y; the gradients of q, k and v.
/// </summary>
/// <param name="Attention">What was done forward.</param>
internal readonly unsafe record struct AttentionGradientLoop(AttentionLoop Attention) : IFusedLoop
{
    public static string Name => "AttentionGradient";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => AttentionBackward<T, V>.Run(this, views);
}

/// <summary>What the mask of an attention is.</summary>
internal enum AttentionMask
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>bool, true where a query sees a key.</summary>
    Boolean,

    /// <summary>Numbers that are added to the scores.</summary>
    Additive,
}
