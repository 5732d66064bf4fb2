namespace Autodiff.Nn;

/// <summary>The masks of <see cref="MultiheadAttention"/>, combined for the scores [N, heads, L, S].</summary>
/// <param name="n">The batch.</param>
/// <param name="heads">The heads.</param>
/// <param name="l">Queries.</param>
/// <param name="s">Keys of the input.</param>
/// <param name="extra">Keys behind them, which every query sees.</param>
/// <param name="type">The scores' type.</param>
/// <param name="device">Where the scores are.</param>
/// <param name="hasBatch">Whether the input has a batch.</param>
internal sealed class MultiheadMasks(
    int n, int heads, int l, int s, int extra, DType type, Device device, bool hasBatch)
{
    /// <summary>One mask as <see cref="Tensor.Attention"/> takes it: bool, true where a key is seen, or numbers that
    /// are added; null where every key is seen.</summary>
    public Tensor? Of(Tensor? keyPaddingMask, Tensor? attnMask, bool isCausal)
    {
        Tensor? padding = keyPaddingMask is null ? null : Padding(keyPaddingMask);
        Tensor? pairs = attnMask is not null ? Pairs(attnMask) : isCausal ? Causal() : null;
        if (padding is null || pairs is null)
        {
            return (padding ?? pairs) is { } one ? Seen(one) : null;
        }

        return padding.DType == DType.Bool && pairs.DType == DType.Bool
            ? padding.LogicalOr(pairs).LogicalNot()
            : Added(padding) + Added(pairs);
    }

    private static Tensor Seen(Tensor mask) => mask.DType == DType.Bool ? mask.LogicalNot() : mask;

    /// <summary>True is -∞, false 0.</summary>
    private Tensor Added(Tensor mask) => mask.DType == DType.Bool
        ? Tensor.Zeros(mask.Shape, type, device).MaskedFill(mask, double.NegativeInfinity)
        : mask;

    /// <summary>[N, 1, 1, keys].</summary>
    private Tensor Padding(Tensor keyPaddingMask)
    {
        Check(nameof(keyPaddingMask), keyPaddingMask);
        int[] wanted = hasBatch ? [n, s] : [s];
        if (!keyPaddingMask.Shape.ToArray().SequenceEqual(wanted))
        {
            throw new ArgumentException(
                $"MultiheadAttention: keyPaddingMask {keyPaddingMask.Shape} must have a row of {s} keys"
                    + (hasBatch ? $" for each of {n} sequences, [{n}, {s}]." : $", [{s}]."), nameof(keyPaddingMask));
        }

        return Extended(keyPaddingMask.Reshape(n, 1, 1, s));
    }

    /// <summary>[1, 1, L, keys] or [N, heads, L, keys].</summary>
    private Tensor Pairs(Tensor attnMask)
    {
        Check(nameof(attnMask), attnMask);
        int[] dims = attnMask.Shape.ToArray();
        if (dims.SequenceEqual([l, s]))
        {
            return Extended(attnMask.Reshape(1, 1, l, s));
        }

        return dims.SequenceEqual([n * heads, l, s])
            ? Extended(attnMask.Reshape(n, heads, l, s))
            : throw new ArgumentException(
                $"MultiheadAttention: attnMask {attnMask.Shape} fits {l} queries and {s} keys neither as [{l}, {s}] "
                    + $"nor, for each of {n} sequences and {heads} heads, as [{n * heads}, {l}, {s}].",
                nameof(attnMask));
    }

    private Tensor Causal()
    {
        Tensor rows = Tensor.Ones([l, 1], DType.Float32, device).CumSum(0);
        return Extended(Tensor.Ones([s], DType.Float32, device).CumSum(0).Gt(rows).Reshape(1, 1, l, s));
    }

    /// <summary>The mask with the keys behind the input's.</summary>
    private Tensor Extended(Tensor mask)
    {
        if (mask.DType != DType.Bool)
        {
            mask = mask.To(type);
        }

        if (extra == 0)
        {
            return mask;
        }

        int[] dims = [.. mask.Shape.ToArray()[..^1], extra];
        return Tensor.Cat([mask, Tensor.Zeros(dims, mask.DType, mask.Device)], -1);
    }

    private void Check(string name, Tensor mask)
    {
        if (mask.DType != DType.Bool && !mask.DType.IsFloatingPoint())
        {
            throw new ArgumentException(
                $"MultiheadAttention: {name} is bool (true: not seen) or of a floating type (added to the scores), "
                    + $"not {mask.DType.DisplayName()}.", name);
        }

        if (mask.Device != device)
        {
            throw new ArgumentException($"MultiheadAttention: {name} is on {mask.Device}, the query on {device}.",
                name);
        }
    }
}
