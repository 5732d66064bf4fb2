namespace Autodiff.Nn;

/// <summary>Whether the operands of <see cref="MultiheadAttention"/> fit.</summary>
internal static class MultiheadShapes
{
    public static void Check(MultiheadAttention layer, Tensor query, Tensor key, Tensor value)
    {
        string order = layer.BatchFirst ? "[N, L, features]" : "[L, N, features]";
        string shapes = $"query {query.Shape}, key {key.Shape}, value {value.Shape}";
        int rank = query.Rank;
        if (rank is not (2 or 3) || key.Rank != rank || value.Rank != rank)
        {
            throw new ArgumentException(
                $"MultiheadAttention: query, key and value are all {order}, or all [L, features] without a batch; "
                    + $"{shapes}.", nameof(query));
        }

        if (query.Size(-1) != layer.EmbedDim || key.Size(-1) != layer.KDim || value.Size(-1) != layer.VDim)
        {
            throw new ArgumentException(
                $"MultiheadAttention: the layer takes {layer.EmbedDim} features a query, {layer.KDim} a key and "
                    + $"{layer.VDim} a value; {shapes}.", nameof(query));
        }

        int length = layer.BatchFirst && rank == 3 ? 1 : 0, batch = 1 - length;
        if (key.Size(length) != value.Size(length)
            || (rank == 3 && (query.Size(batch) != key.Size(batch) || key.Size(batch) != value.Size(batch))))
        {
            throw new ArgumentException(
                $"MultiheadAttention: there is one value for each key, and one batch for all; {shapes}, in the order "
                    + $"{order}.", nameof(key));
        }
    }
}
